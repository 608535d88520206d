### Was in E-Mails steht. Ihre Zeilen enden, wo sie hier enden.

mail-greeting = Hallo!
mail-greeting-name = Hallo { $name }!
mail-signature = { $portal } bei { $organisation }

mail-when = Wann:      { $when }
mail-from = Von:       { $place }
mail-client = Client:    { $client }
mail-by = Durch:     { $client }
mail-case = Anfrage:   { $case }
mail-email = E-Mail:    { $address }
mail-key = Schlüssel: { $key }
mail-team = Team:      { $team }
mail-undone = Änderung:  { $change }
mail-username = Name:      { $name }
mail-what = Was:       { $note }

mail-operator = der Betreiber
mail-client-operator = Betreiber
mail-client-team-owner = ein Inhaber des Teams

mail-reset-command = „{ $command }“
mail-reset-in-portal = „Passwort vergessen?“ im Portal
mail-undo-command = Führen Sie „{ $command }“ aus
mail-undo-in-portal = Wählen Sie im Portal „Probleme beim Anmelden?“, dann „Das war ich nicht“,
mail-undo =
    Waren Sie das nicht? Machen Sie es innerhalb von { $days } Tagen rückgängig:
    { $how }
    und geben Sie diesen Rückgängig-Code ein:
mail-undo-once =
    Er gilt einmal, auch noch nach einer Änderung Ihres Passworts. Geben Sie ihn niemals weiter.
mail-not-you-reset =
    Wenn Sie das nicht waren, setzen Sie Ihr Passwort sofort mit
    { $reset } zurück und wenden Sie sich an den Support.
mail-not-you-support = Wenn Sie das nicht waren, wenden Sie sich sofort an den Support.
mail-support-not-you = Wenn Sie sich nicht an den Support gewandt haben, teilen Sie ihm das bitte mit.
mail-then-remove-address = Entfernen Sie danach die Adresse unter Einstellungen, Profil.
mail-then-remove-key = Entfernen Sie danach den Schlüssel unter Einstellungen, SSH-Schlüssel.
mail-then-turn-two-factor-on = Schalten Sie sie danach unter Einstellungen, Sicherheit wieder ein.
mail-code-valid = Er ist { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
} lang gültig und nur einmal verwendbar.
mail-code-valid-once-sent = Er ist ab dem Versand dieser E-Mail { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
} lang gültig und nur einmal verwendbar.

mail-account-deleted-subject = Ihr Konto bei { $portal } wurde gelöscht
mail-account-deleted =
    Ihr Konto bei { $portal } wurde gelöscht. Jemand, der angemeldet war, hatte das beantragt.
    Ihr Profil, Ihre Adressen, SSH-Schlüssel und Anfragen an den Support gibt es nicht mehr.
    Ihren Benutzernamen kann 30 Tage lang niemand sonst annehmen.
mail-account-deleted-by-operator =
    Der Betreiber hat Ihr Konto bei { $portal } gelöscht.
    Ihr Profil, Ihre Adressen, SSH-Schlüssel und Anfragen an den Support gibt es nicht mehr.
    Ihren Benutzernamen kann 30 Tage lang niemand sonst annehmen.
mail-account-deleted-not-you = Wenn Sie das nicht beantragt haben, wenden Sie sich sofort an den Support.

mail-account-deletion-cancelled-subject = Ihr Konto bei { $portal } wird nicht gelöscht
mail-account-deletion-cancelled =
    Ihr Konto bei { $portal } wird nun doch nicht gelöscht: Jemand hat sich angemeldet, ein neues
    Passwort festgelegt oder eine Änderung rückgängig gemacht, oder der Betreiber hat das Konto
    deaktiviert. Wenn es gelöscht werden soll, müssen Sie das erneut beantragen.

