### Anmelden, und was hilft, wenn es nicht geht.

sign-in = Anmelden
sign-in-title = Bei Ihrem Konto anmelden
sign-in-key = Ihr SSH-Schlüssel { $key } gehört zum Konto { $name }.
sign-in-with-key = Mit Schlüssel und Zwei-Faktor-Code anmelden
sign-in-for-support = Melden Sie sich an, um Ihre Anfragen zu sehen, oder wenden Sie sich ohne Anmeldung an den Support.
sign-in-missing = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen und Ihr Passwort ein.
contact-support-as-guest = Support ohne Anmeldung kontaktieren
forgot-password = Passwort vergessen?
have-an-invitation = Ich habe eine Einladung
create-an-account = Konto erstellen
signed-out = Sie sind abgemeldet.
deletion-requested = Ihr Konto wird am { $date } gelöscht, und Sie sind abgemeldet. Um es zu behalten, melden Sie sich vorher an. Alle Ihre Adressen wurden benachrichtigt.
invitation-proven-team = Der Code stimmt. Melden Sie sich innerhalb einer Stunde an, um { $team } beizutreten.
invitation-proven = Der Code stimmt, und Sie haben bereits ein Konto. Melden Sie sich an.

sign-in-help-title = Probleme beim Anmelden?
sign-in-help-forgot-password = Ich habe mein Passwort vergessen
sign-in-help-locked = Mein Konto ist gesperrt
sign-in-help-lost-authenticator = Authenticator verloren
sign-in-help-undo = Das war ich nicht: rückgängig machen
sign-in-help-no-email = Es kommt keine E-Mail an
sign-in-help-something-else = Etwas anderes
reset-unlocks = Zu viele Fehlversuche sperren Ihr Passwort, nicht Ihr Konto. Wenn Sie es zurücksetzen, ist die Sperre aufgehoben.

no-email-title = Kommt keine E-Mail an?
no-email-sender = E-Mails kommen von { $sender }. Sehen Sie im Spam-Ordner nach.
no-email-spelling = Prüfen Sie die Schreibweise des Namens: E-Mails gehen nur an bestehende Konten, und das Portal verrät nie, ob es ein Konto gibt.
no-email-delay = Manche Server verzögern die erste E-Mail eines neuen Absenders. Fordern Sie nach zehn Minuten einen weiteren Code an; ein früherer gilt weiterhin.
no-email-other-address = Wenn Ihr Konto mehrere bestätigte Adressen hat, geben Sie eine andere ein.

lost-authenticator-title = Authenticator verloren?
lost-authenticator-recovery-code = 1. Ein Wiederherstellungscode: Geben Sie ihn anstelle der sechs Ziffern ein. Jeder gilt einmal.
lost-authenticator-key = 2. Ein SSH-Schlüssel: Verbinden Sie sich mit einem, der in Ihrem Konto registriert ist, und wählen Sie „Passwort vergessen?“. Der Code aus der E-Mail und dieser Schlüssel genügen.
lost-authenticator-support = 3. Weder noch: Wenden Sie sich an den Support, hier oder unter { $contact }. Dort wird zuerst geprüft, wer Sie sind.
lost-authenticator-support-without-reset = 2. Ohne einen solchen: Wenden Sie sich an den Support, hier oder unter { $contact }. Dort wird zuerst geprüft, wer Sie sind.
use-recovery-code = Wiederherstellungscode verwenden

second-factor-intro = Geben Sie die sechs Ziffern ein, die Ihre Authenticator-App für { $name } anzeigt, oder einen Ihrer Wiederherstellungscodes.
authenticator-or-recovery-code = Code oder Wiederherstellungscode
authenticator-code-missing = Geben Sie die sechs Ziffern aus Ihrer App oder einen Wiederherstellungscode ein.
