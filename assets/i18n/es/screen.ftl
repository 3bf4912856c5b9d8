# Words of single screens.

screen-groups = Grupos
screen-encrypted-13 = Cifrado (TLS 1.3)
screen-encrypted-12 = Cifrado (TLS 1.2)
screen-encrypted = Cifrado
screen-not-encrypted = Sin cifrar
screen-verified = {" "}· servidor verificado
screen-pinned = {" "}· servidor fijado por la configuración
screen-accepted = {" "}· servidor aceptado por usted
screen-signed-in-with = { $transport }{ $certificate } · sesión iniciada con { $method }
screen-alike = Ambas conexiones están protegidas por igual.
screen-service-as = { $service }, como { $address }
screen-service-from = { $service }, de { $address }
screen-no-chat-address = Esto no es una dirección de chat.
screen-somebody = Alguien
screen-people-written = { $count ->
    [one] Se ha escrito 1 persona.
   *[other] Se han escrito { $count } personas.
}
screen-line = Línea { $at }: { $why }
screen-and-more = … y { $count } más.
screen-everybody-of = Todos los de { $address }
screen-and-more-people = Y { $count } más.
