# The settings: who set what.

settings-calls-and-sound = Calls and sound
settings-administrator = Your administrator
settings-reset = Reset
settings-save = Save
settings-on = On
settings-off = Off
settings-set-up-by-settings-that-only = Set up by { $title }. Settings that only { $title } changes are marked below.
settings-has-taken-back-what-it-had = { $title } has taken back what it had set up. What was said is kept.
settings-suggested-by-your-administrator = Suggested by your administrator ({ $title }).
settings-set-by-you = Set by you.
settings-set-for-this-run-on-the = Set for this run on the command line.
settings-archive = What your server keeps
settings-archive-reading = Asking your server …
settings-archive-always = All messages
settings-archive-roster = Those with your contacts
settings-archive-never = None
settings-archive-always-means = Your server keeps a copy of every message, so that all your devices show the same and nothing is missed while one is off. How long it keeps them is its operator's choice.
settings-archive-roster-means = Messages with people who are not in your list are not kept: a device that is off misses them, unless the server holds them back until you are there.
settings-archive-never-means = Nothing new is kept: your other devices do not get what was written while they were off. What was kept before stays until the server deletes it.
settings-archive-exceptions = { $count ->
    [one] One person is an exception, named with another program. That stays.
   *[other] { $count } people are exceptions, named with another program. That stays.
}
