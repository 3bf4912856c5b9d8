# What people write to each other while they call.

call-text-hint = Write: seen at once
call-text-open = Text: what is typed is seen at once
call-text-nothing = What you type, the other side sees letter by letter, and you see theirs.
call-text-asked = The other side is asked whether it takes text…
call-text-is-typing = { $who } is typing…
call-text-you = You
call-text-only-this = In a conference, what you write here reaches only { $who }.
call-text-open-clear = The text is not encrypted
call-text-written = Written in this call
call-text-next-line = New line
call-text-not-over-chat = A call over chat carries no text: write a message
call-text-line = { $who }: { $text }
