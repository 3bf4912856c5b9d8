# The settings of a telephone.

telephony-recordings = Recordings
telephony-lines = Voicemail and digits
telephony-lamps-body = You see whether these phones are on the phone, as far as their phone service tells it.
telephony-lamp-hint = Number or address
telephony-lamp-add = Watch this phone
telephony-lamp-configured = From your configuration
