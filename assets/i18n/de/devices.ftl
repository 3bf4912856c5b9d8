# Sound devices and the test of them.

devices-test = Meine Einrichtung testen
devices-test-body = Sprechen Sie: Die Balken zeigen, was Ihr Mikrofon hört.
devices-record = 3 Sekunden aufnehmen und abspielen
devices-ring = Klingeln
devices-echo = Den Echodienst anrufen
devices-not-tried = Nehmen Sie sich auf und lassen Sie es klingeln: Was dabei auffällt, steht dann hier.
devices-found = Was sich zeigte
devices-add = Weiteres hinzufügen
devices-in-use = in Gebrauch
devices-away = nicht da
devices-up = Mehr bevorzugen
devices-down = Weniger bevorzugen
devices-remove = Aus der Liste entfernen
devices-order = Benutzt wird das erste Gerät jeder Liste, das da ist. Kommt es wieder, wird es wieder benutzt; ein Mikrofon, das nicht in der Liste steht, wird nie benutzt.
devices-recording-say-something = Aufnahme: Sagen Sie etwas …
devices-this-is-how-you-sound = So klingen Sie …
devices-it-rings = Es klingelt …
devices-all-loudspeakers-at-once = Alle Lautsprecher zugleich
devices-what-the-system-uses-default-microphone = Wie das System (Standardmikrofon)
devices-what-the-system-uses-default-speaker = Wie das System (Standardlautsprecher)
devices-no-microphone = Kein Mikrofon
devices-no-sound = Kein Ton
