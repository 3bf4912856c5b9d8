# The search through messages.

find-title = Search messages
find-hint = Words, or "a phrase"
find-everybody = Everybody
find-any-time = Any time
find-week = Past week
find-month = Past month
find-year = Past year
find-nothing = Nothing found
find-nothing-body = No message has all of these words. Try fewer of them, or any time.
find-start = Find what was said
find-start-body = Type words that the message has. The best matches come first.
find-searching = Searching …
find-no-store = Messages cannot be searched at the moment.
find-search-messages-for = Search messages for “{ $words }”
find-best = The best { $most } messages
find-found = { $count ->
    [one] 1 message
   *[other] { $count } messages
}
find-more = Show more
