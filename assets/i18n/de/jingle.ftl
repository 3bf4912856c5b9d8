# Calls over chat.

jingle-over-the-phone-service-for = Über den Telefondienst, für { $address }
jingle-over-chat-for = Über den Chat, für { $address }