mail-account-deletion-requested-subject = Ihr Konto bei { $portal } wird gelöscht
mail-account-deletion-requested =
    Jemand, der angemeldet war und seine Identität bestätigt hat, hat die Löschung Ihres Kontos
    bei { $portal } beantragt. Es wird am { $until } gelöscht. Alle Sitzungen wurden abgemeldet.
mail-account-deletion-keep = Wenn Sie es behalten möchten, melden Sie sich vorher an.

mail-account-exists-subject = Sie haben bereits ein Konto bei { $portal }
mail-account-exists =
    Jemand wollte mit dieser E-Mail-Adresse ein Konto bei { $portal } erstellen. Sie haben aber
    schon eines: Ihr Benutzername ist { $name }. Wenn Sie das waren, melden Sie sich an oder
    legen Sie mit { $reset } ein neues Passwort fest.
mail-account-exists-not-you =
    Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren. Es wurde nichts geändert, und
    niemand hat erfahren, dass Sie ein Konto haben.

mail-change-undone-subject = Eine Änderung an Ihrem Konto bei { $portal } wurde rückgängig gemacht
mail-change-undone =
    Eine Änderung an Ihrem Konto bei { $portal } wurde mit dem Rückgängig-Code aus der E-Mail
    darüber rückgängig gemacht, zusammen mit allen späteren Änderungen. Das alte Passwort gilt
    nicht mehr, und alle Sitzungen wurden abgemeldet.

mail-email-added-subject = Ihr Konto bei { $portal } hat eine neue E-Mail-Adresse
mail-email-added =
    Ihrem Konto bei { $portal } wurde eine E-Mail-Adresse hinzugefügt; sie ist bestätigt. An sie
    gehen E-Mails zu Ihrem Konto, und über sie lässt sich Ihr Passwort zurücksetzen.

mail-email-kept-subject = Eine ausgesetzte Adresse Ihres Kontos bei { $portal } wurde behalten
mail-email-kept =
    Eine E-Mail-Adresse, die beim Zurücksetzen Ihres Passworts bei { $portal } ausgesetzt worden
    war, wurde behalten. An sie gehen wieder E-Mails zu Ihrem Konto, und über sie lässt sich
    Ihr Passwort wieder zurücksetzen.

mail-email-removed-subject = Eine E-Mail-Adresse wurde aus Ihrem Konto bei { $portal } entfernt
mail-email-removed =
    Eine E-Mail-Adresse wurde aus Ihrem Konto bei { $portal } entfernt. An sie gehen keine E-Mails
    zu Ihrem Konto mehr.

mail-guest-case-opened-subject = Bestätigen Sie Ihre Anfrage { $case } an den Support von { $portal }
mail-guest-case-opened =
    Jemand hat an den Support von { $portal } geschrieben und um Antwort an diese E-Mail-Adresse
    gebeten. Wenn Sie das waren, geben Sie diesen Code im Portal ein:
mail-guest-case-opened-valid =
    Er ist 7 Tage lang gültig und nur einmal verwendbar. Ohne ihn können wir Ihnen unsere Antwort
    nicht senden.
mail-guest-case-opened-not-you =
    Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren. Sie erhalten keine weitere zu
    dieser Anfrage.

mail-guest-case-updated-subject = Neues zu Ihrer Anfrage { $case } an den Support von { $portal }
mail-guest-case-updated =
    Der Support von { $portal } hat Ihre Anfrage beantwortet oder geschlossen. Um das zu lesen,
    öffnen Sie das Portal als Gast,
    wählen Sie „Probleme beim Anmelden?“, „Etwas anderes“ und „Ich habe eine Anfragenummer“,
    und geben Sie die Nummer und diesen Code ein:
mail-guest-case-updated-ssh =
    Der Support von { $portal } hat Ihre Anfrage beantwortet oder geschlossen. Um das zu lesen,
    öffnen Sie das Portal als Gast („{ $command }“),
    wählen Sie „Probleme beim Anmelden?“, „Etwas anderes“ und „Ich habe eine Anfragenummer“,
    und geben Sie die Nummer und diesen Code ein:
