# Notifications of the desktop.

notes-section = Notifications
notes-answer = Answer
notes-decline = Decline
notes-call-back = Call back
notes-mark-read = Mark as read
notes-open = Open
notes-several = { $name } ({ $count } new)
notes-hidden = { $count ->
    [one] New message
   *[other] New messages
}
notes-calls = { $who } is calling
notes-for-account = For { $account }
notes-missed = { $count ->
    [one] Missed call from { $who }
   *[other] { $count } missed calls from { $who }
}
notes-reply = Reply …
notes-contact-request = Contact request
notes-invitation = Invitation to { $room }
