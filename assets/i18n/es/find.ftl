# The search through messages.

find-title = Buscar en los mensajes
find-hint = Palabras, o "una frase"
find-everybody = Todos
find-any-time = Cualquier fecha
find-week = Última semana
find-month = Último mes
find-year = Último año
find-nothing = No se ha encontrado nada
find-nothing-body = Ningún mensaje tiene todas estas palabras. Pruebe con menos, o con cualquier fecha.
find-start = Encontrar lo que se dijo
find-start-body = Escriba palabras del mensaje. Los mejores resultados aparecen primero.
find-searching = Buscando …
find-no-store = Ahora mismo no se puede buscar en los mensajes.
find-search-messages-for = Buscar «{ $words }» en los mensajes
find-best = Los { $most } mejores mensajes
find-found = { $count ->
    [one] 1 mensaje
   *[other] { $count } mensajes
}
find-more = Mostrar más
