# Words of single screens.

screen-groups = Groups
screen-encrypted-13 = Encrypted (TLS 1.3)
screen-encrypted-12 = Encrypted (TLS 1.2)
screen-encrypted = Encrypted
screen-not-encrypted = Not encrypted
screen-verified = {" "}· server verified
screen-pinned = {" "}· server pinned by the configuration
screen-accepted = {" "}· server accepted by you
screen-signed-in-with = { $transport }{ $certificate } · signed in with { $method }
screen-alike = Both connections are protected alike.
screen-service-as = { $service }, as { $address }
screen-service-from = { $service }, from { $address }
screen-no-chat-address = This is no chat address.
screen-somebody = Somebody
screen-people-written = { $count ->
    [one] 1 person was written.
   *[other] { $count } people were written.
}
screen-line = Line { $at }: { $why }
screen-and-more = … and { $count } more.
screen-everybody-of = Everybody of { $address }
screen-and-more-people = And { $count } more.