mail-guest-case-updated-valid = Er ist 7 Tage lang gültig und nur einmal verwendbar.

mail-invitation-subject = Ihre Einladung zu { $team } bei { $portal }
mail-invitation =
    Sie sind eingeladen, dem Team { $team } bei { $portal } beizutreten.
    Um anzunehmen, wählen Sie im Portal „Ich habe eine Einladung“ und geben Sie diese
    E-Mail-Adresse und diesen Code ein:
mail-invitation-ssh =
    Sie sind eingeladen, dem Team { $team } bei { $portal } beizutreten.
    Um anzunehmen, führen Sie diesen Befehl in einem Terminal aus:
mail-invitation-code = Geben Sie dann diese E-Mail-Adresse und diesen Code ein:
mail-invitation-valid = Er ist { $hours ->
    [one] { $hours } Stunde
   *[other] { $hours } Stunden
} lang gültig und nur einmal verwendbar.
mail-invitation-unexpected =
    Wenn Sie keine Einladung erwartet haben, können Sie diese E-Mail ignorieren. Geben Sie den
    Code niemals weiter.

mail-key-added-subject = Ihr Konto bei { $portal } hat einen neuen SSH-Schlüssel
mail-key-added =
    Ihrem Konto bei { $portal } wurde ein SSH-Schlüssel hinzugefügt. Mit ihm kann man sich
    anmelden.

mail-key-claimed-subject = Ein SSH-Schlüssel gehört nicht mehr zu Ihrem Konto bei { $portal }
mail-key-claimed =
    Ein SSH-Schlüssel wurde aus Ihrem Konto bei { $portal } entfernt, weil sich jemand anderes mit
    dem zugehörigen privaten Schlüssel bei seinem eigenen Konto angemeldet hat. Bei Ihrem Konto
    wurde er nie verwendet.
mail-key-claimed-not-you =
    Wenn der Schlüssel Ihnen gehört und Sie das nicht waren, ist Ihr privater Schlüssel nicht mehr
    sicher. Verwenden Sie ihn nicht mehr, erzeugen Sie einen neuen und wenden Sie sich an den
    Support.

mail-key-kept-subject = Ein ausgesetzter SSH-Schlüssel Ihres Kontos bei { $portal } wurde behalten
mail-key-kept =
    Ein SSH-Schlüssel, der beim Zurücksetzen Ihres Passworts bei { $portal } ausgesetzt worden
    war, wurde behalten. Mit ihm kann man sich wieder anmelden.

mail-key-removed-subject = Ein SSH-Schlüssel wurde aus Ihrem Konto bei { $portal } entfernt
mail-key-removed =
    Ein SSH-Schlüssel wurde aus Ihrem Konto bei { $portal } entfernt. Alle anderen Sitzungen wurden
    abgemeldet.

mail-name-changed-subject = Ihr Benutzername bei { $portal } wurde geändert
mail-name-changed =
    Der Benutzername Ihres Kontos bei { $portal } wurde geändert. Melden Sie sich ab jetzt mit dem
    neuen an.

mail-new-sign-in-subject = Neue Anmeldung bei { $portal } von { $place }
mail-new-sign-in =
    Jemand hat sich mit Ihrem Konto bei { $portal } angemeldet, und zwar von einer IP-Adresse aus,
    von der es in letzter Zeit nicht verwendet wurde.

mail-password-changed-subject = Ihr Passwort bei { $portal } wurde geändert
mail-password-changed =
    Ihr Passwort bei { $portal } wurde von jemandem geändert, der angemeldet war und das alte
    kannte. Alle anderen Sitzungen wurden abgemeldet.

mail-password-locked-subject = Ihr Passwort bei { $portal } wurde gesperrt
mail-password-locked =
    Für Ihr Konto bei { $portal } gab es zu viele fehlgeschlagene Anmeldeversuche. Zu seinem Schutz
    wird Ihr Passwort von IP-Adressen, von denen Sie sich noch nie angemeldet haben, nicht mehr
    angenommen.
