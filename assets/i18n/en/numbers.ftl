# Accounts, numbers and cost.

numbers-relations = Accounts that belong together
numbers-relations-body = Calls to the people of a chat account go over the voice account that belongs to it, even if you have others.
numbers-none = None: ask which account calls
numbers-remembered = Remembered for calls
numbers-forget = Forget
numbers-keep = Keep this choice
numbers-next = What else you can do
numbers-so-far = { $text } · about { $so_far } so far
