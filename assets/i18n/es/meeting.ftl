# Reuniones: una conferencia y la sala que le pertenece.

meeting-people = En esta reunión
meeting-join = Unirse a la llamada
meeting-not-now = Ahora no
meeting-enter = Abrir la sala
meeting-not-this = No para esta llamada
meeting-show = Mostrar la llamada
meeting-chat = Abrir el chat
meeting-announce = Invitar a la sala
meeting-start = Iniciar una llamada
meeting-whom = A quién llamar
meeting-nobody = Nadie en esta sala es un contacto suyo con una dirección de teléfono.
meeting-moderator = Moderación
meeting-out-of-call = Sacar de la llamada
meeting-out-of-room = Sacar de la sala
meeting-mute = Silenciar en la llamada
meeting-unmute = Dejar oír en la llamada
meeting-yes = Sí, también allí
meeting-no = No, solo aquí
meeting-only-text = Solo en la sala
meeting-asking = Averiguando quién está en la llamada…
meeting-locked = Cerrada: nadie más entra
meeting-both = Texto y sonido
meeting-audio = Solo sonido
meeting-coming = Aún no está
meeting-we = Usted
meeting-text = Solo texto
meeting-being-called = llamando
meeting-muted = en silencio
meeting-muted-by-moderator = silenciado por la moderación
meeting-on-hold = en espera
meeting-unknown = Participantes desconocidos. { $why }
meeting-maybe = Quizá la misma persona que { $other }
meeting-call = { $count ->
    [one] Llamar a { $count } persona
   *[other] Llamar a { $count } personas
}
meeting-speaking = habla
meeting-people-count = { $count ->
    [one] { $count } persona
   *[other] { $count } personas
}
meeting-with-both = { $count } con texto y sonido
meeting-with-audio = { $count } solo con sonido
meeting-not-there-yet = { $count } aún no presentes
meeting-with-text = { $count } solo con texto
meeting-not-listed = { $count } fuera de la lista
meeting-summary = { $people }: { $parts }.