mail-password-locked-unlock =
    Die Versuche blieben erfolglos. Um die Sperre aufzuheben, legen Sie mit
    { $reset } ein neues Passwort fest.
mail-password-locked-support = Die Versuche blieben erfolglos. Um die Sperre aufzuheben, wenden Sie sich an den Support.

mail-password-reset-subject = Ihr Passwort bei { $portal } wurde zurückgesetzt
mail-password-reset =
    Für Ihr Konto bei { $portal } wurde ein neues Passwort festgelegt. Alle anderen Sitzungen
    wurden abgemeldet.
mail-password-reset-recent =
    In den letzten { $days } Tagen hinzugefügt oder schon vorher ausgesetzt. Adressen und Schlüssel
    in dieser Liste sind ausgesetzt, bis Sie sie unter Einstellungen, Sicherheit behalten.
    Entfernen Sie alles, was Sie nicht kennen.
mail-recent-email = E-Mail
mail-recent-key = Schlüssel
mail-recent-two-factor = Zwei-Faktor
mail-recent-turned-on = eingeschaltet
mail-recent-added = Hinzugefügt: { $when } ({ $place })
mail-password-reset-not-you =
    Wenn Sie das nicht waren, kann vielleicht jemand Ihre E-Mails lesen: Sichern Sie zuerst Ihr
    Postfach.
mail-password-reset-not-you-again =
    Wenn Sie das nicht waren, kann vielleicht jemand Ihre E-Mails lesen: Sichern Sie zuerst Ihr
    Postfach. Setzen Sie dann Ihr Passwort noch einmal mit
    { $reset } zurück und wenden Sie sich an den Support.

mail-primary-email-changed-subject = Ihre primäre Adresse bei { $portal } wurde geändert
mail-primary-email-changed = Die primäre Adresse Ihres Kontos bei { $portal } wurde geändert.
mail-primary-email-changed-previous =
    Ist die bisherige Adresse bestätigt, kann sie weiterhin Codes zum Zurücksetzen erhalten und
    lässt sich 7 Tage lang nicht entfernen.

mail-recovery-code-used-subject = Ein Wiederherstellungscode für Ihr Konto bei { $portal } wurde verwendet
mail-recovery-code-used =
    Für Ihr Konto bei { $portal } wurde ein Wiederherstellungscode anstelle eines Codes aus Ihrer
    Authenticator-App verwendet. Verbleibende Wiederherstellungscodes: { $left }

mail-recovery-codes-created-subject = Neue Wiederherstellungscodes für Ihr Konto bei { $portal }
mail-recovery-codes-created =
    Für Ihr Konto bei { $portal } wurden neue Wiederherstellungscodes erstellt. Frühere gelten
    nicht mehr.

mail-reset-code-subject = Ihr Code zum Zurücksetzen bei { $portal }
mail-reset-code =
    Jemand möchte das Passwort Ihres Kontos bei { $portal } zurücksetzen. Wenn Sie das sind,
    geben Sie diesen Code im Portal ein:
mail-reset-code-continue = Verbindung verloren? Weiter geht es mit: { $command }
mail-reset-code-not-you =
    Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Ihr Passwort ist unverändert.
    Geben Sie den Code niemals weiter, egal, wer danach fragt.

mail-reset-code-issued-subject = Der Support hat einen Code zum Zurücksetzen Ihres Passworts bei { $portal } erstellt
mail-reset-code-issued =
    Der Support hat einen Code zum Zurücksetzen für Ihr Konto bei { $portal } erstellt. Mit ihm
    kann man einmal ein neues Passwort festlegen.
mail-reset-code-issued-not-you = Wenn Sie nicht darum gebeten haben, wenden Sie sich sofort an den Support.

mail-sign-up-code =
    Jemand möchte mit dieser E-Mail-Adresse ein Konto bei { $portal } erstellen. Wenn Sie das sind,
    geben Sie diesen Code im Portal ein:
