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
section-teams = Teams
section-settings = Einstellungen
section-profile = Profil
section-password = Passwort
section-security = Sicherheit
section-keys = SSH-Schlüssel
section-sessions = Sitzungen
section-activity = Aktivität
section-support = Support
never = nie
save = Speichern
send = Senden
sign-out = Abmelden
email = E-Mail-Adresse
username = Benutzername
message = Nachricht
state = Status
from = Von
client = Client
