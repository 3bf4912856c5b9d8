# One's accounts: added, changed, taken out.

accounts-add = Añadir cuenta
accounts-add-title = Añadir una cuenta
accounts-add-body = Se conecta enseguida. Qué cuentas van juntas se ajusta debajo de las cuentas.
accounts-change = Cambiar
accounts-remove = Quitar
accounts-remove-title = ¿Quitar esta cuenta?
accounts-remove-body = Se quita de este dispositivo, con su contraseña. La cuenta sigue existiendo en su servicio, y lo escrito y las llamadas se quedan aquí.
accounts-kind = Para
accounts-address = Dirección
accounts-chat-hint = alice@example.com
accounts-voice-hint = 1001@pbx.example.com
accounts-password = Contraseña
accounts-server = Servidor
accounts-server-hint = Vacío: se encuentra solo
accounts-login = Nombre para iniciar sesión
accounts-login-hint = Vacío: como en la dirección
accounts-keep = Guardar la contraseña
accounts-keyring = En el llavero
accounts-file = En un archivo privado
