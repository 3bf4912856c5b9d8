# Status, and what happens to calls that come in.

answering-title = Status und Anrufe
answering-section = Anrufe annehmen
answering-status = Ihr Status
answering-do-not-disturb = Nicht stören
answering-rings = Anrufe klingeln.
answering-turn-on = Einschalten
answering-turn-off = Ausschalten
answering-forward = Alle Anrufe weiterleiten
answering-forward-hint = Nummer, Adresse oder Chat-Adresse
answering-forward-on = Weiterleiten
answering-forward-off = Nicht mehr weiterleiten
answering-change-status = Ihr Status sagt es: Wählen Sie oben einen anderen.
answering-more = Alle Einstellungen zur Annahme
answering-emergency = Notrufe, und wer nach einem zurückruft, klingeln immer.
answering-silent = Stumm
answering-forwards = Umleitung
answering-here = Da
answering-away = Abwesend
answering-busy = Belegt
answering-hidden = Verborgen
