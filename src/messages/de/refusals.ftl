### Was abgelehnt wird, warum, und wie lange jemand warten muss; außerdem Sätze, die Seiten mehrerer Bereiche sagen.

## Eine Ablehnung: was war, was nicht geändert wurde, was jetzt hilft.

refused-wrong-credentials = Name und Passwort passen nicht zusammen. Sie sind nicht angemeldet. Prüfen Sie beides oder wählen Sie „Passwort vergessen?“.
refused-wrong-credentials-without-reset = Name und Passwort passen nicht zusammen. Sie sind nicht angemeldet. Prüfen Sie beides oder fragen Sie { $contact }.
refused-busy = Das Portal ist ausgelastet. Es wurde nichts geändert. Versuchen Sie es in { $wait } erneut.
refused-code = Der Code ist falsch oder abgelaufen. Es wurde nichts geändert. Prüfen Sie ihn oder fordern Sie einen neuen an.
refused-code-used = Der Code wurde gerade verwendet, vielleicht in einem anderen Ihrer Fenster. Hier wurde nichts geändert. Machen Sie dort weiter oder fordern Sie einen neuen Code an.
refused-code-tries-used = Zu viele Versuche mit diesem Code. Es wurde nichts geändert. Fordern Sie einen neuen an. Wird auch der abgelehnt, wenden Sie sich an { $contact }.
refused-code-malformed = { $why } Es wurde nichts geändert, und das zählt nicht als Versuch.
refused-undo-code = Dieser Rückgängig-Code funktioniert nicht. Vielleicht haben Sie sich vertippt, oder er wurde schon verwendet oder ist abgelaufen. Es wurde nichts geändert.
refused-setup-code = Dieser Einrichtungscode funktioniert nicht. Vielleicht haben Sie sich vertippt, oder er ist abgelaufen. Es wurde nichts geändert. Starten Sie das Portal auf seinem Server neu: Es gibt den gültigen Code aus.
refused-already-set-up = Dieses Portal ist bereits eingerichtet; Einrichtungscodes gelten nicht mehr. Es wurde nichts geändert. Melden Sie sich an oder bitten Sie den Inhaber eines Teams um eine Einladung.
refused-grant-expired = Das Zurücksetzen hat zu lange gedauert. Ihr Passwort wurde nicht geändert. Beginnen Sie noch einmal mit einem neuen Code.
refused-wrong-current-password = Das aktuelle Passwort ist falsch. Ihr Passwort wurde nicht geändert.
refused-password = { $why } Ihr Passwort wurde nicht geändert.
refused-password-of-new-account = { $why } Ihr Konto wurde noch nicht erstellt.
refused-signed-out-elsewhere = Ihr Konto wurde in einer anderen Sitzung geändert, deshalb wurde diese abgemeldet. Melden Sie sich erneut an.
refused-key-not-registered = Ihr SSH-Schlüssel ist hier nicht registriert oder gehört nicht zu diesem Konto. Sie sind nicht angemeldet.
refused-too-many-keys-offered = Ihr Client hat viele SSH-Schlüssel angeboten. Die ersten sind hier nicht registriert, die übrigen wurden nicht geprüft. Sie sind nicht angemeldet. Bieten Sie nur einen an: { $command }
refused-key-sign-in-off = Ein Schlüssel ersetzt hier nicht das Passwort. Sie sind nicht angemeldet.
refused-key = { $why } Es wurde nichts geändert.
refused-key-taken = Dieser Schlüssel kann nicht hinzugefügt werden: Er ist bereits registriert. Es wurde nichts geändert.
refused-too-many-keys = Ein Konto kann höchstens { $most } Schlüssel haben. Es wurde nichts geändert. Entfernen Sie einen, den Sie nicht mehr verwenden.
refused-not-suspended = Das ist nicht mehr ausgesetzt: Es wurde bereits behalten, vielleicht in einer anderen Sitzung. Es wurde nichts geändert.
refused-not-found = Das gibt es nicht mehr, oder Sie haben keinen Zugriff darauf. Gehen Sie zurück und wählen Sie „Aktualisieren“.
refused-kept-in-directory = Das verwaltet das Verzeichnis Ihrer Organisation; hier lässt es sich nicht ändern. Es wurde nichts geändert.
refused-closed-in-directory = Das Verzeichnis Ihrer Organisation lässt dieses Konto nicht mehr zu: Es ist dort abgelaufen, deaktiviert oder nicht mehr vorhanden. Es wurde nichts geändert. Wenden Sie sich an { $contact }.
refused-password-due-in-directory = Ihr Passwort ist abgelaufen oder muss geändert werden, und hier lässt es sich nicht ändern. Sie sind nicht angemeldet. Wenden Sie sich an { $contact }.
refused-unavailable = Vorübergehend nicht verfügbar. Es wurde nichts geändert, Ihre Eingaben bleiben erhalten. Versuchen Sie es in einer Minute erneut. Wenn das öfter vorkommt, nennen Sie { $contact } diese ID: { $id }
refused-outcome-unknown = Vielleicht wurde es geändert, vielleicht nicht; melden Sie sich an, um nachzusehen. Die Verbindung zur Datenbank ist abgebrochen. Wenn das öfter vorkommt, nennen Sie { $contact } diese ID: { $id }
refused-second-factor = Der Code ist falsch oder wurde schon verwendet. Es wurde nichts geändert. Warten Sie auf den nächsten und prüfen Sie, ob die Uhr Ihres Geräts stimmt.
refused-second-factor-expired = Das hat zu lange gedauert, oder zu viele Codes waren falsch. Es wurde nichts geändert. Beginnen Sie noch einmal.
refused-second-factor-locked = Zu viele falsche Codes: Der Authenticator ist gesperrt. Es wurde nichts geändert. Verwenden Sie einen Wiederherstellungscode oder wenden Sie sich an { $contact }.
refused-wrong-too-often = Zu viele falsche Antworten. Diese Sitzung ist beendet. Es wurde nichts geändert. Wenn Sie sich nicht mehr anmelden können, wenden Sie sich an { $contact }.
refused-password-too-short-alone = Ohne Zwei-Faktor-Authentisierung braucht Ihr Passwort mindestens { $min } Zeichen. Ändern Sie es zuerst. Es wurde nichts geändert.
refused-enrolment-expired = Es wird gerade kein neuer Authenticator eingerichtet, oder das hat zu lange gedauert. Es wurde nichts geändert. Einen neuen Einrichtungsschlüssel erhalten Sie mit: { $command }
refused-second-factor-unchanged = Die Zwei-Faktor-Authentisierung wurde bereits in einer anderen Sitzung geändert. Gehen Sie zurück, um den Stand zu sehen.
refused-profile = { $why } Es wurde nichts geändert.
refused-case-closed = Diese Anfrage ist geschlossen. Es wurde nichts gesendet. Stellen Sie eine neue und nennen Sie die Nummer der alten.
refused-sending = { $why } Es wurde nichts gesendet.
refused-public-keys-off = Dieses Portal zeigt keine öffentlichen Schlüssel an.
refused-not-confirmed = Sie haben Ihre Identität nicht bestätigt. Es wurde nichts geändert.
refused-over = Sie können es jetzt erneut versuchen.

