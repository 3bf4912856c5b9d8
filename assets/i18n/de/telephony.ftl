# The settings of a telephone.

telephony-recordings = Aufnahmen
telephony-lines = Sprachnachrichten und Ziffern
telephony-lamps-body = Sie sehen, ob mit diesen Telefonen gesprochen wird, soweit ihr Telefondienst es sagt.
telephony-lamp-hint = Nummer oder Adresse
telephony-lamp-add = Dieses Telefon beobachten
telephony-lamp-configured = Aus Ihrer Konfiguration
