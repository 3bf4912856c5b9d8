# Files of conversations.

export-button = Export conversation
export-conversation = Conversation
export-body = Everything of it that this device has, oldest first, in a file that only you can read. A file that is there already is left as it is.
export-path = File
export-format = Form
export-text = Text, for reading
export-json = JSON, for programs
export-write = Export
export-writing = Writing …
export-export-the-conversation-with = Export the conversation with { $whom }
export-written = { $count ->
    [one] 1 message was written to { $path }
   *[other] { $count } messages were written to { $path }
}
