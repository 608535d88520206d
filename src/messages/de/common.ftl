### Was mehrere Seiten sagen.

back = Zurück
need-help = Brauchen Sie Hilfe? { $contact }
wait-seconds = { $n ->
    [one] { $n } Sekunde
   *[other] { $n } Sekunden
}
continue = Weiter
password = Passwort
email-or-username = E-Mail oder Benutzername
two-factor-authentication = Zwei-Faktor-Authentisierung
contact-support = Support kontaktieren
send-a-code = Code senden
the-operator = der Betreiber