## Eine Ablehnung auf Zeit. Der Wert `when` ist eines der `when-…` weiter unten.

refused-name-for-now = Zu viele Anmeldeversuche für diesen Namen. Sie sind nicht angemeldet. Versuchen Sie es { $when } erneut. Mit „Passwort vergessen?“ kommen Sie sofort hinein.
refused-name-for-now-without-reset = Zu viele Anmeldeversuche für diesen Namen. Sie sind nicht angemeldet. Versuchen Sie es { $when } erneut.
refused-source-for-now = Zu viele Versuche von Ihrem Standort aus, ganz gleich mit welchem Namen. Sie sind nicht angemeldet. Versuchen Sie es { $when } erneut. Auch zurücksetzen können Sie Ihr Passwort erst dann.
refused-source-for-now-without-reset = Zu viele Versuche von Ihrem Standort aus, ganz gleich mit welchem Namen. Sie sind nicht angemeldet. Versuchen Sie es { $when } erneut.
refused-for-now = Zu viele Versuche. Es wurde nichts geändert. Versuchen Sie es { $when } erneut.

## Mitten im Satz: Versuchen Sie es … erneut.

when-after = nach { $time }
when-from = ab { $time }
when-in = in { $wait }
when-in-minutes = in { $n } Minuten (ab { $time })
when-tomorrow = morgen ab { $time }

## Ein weiterer Code per E-Mail.

another-code-too-soon = Hier wurde gerade erst ein Code angefordert, deshalb wurde kein weiterer gesendet. Sie können { $when } einen neuen anfordern.
another-code-now = Sie können jetzt einen neuen Code anfordern.
another-code-in = Sie können in { $wait } einen neuen Code anfordern.
another-code-from = Sie können ab { $time } einen neuen Code anfordern.
code-missing = Geben Sie den Code aus der E-Mail ein, zum Beispiel WDJB-MJHT.

