### Mit einer Einladung beitreten, ein Konto erstellen, ein Portal einrichten, Support ohne Anmeldung und das Ende eines Kontos.

back-to-sign-in = Zurück zur Anmeldung
address-intro = Wir senden einen Code an Ihre Adresse, um zu prüfen, ob sie Ihnen gehört.
address-missing = Geben Sie Ihre Adresse ein, zum Beispiel name@example.org.
code-sent-to = Wir haben eine E-Mail an { $address } gesendet. Der Code darin gilt 30 Minuten.
join-intro = Geben Sie die Adresse ein, an die die Einladung ging, und den Code daraus.
join-no-email = Keine E-Mail von { $sender }? Sehen Sie im Spam-Ordner nach, und prüfen Sie die Schreibweise der Adresse.
join-address-missing = Geben Sie die Adresse ein, an die die E-Mail ging.
join-code-refused = Der Code ist falsch oder abgelaufen. Es wurde nichts geändert. Prüfen Sie ihn, oder bitten Sie die Person, die Sie eingeladen hat, um einen neuen.

new-account-title = Ihr Konto erstellen
new-account-create = Konto erstellen
address-is-verified = { $address } ist bestätigt.
address-is-verified-team = { $address } ist bestätigt. Sie treten dem Team { $team } bei.
address-is-verified-invited = { $address } ist bestätigt. Sie treten dem Team { $team } bei, in das { $by } Sie eingeladen hat.
display-name-optional = Anzeigename (optional)
account-created = Willkommen, { $name }. Ihr Konto wurde erstellt

setup-title = Portal einrichten
setup-intro = Es gibt noch kein Konto. Geben Sie den Einrichtungscode ein, den das Portal beim Start ausgegeben hat; danach erstellen Sie das erste Konto und das erste Team.
setup-code = Einrichtungscode
setup-code-missing = Geben Sie den Einrichtungscode ein, zum Beispiel WDJB-MJHT-BCDF-GHJK.
setup-no-code = Code nicht gefunden? Starten Sie das Portal auf seinem Server neu: Es gibt den gültigen Code aus.
setup-address-title = Ihre E-Mail-Adresse
setup-address-intro = Der Einrichtungscode stimmt. An diese Adresse gehen Codes, wenn Sie Ihr Passwort vergessen.
setup-without-code = Ohne den Code fortfahren
setup-no-email = Keine E-Mail? Führen Sie auf dem Server doorkey doctor aus, oder vergewissern Sie sich, dass die Adresse stimmt, und fahren Sie fort.
setup-no-relay = Dieses Portal kann noch keine E-Mails senden, deshalb wird die Adresse nicht geprüft: Vergewissern Sie sich, dass sie stimmt.
setup-account-title = Das erste Konto erstellen
setup-account-intro = Sie werden Inhaber des ersten Teams: Sie können Leute dazu einladen.
setup-team = Name des ersten Teams
setup-done = Willkommen, { $name }. Dieses Portal ist eingerichtet

guest-support-intro = Der Support sieht, dass Sie nicht angemeldet sind. Schreiben Sie nie ein Passwort oder einen Code.
guest-support-contact = Adresse für Antworten
guest-support-have-number = Ich habe eine Anfragenummer
guest-support-name-missing = Geben Sie die E-Mail-Adresse oder den Benutzernamen Ihres Kontos ein, soweit Sie sich erinnern.
guest-support-contact-missing = Geben Sie eine Adresse ein, unter der Sie die Antworten lesen können.
guest-support-text-missing = Geben Sie eine Nachricht an den Support ein.
guest-case-title = Ihre Anfrage an den Support
guest-case-intro = Geben Sie die Anfragenummer und den Code aus der letzten E-Mail dazu ein.
guest-case-number = Anfragenummer
guest-case-number-missing = Geben Sie die Anfragenummer ein, zum Beispiel 1042.
guest-case-sent-title = Anfrage { $number } ging an den Support
guest-case-sent = Wir haben einen Code an { $contact } gesendet. Geben Sie ihn hier ein, jetzt oder später, um dort Antworten zu bekommen. Ohne ihn liest der Support Ihre Anfrage, kann aber nicht antworten.
guest-case-keep-number = Merken Sie sich die Nummer { $number }. Ein Code öffnet die Anfrage einmal; jede Antwort bringt den nächsten.
guest-case-read-title = Anfrage { $number }: { $subject }
guest-case-code-refused = Nummer und Code gehören nicht zusammen, oder der Code wurde schon verwendet oder ist abgelaufen. Verwenden Sie den Code aus der letzten E-Mail.
guest-case-message-sent = Ihre Nachricht wurde gesendet.
guest-case-verified = Bestätigt. Wir antworten an diese Adresse.

deletion-title = Ihr Konto löschen?
deletion-what = Ihr Profil und Ihre Adressen, SSH-Schlüssel und Anfragen an den Support werden gelöscht, und Sie verlassen Ihre Teams. 30 Tage lang kann niemand sonst Ihren Benutzernamen bekommen.
deletion-when = Sie werden sofort überall abgemeldet. Das Konto wird { $days } Tage später gelöscht, es sei denn, Sie melden sich vorher an. Alle Ihre Adressen werden benachrichtigt.
deletion-teams = Auch Teams ohne andere Mitglieder werden gelöscht: { $teams }
deletion-confirm = Mein Konto löschen

export-title = Ihre Daten exportieren
export-intro = Alles, was das Portal über Sie weiß, in einer JSON-Datei: Profil, Adressen, SSH-Schlüssel, Sitzungen, Teams, Aktivität und Anfragen an den Support. Führen Sie das in einem Terminal auf Ihrem Computer aus:
export-copy = Befehl kopieren
