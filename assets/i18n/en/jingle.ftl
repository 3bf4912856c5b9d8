# Calls over chat.

jingle-over-the-phone-service-for = Over the phone service, for { $address }
jingle-over-chat-for = Over chat, for { $address }
