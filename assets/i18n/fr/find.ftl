# The search through messages.

find-title = Rechercher dans les messages
find-hint = Des mots, ou "une expression"
find-everybody = Tout le monde
find-any-time = À tout moment
find-week = Semaine passée
find-month = Mois passé
find-year = Année passée
find-nothing = Rien trouvé
find-nothing-body = Aucun message ne contient tous ces mots. Essayez-en moins, ou à tout moment.
find-start = Retrouver ce qui a été dit
find-start-body = Tapez des mots du message. Les meilleurs résultats viennent d’abord.
find-searching = Recherche …
find-no-store = La recherche dans les messages est impossible pour le moment.
find-search-messages-for = Rechercher « { $words } » dans les messages
find-best = Les { $most } meilleurs messages
find-found = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
find-more = En montrer plus
