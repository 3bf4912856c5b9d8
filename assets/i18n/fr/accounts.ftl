# One's accounts: added, changed, taken out.

accounts-add = Ajouter un compte
accounts-add-title = Ajouter un compte
accounts-add-body = Il se connecte aussitôt. Les comptes qui vont ensemble se règlent sous les comptes.
accounts-change = Modifier
accounts-remove = Retirer
accounts-remove-title = Retirer ce compte ?
accounts-remove-body = Il quitte cet appareil, avec son mot de passe. Le compte lui-même reste chez son service, et les messages et les appels restent ici.
accounts-kind = Pour
accounts-address = Adresse
accounts-chat-hint = alice@example.com
accounts-voice-hint = 1001@pbx.example.com
accounts-password = Mot de passe
accounts-server = Serveur
accounts-server-hint = Vide : trouvé tout seul
accounts-login = Nom pour s'identifier
accounts-login-hint = Vide : comme dans l'adresse
accounts-keep = Garder le mot de passe
accounts-keyring = Dans le trousseau
accounts-file = Dans un fichier privé
