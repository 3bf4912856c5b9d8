# The address book, and who said what.

address-book-title = Carnet d’adresses
address-book-add = Ajouter au carnet d’adresses
address-book-edit = Modifier
address-book-new = Ajouter une personne
address-book-remove = Supprimer
address-book-save = Enregistrer
address-book-name = Nom
address-book-numbers = Numéros, séparés par des virgules
address-book-numbers-hint = +49 30 …, bob@example.com
address-book-chat = Adresse de chat, s’il y en a une
address-book-chat-hint = bob@example.com
address-book-form-body = Ce que vous notez ici passe avant tout ce que disent les autres et donne leur nom aux appelants.
address-book-no-chat-address = Une adresse de chat ressemble à bob@example.com.
address-book-import = Importer
address-book-import-directory = Importer comme annuaire
address-book-import-hint = /home/vous/contacts.vcf
address-book-import-label = Lire des personnes dans un fichier vCard
address-book-export-label = Écrire vos personnes dans un nouveau fichier vCard
address-book-export = Exporter (vCard 4)
address-book-export-3 = Exporter (vCard 3)
address-book-show-history = Qui a dit quoi
address-book-hide-history = Masquer qui a dit quoi
address-book-no-history = Personne n’a encore rien dit de ses adresses.
address-book-history-pending = Recherche en cours …
address-book-hide-number = Prochain appel sans numéro
address-book-show-number = Prochain appel avec numéro
address-book-no-chat = Aucune adresse de chat n’est connue pour cette personne. Ajoutez-en une au carnet d’adresses et vous pourrez lui écrire.
address-book-callers = Qui peut faire sonner
address-book-since = depuis { $when }
address-book-call-named = Un appel de { $address } a indiqué son adresse de chat ({ $since }).
address-book-has-listed = { $who ->
    [card] Sa carte indique { $address } depuis { $since }.
    [reach] Son annonce indique { $address } depuis { $since }.
    [own] Votre carnet d’adresses indique { $address } depuis { $since }.
    [directory] L’annuaire indique { $address } depuis { $since }.
   *[other] Un appel indique { $address } depuis { $since }.
}
address-book-listed = { $who ->
    [card] Sa carte a indiqué { $address } de { $since } à { $until }.
    [reach] Son annonce a indiqué { $address } de { $since } à { $until }.
    [own] Votre carnet d’adresses a indiqué { $address } de { $since } à { $until }.
    [directory] L’annuaire a indiqué { $address } de { $since } à { $until }.
   *[other] Un appel a indiqué { $address } de { $since } à { $until }.
}
address-book-own = { $count ->
    [one] { $count } personne à vous.
   *[other] { $count } personnes à vous.
}
address-book-directory-trusted = { $count ->
    [one] Annuaire { $name } : { $count } personne, sa parole vaut preuve.
   *[other] Annuaire { $name } : { $count } personnes, sa parole vaut preuve.
}
address-book-directory-claims = { $count ->
    [one] Annuaire { $name } : { $count } personne ; la configuration ne le cite pas, il ne fait donc qu’affirmer.
   *[other] Annuaire { $name } : { $count } personnes ; la configuration ne le cite pas, il ne fait donc qu’affirmer.
}
address-book-imported = { $removed ->
    [0] { $added } ajoutées, { $changed } modifiées, { $unchanged } inchangées.
   *[other] { $added } ajoutées, { $changed } modifiées, { $unchanged } inchangées, { $removed } disparues.
}
address-book-skipped = { $count ->
    [0] Rien n’a été omis.
    [one] Un élément n’a pas été repris :
   *[other] { $count } éléments n’ont pas été repris :
}
