# The own card, and being reached elsewhere.

card-card = Ihre Visitenkarte
card-not-read = Ihre Visitenkarte wurde noch nicht gelesen.
card-not-read-offline = Ihre Visitenkarte kann gelesen werden, wenn der Chat verbunden ist.
card-reading = Visitenkarte wird gelesen …
card-writing = Visitenkarte wird gespeichert …
card-testing = Wird geprüft …
card-read = Lesen
card-edit = Bearbeiten
card-test = Erreicht man mich damit?
card-publish = Veröffentlichen
card-save = Speichern
card-name = Name
card-nickname = Spitzname
card-organisation = Organisation
card-numbers = Nummern und Adressen für Anrufe
card-no-numbers = Keine Nummer und keine Adresse: Von Ihrer Visitenkarte aus kann Sie niemand anrufen.
card-add = Nummer oder Adresse hinzufügen
card-value-hint = +49 30 123456 oder sip:sie@example.com
card-preferred = Bevorzugt
card-up = Nach oben
card-down = Nach unten
card-remove = Entfernen
card-saved = Ihre Visitenkarte ist gespeichert.
card-elsewhere = Wo Sie jetzt sind
card-elsewhere-body = Für einen Besprechungsraum oder einen anderen Schreibtisch: Ihren Kontakten wird auch diese Adresse angeboten, bis Sie sie löschen oder Tandem beenden.
card-place-uri = Nummer oder Adresse
card-place-words = Wo das ist, etwa „Raum 3“
card-place-set = Ich bin jetzt hier
card-place-clear = Ich bin wieder weg
card-place-saved = Ihre Kontakte sehen, wo Sie zu erreichen sind.
card-call = { $shown } anrufen
card-it-does-not-list-the-address = { $address }, die Adresse Ihres Telefonkontos, steht nicht darauf.
card-work = Arbeit
card-home = Privat
card-mobile = Mobil
card-voice = Sprache
card-video = Video
card-fax = Fax
card-others = { $count ->
    [one] Eine weitere Angabe bleibt, wie sie ist.
   *[other] { $count } weitere Angaben bleiben, wie sie sind.
}
card-choose-picture = Bild auswählen …
card-paste-picture = Bild einfügen
card-remove-picture = Bild entfernen
card-picture-busy = Ihr Bild wird geändert …
card-picture-body = Ihre Kontakte sehen es neben Ihrem Namen. Aus der Mitte wird ein Quadrat geschnitten; was eine Kamera in die Datei schrieb, fällt weg.
card-picture-path = Wo das Bild liegt, etwa /home/sie/ich.jpg
card-use-picture = Verwenden
card-no-picture-there = In der Zwischenablage ist kein Bild.
card-you = Sie: Bild, Status, Karte