mail-sign-up-code-not-you =
    Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Ohne den Code wird kein Konto
    erstellt. Geben Sie den Code niemals weiter.

mail-support-closed-subject = Ihre Anfrage { $case } an den Support von { $portal } wurde geschlossen
mail-support-closed =
    Ihre Anfrage an den Support von { $portal } wurde geschlossen. Sie können sie weiterhin im
    Portal unter Support lesen.
mail-support-closed-ssh =
    Ihre Anfrage an den Support von { $portal } wurde geschlossen. Sie können sie weiterhin im
    Portal unter Support lesen („{ $command }“).

mail-support-notice-subject = Support von { $portal }: Anfrage { $case }
mail-support-notice = Eine Anfrage an den Support wartet auf Sie.
mail-support-notice-read = Um sie zu lesen, führen Sie auf dem Rechner des Portals diesen Befehl aus:

mail-support-opened-subject = Ihre Anfrage { $case } an den Support von { $portal } ist eingegangen
mail-support-opened = Wir haben Ihre Nachricht an den Support von { $portal } erhalten und antworten im Portal.

mail-support-reply-subject = Neue Antwort auf Ihre Anfrage { $case } an den Support von { $portal }
mail-support-reply =
    Der Support von { $portal } hat Ihre Anfrage beantwortet. Lesen Sie die Antwort im Portal
    unter Support.
mail-support-reply-ssh =
    Der Support von { $portal } hat Ihre Anfrage beantwortet. Lesen Sie die Antwort im Portal
    unter Support („{ $command }“).

mail-team-joined-subject = Sie gehören jetzt zu { $team } bei { $portal }
mail-team-joined = Ihr Konto bei { $portal } wurde einem Team hinzugefügt.

mail-team-left-subject = Sie gehören nicht mehr zu { $team } bei { $portal }
mail-team-left = Ihr Konto bei { $portal } gehört nicht mehr zu diesem Team.
mail-team-left-not-you =
    Wenn Sie das Team nicht selbst verlassen haben, fragen Sie einen Inhaber des Teams oder wenden
    Sie sich an den Support.

mail-team-role-changed-subject = Ihre Rolle in einem Team bei { $portal } wurde geändert
mail-team-role-changed = Ihre Rolle in einem Team bei { $portal } wurde geändert.
mail-team-and-role = { $team } ({ $role ->
    [owner] Inhaber
    [member] Mitglied
   *[other] { $role }
})
mail-team-role-changed-not-you =
    Wenn Sie das nicht veranlasst haben, fragen Sie einen Inhaber des Teams oder wenden Sie sich
    an den Support.

mail-test-subject = Test-E-Mail von { $portal }
mail-test = Dies ist ein Test: E-Mails von { $portal } kommen an.
mail-test-not-you =
    Ein Administrator des Portals hat ihn veranlasst. Wenn Sie das nicht waren, brauchen Sie nichts
    zu tun.

mail-two-factor-locked-subject = Ihr Authenticator bei { $portal } wurde gesperrt
mail-two-factor-locked-anywhere =
    Es gab zu viele falsche Zwei-Faktor-Codes hintereinander. Zum Schutz Ihres Kontos werden Codes
    aus Ihrer Authenticator-App vorerst nicht angenommen. Ihre Wiederherstellungscodes gelten
    weiterhin: Heben Sie die Sperre mit einem davon auf.
mail-two-factor-locked-here =
    Es gab zu viele falsche Zwei-Faktor-Codes hintereinander vom selben Ort aus. Zum Schutz Ihres
    Kontos werden Codes aus Ihrer Authenticator-App dort nicht angenommen. Um die Sperre
    aufzuheben, geben Sie anderswo einen richtigen Code ein oder verwenden Sie einen
    Wiederherstellungscode.
