# The icon in the tray.

tray-section = Window and tray
tray-none = This desktop shows no icons of programs: closing the window ends Tandem.
tray-open = Open Tandem
tray-quit = Quit Tandem
tray-do-not-disturb = Calls do not ring
tray-microphone-off = Microphone off
tray-connecting = connecting …
tray-not-connected = not connected
tray-not-connected-needs-you = not connected, needs you
tray-unread = { $count ->
    [one] 1 unread message
   *[other] { $count } unread messages
}
tray-missed = { $count ->
    [one] 1 missed call
   *[other] { $count } missed calls
}
tray-connected = connected
tray-waiting = waiting
tray-no-keys = This desktop lends no keys out.
tray-key-answer = Answer a call
tray-key-hang-up = Decline or hang up
tray-key-microphone = Microphone off and on
tray-key-talk = Talk while held
tray-key-show = Show Tandem
