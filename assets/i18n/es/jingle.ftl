# Calls over chat.

jingle-over-the-phone-service-for = Por el servicio telefónico, para { $address }
jingle-over-chat-for = Por el chat, para { $address }
jingle-over-chat = por el chat
jingle-over-chat-as = Por el chat, como { $address }
jingle-their-microphone-is-off = Su micrófono está apagado
jingle-cannot-be-transferred = Una llamada por el chat no se puede transferir
