# Words of single screens.

screen-groups = Groupes
screen-encrypted-13 = Chiffré (TLS 1.3)
screen-encrypted-12 = Chiffré (TLS 1.2)
screen-encrypted = Chiffré
screen-not-encrypted = Non chiffré
screen-verified = {" "}· serveur vérifié
screen-pinned = {" "}· serveur fixé par la configuration
screen-accepted = {" "}· serveur accepté par vous
screen-signed-in-with = { $transport }{ $certificate } · identifié par { $method }
screen-alike = Les deux connexions sont protégées de la même façon.
screen-service-as = { $service }, en tant que { $address }
screen-service-from = { $service }, de { $address }
screen-no-chat-address = Ce n’est pas une adresse de chat.
screen-somebody = Quelqu’un
screen-people-written = { $count ->
    [one] { $count } personne a été écrite.
   *[other] { $count } personnes ont été écrites.
}
screen-line = Ligne { $at } : { $why }
screen-and-more = … et { $count } de plus.
screen-everybody-of = Tout { $address }
screen-and-more-people = Et { $count } de plus.
