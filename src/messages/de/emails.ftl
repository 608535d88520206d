### Die E-Mail-Adressen des Mitglieds.

emails-title = Adressen
emails-intro = E-Mails zu Ihrem Konto und Codes zum Zurücksetzen gehen nur an bestätigte Adressen.
emails-intro-without-reset = E-Mails zu Ihrem Konto gehen nur an bestätigte Adressen.
emails-empty = Sie haben hier keine Adresse. Ohne eine können Sie ein vergessenes Passwort nicht zurücksetzen.
emails-empty-without-reset = Sie haben hier keine Adresse. Ohne eine erhalten Sie keine E-Mails zu Ihrem Konto.
emails-add = Adresse hinzufügen
emails-add-intro = Wir senden einen Code dorthin. Geben Sie ihn hier ein, um die Adresse zu bestätigen.
emails-send-code = Code senden
back-to-addresses = Zurück zu den Adressen

email-suspended = Ausgesetzt, seit Ihr Passwort zurückgesetzt wurde: An diese Adresse gehen keine E-Mails und keine Codes zum Zurücksetzen. Behalten Sie sie nur, wenn Sie sie selbst hinzugefügt haben.
email-primary = Ihre primäre Adresse: Codes zum Zurücksetzen gehen hierhin. Um sie zu entfernen, machen Sie zuerst eine andere Adresse zur primären.
email-verified = Bestätigt: Hierhin gehen die E-Mails zu Ihrem Konto sowie ein Code zum Zurücksetzen, wenn Sie diese Adresse statt Ihres Benutzernamens eingeben.
email-not-verified = Nicht bestätigt: Diese Adresse wird erst verwendet, wenn Sie den Code aus der E-Mail eingeben. Nach einer Woche wird sie entfernt.
email-keep = Diese Adresse behalten
email-make-primary = Als primär festlegen
email-enter-code = Code eingeben
email-verified-at = Bestätigt
email-added-at = Hinzugefügt
email-added-from = Hinzugefügt von
email-remove = Diese Adresse entfernen
email-remove-title = { $address } entfernen?
email-remove-suspended = Die Adresse bekommt weiterhin keine E-Mails und Codes und gehört nicht mehr zu Ihrem Konto.
email-remove-verified = Dorthin gehen keine E-Mails zu Ihrem Konto und keine Codes zum Zurücksetzen mehr. Um die Adresse wieder zu verwenden, fügen Sie sie neu hinzu und bestätigen Sie sie.
email-remove-not-verified = Der Code aus der E-Mail gilt dann nicht mehr. Sie können die Adresse wieder hinzufügen.
email-is-primary-now = { $address } ist jetzt Ihre primäre Adresse
email-removed = { $address } wurde entfernt
email-kept = { $address } bleibt erhalten

verify-email-title = Adresse bestätigen
verify-email-intro = { $minutes ->
    [one] Geben Sie den Code aus der E-Mail an { $address } ein. Er gilt { $minutes } Minute ab dem Versand.
   *[other] Geben Sie den Code aus der E-Mail an { $address } ein. Er gilt { $minutes } Minuten ab dem Versand.
}
verify-email = Bestätigen
verify-email-none = Keine E-Mail von { $sender }? Sehen Sie im Spam-Ordner nach, und prüfen Sie die Adresse oben.
email-is-verified = { $address } ist bestätigt
