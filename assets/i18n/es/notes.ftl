# Notifications of the desktop.

notes-section = Notificaciones
notes-answer = Responder
notes-decline = Rechazar
notes-call-back = Devolver la llamada
notes-mark-read = Marcar como leído
notes-open = Abrir
notes-several = { $name } ({ $count } nuevos)
notes-hidden = { $count ->
    [one] Mensaje nuevo
   *[other] Mensajes nuevos
}
notes-calls = { $who } le llama
notes-for-account = Para { $account }
notes-missed = { $count ->
    [one] Llamada perdida de { $who }
   *[other] { $count } llamadas perdidas de { $who }
}
notes-reply = Responder …
notes-contact-request = Solicitud de contacto
notes-invitation = Invitación a { $room }
