# Starting with the session.

login-section = Start
login-at-login = Wenn Sie sich an diesem Rechner anmelden
login-hint = Anrufe und Nachrichten erreichen Sie nur, solange Tandem läuft.
login-nothing = Nichts
login-open-tandem = Tandem öffnen
login-open-it-minimised = Minimiert öffnen
