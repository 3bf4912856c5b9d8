# Sound devices and the test of them.

devices-test = Tester mon équipement
devices-test-body = Parlez : les barres montrent ce qu’entend votre microphone.
devices-record = Enregistrer 3 secondes et les écouter
devices-ring = Sonner
devices-echo = Appeler le service d’écho
devices-not-tried = Enregistrez-vous et faites sonner : le résultat apparaît ici.
devices-found = Résultat
devices-add = En ajouter un autre
devices-in-use = utilisé
devices-away = absent
devices-up = Préférer davantage
devices-down = Préférer moins
devices-remove = Retirer de la liste
devices-order = Le premier appareil présent de chaque liste est utilisé. S’il revient, il est repris ; un microphone absent de la liste n’est jamais utilisé.
devices-recording-say-something = Enregistrement : dites quelque chose …
devices-this-is-how-you-sound = Voici comment on vous entend …
devices-it-rings = Ça sonne …
devices-all-loudspeakers-at-once = Tous les haut-parleurs à la fois
devices-what-the-system-uses-default-microphone = Celui du système (microphone par défaut)
devices-what-the-system-uses-default-speaker = Celui du système (haut-parleur par défaut)
devices-no-microphone = Pas de microphone
devices-no-sound = Pas de son
