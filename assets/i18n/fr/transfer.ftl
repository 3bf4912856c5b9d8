# Handing calls over, and several calls at once.

transfer-transfer = Transférer
transfer-swap = Permuter
transfer-field = Nom, numéro ou adresse
transfer-other-calls = Autres appels
transfer-people = Personnes
transfer-nobody = Personne trouvé. Tapez un numéro ou une adresse pour y transférer l’appel.
transfer-hint = Tapez un nom, un numéro ou une adresse.
transfer-others = Quelqu’un d’autre
transfer-now = Transférer maintenant
transfer-ask-first = Demander d’abord
transfer-connect = Les mettre en relation
transfer-take-back = Reprendre
transfer-together = Parler tous ensemble
transfer-add = Ajouter
transfer-add-title = Ajouter à la conférence
transfer-add-body = La personne est appelée et entend tout le monde dès qu’elle répond.
transfer-calls-with = Appels avec cette personne
transfer-hang-up-and-answer = Raccrocher et répondre
transfer-automatic = Décroché automatiquement, comme vos réglages le permettent pour cet appelant. Votre micro est ouvert.
transfer-automatic-muted = Décroché automatiquement, comme vos réglages le permettent pour cet appelant. Votre micro est coupé.
transfer-nothing-dialled = Rien n’est composé avant que vous ne le disiez.
transfer-send = Envoyer
transfer-do-not-send = Ne pas envoyer
transfer-waits-on-hold-while-you-talk = { $who } patiente pendant que vous parlez à { $to }. Ensuite, vous les mettez en relation, ou vous reprenez { $who }.
transfer-they-pressed = Touches pressées : { $digits }
transfer-is-put-on-hold-and-is = { $who } est mis en attente et { $to } est appelé. Quand { $to } répond, votre appel se termine ; si personne ne répond, vous retrouvez { $who }.
transfer-on-hold = En attente
transfer-in-a-call-with-you = En communication avec vous
transfer-asked = Demandé
transfer-ringing-there = Sonne là-bas
transfer-they-talk = Ils se parlent
transfer-heading = Transférer { $who }
transfer-connect-body = { $who } et { $other } continuent de se parler. Les deux appels se terminent ici.
transfer-waiting = { $who } attend d’être mis en relation.
transfer-not-yet = Dès que { $who } aura répondu.
transfer-answer-holds = { $who } est mis en attente quand vous répondez.
transfer-answer-beside = { $who } continue de vous entendre quand vous répondez.
transfer-digits-wait = { $count ->
    [one] { $count } autre chiffre attend d’être envoyé.
   *[other] { $count } autres chiffres attendent d’être envoyés.
}
