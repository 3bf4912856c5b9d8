# Accounts and people from other programs.

others-button = Aus einem anderen Programm
others-title = Aus einem anderen Programm
others-body = Konten von Gajim und Linphone, Personen von Linphone und Visitenkarten (vCard). Sie sehen, was da ist, bevor etwas übernommen wird; niemand wird angerufen und nichts gesendet.
others-looking = Dateien werden gesucht …
others-none-found = An den üblichen Orten wurden keine Dateien von Gajim oder Linphone gefunden.
others-path = Eine andere Datei
others-path-hint = /home/alice/people.vcf
others-look = Hineinsehen
others-accounts = Konten
others-people = Personen
others-preview = Noch wurde nichts übernommen. Wählen Sie, was herüberkommt.
others-nothing = In dieser Datei ist nichts, was übernommen werden könnte.
others-passwords = Passwörter bleiben beim anderen Programm: Jedes Konto fragt einmal nach seinem.
others-take = Übernehmen
others-taking = Wird übernommen …
others-other-file = Andere Datei
others-here-already = schon da
others-from = Von { $program }
others-people-count = { $count ->
    [one] 1 Person
   *[other] { $count } Personen
}
others-names-and-more = { $count ->
    [one] { $names } und 1 weitere
   *[other] { $names } und { $count } weitere
}
others-accounts-taken = { $count ->
    [one] 1 Konto wurde hinzugefügt.
   *[other] { $count } Konten wurden hinzugefügt.
}
others-people-taken = { $count ->
    [one] 1 Person steht jetzt in Ihrem Adressbuch.
   *[other] { $count } Personen stehen jetzt in Ihrem Adressbuch.
}
others-people-there = { $count ->
    [one] 1 Person stand schon da.
   *[other] { $count } Personen standen schon da.
}
