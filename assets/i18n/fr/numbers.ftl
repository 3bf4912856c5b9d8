# Accounts, numbers and cost.

numbers-relations = Comptes qui vont ensemble
numbers-relations-body = Les appels aux personnes d’un compte de chat passent par le compte voix qui lui correspond, même si vous en avez d’autres.
numbers-none = Aucun : demander quel compte appelle
numbers-remembered = Retenu pour les appels
numbers-forget = Oublier
numbers-keep = Garder ce choix
numbers-next = Ce que vous pouvez faire d’autre
numbers-so-far = { $text } · environ { $so_far } jusqu’ici
