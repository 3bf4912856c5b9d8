# What people write to each other while they call.

call-text-hint = Écrivez : vu aussitôt
call-text-open = Texte : ce qui est tapé est vu aussitôt
call-text-nothing = Ce que vous tapez est vu lettre par lettre de l'autre côté, et vous voyez le sien.
call-text-asked = On demande à l'autre côté s'il accepte le texte…
call-text-is-typing = { $who } écrit…
call-text-you = Vous
call-text-only-this = Dans une conférence, ce que vous écrivez ici n'atteint que { $who }.
call-text-open-clear = Le texte n'est pas chiffré
call-text-written = Écrit pendant cet appel
call-text-next-line = Nouvelle ligne
call-text-not-over-chat = Un appel par messagerie ne transporte pas de texte : écrivez un message
call-text-line = { $who } : { $text }
