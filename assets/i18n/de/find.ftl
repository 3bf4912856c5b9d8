# The search through messages.

find-title = Nachrichten durchsuchen
find-hint = Wörter oder "eine Wendung"
find-everybody = Alle
find-any-time = Jederzeit
find-week = Letzte Woche
find-month = Letzter Monat
find-year = Letztes Jahr
find-nothing = Nichts gefunden
find-nothing-body = Keine Nachricht enthält alle diese Wörter. Versuchen Sie es mit weniger Wörtern oder ohne Zeitraum.
find-start = Finden, was gesagt wurde
find-start-body = Geben Sie Wörter aus der Nachricht ein. Die besten Treffer kommen zuerst.
find-searching = Wird gesucht …
find-no-store = Nachrichten können gerade nicht durchsucht werden.
find-search-messages-for = Nachrichten nach „{ $words }“ durchsuchen
find-best = Die besten { $most } Nachrichten
find-found = { $count ->
    [one] 1 Nachricht
   *[other] { $count } Nachrichten
}
find-more = Mehr zeigen
