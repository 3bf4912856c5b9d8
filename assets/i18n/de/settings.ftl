# The settings: who set what.

settings-calls-and-sound = Anrufe und Ton
settings-administrator = Ihre Administration
settings-reset = Zurücksetzen
settings-save = Speichern
settings-on = Ein
settings-off = Aus
settings-set-up-by-settings-that-only = Eingerichtet von { $title }. Was nur { $title } ändert, ist unten gekennzeichnet.
settings-has-taken-back-what-it-had = { $title } hat zurückgenommen, was eingerichtet war. Was gesagt wurde, bleibt erhalten.
settings-suggested-by-your-administrator = Vorgeschlagen von Ihrer Administration ({ $title }).
settings-set-by-you = Von Ihnen gesetzt.
settings-set-for-this-run-on-the = Für diesen Lauf auf der Befehlszeile gesetzt.
settings-archive = Was Ihr Server aufhebt
settings-archive-reading = Ihr Server wird gefragt …
settings-archive-always = Alle Nachrichten
settings-archive-roster = Die mit Ihren Kontakten
settings-archive-never = Keine
settings-archive-always-means = Ihr Server hebt von jeder Nachricht eine Abschrift auf, damit alle Ihre Geräte dasselbe zeigen und nichts fehlt, wenn eines aus war. Wie lange, bestimmt sein Betreiber.
settings-archive-roster-means = Nachrichten mit Leuten, die nicht in Ihrer Liste stehen, werden nicht aufgehoben: Einem ausgeschalteten Gerät fehlen sie, wenn der Server sie nicht zurückhält, bis Sie da sind.
settings-archive-never-means = Nichts Neues wird aufgehoben: Ihre anderen Geräte bekommen nicht, was geschrieben wurde, während sie aus waren. Was vorher aufgehoben wurde, bleibt, bis der Server es löscht.
settings-archive-exceptions = { $count ->
    [one] Eine Person ist ausgenommen, mit einem anderen Programm benannt. Das bleibt.
   *[other] { $count } Personen sind ausgenommen, mit einem anderen Programm benannt. Das bleibt.
}
