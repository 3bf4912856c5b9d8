# The settings of a telephone.

telephony-recordings = Enregistrements
telephony-lines = Messagerie vocale et chiffres
telephony-lamps-body = Vous voyez si ces téléphones sont en ligne, autant que leur service téléphonique le dit.
telephony-lamp-hint = Numéro ou adresse
telephony-lamp-add = Surveiller ce téléphone
telephony-lamp-configured = De votre configuration
