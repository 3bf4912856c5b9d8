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
