# Calls over chat.

jingle-over-the-phone-service-for = Over the phone service, for { $address }
jingle-over-chat-for = Over chat, for { $address }
jingle-over-chat = over chat
jingle-over-chat-as = Over chat, as { $address }
jingle-their-microphone-is-off = Their microphone is off
jingle-cannot-be-transferred = A call over chat cannot be transferred
