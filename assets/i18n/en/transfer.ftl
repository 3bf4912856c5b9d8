# Handing calls over, and several calls at once.

transfer-transfer = Transfer
transfer-swap = Swap
transfer-field = Name, number or address
transfer-other-calls = Other calls
transfer-people = People
transfer-nobody = Nobody is found. Type a number or an address to transfer the call there.
transfer-hint = Type a name, a number or an address.
transfer-others = Somebody else
transfer-now = Transfer now
transfer-ask-first = Ask first
transfer-connect = Connect them
transfer-take-back = Take back
transfer-together = Talk all together
transfer-add = Add
transfer-add-title = Add to the conference
transfer-add-body = They are called, and hear everybody as soon as they answer.
transfer-calls-with = Calls with them
transfer-hang-up-and-answer = Hang up and answer
transfer-automatic = Answered by itself, as your settings allow for this caller. Your microphone is open.
transfer-automatic-muted = Answered by itself, as your settings allow for this caller. Your microphone is off.
transfer-nothing-dialled = Nothing is dialled before you say so.
transfer-send = Send
transfer-do-not-send = Do not send
transfer-waits-on-hold-while-you-talk = { $who } waits on hold while you talk to { $to }. Then you connect the two, or take { $who } back.
transfer-they-pressed = They pressed: { $digits }
transfer-is-put-on-hold-and-is = { $who } is put on hold, and { $to } is called. When { $to } answers, your call ends; if nobody does, { $who } is yours again.
transfer-on-hold = On hold
transfer-in-a-call-with-you = In a call with you
transfer-asked = Asked
transfer-ringing-there = Ringing there
transfer-they-talk = They talk
transfer-heading = Transfer { $who }
transfer-connect-body = { $who } and { $other } go on talking to each other. Both calls end here.
transfer-waiting = { $who } waits to be connected.
transfer-not-yet = As soon as { $who } has answered.
transfer-answer-holds = { $who } is put on hold when you answer.
transfer-answer-beside = { $who } goes on hearing you when you answer.
transfer-digits-wait = { $count ->
    [one] 1 more digit waits to be sent.
   *[other] { $count } more digits wait to be sent.
}
