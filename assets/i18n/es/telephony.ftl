# The settings of a telephone.

telephony-recordings = Grabaciones
telephony-lines = Buzón de voz y cifras
telephony-lamps-body = Usted ve si estos teléfonos están en uso, en la medida en que lo diga su servicio.
telephony-lamp-hint = Número o dirección
telephony-lamp-add = Vigilar este teléfono
telephony-lamp-configured = De su configuración
