# Accounts and people from other programs.

others-button = Desde otro programa
others-title = Desde otro programa
others-body = Cuentas de Gajim y Linphone, personas de Linphone y tarjetas (vCard). Usted ve lo que hay antes de traer nada; no se llama a nadie ni se envía nada.
others-looking = Buscando archivos …
others-none-found = No se encontraron archivos de Gajim ni de Linphone en los lugares habituales.
others-path = Otro archivo
others-path-hint = /home/alice/people.vcf
others-look = Mirar
others-accounts = Cuentas
others-people = Personas
others-preview = Todavía no se ha traído nada. Elija qué se trae.
others-nothing = En este archivo no hay nada que se pueda traer.
others-passwords = Las contraseñas se quedan en el otro programa: cada cuenta pide la suya una vez.
others-take = Traer
others-taking = Trayendo …
others-other-file = Otro archivo
others-here-already = ya está
others-from = De { $program }
others-people-count = { $count ->
    [one] 1 persona
   *[other] { $count } personas
}
others-names-and-more = { $count ->
    [one] { $names } y 1 más
   *[other] { $names } y { $count } más
}
others-accounts-taken = { $count ->
    [one] Se añadió 1 cuenta.
   *[other] Se añadieron { $count } cuentas.
}
others-people-taken = { $count ->
    [one] 1 persona está ahora en su libreta de direcciones.
   *[other] { $count } personas están ahora en su libreta de direcciones.
}
others-people-there = { $count ->
    [one] 1 persona ya estaba.
   *[other] { $count } personas ya estaban.
}
