# Files of conversations.

export-button = Unterhaltung exportieren
export-conversation = Unterhaltung
export-body = Alles, was dieses Gerät davon hat, das Älteste zuerst, in eine Datei, die nur Sie lesen können. Eine Datei, die es schon gibt, bleibt unberührt.
export-path = Datei
export-format = Form
export-text = Text, zum Lesen
export-json = JSON, für Programme
export-write = Exportieren
export-writing = Wird geschrieben …
export-export-the-conversation-with = Unterhaltung mit { $whom } exportieren
export-written = { $count ->
    [one] 1 Nachricht wurde in { $path } geschrieben
   *[other] { $count } Nachrichten wurden in { $path } geschrieben
}
