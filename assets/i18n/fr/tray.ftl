# The icon in the tray.

tray-section = Fenêtre et zone de notification
tray-none = Ce bureau n’affiche pas d’icônes de programmes : fermer la fenêtre quitte Tandem.
tray-open = Ouvrir Tandem
tray-quit = Quitter Tandem
tray-do-not-disturb = Les appels ne sonnent pas
tray-microphone-off = Micro coupé
tray-connecting = connexion …
tray-not-connected = non connecté
tray-not-connected-needs-you = non connecté, a besoin de vous
tray-unread = { $count ->
    [one] { $count } message non lu
   *[other] { $count } messages non lus
}
tray-missed = { $count ->
    [one] { $count } appel manqué
   *[other] { $count } appels manqués
}
tray-connected = connecté
tray-waiting = en attente
tray-no-keys = Ce bureau ne prête pas de touches.
tray-key-answer = Répondre à un appel
tray-key-hang-up = Refuser ou raccrocher
tray-key-microphone = Micro coupé ou actif
tray-key-talk = Parler tant que maintenue
tray-key-show = Montrer Tandem
