# Calls over chat.

jingle-over-the-phone-service-for = Por el servicio telefónico, para { $address }
jingle-over-chat-for = Por el chat, para { $address }
