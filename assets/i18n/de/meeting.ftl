# Treffen: eine Konferenz und der Raum, der dazu gehört.

meeting-people = In diesem Treffen
meeting-join = Am Gespräch teilnehmen
meeting-not-now = Jetzt nicht
meeting-enter = Raum öffnen
meeting-not-this = Nicht für dieses Gespräch
meeting-show = Gespräch zeigen
meeting-chat = Chat öffnen
meeting-announce = Raum einladen
meeting-start = Gespräch beginnen
meeting-whom = Wen anrufen
meeting-nobody = Niemand in diesem Raum ist ein Kontakt von Ihnen mit einer Telefonadresse.
meeting-moderator = Moderation
meeting-out-of-call = Aus dem Gespräch entfernen
meeting-out-of-room = Aus dem Raum entfernen
meeting-mute = Im Gespräch stummschalten
meeting-unmute = Im Gespräch wieder hörbar
meeting-yes = Ja, auch dort
meeting-no = Nein, nur hier
meeting-only-text = Nur im Raum
meeting-asking = Es wird gefragt, wer im Gespräch ist…
meeting-locked = Geschlossen: niemand sonst kommt herein
meeting-both = Text und Ton
meeting-audio = Nur Ton
meeting-coming = Noch nicht da
meeting-we = Sie
meeting-text = Nur Text
meeting-being-called = wird angerufen
meeting-muted = stumm
meeting-muted-by-moderator = von der Moderation stummgeschaltet
meeting-on-hold = wird gehalten
meeting-unknown = Wer teilnimmt, ist nicht bekannt. { $why }
meeting-maybe = Vielleicht dieselbe Person wie { $other }
meeting-call = { $count ->
    [one] { $count } Person anrufen
   *[other] { $count } Personen anrufen
}
meeting-speaking = spricht
meeting-people-count = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
}
meeting-with-both = { $count } mit Text und Ton
meeting-with-audio = { $count } nur mit Ton
meeting-not-there-yet = { $count } noch nicht da
meeting-with-text = { $count } nur mit Text
meeting-not-listed = { $count } nicht aufgeführt
meeting-summary = { $people }: { $parts }.
