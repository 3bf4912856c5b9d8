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
