# Files of conversations.

export-button = Exportar la conversación
export-conversation = Conversación
export-body = Todo lo que este dispositivo tiene, lo más antiguo primero, en un archivo que solo usted puede leer. Un archivo que ya exista se deja como está.
export-path = Archivo
export-format = Formato
export-text = Texto, para leer
export-json = JSON, para programas
export-write = Exportar
export-writing = Escribiendo …
export-export-the-conversation-with = Exportar la conversación con { $whom }
export-written = { $count ->
    [one] 1 mensaje se ha escrito en { $path }
   *[other] { $count } mensajes se han escrito en { $path }
}
