# Accounts, numbers and cost.

numbers-relations = Konten, die zusammengehören
numbers-relations-body = Anrufe bei den Personen eines Chatkontos gehen über das Telefonkonto, das dazugehört, auch wenn Sie andere haben.
numbers-none = Keines: fragen, welches Konto anruft
numbers-remembered = Für Anrufe gemerkt
numbers-forget = Vergessen
numbers-keep = Diese Wahl merken
numbers-next = Was Sie sonst tun können
numbers-so-far = { $text } · bisher etwa { $so_far }
