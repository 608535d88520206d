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
cancel = Abbrechen
save = Speichern
send = Senden
confirm = Bestätigen
email = E-Mail-Adresse
username = Benutzername
code = Code
message = Nachricht
address = Adresse
state = Status
from = Von
send-another-code = Weiteren Code senden
another-code-sent = Ein weiterer Code wurde gesendet. Ein früherer gilt weiterhin.
back-to-profile = Zurück zum Profil
yes = ja
no = nein
never = nie
remove = Entfernen
refresh = Aktualisieren
client = Client
ssh-key = SSH-Schlüssel
back-to-review = Zurück zur Überprüfung
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
sign-out = Abmelden
time-utc = Zeit (UTC)
time-local = Ortszeit
