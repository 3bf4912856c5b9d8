# Calls over chat.

jingle-over-the-phone-service-for = Par le service téléphonique, pour { $address }
jingle-over-chat-for = Par le chat, pour { $address }
