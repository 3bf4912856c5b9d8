# Calls over chat.

jingle-over-the-phone-service-for = Par le service téléphonique, pour { $address }
jingle-over-chat-for = Par le chat, pour { $address }
jingle-over-chat = par le chat
jingle-over-chat-as = Par le chat, en tant que { $address }
jingle-their-microphone-is-off = Leur microphone est coupé
jingle-cannot-be-transferred = Un appel par le chat ne peut pas être transféré
