# One's accounts: added, changed, taken out.

accounts-add = Konto hinzufügen
accounts-add-title = Ein Konto hinzufügen
accounts-add-body = Es verbindet sich sofort. Welche Konten zusammengehören, steht unter den Konten.
accounts-change = Ändern
accounts-remove = Entfernen
accounts-remove-title = Dieses Konto entfernen?
accounts-remove-body = Es verschwindet von diesem Gerät, mit seinem Passwort. Das Konto selbst bleibt bei seinem Dienst, und was geschrieben wurde und wer anrief, bleibt hier.
accounts-kind = Für
accounts-address = Adresse
accounts-chat-hint = alice@example.com
accounts-voice-hint = 1001@pbx.example.com
accounts-password = Passwort
accounts-server = Server
accounts-server-hint = Leer: wird selbst gefunden
accounts-login = Name zum Anmelden
accounts-login-hint = Leer: wie in der Adresse
accounts-keep = Passwort aufbewahren
accounts-keyring = Im Schlüsselbund
accounts-file = In einer privaten Datei
