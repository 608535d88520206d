### Ein Passwort zurücksetzen und ändern, eine Änderung rückgängig machen, erneut zeigen, wer man ist, und die Überprüfung danach.

forgot-password-title = Passwort zurücksetzen
forgot-password-intro = Wir senden einen Einmalcode an die primäre Adresse Ihres Kontos oder an die bestätigte Adresse, die Sie eingeben.
forgot-password-missing = Geben Sie die E-Mail-Adresse oder den Benutzernamen Ihres Kontos ein.
send-code = Code senden
already-have-a-code = Ich habe schon einen Code

choose-address = Adresse auswählen
choose-address-needs-key = Um aus Ihren Adressen auszuwählen, verbinden Sie sich mit einem SSH-Schlüssel, der in Ihrem Konto registriert ist. Oder geben Sie oben die Adresse ein.
choose-address-title = Wohin soll der Code gehen?
choose-address-intro = Ihr SSH-Schlüssel zeigt, dass das Konto Ihnen gehört. Wählen Sie die Adresse für den Code.
choose-address-primary = primär
choose-address-verified = bestätigt

check-your-email = Prüfen Sie Ihr Postfach
change-address = Adresse ändern
enter-code-intro = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen und den Code aus der E-Mail ein.
enter-code-intro-request = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein, dazu die Request-ID, die „forgot --json“ ausgegeben hat, und den Code aus der E-Mail.
enter-code-sent = Wenn hier ein Konto zu „{ $name }“ gehört, haben wir einen Code an seine Adresse gesendet. Er gilt ab dem Versand { $minutes } Minuten.
enter-code-sent-again = Wenn es das Konto gibt, wurde ein weiterer Code gesendet. Ein früherer gilt weiterhin.
enter-code-no-email = Keine E-Mail von { $sender }? Sehen Sie im Spam-Ordner nach, und prüfen Sie die Schreibweise des Namens.
enter-code-name-missing = Geben Sie die E-Mail-Adresse oder den Benutzernamen ein, mit dem Sie den Code angefordert haben.
have-a-request-id = Ich habe eine Request-ID
request-id = Request-ID
request-id-missing = Geben Sie die Request-ID ein, zum Beispiel 0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55.

new-password-title = Neues Passwort wählen
new-password-due = Ihr Passwort ist abgelaufen oder muss geändert werden. Wählen Sie ein neues, um sich anzumelden.
new-password = Neues Passwort
confirm-new-password = Neues Passwort bestätigen
password-rule = Mindestens { $min } Zeichen. Gut sind ein paar Wörter ohne Zusammenhang.
password-too-short = Zu kurz: { $count } von mindestens { $min } Zeichen
password-too-long = { $count } Zeichen; höchstens { $max } sind möglich
password-very-weak = Stärke: sehr schwach. Fügen Sie noch ein Wort hinzu.
password-weak = Stärke: schwach. Fügen Sie noch ein Wort hinzu.
password-fair = Stärke: mittel. Fügen Sie noch ein Wort hinzu.
password-good = Stärke: gut
password-strong = Stärke: stark
passwords-match = Die Passwörter stimmen überein
passwords-differ = Die Passwörter stimmen nicht überein
password-reset = Ihr Passwort wurde zurückgesetzt

current-password = Aktuelles Passwort
update = Ändern
password-changed = Ihr Passwort wurde geändert

undo-title = Änderung rückgängig machen
undo-intro = Hat jemand anderes Ihr Konto geändert? Geben Sie den Rückgängig-Code aus der E-Mail darüber ein. Sie können alles prüfen, bevor es rückgängig gemacht wird.
undo-code = Rückgängig-Code
undo-code-missing = Geben Sie den Rückgängig-Code aus der E-Mail ein, zum Beispiel WDJB-MJHT-BCDF-GHJK.
undo-no-email = Keine solche E-Mail? Sehen Sie im Spam-Ordner jeder Adresse nach, die Ihr Konto hatte.
undo-review-title = Änderung rückgängig machen?
undo-review-intro = Ihr Passwort, Codes zum Zurücksetzen und offene Sitzungen gelten dann nicht mehr. Danach wählen Sie ein neues Passwort. Das ist endgültig.
undo-and-choose-a-new-password = Rückgängig und neues Passwort
undo-second-factor-intro = { $name } verwendete vor dieser Änderung die Zwei-Faktor-Authentisierung. Geben Sie die sechs Ziffern aus Ihrer damaligen Authenticator-App oder einen Ihrer damaligen Wiederherstellungscodes ein.
undo-cancelled = Es wurde nichts geändert. Der Rückgängig-Code gilt weiterhin.
undo-done = Die Änderung wurde rückgängig gemacht, und alle Sitzungen wurden abgemeldet.
undo-done-password-kept = Die Änderung wurde rückgängig gemacht, und alle Sitzungen wurden abgemeldet. Ihr altes Passwort gilt hier nicht mehr, aber andere Dienste Ihrer Organisation nehmen es noch an. Wählen Sie deshalb jetzt ein neues.
undo-done-without-password = Die Änderung wurde rückgängig gemacht. Ihr altes Passwort gilt nicht mehr: Um sich anzumelden, setzen Sie es zurück.
undo-done-password-kept-without-new = Die Änderung wurde rückgängig gemacht, aber andere Dienste Ihrer Organisation nehmen Ihr altes Passwort noch an. Setzen Sie es jetzt zurück.

reauthenticate-title = Identität bestätigen
reauthenticate-password = Um fortzufahren, geben Sie Ihr Passwort ein.
reauthenticate-password-or-code = Um fortzufahren, geben Sie Ihr Passwort oder die sechs Ziffern aus Ihrer Authenticator-App ein.
reauthenticate-code = Um fortzufahren, geben Sie die sechs Ziffern aus Ihrer Authenticator-App oder einen Ihrer Wiederherstellungscodes ein.
reauthenticate-missing = Geben Sie Ihr Passwort ein.
reauthenticate-wrong = Das Passwort ist falsch. Es wurde nichts geändert.
password-or-authenticator-code = Passwort oder Authenticator-Code
locked-title = Sitzung gesperrt
locked-password = Um sie zu entsperren, geben Sie Ihr Passwort ein.
locked-password-or-code = Um sie zu entsperren, geben Sie Ihr Passwort oder die sechs Ziffern aus Ihrer Authenticator-App ein.
locked-wrong = Das Passwort ist falsch. Diese Sitzung ist weiterhin gesperrt.
unlock = Entsperren

review-title = Ihr Konto überprüfen
review-intro = Gehört das alles Ihnen? Öffnen Sie, was Sie nicht kennen, um es zu entfernen.
review-intro-suspended = Schlüssel und Adressen, die in den letzten { $days } Tagen hinzukamen, sind ausgesetzt. Öffnen Sie sie einzeln, um sie zu behalten oder zu entfernen.
review-done = Weiter zu Ihren Teams
review-what = Was
review-added = Hinzugefügt
review-key = SSH-Schlüssel { $fingerprint }
review-authenticator = Authenticator-App
review-two-factor-on = an
review-session = Sitzung
review-this-session = Diese Sitzung
review-signed-in = angemeldet
