# Handing calls over, and several calls at once.

transfer-transfer = Übergeben
transfer-swap = Tauschen
transfer-field = Name, Nummer oder Adresse
transfer-other-calls = Andere Gespräche
transfer-people = Personen
transfer-nobody = Niemand gefunden. Geben Sie eine Nummer oder Adresse ein, um das Gespräch dorthin zu übergeben.
transfer-hint = Geben Sie einen Namen, eine Nummer oder eine Adresse ein.
transfer-others = Jemand anderes
transfer-now = Jetzt übergeben
transfer-ask-first = Erst fragen
transfer-connect = Beide verbinden
transfer-take-back = Zurückholen
transfer-together = Alle zusammen sprechen
transfer-add = Hinzufügen
transfer-add-title = Zur Konferenz hinzufügen
transfer-add-body = Die Person wird angerufen und hört alle, sobald sie annimmt.
transfer-calls-with = Gespräche mit dieser Person
transfer-hang-up-and-answer = Auflegen und annehmen
transfer-automatic = Von selbst angenommen, wie Ihre Einstellungen es für diesen Anrufer erlauben. Ihr Mikrofon ist offen.
transfer-automatic-muted = Von selbst angenommen, wie Ihre Einstellungen es für diesen Anrufer erlauben. Ihr Mikrofon ist aus.
transfer-nothing-dialled = Nichts wird gewählt, bevor Sie es sagen.
transfer-send = Senden
transfer-do-not-send = Nicht senden
transfer-waits-on-hold-while-you-talk = { $who } wird gehalten, während Sie mit { $to } sprechen. Dann verbinden Sie beide oder holen { $who } zurück.
transfer-they-pressed = Gedrückt wurde: { $digits }
transfer-is-put-on-hold-and-is = { $who } wird gehalten und { $to } angerufen. Nimmt { $to } an, endet Ihr Gespräch; nimmt niemand an, sprechen Sie wieder mit { $who }.
transfer-on-hold = Wird gehalten
transfer-in-a-call-with-you = Im Gespräch mit Ihnen
transfer-asked = Gefragt
transfer-ringing-there = Klingelt dort
transfer-they-talk = Beide sprechen
transfer-heading = { $who } übergeben
transfer-connect-body = { $who } und { $other } sprechen miteinander weiter. Beide Gespräche enden hier.
transfer-waiting = { $who } wartet auf die Verbindung.
transfer-not-yet = Sobald { $who } angenommen hat.
transfer-answer-holds = { $who } wird gehalten, wenn Sie annehmen.
transfer-answer-beside = { $who } hört Sie weiter, wenn Sie annehmen.
transfer-digits-wait = { $count ->
    [one] 1 weitere Ziffer wartet auf das Senden.
   *[other] { $count } weitere Ziffern warten auf das Senden.
}
