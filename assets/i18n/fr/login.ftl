# Starting with the session.

login-section = Démarrage
login-at-login = Quand vous ouvrez une session sur cet ordinateur
login-hint = Les appels et les messages ne vous parviennent que si Tandem fonctionne.
login-nothing = Rien
login-open-tandem = Ouvrir Tandem
login-open-it-minimised = L’ouvrir réduit