mail-two-factor-locked-elsewhere =
    Jemand, der Ihr Passwort kennt, hat zu viele falsche Zwei-Faktor-Codes eingegeben. Zum Schutz
    Ihres Kontos werden Codes aus Ihrer Authenticator-App nur noch dort angenommen, wo Sie sich
    schon einmal angemeldet haben, in offenen Sitzungen, mit Ihrem SSH-Schlüssel oder zusammen mit
    einem Code zum Zurücksetzen. Der nächste richtige Code hebt die Sperre auf, ebenso ein
    Wiederherstellungscode.
mail-two-factor-locked-not-you =
    Wenn Sie das nicht waren, setzen Sie Ihr Passwort sofort mit
    { $reset } zurück und wenden Sie sich an den Support.

mail-two-factor-off-subject = Die Zwei-Faktor-Authentisierung für Ihr Konto bei { $portal } ist ausgeschaltet
mail-two-factor-off =
    Die Zwei-Faktor-Authentisierung für Ihr Konto bei { $portal } wurde ausgeschaltet.
    Ab jetzt genügt zum Anmelden Ihr Passwort allein.
mail-two-factor-off-password-removed =
    Die Zwei-Faktor-Authentisierung für Ihr Konto bei { $portal } wurde ausgeschaltet.
    Ihr Passwort war zu kurz, um allein zu genügen, und wurde entfernt. Legen Sie mit
    { $reset } ein neues fest.

mail-two-factor-on-subject = Die Zwei-Faktor-Authentisierung für Ihr Konto bei { $portal } ist eingeschaltet
mail-two-factor-on =
    Für Ihr Konto bei { $portal } wurde eine Authenticator-App eingerichtet. Ab jetzt brauchen Sie
    zum Anmelden einen Code aus dieser App.

mail-two-factor-refused-subject = Falscher Zwei-Faktor-Code für Ihr Konto bei { $portal }
mail-two-factor-refused-code =
    Jemand, der einen Code zum Zurücksetzen aus Ihrer E-Mail hat, hat einen falschen
    Zwei-Faktor-Code eingegeben. Der Zugang wurde verweigert.
mail-two-factor-refused-key =
    Jemand, der einen Ihrer SSH-Schlüssel hat, hat einen falschen Zwei-Faktor-Code eingegeben.
    Der Zugang wurde verweigert.
mail-two-factor-refused-password =
    Jemand, der Ihr Passwort kennt, hat einen falschen Zwei-Faktor-Code eingegeben.
    Der Zugang wurde verweigert.
mail-two-factor-refused-session =
    Jemand, der bei Ihrem Konto bei { $portal } angemeldet ist, hat einen falschen
    Zwei-Faktor-Code eingegeben. Es wurde nichts geändert.
mail-two-factor-refused-undo =
    Jemand, der einen Rückgängig-Code aus Ihrer E-Mail hat, hat einen falschen Zwei-Faktor-Code
    eingegeben. Es wurde nichts geändert.
mail-two-factor-refused-you =
    Wenn Sie das waren, brauchen Sie nichts zu tun. In den nächsten 24 Stunden erhalten Sie dazu
    keine weitere E-Mail, es sei denn, der Authenticator wird gesperrt.
mail-two-factor-refused-not-you-key =
    Wenn Sie das nicht waren, entfernen Sie diesen SSH-Schlüssel aus Ihrem Konto und wenden Sie
    sich an den Support.
mail-two-factor-refused-not-you-mailbox =
    Wenn Sie das nicht waren, kann jemand Ihre E-Mails lesen: Ändern Sie das Passwort Ihres
    Postfachs und wenden Sie sich an den Support.

mail-verification-code-subject = Ihr Bestätigungscode für { $portal }
mail-verification-code =
    Jemand möchte diese E-Mail-Adresse einem Konto bei { $portal } hinzufügen. Wenn Sie das sind,
    geben Sie diesen Code im Portal ein:
mail-verification-code-not-you =
    Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Ohne den Code kann niemand Ihre
    Adresse hinzufügen. Geben Sie den Code niemals weiter.