## In der Eingabe ist kein Code.

refused-code-form-email = Das ist kein Code aus einer E-Mail: Ein Code hat 8 Buchstaben, keine Vokale und keine Ziffern, zum Beispiel WDJB-MJHT.
refused-code-form-undo = Das ist kein Rückgängig-Code: Er hat 16 Buchstaben, keine Vokale und keine Ziffern, zum Beispiel WDJB-MJHT-BCDF-GHJK.
refused-code-form-setup = Das ist kein Einrichtungscode: Er hat 16 Buchstaben, keine Vokale und keine Ziffern, zum Beispiel WDJB-MJHT-BCDF-GHJK.
refused-code-form-app = Das ist kein Code aus einer Authenticator-App: So ein Code hat 6 Ziffern.
refused-code-form-second-factor = Das ist weder ein Code aus einer Authenticator-App (6 Ziffern) noch ein Wiederherstellungscode (24 Buchstaben und Ziffern).

## Passwörter.

refused-password-too-short = Dieses Passwort ist zu kurz. Nehmen Sie mindestens { $min } Zeichen; gut sind ein paar Wörter ohne Zusammenhang.
refused-password-too-long = Dieses Passwort ist zu lang. Nehmen Sie höchstens { $max } Zeichen.
refused-password-common = Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein paar Wörter ohne Zusammenhang.
refused-password-guessable = Dieses Passwort ähnelt zu sehr Ihrem Namen, Ihrer E-Mail-Adresse oder dem Namen dieses Portals. Wählen Sie ein anderes.
refused-password-unchanged = Das ist Ihr aktuelles Passwort. Wählen Sie ein neues.
refused-password-control = Dieses Passwort enthält ein Steuerzeichen, das sich nicht auf jedem Gerät eingeben lässt. Lassen Sie es weg.
refused-password-in-history = Dieses Passwort hatten Sie schon einmal, und Ihre Organisation lässt es kein zweites Mal zu. Wählen Sie ein neues.
refused-password-too-short-for-directory = Dieses Passwort ist kürzer, als Ihre Organisation erlaubt. Wählen Sie ein längeres.
refused-password-too-weak = Dieses Passwort ist nach den Regeln Ihrer Organisation zu einfach. Wählen Sie ein anderes.
refused-password-too-young = Ihr Passwort wurde erst vor Kurzem geändert; Ihre Organisation lässt noch keine weitere Änderung zu. Versuchen Sie es später noch einmal.
refused-password-not-allowed = Ihre Organisation lässt nicht zu, dass Sie dieses Passwort selbst ändern.
refused-password-by-directory = Das Verzeichnis Ihrer Organisation hat dieses Passwort ohne Angabe von Gründen abgelehnt. Wählen Sie ein anderes.
refused-password-after-reset = { $why } Ihr bisheriges Passwort gilt nicht mehr.

## Benutzernamen.

refused-name-empty = Ein Benutzername braucht mindestens ein Zeichen.
refused-name-too-long = Ein Benutzername darf höchstens { $max } Zeichen haben.
refused-name-at = Ein Benutzername darf kein `@` enthalten.
refused-name-ends = Ein Benutzername muss mit einem Buchstaben oder einer Ziffer beginnen und enden.
refused-name-character = Ein Benutzername darf nur Buchstaben, Ziffern, `.`, `_` und `-` enthalten.
refused-name-not-ascii = Ein Benutzername darf nur die Buchstaben a bis z, Ziffern, `.`, `_` und `-` enthalten.
refused-name-mixed-alphabets = Ein Benutzername darf keine Schriften mischen, zum Beispiel lateinische und kyrillische.
refused-name-looks-ascii = Ein Benutzername darf nicht aus Buchstaben bestehen, die nur wie a bis z aussehen.
refused-name-reserved = Dieser Benutzername ist für das Portal oder ein Systemkonto reserviert.

## Adressen.

refused-address-shape = Eine E-Mail-Adresse sieht aus wie name@example.org.
refused-address-too-long = Eine E-Mail-Adresse darf höchstens { $max } Zeichen haben, davon höchstens { $local } vor dem `@`.
refused-address-local = Vor dem `@` sind nur die Buchstaben a-z, Ziffern, !#$%&'*+/=?^_`{"{"}|{"}"}~- und dazwischen einzelne Punkte erlaubt.
refused-address-domain = Nach dem `@` muss ein Domainname wie example.org stehen.

