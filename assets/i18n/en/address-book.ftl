# The address book, and who said what.

address-book-title = Address book
address-book-add = Add to address book
address-book-edit = Edit
address-book-new = Add a person
address-book-remove = Remove
address-book-save = Save
address-book-name = Name
address-book-numbers = Numbers, separated by commas
address-book-numbers-hint = +49 30 …, bob@example.com
address-book-chat = Chat address, if there is one
address-book-chat-hint = bob@example.com
address-book-form-body = What you keep here counts before everything that others say, and names callers.
address-book-no-chat-address = The chat address looks like bob@example.com.
address-book-import = Import
address-book-import-directory = Import as a directory
address-book-import-hint = /home/you/people.vcf
address-book-import-label = Read people from a vCard file
address-book-export-label = Write your people into a new vCard file
address-book-export = Export (vCard 4)
address-book-export-3 = Export (vCard 3)
address-book-show-history = Who said what
address-book-hide-history = Hide who said what
address-book-no-history = Nobody has said anything about their addresses yet.
address-book-history-pending = Looking it up …
address-book-hide-number = Hide my number on the next call
address-book-show-number = Show my number on the next call
address-book-no-chat = No chat address is known for them. Add one to the address book, and you can write to them.
address-book-callers = Who may ring
address-book-since = since { $when }
address-book-call-named = A call from { $address } named their chat address ({ $since }).
address-book-has-listed = { $who ->
    [card] Their card has listed { $address } since { $since }.
    [reach] Their announcement has listed { $address } since { $since }.
    [own] Your address book has listed { $address } since { $since }.
    [directory] The directory has listed { $address } since { $since }.
   *[other] A call has listed { $address } since { $since }.
}
address-book-listed = { $who ->
    [card] Their card listed { $address } from { $since } until { $until }.
    [reach] Their announcement listed { $address } from { $since } until { $until }.
    [own] Your address book listed { $address } from { $since } until { $until }.
    [directory] The directory listed { $address } from { $since } until { $until }.
   *[other] A call listed { $address } from { $since } until { $until }.
}
address-book-own = { $count ->
    [one] 1 person of your own.
   *[other] { $count } people of your own.
}
address-book-directory-trusted = { $count ->
    [one] Directory { $name }: 1 person, its word is proof.
   *[other] Directory { $name }: { $count } people, its word is proof.
}
address-book-directory-claims = { $count ->
    [one] Directory { $name }: 1 person, not named by the configuration, so it only claims.
   *[other] Directory { $name }: { $count } people, not named by the configuration, so it only claims.
}
address-book-imported = { $removed ->
    [0] { $added } added, { $changed } changed, { $unchanged } as before.
   *[other] { $added } added, { $changed } changed, { $unchanged } as before, { $removed } gone.
}
address-book-skipped = { $count ->
    [0] Nothing was skipped.
    [one] One thing was not taken over:
   *[other] { $count } things were not taken over:
}
