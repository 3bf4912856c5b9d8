# The own card, and being reached elsewhere.

card-card = Votre carte
card-not-read = Votre carte n’a pas encore été lue.
card-not-read-offline = Votre carte pourra être lue quand le chat sera connecté.
card-reading = Lecture de votre carte …
card-writing = Enregistrement de votre carte …
card-testing = Vérification …
card-read = La lire
card-edit = Modifier
card-test = Permet-elle de me joindre ?
card-publish = La publier
card-save = Enregistrer
card-name = Nom
card-nickname = Surnom
card-organisation = Organisation
card-numbers = Numéros et adresses pour les appels
card-no-numbers = Ni numéro ni adresse : personne ne peut vous appeler depuis votre carte.
card-add = Ajouter un numéro ou une adresse
card-value-hint = +33 1 23 45 67 89 ou sip:vous@example.com
card-preferred = Préféré
card-up = Monter
card-down = Descendre
card-remove = Supprimer
card-saved = Votre carte est enregistrée.
card-elsewhere = Où vous êtes maintenant
card-elsewhere-body = Pour une salle de réunion ou un autre bureau : cette adresse est aussi proposée à vos contacts, jusqu’à ce que vous l’effaciez ou quittiez Tandem.
card-place-uri = Numéro ou adresse
card-place-words = Où c’est, par exemple « Salle 3 »
card-place-set = Je suis ici maintenant
card-place-clear = Je suis parti
card-place-saved = Vos contacts voient où vous joindre.
card-call = Appeler { $shown }
card-it-does-not-list-the-address = { $address }, l’adresse de votre compte voix, n’y figure pas.
card-work = Travail
card-home = Domicile
card-mobile = Mobile
card-voice = Voix
card-video = Vidéo
card-fax = Fax
card-others = { $count ->
    [one] Un autre détail reste inchangé.
   *[other] { $count } autres détails restent inchangés.
}
card-choose-picture = Choisir une image …
card-paste-picture = Coller une image
card-remove-picture = Supprimer l’image
card-picture-busy = Modification de votre image …
card-picture-body = Vos contacts la voient à côté de votre nom. Un carré est découpé au milieu ; ce qu’un appareil photo a écrit dans le fichier est laissé de côté.
card-picture-path = Où se trouve l’image, par exemple /home/vous/moi.jpg
card-use-picture = Utiliser
card-no-picture-there = Le presse-papiers ne contient pas d’image.
card-you = Vous : image, statut, fiche