## Profile.

refused-display-name-too-long = Ein Anzeigename darf höchstens { $max } Zeichen haben.
refused-display-name-unprintable = Ein Anzeigename darf keine Steuerzeichen, unsichtbaren Zeichen oder gestapelten Akzente enthalten.
refused-time-zone = Eine Zeitzone ist UTC, ein Name wie Europe/Berlin oder ein Abstand zu UTC wie +02:00.
refused-name-in-use = Dieser Benutzername ist nicht verfügbar: Er ist vergeben, sieht einem vergebenen ähnlich oder wurde erst kürzlich frei.
refused-address-yours = Diese Adresse ist für Ihr Konto bereits bestätigt.
refused-address-in-use = Diese Adresse lässt sich nicht verwenden: Eine Adresse gehört nur zu einem Konto, und diese gehört schon zu einem.
refused-too-many-addresses = Ein Konto hat höchstens { $most } Adressen. Entfernen Sie eine, die Sie nicht mehr verwenden.
refused-address-not-verified = Nur eine bestätigte Adresse kann die primäre sein. Geben Sie zuerst den Code aus ihrer E-Mail ein.
refused-address-suspended = Diese Adresse ist ausgesetzt, seit Ihr Passwort zurückgesetzt wurde. Wählen Sie zuerst „Diese Adresse behalten“.
refused-already-primary = Das ist bereits Ihre primäre Adresse.
refused-is-primary = Das ist Ihre primäre Adresse. Machen Sie zuerst eine andere zur primären.
refused-former-primary = Das war bis vor Kurzem Ihre primäre Adresse, deshalb bleibt sie noch eine Weile: Sie lässt sich ab { $time } entfernen.
refused-last-address = Das ist Ihre einzige bestätigte Adresse. Fügen Sie zuerst eine andere hinzu und bestätigen Sie sie.

## SSH-Schlüssel.

refused-key-empty = Der Schlüssel fehlt. Geben Sie die eine Zeile einer Datei wie id_ed25519.pub ein.
refused-key-too-long = Das ist zu lang für einen öffentlichen Schlüssel. Geben Sie die eine Zeile einer Datei wie id_ed25519.pub ein.
refused-key-private-of-putty = Das ist ein privater Schlüssel von PuTTY: Geben Sie ihn niemals weiter, und ersetzen Sie ihn, falls andere ihn gesehen haben könnten. Laden Sie ihn in PuTTYgen, und kopieren Sie den Text unter „Public key for pasting into OpenSSH authorized_keys file“.
refused-key-private = Das ist ein privater Schlüssel: Geben Sie ihn niemals weiter, und ersetzen Sie ihn, falls andere ihn gesehen haben könnten. Der öffentliche steht in der Datei, deren Name auf .pub endet.
refused-key-several-lines = Ein Schlüssel auf einmal: Geben Sie die eine Zeile einer Datei wie id_ed25519.pub ein.
refused-key-options = Vor dem Schlüssel ist nur die Option no-touch-required erlaubt. Geben Sie die Zeile so ein, wie sie in der Datei steht, die auf .pub endet.
refused-key-no-security-key = no-touch-required gibt es nur bei Sicherheitsschlüsseln. Geben Sie den Schlüssel ohne diese Option ein.
refused-key-certificate = Zertifikate werden nicht angenommen. Geben Sie den öffentlichen Schlüssel selbst ein.
refused-key-dsa = DSA-Schlüssel sind zu schwach. `ssh-keygen -t ed25519` erzeugt einen besseren.
refused-key-short-rsa = Dieser RSA-Schlüssel hat { $bits } Bit, nötig sind mindestens { $min }. `ssh-keygen -t ed25519` erzeugt einen besseren.
refused-key-damaged = Das ist kein vollständiger öffentlicher Schlüssel: Ein Teil fehlt oder wurde unterwegs verändert. Kopieren Sie die eine Zeile einer Datei wie id_ed25519.pub noch einmal.
refused-key-damaged-ssh2 = Das ist kein vollständiger öffentlicher Schlüssel im SSH2-Format (RFC 4716). `ssh-keygen -i -f DATEI` gibt die passende Zeile aus.
refused-key-pem = Das ist ein öffentlicher Schlüssel im PEM-Format. `ssh-keygen -i -m { $format } -f DATEI` gibt die passende Zeile aus.
refused-key-none = Das ist kein öffentlicher Schlüssel, wie OpenSSH ihn schreibt: `ssh-ed25519 AAAA… Kommentar`.

