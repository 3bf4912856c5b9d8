# Notifications of the desktop.

notes-section = Benachrichtigungen
notes-answer = Annehmen
notes-decline = Ablehnen
notes-call-back = Zurückrufen
notes-mark-read = Als gelesen markieren
notes-open = Öffnen
notes-several = { $name } ({ $count } neue)
notes-hidden = { $count ->
    [one] Neue Nachricht
   *[other] Neue Nachrichten
}
notes-calls = { $who } ruft an
notes-for-account = Für { $account }
notes-missed = { $count ->
    [one] Verpasster Anruf von { $who }
   *[other] { $count } verpasste Anrufe von { $who }
}
notes-reply = Antworten …
notes-contact-request = Kontaktanfrage
notes-invitation = Einladung nach { $room }
