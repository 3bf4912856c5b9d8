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
settings-archive = Ce que votre serveur conserve
settings-archive-reading = Interrogation de votre serveur …
settings-archive-always = Tous les messages
settings-archive-roster = Ceux avec vos contacts
settings-archive-never = Aucun
settings-archive-always-means = Votre serveur garde une copie de chaque message, pour que tous vos appareils affichent la même chose et que rien ne manque quand l’un d’eux est éteint. La durée dépend de son exploitant.
settings-archive-roster-means = Les messages avec des personnes absentes de votre liste ne sont pas conservés : un appareil éteint les manque, sauf si le serveur les retient jusqu’à votre retour.
settings-archive-never-means = Rien de nouveau n’est conservé : vos autres appareils ne reçoivent pas ce qui a été écrit pendant qu’ils étaient éteints. Ce qui était conservé reste jusqu’à ce que le serveur l’efface.
settings-archive-exceptions = { $count ->
    [one] Une personne fait exception, désignée avec un autre programme. Cela reste.
   *[other] { $count } personnes font exception, désignées avec un autre programme. Cela reste.
}