## Anfragen an den Support.

refused-case-no-subject = Geben Sie einen Betreff ein.
refused-case-subject-too-long = Der Betreff darf höchstens { $max } Zeichen haben.
refused-case-no-text = Geben Sie eine Nachricht ein.
refused-case-text-too-long = Die Nachricht darf höchstens { $max } Zeichen haben.
refused-case-full = Diese Anfrage ist voll. Stellen Sie eine neue und nennen Sie die Nummer dieser Anfrage.
refused-case-contact = Wohin sollen wir antworten? { $why }
refused-case-no-name = Geben Sie die E-Mail-Adresse oder den Benutzernamen Ihres Kontos ein, so gut Sie sich erinnern.

## Teams.

refused-team-creation-off = Hier kann nur der Betreiber Teams erstellen. Es wurde nichts erstellt.
refused-team-name = { $why } Es wurde nichts erstellt.
refused-team-name-empty = Ein Team braucht einen Namen.
refused-team-name-text = Ein Teamname darf höchstens { $max } Zeichen und weder unsichtbare Zeichen noch Steuerzeichen haben.
refused-team-name-taken = Es gibt bereits ein Team dieses Namens, vielleicht in anderer Schreibweise. Es wurde nichts erstellt. Wählen Sie einen anderen Namen.
refused-too-many-teams = Sie sind bereits Inhaber von { $most } Teams. Es wurde nichts erstellt. Verlassen Sie zuerst eines davon.
refused-not-owner = Das darf nur ein Inhaber des Teams. Es wurde nichts geändert. Bitten Sie einen Inhaber darum.
refused-last-owner = Jedes Team braucht einen Inhaber, und danach hätte dieses keinen mehr. Es wurde nichts geändert. Machen Sie zuerst ein anderes Mitglied zum Inhaber.
refused-team-info = { $why } Es wurde nichts geändert.
refused-team-description = Eine Beschreibung darf höchstens { $max } Zeichen und weder unsichtbare Zeichen noch Steuerzeichen haben.
refused-team-link = Ein Link beginnt mit https:// und einem Hostnamen und hat höchstens { $max } Zeichen, ohne Leerzeichen und Akzente.
refused-team-too-many-links = Ein Team kann höchstens drei Links haben.
refused-invited-already = Für diese Adresse gibt es bereits eine offene Einladung in dieses Team. Es wurde nichts gesendet. Um eine neue zu senden, ziehen Sie zuerst die alte zurück.
refused-too-many-invitations = Dieses Team hat bereits { $most } offene Einladungen. Es wurde nichts gesendet. Ziehen Sie eine zurück, oder warten Sie, bis eine abläuft.

## Neue Konten.

refused-sign-up-closed = Hier kann niemand selbst ein Konto erstellen. Bitten Sie um eine Einladung in ein Team.
refused-not-set-up = Dieses Portal ist noch nicht eingerichtet. Es wurde nichts gesendet. Versuchen Sie es später erneut.
refused-sign-up-name-taken = Dieser Benutzername ist vergeben oder sieht einem vergebenen ähnlich. Ihr Konto wurde nicht erstellt. Wählen Sie einen anderen.
refused-sign-up-too-late = Das hat zu lange gedauert, oder der Code wurde inzwischen verwendet. Es wurde kein Konto erstellt. Geben Sie den Code noch einmal ein.
refused-sign-up = { $why } Ihr Konto wurde nicht erstellt.

## Ein Konto löschen.

refused-deletion-off = Konten können hier nicht gelöscht werden. Es wurde nichts geändert. Wenden Sie sich an den Support.
refused-deletion-last-owner = { $n ->
    [one] Sie sind der letzte Inhaber von { $teams }. Ihr Konto wurde nicht gelöscht. Machen Sie dort zuerst ein anderes Mitglied zum Inhaber, oder entfernen Sie die anderen Mitglieder.
   *[other] Sie sind der letzte Inhaber von { $teams }. Ihr Konto wurde nicht gelöscht. Machen Sie zuerst in jedem dieser Teams ein anderes Mitglied zum Inhaber, oder entfernen Sie die anderen Mitglieder.
}

## Hinweise nach dem Anmelden.

