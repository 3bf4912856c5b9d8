# Status, and what happens to calls that come in.

answering-title = Estado y llamadas
answering-section = Respuesta a llamadas
answering-status = Su estado
answering-do-not-disturb = No molestar
answering-rings = Las llamadas suenan.
answering-turn-on = Activar
answering-turn-off = Desactivar
answering-forward = Desviar todas las llamadas
answering-forward-hint = Número, dirección o dirección de chat
answering-forward-on = Desviar
answering-forward-off = Dejar de desviar
answering-change-status = Su estado lo dice: elija otro arriba.
answering-more = Todos los ajustes de respuesta
answering-emergency = Las llamadas de emergencia, y quienes devuelven una, suenan siempre.
answering-silent = Silencio
answering-forwards = Desvío
answering-here = Aquí
answering-away = Ausente
answering-busy = Ocupado
answering-hidden = Oculto
