# Files of conversations.

export-button = Exporter la conversation
export-conversation = Conversation
export-body = Tout ce que cet appareil en possède, du plus ancien au plus récent, dans un fichier que vous seul pouvez lire. Un fichier qui existe déjà reste tel quel.
export-path = Fichier
export-format = Format
export-text = Texte, pour lire
export-json = JSON, pour des programmes
export-write = Exporter
export-writing = Écriture …
export-export-the-conversation-with = Exporter la conversation avec { $whom }
export-written = { $count ->
    [one] { $count } message a été écrit dans { $path }
   *[other] { $count } messages ont été écrits dans { $path }
}
