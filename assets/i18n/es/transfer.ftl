# Handing calls over, and several calls at once.

transfer-transfer = Transferir
transfer-swap = Alternar
transfer-field = Nombre, número o dirección
transfer-other-calls = Otras llamadas
transfer-people = Personas
transfer-nobody = No se ha encontrado a nadie. Escriba un número o una dirección para transferir allí la llamada.
transfer-hint = Escriba un nombre, un número o una dirección.
transfer-others = Otra persona
transfer-now = Transferir ahora
transfer-ask-first = Preguntar antes
transfer-connect = Conectarlos
transfer-take-back = Recuperar
transfer-together = Hablar todos juntos
transfer-add = Añadir
transfer-add-title = Añadir a la conferencia
transfer-add-body = Se llama a la persona, y oye a todos en cuanto contesta.
transfer-calls-with = Llamadas con esta persona
transfer-hang-up-and-answer = Colgar y responder
transfer-automatic = Contestada automáticamente, como permiten sus ajustes para quien llama. Su micrófono está abierto.
transfer-automatic-muted = Contestada automáticamente, como permiten sus ajustes para quien llama. Su micrófono está apagado.
transfer-nothing-dialled = No se marca nada antes de que usted lo diga.
transfer-send = Enviar
transfer-do-not-send = No enviar
transfer-waits-on-hold-while-you-talk = { $who } espera mientras usted habla con { $to }. Después los conecta, o recupera a { $who }.
transfer-they-pressed = Ha pulsado: { $digits }
transfer-is-put-on-hold-and-is = { $who } queda en espera y se llama a { $to }. Cuando { $to } contesta, su llamada termina; si nadie contesta, vuelve a hablar con { $who }.
transfer-on-hold = En espera
transfer-in-a-call-with-you = En llamada con usted
transfer-asked = Preguntado
transfer-ringing-there = Suena allí
transfer-they-talk = Hablan
transfer-heading = Transferir a { $who }
transfer-connect-body = { $who } y { $other } siguen hablando entre sí. Ambas llamadas terminan aquí.
transfer-waiting = { $who } espera la conexión.
transfer-not-yet = En cuanto { $who } haya contestado.
transfer-answer-holds = { $who } queda en espera cuando usted contesta.
transfer-answer-beside = { $who } le sigue oyendo cuando usted contesta.
transfer-digits-wait = { $count ->
    [one] 1 cifra más espera a enviarse.
   *[other] { $count } cifras más esperan a enviarse.
}
