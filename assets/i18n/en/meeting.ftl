# Meetings: a conference and the room that belongs to it.

meeting-people = In this meeting
meeting-join = Join call
meeting-not-now = Not now
meeting-enter = Open the room
meeting-not-this = Not for this call
meeting-show = Show the call
meeting-chat = Open the chat
meeting-announce = Invite the room
meeting-start = Start a call
meeting-whom = Whom to call
meeting-nobody = Nobody in this room is a contact of yours with a phone address.
meeting-moderator = Moderator
meeting-out-of-call = Put out of the call
meeting-out-of-room = Put out of the room
meeting-mute = Mute in the call
meeting-unmute = Unmute in the call
meeting-yes = Yes, there too
meeting-no = No, only here
meeting-only-text = In the room only
meeting-asking = Finding out who is in the call…
meeting-locked = Locked: nobody else is let in
meeting-both = Text and sound
meeting-audio = Sound only
meeting-coming = Not there yet
meeting-we = You
meeting-text = Text only
meeting-being-called = being called
meeting-muted = muted
meeting-muted-by-moderator = muted by a moderator
meeting-on-hold = on hold
meeting-unknown = Participants unknown. { $why }
meeting-maybe = Maybe the same person as { $other }
meeting-call = { $count ->
    [one] Call { $count } person
   *[other] Call { $count } people
}
meeting-speaking = speaking
meeting-people-count = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
meeting-with-both = { $count } with text and sound
meeting-with-audio = { $count } with sound only
meeting-not-there-yet = { $count } not there yet
meeting-with-text = { $count } with text only
meeting-not-listed = { $count } not listed
meeting-summary = { $people }: { $parts }.
