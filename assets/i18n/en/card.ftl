# The own card, and being reached elsewhere.

card-card = Your card
card-not-read = Your card has not been read yet.
card-not-read-offline = Your card can be read when chat is connected.
card-reading = Reading your card …
card-writing = Saving your card …
card-testing = Checking …
card-read = Read it
card-edit = Edit
card-test = Does it reach me?
card-publish = Publish it
card-save = Save
card-name = Name
card-nickname = Nickname
card-organisation = Organisation
card-numbers = Numbers and addresses for calls
card-no-numbers = No number and no address: nobody can call you from your card.
card-add = Add a number or an address
card-value-hint = +49 30 123456 or sip:you@example.com
card-preferred = Preferred
card-up = Move up
card-down = Move down
card-remove = Remove
card-saved = Your card is saved.
card-elsewhere = Where you are now
card-elsewhere-body = For a meeting room or another desk: contacts are offered this address as well, until you clear it or quit.
card-place-uri = Number or address
card-place-words = Where that is, as in “Room 3”
card-place-set = I am here now
card-place-clear = I have left
card-place-saved = Your contacts see where you can be reached.
card-call = Call { $shown }
card-it-does-not-list-the-address = It does not list { $address }, the address of your voice account.
card-work = Work
card-home = Home
card-mobile = Mobile
card-voice = Voice
card-video = Video
card-fax = Fax
card-others = { $count ->
    [one] One other detail stays as it is.
   *[other] { $count } other details stay as they are.
}
card-choose-picture = Choose a picture …
card-paste-picture = Paste a picture
card-remove-picture = Remove the picture
card-picture-busy = Changing your picture …
card-picture-body = Your contacts see it beside your name. A square is cut from the middle; what a camera wrote into the file is left out.
card-picture-path = Where the picture lies, as in /home/you/me.jpg
card-use-picture = Use it
card-no-picture-there = There is no picture on the clipboard.
card-you = You: picture, status, card
