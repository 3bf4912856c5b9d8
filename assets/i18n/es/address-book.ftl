# The address book, and who said what.

address-book-title = Libreta de direcciones
address-book-add = Añadir a la libreta de direcciones
address-book-edit = Editar
address-book-new = Añadir una persona
address-book-remove = Quitar
address-book-save = Guardar
address-book-name = Nombre
address-book-numbers = Números, separados por comas
address-book-numbers-hint = +49 30 …, bob@example.com
address-book-chat = Dirección de chat, si la hay
address-book-chat-hint = bob@example.com
address-book-form-body = Lo que usted anote aquí cuenta más que lo que digan otros, y da nombre a quienes llaman.
address-book-no-chat-address = Una dirección de chat es como bob@example.com.
address-book-import = Importar
address-book-import-directory = Importar como directorio
address-book-import-hint = /home/usted/personas.vcf
address-book-import-label = Leer personas de un archivo vCard
address-book-export-label = Escribir sus personas en un archivo vCard nuevo
address-book-export = Exportar (vCard 4)
address-book-export-3 = Exportar (vCard 3)
address-book-show-history = Quién dijo qué
address-book-hide-history = Ocultar quién dijo qué
address-book-no-history = Nadie ha dicho todavía nada de sus direcciones.
address-book-history-pending = Buscando …
address-book-hide-number = Próxima llamada sin número
address-book-show-number = Próxima llamada con número
address-book-no-chat = No se conoce ninguna dirección de chat de esta persona. Añada una a la libreta de direcciones y podrá escribirle.
address-book-callers = Quién puede hacer sonar
address-book-since = desde { $when }
address-book-call-named = Una llamada de { $address } indicó su dirección de chat ({ $since }).
address-book-has-listed = { $who ->
    [card] Su tarjeta indica { $address } desde { $since }.
    [reach] Su anuncio indica { $address } desde { $since }.
    [own] La libreta de direcciones indica { $address } desde { $since }.
    [directory] El directorio indica { $address } desde { $since }.
   *[other] Una llamada indica { $address } desde { $since }.
}
address-book-listed = { $who ->
    [card] Su tarjeta indicó { $address } desde { $since } hasta { $until }.
    [reach] Su anuncio indicó { $address } desde { $since } hasta { $until }.
    [own] La libreta de direcciones indicó { $address } desde { $since } hasta { $until }.
    [directory] El directorio indicó { $address } desde { $since } hasta { $until }.
   *[other] Una llamada indicó { $address } desde { $since } hasta { $until }.
}
address-book-own = { $count ->
    [one] 1 persona propia.
   *[other] { $count } personas propias.
}
address-book-directory-trusted = { $count ->
    [one] Directorio { $name }: 1 persona, su palabra vale como prueba.
   *[other] Directorio { $name }: { $count } personas, su palabra vale como prueba.
}
address-book-directory-claims = { $count ->
    [one] Directorio { $name }: 1 persona; la configuración no lo nombra, así que solo afirma.
   *[other] Directorio { $name }: { $count } personas; la configuración no lo nombra, así que solo afirma.
}
address-book-imported = { $removed ->
    [0] { $added } añadidas, { $changed } cambiadas, { $unchanged } como antes.
   *[other] { $added } añadidas, { $changed } cambiadas, { $unchanged } como antes, { $removed } ya no están.
}
address-book-skipped = { $count ->
    [0] No se ha omitido nada.
    [one] Un dato no se ha incorporado:
   *[other] { $count } datos no se han incorporado:
}
