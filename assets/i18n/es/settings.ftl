# The settings: who set what.

settings-calls-and-sound = Llamadas y sonido
settings-administrator = Su administrador
settings-reset = Restablecer
settings-save = Guardar
settings-on = Sí
settings-off = No
settings-set-up-by-settings-that-only = Configurado por { $title }. Los ajustes que solo cambia { $title } están marcados abajo.
settings-has-taken-back-what-it-had = { $title } ha retirado lo que había configurado. Lo que se dijo se conserva.
settings-suggested-by-your-administrator = Sugerido por su administrador ({ $title }).
settings-set-by-you = Fijado por usted.
settings-set-for-this-run-on-the = Fijado para esta ejecución en la línea de órdenes.
