# Sound devices and the test of them.

devices-test = Probar mi equipo
devices-test-body = Hable: las barras muestran lo que oye su micrófono.
devices-record = Grabar 3 segundos y reproducirlos
devices-ring = Hacer sonar
devices-echo = Llamar al servicio de eco
devices-not-tried = Grábese y haga sonar: lo que se encuentre aparece aquí.
devices-found = Lo que se encontró
devices-add = Añadir otro
devices-in-use = en uso
devices-away = no está
devices-up = Preferir más
devices-down = Preferir menos
devices-remove = Quitar de la lista
devices-order = Se usa el primer dispositivo de cada lista que esté presente. Si vuelve, se usa de nuevo; un micrófono que no esté en la lista no se usa nunca.
devices-recording-say-something = Grabando: diga algo …
devices-this-is-how-you-sound = Así suena usted …
devices-it-rings = Está sonando …
devices-all-loudspeakers-at-once = Todos los altavoces a la vez
devices-what-the-system-uses-default-microphone = El del sistema (micrófono predeterminado)
devices-what-the-system-uses-default-speaker = El del sistema (altavoz predeterminado)
devices-no-microphone = Sin micrófono
devices-no-sound = Sin sonido
