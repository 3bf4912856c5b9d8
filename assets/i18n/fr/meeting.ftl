# Réunions : une conférence et le salon qui lui appartient.

meeting-people = Dans cette réunion
meeting-join = Rejoindre l’appel
meeting-not-now = Pas maintenant
meeting-enter = Ouvrir le salon
meeting-not-this = Pas pour cet appel
meeting-show = Montrer l’appel
meeting-chat = Ouvrir la discussion
meeting-announce = Inviter le salon
meeting-start = Lancer un appel
meeting-whom = Qui appeler
meeting-nobody = Personne dans ce salon n’est un de vos contacts avec une adresse téléphonique.
meeting-moderator = Modération
meeting-out-of-call = Exclure de l’appel
meeting-out-of-room = Exclure du salon
meeting-mute = Couper dans l’appel
meeting-unmute = Rétablir dans l’appel
meeting-yes = Oui, là aussi
meeting-no = Non, seulement ici
meeting-only-text = Dans le salon seulement
meeting-asking = Recherche des participants à l’appel…
meeting-locked = Fermée : personne d’autre n’entre
meeting-both = Texte et son
meeting-audio = Son seulement
meeting-coming = Pas encore là
meeting-we = Vous
meeting-text = Texte seulement
meeting-being-called = appel en cours
meeting-muted = micro coupé
meeting-muted-by-moderator = micro coupé par la modération
meeting-on-hold = en attente
meeting-unknown = Participants inconnus. { $why }
meeting-maybe = Peut-être la même personne que { $other }
meeting-call = { $count ->
    [one] Appeler { $count } personne
   *[other] Appeler { $count } personnes
}
meeting-speaking = parle
meeting-people-count = { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}
meeting-with-both = { $count } avec texte et son
meeting-with-audio = { $count } avec son seulement
meeting-not-there-yet = { $count } pas encore là
meeting-with-text = { $count } avec texte seulement
meeting-not-listed = { $count } hors liste
meeting-summary = { $people } : { $parts }.