few-recovery-codes = { $n ->
    [0] Sie haben keine Wiederherstellungscodes mehr. Erstellen Sie neue unter Einstellungen, Sicherheit.
    [one] Sie haben noch 1 Wiederherstellungscode. Erstellen Sie neue unter Einstellungen, Sicherheit.
   *[other] Sie haben noch { $n } Wiederherstellungscodes. Erstellen Sie neue unter Einstellungen, Sicherheit.
}
password-expires-in-days = Ihr Passwort läuft in { $n } Tagen ab.
password-expires-in-hours = { $n ->
    [0] Ihr Passwort läuft innerhalb einer Stunde ab.
    [1] Ihr Passwort läuft in einer Stunde ab.
   *[other] Ihr Passwort läuft in { $n } Stunden ab.
}
password-has-expired = { $n ->
    [0] Ihr Passwort ist abgelaufen. Sie können sich nicht noch einmal damit anmelden.
    [one] Ihr Passwort ist abgelaufen. Sie können sich noch einmal damit anmelden.
   *[other] Ihr Passwort ist abgelaufen. Sie können sich noch { $n }-mal damit anmelden.
}
password-change-now = { $what } Ändern Sie es jetzt unter Einstellungen, Passwort.
password-change-elsewhere = { $what } Ändern Sie es jetzt dort, wo Ihre Organisation es vorsieht.
review-due = Vor sechs Monaten haben Sie zuletzt Ihre Adressen geprüft. Sind sie noch aktuell? Sehen Sie unter Einstellungen, Profil nach.
reset-suspended = { $n ->
    [one] Beim Zurücksetzen des Passworts wurde ein neuer Schlüssel oder eine neue Adresse ausgesetzt.
   *[other] Beim Zurücksetzen des Passworts wurden { $n } neue Schlüssel oder Adressen ausgesetzt.
}
reset-suspended-see-security = { $what } Sehen Sie unter Einstellungen, Sicherheit nach.
reset-suspended-sign-in = { $what } Melden Sie sich an, um sie zu sehen.
deletion-cancelled = Ihr Konto sollte gelöscht werden. Weil Sie sich angemeldet haben, bleibt es, wie es ist. Um es doch zu löschen, beantragen Sie das erneut.

## Zugänge zu einem Konto.

state-suspended = ausgesetzt
state-primary = primär
state-verified = bestätigt
state-not-verified = nicht bestätigt
added-with-client = { $from } mit { $client }

## Angaben zu einer Sache: die Überschriften der beiden Spalten.


## Zeiten in Tabellen.


## Das Team einer Einladung, im Dativ und mitten im Satz: um … beizutreten, Sie werden … beitreten.

invited-to = dem Team { $team }
invited-to-by = dem Team { $team }, in das { $by } Sie eingeladen hat,

## Was einzugeben ist, sobald ein Befehl für eine Datei läuft.

typed-next = Geben Sie dann Ihr Passwort ein (es wird nicht angezeigt) und drücken Sie Enter.
typed-next-two-factor = Geben Sie dann Ihr Passwort ein und drücken Sie Enter, danach ebenso einen Code Ihres Authenticators. Beides wird nicht angezeigt.

## Eine Anfrage an den Support.

case-open-since = Offen seit { $date }.
case-closed-on = Geschlossen am { $date }. Stellen Sie eine neue Anfrage, wenn es weitergehen soll.
case-you-wrote = Sie, { $date }:
case-support-wrote = Support, { $date }:
case-support-sees = Der Support sieht außerdem:

## Was ein Rückgängig-Code rückgängig macht, je eine Zeile.

undone-account = Konto: { $name }
undone-change = Änderung: { $what }
undone-change-detail = Änderung: { $what }: { $detail }
undone-when = Wann: { $time }
undone-from = Von: { $from }
undone-client = Client: { $client }
undo-restores = Wird wiederhergestellt: { $what }
undo-removes = Wird entfernt: { $what }
undo-cannot-restore = Nicht wiederherstellbar: { $address } gehört jetzt zu einem anderen Konto
undo-restored = Wiederhergestellt: { $what }
undo-removed = Entfernt: { $what }
undo-not-restored = Nicht wiederhergestellt: { $address } gehört jetzt zu einem anderen Konto
undo-primary-address = { $address } als primäre Adresse
undo-address = Adresse { $address }
undo-key = SSH-Schlüssel { $fingerprint }
undo-key-comment = SSH-Schlüssel { $fingerprint } ({ $comment })
undo-two-factor = Zwei-Faktor-Authentisierung, aktiv seit { $date }
undo-recovery-codes = { $n ->
    [one] 1 Wiederherstellungscode
   *[other] { $n } Wiederherstellungscodes
}
