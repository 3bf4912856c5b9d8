# What people write to each other while they call.

call-text-hint = Schreiben: sofort zu sehen
call-text-open = Text: Getipptes ist sofort zu sehen
call-text-nothing = Was Sie tippen, sieht die andere Seite Buchstabe für Buchstabe, und Sie sehen ihres.
call-text-asked = Die andere Seite wird gefragt, ob sie Text annimmt …
call-text-is-typing = { $who } schreibt …
call-text-you = Sie
call-text-only-this = In einer Konferenz erreicht, was Sie hier schreiben, nur { $who }.
call-text-open-clear = Der Text ist nicht verschlüsselt
call-text-written = In diesem Anruf geschrieben
call-text-next-line = Neue Zeile
call-text-not-over-chat = Ein Anruf über den Chat überträgt keinen Text: Schreiben Sie eine Nachricht
call-text-line = { $who }: { $text }
