# The settings: who set what.

settings-calls-and-sound = Appels et son
settings-administrator = Votre administrateur
settings-reset = Réinitialiser
settings-save = Enregistrer
settings-on = Activé
settings-off = Désactivé
settings-set-up-by-settings-that-only = Configuré par { $title }. Les réglages que seul { $title } change sont marqués ci-dessous.
settings-has-taken-back-what-it-had = { $title } a repris ce qui avait été configuré. Ce qui a été dit est conservé.
settings-suggested-by-your-administrator = Proposé par votre administrateur ({ $title }).
settings-set-by-you = Réglé par vous.
settings-set-for-this-run-on-the = Réglé pour cette exécution en ligne de commande.
