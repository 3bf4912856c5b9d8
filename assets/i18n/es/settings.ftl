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
settings-archive = Lo que guarda su servidor
settings-archive-reading = Preguntando a su servidor …
settings-archive-always = Todos los mensajes
settings-archive-roster = Los de sus contactos
settings-archive-never = Ninguno
settings-archive-always-means = Su servidor guarda una copia de cada mensaje, para que todos sus dispositivos muestren lo mismo y no falte nada si uno estuvo apagado. Cuánto tiempo lo decide su operador.
settings-archive-roster-means = Los mensajes con personas que no están en su lista no se guardan: un dispositivo apagado no los recibe, salvo que el servidor los retenga hasta que usted esté.
settings-archive-never-means = No se guarda nada nuevo: sus otros dispositivos no reciben lo que se escribió mientras estaban apagados. Lo guardado antes permanece hasta que el servidor lo borre.
settings-archive-exceptions = { $count ->
    [one] Una persona es una excepción, nombrada con otro programa. Eso se mantiene.
   *[other] { $count } personas son excepciones, nombradas con otro programa. Eso se mantiene.
}
