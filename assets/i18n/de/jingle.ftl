# Calls over chat.

jingle-over-the-phone-service-for = Über den Telefondienst, für { $address }
jingle-over-chat-for = Über den Chat, für { $address }
jingle-over-chat = über den Chat
jingle-over-chat-as = Über den Chat, als { $address }
jingle-their-microphone-is-off = Das Mikrofon der Gegenseite ist aus
jingle-cannot-be-transferred = Ein Anruf über den Chat kann nicht weitergegeben werden
