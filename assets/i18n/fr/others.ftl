# Accounts and people from other programs.

others-button = Depuis un autre programme
others-title = Depuis un autre programme
others-body = Comptes de Gajim et de Linphone, personnes de Linphone et cartes (vCard). Vous voyez ce qu'il y a avant que rien ne soit repris ; personne n'est appelé et rien n'est envoyé.
others-looking = Recherche de fichiers …
others-none-found = Aucun fichier de Gajim ni de Linphone aux endroits habituels.
others-path = Un autre fichier
others-path-hint = /home/alice/people.vcf
others-look = Regarder
others-accounts = Comptes
others-people = Personnes
others-preview = Rien n'a encore été repris. Choisissez ce qui vient.
others-nothing = Il n'y a rien dans ce fichier qui puisse être repris.
others-passwords = Les mots de passe restent dans l'autre programme : chaque compte demande le sien une fois.
others-take = Reprendre
others-taking = Reprise en cours …
others-other-file = Autre fichier
others-here-already = déjà là
others-from = De { $program }
others-people-count = { $count ->
    [one] 1 personne
   *[other] { $count } personnes
}
others-names-and-more = { $count ->
    [one] { $names } et 1 autre
   *[other] { $names } et { $count } autres
}
others-accounts-taken = { $count ->
    [one] 1 compte a été ajouté.
   *[other] { $count } comptes ont été ajoutés.
}
others-people-taken = { $count ->
    [one] 1 personne est maintenant dans votre carnet d'adresses.
   *[other] { $count } personnes sont maintenant dans votre carnet d'adresses.
}
others-people-there = { $count ->
    [one] 1 personne y était déjà.
   *[other] { $count } personnes y étaient déjà.
}
