# The icon in the tray.

tray-section = Fenster und Taskleiste
tray-none = Dieser Desktop zeigt keine Symbole von Programmen: Wer das Fenster schließt, beendet Tandem.
tray-open = Tandem öffnen
tray-quit = Tandem beenden
tray-do-not-disturb = Anrufe klingeln nicht
tray-microphone-off = Mikrofon aus
tray-connecting = wird verbunden …
tray-not-connected = nicht verbunden
tray-not-connected-needs-you = nicht verbunden, braucht Sie
tray-unread = { $count ->
    [one] 1 ungelesene Nachricht
   *[other] { $count } ungelesene Nachrichten
}
tray-missed = { $count ->
    [one] 1 verpasster Anruf
   *[other] { $count } verpasste Anrufe
}
tray-connected = verbunden
tray-waiting = wartet
tray-no-keys = Dieser Desktop vergibt keine Tasten.
tray-key-answer = Anruf annehmen
tray-key-hang-up = Ablehnen oder auflegen
tray-key-microphone = Mikrofon aus und an
tray-key-talk = Sprechen, solange gehalten
tray-key-show = Tandem zeigen
