# The address book, and who said what.

address-book-title = Adressbuch
address-book-add = Ins Adressbuch aufnehmen
address-book-edit = Bearbeiten
address-book-new = Person hinzufügen
address-book-remove = Entfernen
address-book-save = Speichern
address-book-name = Name
address-book-numbers = Nummern, durch Kommas getrennt
address-book-numbers-hint = +49 30 …, bob@example.com
address-book-chat = Chat-Adresse, falls vorhanden
address-book-chat-hint = bob@example.com
address-book-form-body = Was Sie hier eintragen, gilt mehr als alles, was andere sagen, und gibt Anrufern ihren Namen.
address-book-no-chat-address = Eine Chat-Adresse sieht aus wie bob@example.com.
address-book-import = Importieren
address-book-import-directory = Als Verzeichnis importieren
address-book-import-hint = /home/sie/leute.vcf
address-book-import-label = Personen aus einer vCard-Datei lesen
address-book-export-label = Ihre Personen in eine neue vCard-Datei schreiben
address-book-export = Exportieren (vCard 4)
address-book-export-3 = Exportieren (vCard 3)
address-book-show-history = Wer was gesagt hat
address-book-hide-history = Ausblenden, wer was gesagt hat
address-book-no-history = Noch hat niemand etwas über ihre Adressen gesagt.
address-book-history-pending = Wird nachgeschlagen …
address-book-hide-number = Nächsten Anruf ohne Nummer
address-book-show-number = Nächsten Anruf mit Nummer
address-book-no-chat = Für diese Person ist keine Chat-Adresse bekannt. Tragen Sie eine ins Adressbuch ein, dann können Sie ihr schreiben.
address-book-callers = Wer bei Ihnen klingeln darf
address-book-since = seit { $when }
address-book-call-named = Ein Anruf von { $address } nannte ihre Chat-Adresse ({ $since }).
address-book-has-listed = { $who ->
    [card] Die Visitenkarte nennt { $address } seit { $since }.
    [reach] Eine Ankündigung nennt { $address } seit { $since }.
    [own] Ihr Adressbuch nennt { $address } seit { $since }.
    [directory] Das Verzeichnis nennt { $address } seit { $since }.
   *[other] Ein Anruf nennt { $address } seit { $since }.
}
address-book-listed = { $who ->
    [card] Die Visitenkarte nannte { $address } von { $since } bis { $until }.
    [reach] Eine Ankündigung nannte { $address } von { $since } bis { $until }.
    [own] Ihr Adressbuch nannte { $address } von { $since } bis { $until }.
    [directory] Das Verzeichnis nannte { $address } von { $since } bis { $until }.
   *[other] Ein Anruf nannte { $address } von { $since } bis { $until }.
}
address-book-own = { $count ->
    [one] 1 eigene Person.
   *[other] { $count } eigene Personen.
}
address-book-directory-trusted = { $count ->
    [one] Verzeichnis { $name }: 1 Person, sein Wort gilt als Beweis.
   *[other] Verzeichnis { $name }: { $count } Personen, sein Wort gilt als Beweis.
}
address-book-directory-claims = { $count ->
    [one] Verzeichnis { $name }: 1 Person. Die Konfiguration nennt es nicht, deshalb behauptet es nur.
   *[other] Verzeichnis { $name }: { $count } Personen. Die Konfiguration nennt es nicht, deshalb behauptet es nur.
}
address-book-imported = { $removed ->
    [0] { $added } hinzugefügt, { $changed } geändert, { $unchanged } wie zuvor.
   *[other] { $added } hinzugefügt, { $changed } geändert, { $unchanged } wie zuvor, { $removed } weggefallen.
}
address-book-skipped = { $count ->
    [0] Nichts wurde ausgelassen.
    [one] Etwas wurde nicht übernommen:
   *[other] { $count } Angaben wurden nicht übernommen:
}
