# Accounts, numbers and cost.

numbers-relations = Cuentas que van juntas
numbers-relations-body = Las llamadas a las personas de una cuenta de chat van por la cuenta de voz que le corresponde, aunque usted tenga otras.
numbers-none = Ninguna: preguntar qué cuenta llama
numbers-remembered = Recordado para llamadas
numbers-forget = Olvidar
numbers-keep = Recordar esta elección
numbers-next = Qué más puede hacer
numbers-so-far = { $text } · unos { $so_far } hasta ahora
