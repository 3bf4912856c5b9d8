# Words of single screens.

screen-groups = Gruppen
screen-encrypted-13 = Verschlüsselt (TLS 1.3)
screen-encrypted-12 = Verschlüsselt (TLS 1.2)
screen-encrypted = Verschlüsselt
screen-not-encrypted = Nicht verschlüsselt
screen-verified = {" "}· Server geprüft
screen-pinned = {" "}· Server von der Konfiguration festgelegt
screen-accepted = {" "}· Server von Ihnen angenommen
screen-signed-in-with = { $transport }{ $certificate } · angemeldet mit { $method }
screen-alike = Beide Verbindungen sind gleich geschützt.
screen-service-as = { $service }, als { $address }
screen-service-from = { $service }, von { $address }
screen-no-chat-address = Das ist keine Chat-Adresse.
screen-somebody = Jemand
screen-people-written = { $count ->
    [one] 1 Person wurde geschrieben.
   *[other] { $count } Personen wurden geschrieben.
}
screen-line = Zeile { $at }: { $why }
screen-and-more = … und { $count } weitere.
screen-everybody-of = Alle von { $address }
screen-and-more-people = Und { $count } weitere.
