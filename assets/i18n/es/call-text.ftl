# What people write to each other while they call.

call-text-hint = Escriba: se ve al momento
call-text-open = Texto: lo que se escribe se ve al momento
call-text-nothing = La otra parte ve lo que escribe letra a letra, y usted ve lo suyo.
call-text-asked = Se pregunta a la otra parte si acepta texto…
call-text-is-typing = { $who } está escribiendo…
call-text-you = Usted
call-text-only-this = En una conferencia, lo que escribe aquí llega solo a { $who }.
call-text-open-clear = El texto no está cifrado
call-text-written = Escrito en esta llamada
call-text-next-line = Línea nueva
call-text-not-over-chat = Una llamada por chat no transmite texto: escriba un mensaje
call-text-line = { $who }: { $text }
