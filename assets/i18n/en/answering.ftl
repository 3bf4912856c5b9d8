# Status, and what happens to calls that come in.

answering-title = Status and calls
answering-section = Answering calls
answering-status = Your status
answering-do-not-disturb = Do not disturb
answering-rings = Calls ring.
answering-turn-on = Turn on
answering-turn-off = Turn off
answering-forward = Forward all calls
answering-forward-hint = Number, address or chat address
answering-forward-on = Forward
answering-forward-off = Stop forwarding
answering-change-status = Your status says so: choose another one above.
answering-more = All settings of answering
answering-emergency = Calls for help, and those who call back after one, always ring.
answering-silent = Silent
answering-forwards = Forwards
answering-here = Here
answering-away = Away
answering-busy = Busy
answering-hidden = Hidden
