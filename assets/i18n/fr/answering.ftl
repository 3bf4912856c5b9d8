# Status, and what happens to calls that come in.

answering-title = Statut et appels
answering-section = Réponse aux appels
answering-status = Votre statut
answering-do-not-disturb = Ne pas déranger
answering-rings = Les appels sonnent.
answering-turn-on = Activer
answering-turn-off = Désactiver
answering-forward = Renvoyer tous les appels
answering-forward-hint = Numéro, adresse ou adresse de chat
answering-forward-on = Renvoyer
answering-forward-off = Ne plus renvoyer
answering-change-status = Votre statut l’indique : choisissez-en un autre ci-dessus.
answering-more = Tous les réglages de réponse
answering-emergency = Les appels d’urgence, et ceux qui rappellent après un tel appel, sonnent toujours.
answering-silent = Silence
answering-forwards = Renvoi
answering-here = Ici
answering-away = Absent
answering-busy = Occupé
answering-hidden = Masqué
