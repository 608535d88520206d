### Teams: die Liste der eigenen, eines davon, seine Mitglieder und seine Einladungen.

teams-title = Ihre Teams
teams-team = Team
teams-members = Mitglieder
teams-last-opened = Zuletzt geöffnet
teams-none = Sie sind noch in keinem Team. Bitten Sie den Inhaber eines Teams um eine Einladung: Sie erhalten einen Code per E-Mail. Wählen Sie vor dem Anmelden „Ich habe eine Einladung“ und geben Sie ihn dort ein.
teams-none-may-create = Sie sind noch in keinem Team. Erstellen Sie eines oder bitten Sie den Inhaber eines Teams um eine Einladung: Sie erhalten einen Code per E-Mail. Wählen Sie vor dem Anmelden „Ich habe eine Einladung“ und geben Sie ihn dort ein.
teams-none-in-directory = Sie sind in keinem Team. Ihre Organisation legt fest, in welchen Teams Sie sind.
teams-change-password = Passwort ändern

teams-well-protected = Ihr Konto ist gut geschützt.
teams-suggest-two-factor = Schützen Sie Ihr Konto: Richten Sie die Zwei-Faktor-Authentisierung ein.
teams-set-up-two-factor = Zwei-Faktor einrichten
teams-not-now = Nicht jetzt
teams-two-factor-postponed = Sie werden in 30 Tagen erinnert.
teams-last-sign-in = Letzte Anmeldung
teams-first-sign-in = dies ist Ihre erste
teams-signed-in = { $kind ->
    [sign-in] { $at } von { $ip }, mit Ihrem Passwort
    [sign-in-with-key] { $at } von { $ip }, mit einem SSH-Schlüssel
    [password-reset] { $at } von { $ip }, nach dem Zurücksetzen des Passworts
    [signed-up] { $at } von { $ip }, beim Erstellen des Kontos
   *[other] { $at } von { $ip }
}
teams-two-factor = Zwei-Faktor
teams-two-factor-off = aus
teams-two-factor-on = { $left ->
    [0] an, keine Wiederherstellungscodes übrig
    [one] an, noch { $left } Wiederherstellungscode
   *[other] an, noch { $left } Wiederherstellungscodes
}
teams-emails = E-Mail-Adressen
teams-emails-reviewed = am { $day } geprüft
teams-emails-review-due = zuletzt am { $day } geprüft; prüfen Sie sie im Profil
teams-emails-not-reviewed = noch nicht geprüft; prüfen Sie sie im Profil

teams-create = Team erstellen
teams-create-intro = Sie werden der Inhaber: Sie können andere einladen und beschreiben, wofür das Team da ist.
teams-create-name = Name
teams-create-button = Erstellen
teams-create-missing = Geben Sie einen Namen für das Team ein.
team-created = { $team } wurde erstellt

team-role = Rolle
team-role-owner = Inhaber
team-role-member = Mitglied
team-your-role = Ihre Rolle
team-description = Beschreibung
team-link = Link
team-display-name = Name
team-nobody = In diesem Team ist niemand.
team-back = Zurück zum Team
team-leave = Team verlassen
team-leave-which = Sie sind dabei, { $team } zu verlassen.
team-leave-way-back = Um zurückzukommen, brauchen Sie eine neue Einladung von einem der Inhaber.
team-leave-yes = Ja, Team verlassen
team-left = Sie haben { $team } verlassen

team-edit = Beschreibung und Links ändern
team-edit-title = Seite des Teams ändern
team-first-link = Erster Link
team-second-link = Zweiter Link
team-third-link = Dritter Link
team-changed = Die Seite des Teams wurde geändert
team-changed-meanwhile = Ein anderer Inhaber hat dies inzwischen geändert, deshalb wurden Ihre Änderungen nicht gespeichert. Jetzt steht dort: { $saved } „Speichern“ ersetzt es durch Ihre Fassung, „Zurück“ behält die andere.
team-changed-meanwhile-nothing = nichts

team-member-title = Teammitglied
team-member-is = { $role ->
    [owner] { $who } ist Inhaber von { $team }.
   *[member] { $who } ist Mitglied von { $team }.
}
team-make-member = Zum einfachen Mitglied machen
team-make-owner = Zum Inhaber machen
team-owners-can = Inhaber können Personen einladen und entfernen und die Seite des Teams ändern.
team-role-changed = { $role ->
    [owner] { $who } ist jetzt Inhaber
   *[member] { $who } ist jetzt Mitglied
}
team-remove-member = Aus dem Team entfernen
team-member-removed = { $who } wurde entfernt

team-invite = Jemanden einladen
team-invite-how = Wir senden einen Code an die Adresse. Wer dem Team beitreten will, wählt „Ich habe eine Einladung“ und gibt ihn ein.
team-invite-missing = Geben Sie die Adresse der Person ein, die Sie einladen möchten.
team-invite-send = Einladung senden
team-invited = Einladung an { $address } gesendet
team-invitations = Einladungen
team-invitations-empty = Es gibt keine offenen Einladungen. Geben Sie eine Adresse ein, um eine zu senden.
team-invitation-title = Offene Einladung
team-invitation-address = Eingeladen
team-invitation-to = Team
team-invitation-sent = Gesendet
team-invitation-expires = Gültig bis
team-invitation-withdraw = Einladung zurückziehen
team-invitation-withdrawn = Die Einladung wurde zurückgezogen
team-invitation-back = Zurück zu den Einladungen
