# Notifications of the desktop.

notes-section = Notifications
notes-answer = Répondre
notes-decline = Refuser
notes-call-back = Rappeler
notes-mark-read = Marquer comme lu
notes-open = Ouvrir
notes-several = { $name } ({ $count } nouveaux)
notes-hidden = { $count ->
    [one] Nouveau message
   *[other] Nouveaux messages
}
notes-calls = { $who } vous appelle
notes-for-account = Pour { $account }
notes-missed = { $count ->
    [one] Appel manqué de { $who }
   *[other] { $count } appels manqués de { $who }
}
notes-reply = Répondre …
notes-contact-request = Demande de contact
notes-invitation = Invitation à { $room }
