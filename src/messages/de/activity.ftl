### Die Aktivität: was mit dem Konto geschehen ist.

activity-title = Aktivität
activity-all = Alle
activity-sign-ins = Anmeldungen
activity-changes = Änderungen
activity-refused = Abgelehnt
activity-newer = Neuere
activity-older = Ältere
activity-back = Zurück zur Aktivität
activity-what = Was
activity-result = Ergebnis
activity-when = Wann
activity-first = Zuerst
activity-last = Zuletzt
activity-kind = Art
activity-empty = In den letzten { $days } Tagen war hier nichts.
activity-not-you-undo = Waren Sie das nicht? Führen Sie innerhalb von { $days } Tagen { $command } aus und geben Sie den Rückgängig-Code aus der E-Mail dazu ein.
activity-not-you = Wenn Sie das nicht waren, ändern Sie Ihr Passwort und wenden Sie sich an den Support.

# Wörter in der Spalte mit den Ergebnissen.
activity-row-ok = ok
activity-row-ok-times = { $times }-mal ok
activity-row-refused = abgelehnt
activity-row-refused-times = { $times }-mal abgelehnt

# Vor einer Sparkline: höchstens neun Spalten.
activity-chart-sign-ins = Anmeldung
activity-chart-refused = Abgelehnt
activity-summary = Letzte { $days } Tage: { $sign_ins ->
    [0] keine Anmeldungen
    [one] { $sign_ins } Anmeldung ({ $last_sign_in })
   *[other] { $sign_ins } Anmeldungen (zuletzt am { $last_sign_in })
}, { $refusals ->
    [0] keine Ablehnungen
    [one] { $refusals } Ablehnung ({ $last_refusal })
   *[other] { $refusals } Ablehnungen (zuletzt am { $last_refusal })
}.

# Jede Art von Ereignis, für eine Spalte: höchstens 30 Zeichen.
event-sign-in = Mit Passwort angemeldet
event-sign-in-with-key = Mit SSH-Schlüssel angemeldet
event-sign-in-failed = Falsches Passwort
event-password-locked = Passwort gesperrt
event-service-sign-in = Bei einem Dienst angemeldet
event-service-sign-in-failed = Dienst: falsches Passwort
event-service-two-factor-missing = Dienst: Zwei-Faktor nötig
event-service-locked = Passwort bei Dienst gesperrt
event-reset-code-sent = Code zum Zurücksetzen gesendet
event-reset-code-accepted = Code zum Zurücksetzen gültig
event-reset-code-refused = Falscher Code zum Zurücksetzen
event-reset-code-issued = Support: Code zum Zurücksetzen
event-password-reset = Passwort zurückgesetzt
event-password-change-due = Passwortwechsel verlangt
event-password-changed = Passwort geändert
event-password-change-refused = Aktuelles Passwort falsch
event-key-added = SSH-Schlüssel hinzugefügt
event-key-removed = SSH-Schlüssel entfernt
event-key-renamed = SSH-Schlüssel umbenannt
event-keys-suspended = SSH-Schlüssel ausgesetzt
event-key-kept = SSH-Schlüssel behalten
event-key-verified = SSH-Schlüssel bestätigt
event-name-changed = Benutzername geändert
event-profile-changed = Profil geändert
event-email-added = E-Mail-Adresse hinzugefügt
event-email-verified = E-Mail-Adresse bestätigt
event-email-removed = E-Mail-Adresse entfernt
event-primary-email-changed = Primäre Adresse geändert
event-emails-suspended = E-Mail-Adressen ausgesetzt
event-email-kept = E-Mail-Adresse behalten
event-emails-reviewed = E-Mail-Adressen geprüft
event-verification-code-sent = Bestätigungscode gesendet
event-verification-code-refused = Falscher Bestätigungscode
event-reauthenticated = Identität bestätigt
event-reauthentication-failed = Zu oft falsch: abgemeldet
event-two-factor-on = Zwei-Faktor eingeschaltet
event-two-factor-off = Zwei-Faktor ausgeschaltet
event-two-factor-asked = Zwei-Faktor-Code verlangt
event-two-factor-refused = Falscher Zwei-Faktor-Code
event-two-factor-locked = Authenticator gesperrt
event-recovery-codes-created = Neue Wiederherstellungscodes
event-recovery-code-used = Wiederherstellungscode benutzt
event-change-undone = Änderung rückgängig gemacht
event-session-revoked = Sitzung abgemeldet
event-sessions-revoked = Andere Sitzungen abgemeldet
event-session-limit-reached = Inaktive Sitzung abgemeldet
event-records-exported = Daten exportiert
event-support-opened = Support-Anfrage gestellt
event-support-message = Nachricht an den Support
event-support-reply = Antwort vom Support
event-support-closed = Support-Anfrage geschlossen
event-team-created = Team erstellt
event-team-changed = Team geändert
event-team-invited = In ein Team eingeladen
event-team-invitation-withdrawn = Einladung zurückgezogen
event-team-joined = Einem Team beigetreten
event-team-left = Team verlassen
event-team-role-changed = Rolle in einem Team geändert
event-database-restored = Aus Backup wiederhergestellt
event-signed-up = Konto erstellt
event-portal-set-up = Portal eingerichtet
event-sign-out = Abgemeldet
event-audit-log-accepted = Audit-Log akzeptiert
event-service-account-added = Dienstkonto angelegt
event-service-account-removed = Dienstkonto entfernt
event-unix-account-changed = Unix-Konto geändert
event-account-added = Konto angelegt
event-account-disabled = Konto deaktiviert
event-account-enabled = Konto aktiviert
event-closed-in-directory = Im Verzeichnis gesperrt
event-limits-cleared = Sperren aufgehoben
event-email-retried = E-Mail-Versand wiederholt
event-email-dropped = Unversandte E-Mail verworfen
event-account-deletion-requested = Kontolöschung beantragt
event-account-deletion-cancelled = Kontolöschung abgebrochen
event-account-deleted = Konto gelöscht
