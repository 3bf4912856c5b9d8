# The icon in the tray.

tray-section = Ventana y bandeja
tray-none = Este escritorio no muestra iconos de programas: cerrar la ventana termina Tandem.
tray-open = Abrir Tandem
tray-quit = Salir de Tandem
tray-do-not-disturb = Las llamadas no suenan
tray-microphone-off = Micrófono apagado
tray-connecting = conectando …
tray-not-connected = sin conexión
tray-not-connected-needs-you = sin conexión, le necesita
tray-unread = { $count ->
    [one] 1 mensaje sin leer
   *[other] { $count } mensajes sin leer
}
tray-missed = { $count ->
    [one] 1 llamada perdida
   *[other] { $count } llamadas perdidas
}
tray-connected = conectado
tray-waiting = en espera
tray-no-keys = Este escritorio no presta teclas.
tray-key-answer = Contestar una llamada
tray-key-hang-up = Rechazar o colgar
tray-key-microphone = Micrófono apagado y encendido
tray-key-talk = Hablar mientras se mantiene
tray-key-show = Mostrar Tandem
