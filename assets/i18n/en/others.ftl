# Accounts and people from other programs.

others-button = From another program
others-title = From another program
others-body = Accounts of Gajim and Linphone, people of Linphone, and vCards. You see what there is before anything is taken over; nobody is called and nothing is sent.
others-looking = Looking for files …
others-none-found = No files of Gajim or Linphone were found in their usual places.
others-path = Another file
others-path-hint = /home/alice/people.vcf
others-look = Look into it
others-accounts = Accounts
others-people = People
others-preview = Nothing has been taken over yet. Choose what comes over.
others-nothing = There is nothing in this file that could be taken over.
others-passwords = Passwords stay with the other program: each account asks for its own once.
others-take = Take over
others-taking = Taking over …
others-other-file = Another file
others-here-already = here already
others-from = From { $program }
others-people-count = { $count ->
    [one] 1 person
   *[other] { $count } people
}
others-names-and-more = { $count ->
    [one] { $names } and 1 more
   *[other] { $names } and { $count } more
}
others-accounts-taken = { $count ->
    [one] 1 account was added.
   *[other] { $count } accounts were added.
}
others-people-taken = { $count ->
    [one] 1 person is in your address book now.
   *[other] { $count } people are in your address book now.
}
others-people-there = { $count ->
    [one] 1 person was there already.
   *[other] { $count } people were there already.
}
