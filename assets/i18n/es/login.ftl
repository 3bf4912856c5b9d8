# Starting with the session.

login-section = Inicio
login-at-login = Cuando inicia sesión en este ordenador
login-hint = Las llamadas y los mensajes solo le llegan mientras Tandem está en marcha.
login-nothing = Nada
login-open-tandem = Abrir Tandem
login-open-it-minimised = Abrirlo minimizado
