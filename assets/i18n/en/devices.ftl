# Sound devices and the test of them.

devices-test = Test my setup
devices-test-body = Speak: the bars show what your microphone hears.
devices-record = Record 3 seconds and play them
devices-ring = Ring
devices-echo = Call the echo service
devices-not-tried = Record yourself and let it ring: what was found appears here.
devices-found = What was found
devices-add = Add another
devices-in-use = in use
devices-away = not there
devices-up = Prefer more
devices-down = Prefer less
devices-remove = Remove from the list
devices-order = The first device of each list that is there is used. When it comes back, it is used again; a microphone that is not in the list is never used.
devices-recording-say-something = Recording: say something …
devices-this-is-how-you-sound = This is how you sound …
devices-it-rings = It rings …
devices-all-loudspeakers-at-once = All loudspeakers at once
devices-what-the-system-uses-default-microphone = What the system uses (default microphone)
devices-what-the-system-uses-default-speaker = What the system uses (default speaker)
devices-no-microphone = No microphone
devices-no-sound = No sound
