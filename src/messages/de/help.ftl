### Die Hilfe (F1): wozu jede Seite da ist, und was zu tun ist, wenn etwas nicht geht.

help-sign-in = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen und Ihr Passwort ein, um sich anzumelden.
help-sign-in-trouble = Wenn das Passwort abgelehnt wird, zeigt F2, was Sie getippt haben; oder wählen Sie „Passwort vergessen?“.
help-sign-in-trouble-without-reset = Wenn das Passwort abgelehnt wird, zeigt F2, was Sie getippt haben; sonst hilft der Kontakt unten.

help-sign-in-help = Wählen Sie, was Sie am Anmelden hindert, und lesen Sie, was Sie tun können.
help-sign-in-help-trouble = Wenn hier nichts hilft, kontaktieren Sie den Support; niemand dort fragt nach Ihrem Passwort.

help-sign-in-help-no-email = Finden Sie heraus, warum eine E-Mail mit einem Code vielleicht nicht angekommen ist.
help-sign-in-help-no-email-trouble = Wenn sie nach ein paar Minuten auch nicht im Spam-Ordner ist, schreiben Sie dem Support von einer anderen Adresse.

help-forgot-password = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein; wir senden einen Code für ein neues Passwort.
help-forgot-password-trouble = Wenn keine E-Mail kommt, prüfen Sie die Schreibweise und versuchen Sie es dann mit einer anderen Ihrer Adressen.

help-choose-address = Wählen Sie, an welche Ihrer Adressen der Code gesendet wird.
help-choose-address-trouble = Wenn Sie E-Mails an keine davon lesen können, kontaktieren Sie den Support.

help-enter-code = Geben Sie den Code aus der E-Mail ein; Leerzeichen, Bindestriche und Kleinschreibung spielen keine Rolle.
help-enter-code-trouble = Wenn der Code abgelehnt wird, nehmen Sie die neueste E-Mail oder senden Sie einen weiteren Code.

help-second-factor = Geben Sie den Code ein, den Ihre Authenticator-App gerade anzeigt, oder einen Wiederherstellungscode.
help-second-factor-trouble = Wenn Codes der App abgelehnt werden, prüfen Sie die Uhr Ihres Smartphones; ohne App hilft ein Wiederherstellungscode.

help-lost-authenticator = Lesen Sie, wie Sie sich ohne Ihre Authenticator-App anmelden.
help-lost-authenticator-trouble = Wenn Sie auch keinen Wiederherstellungscode haben, kontaktieren Sie den Support.

help-new-password = Wählen Sie ein neues Passwort und geben Sie es zweimal ein; ein paar Wörter ohne Zusammenhang eignen sich gut.
help-new-password-trouble = Wenn „Speichern“ inaktiv bleibt, lesen Sie die Zeile unter jedem Feld: Dort steht, was fehlt.

help-undo = Geben Sie den Rückgängig-Code aus einer E-Mail über eine Änderung ein, die nicht von Ihnen stammt.
help-undo-trouble = Wenn der Code abgelehnt wird, ist er vielleicht älter als eine Woche; kontaktieren Sie dann den Support.

help-undo-review = Hier sehen Sie, was der Rückgängig-Code zurücknimmt, bevor es geschieht.
help-undo-review-trouble = Wenn Sie etwas anderes erwartet haben, gehen Sie zurück: Es wurde noch nichts geändert.

help-undo-second-factor = Bestätigen Sie mit einem Code aus Ihrer Authenticator-App oder einem Wiederherstellungscode.
help-undo-second-factor-trouble = Wenn jemand anderes die App eingerichtet hat, kontaktieren Sie den Support.

help-sign-up = Geben Sie Ihre E-Mail-Adresse ein; wir senden einen Code, mit dem Sie ein Konto erstellen.
help-sign-up-trouble = Wenn keine E-Mail kommt, prüfen Sie die Schreibweise und den Spam-Ordner.

help-join = Geben Sie den Code aus Ihrer Einladung ein.
help-join-trouble = Wenn er abgelehnt wird, ist er vielleicht abgelaufen; bitten Sie um eine neue Einladung.

help-join-account = Wählen Sie einen Benutzernamen und ein Passwort für Ihr neues Konto.
help-join-account-trouble = Wenn der Knopf inaktiv bleibt, lesen Sie die Zeile unter jedem Feld: Dort steht, was fehlt.

help-setup = Geben Sie den Einrichtungscode ein, den das Portal beim Start ausgegeben hat, und erstellen Sie das erste Konto.
help-setup-trouble = Wenn er abgelehnt wird, starten Sie das Portal neu: Es gibt den gültigen Code aus.

help-setup-address = Geben Sie die E-Mail-Adresse des ersten Kontos ein.
help-setup-address-trouble = Wenn Sie sich vertippen, gehen Sie von der nächsten Seite zurück und korrigieren Sie die Adresse.

help-setup-verify = Geben Sie den Code aus der E-Mail ein; er zeigt, dass die Adresse Ihnen gehört.
help-setup-verify-trouble = Wenn keine E-Mail kommt, prüfen Sie das Relay mit doorkey doctor oder fahren Sie ohne den Code fort.

help-setup-account = Wählen Sie Benutzernamen, Passwort und den Namen des ersten Teams, dessen Inhaber Sie werden.
help-setup-account-trouble = Wenn der Knopf inaktiv bleibt, lesen Sie die Zeile unter jedem Feld: Dort steht, was fehlt.

help-guest-support = Schreiben Sie dem Support, ohne sich anzumelden.
help-guest-support-trouble = Wenn Sie eine Antwort erwarten, geben Sie eine Adresse an, deren E-Mails Sie lesen können.

help-guest-case = Geben Sie die Nummer und den Code Ihrer Anfrage ein, um sie zu lesen.
help-guest-case-trouble = Wenn der Code abgelehnt wird, nehmen Sie den aus der neuesten E-Mail zu dieser Anfrage.

help-guest-case-read = Lesen Sie Ihre Anfrage an den Support und antworten Sie.
help-guest-case-read-trouble = Wenn eine Antwort fehlt, kommen Sie später wieder: Sie erhalten eine E-Mail, sobald es eine gibt.

help-teams = Hier sehen Sie Ihre Teams; Enter öffnet eines.
help-teams-trouble = Wenn ein Team fehlt, bitten Sie einen seiner Inhaber um eine Einladung.

help-teams-new = Erstellen Sie ein Team; Sie werden sein Inhaber.
help-teams-new-trouble = Wenn der Name abgelehnt wird, lesen Sie die Zeile unter dem Feld; es wurde nichts erstellt.

help-team = Hier sehen Sie, wer in diesem Team ist, und können Personen einladen oder verwalten, wenn Sie das dürfen.
help-team-trouble = Wenn eine Aktion fehlt, kann sie nur ein Inhaber des Teams ausführen.

help-team-member = Hier sehen Sie ein Mitglied und können, wenn Sie das dürfen, seine Rolle ändern oder es entfernen.
help-team-member-trouble = Wenn Sie das nicht dürfen, fragen Sie einen Inhaber des Teams.

help-team-invitations = Hier sehen Sie, wer eingeladen und noch nicht beigetreten ist.
help-team-invitations-trouble = Wenn eine Einladung nie ankam, ziehen Sie sie zurück und laden Sie die Person noch einmal ein.

help-team-invitations-invitation = Hier sehen Sie eine Einladung und können sie zurückziehen, wenn sie ein Versehen war.
help-team-invitations-invitation-trouble = Wenn sie sich nicht zurückziehen lässt, wurde sie schon verwendet oder ist abgelaufen.

help-team-edit = Ändern Sie die Beschreibung und die Links des Teams.
help-team-edit-trouble = Wenn etwas abgelehnt wird, lesen Sie die Zeile unter dem Feld; es wurde nichts geändert.

help-team-leave = Verlassen Sie dieses Team.
help-team-leave-trouble = Wenn Sie sein letzter Inhaber sind, machen Sie zuerst jemand anderen zum Inhaber.

help-settings-profile = Hier sehen Sie Ihr Profil und Ihre Einstellungen; Enter öffnet eine Einstellung.
help-settings-profile-trouble = Wenn eine Einstellung nichts zu bewirken scheint, lesen Sie auf ihrer Seite, ab wann sie gilt.

help-settings-profile-name = Wählen Sie einen anderen Benutzernamen.
help-settings-profile-name-trouble = Wenn er abgelehnt wird, ist er oder einer, der ihm gleicht, schon vergeben; versuchen Sie einen längeren.

help-settings-profile-display-name = Wählen Sie, was andere neben Ihrem Benutzernamen lesen.
help-settings-profile-display-name-trouble = Wenn der Name abgelehnt wird, lassen Sie ungewöhnliche Zeichen weg.

help-settings-profile-time-zone = Wählen Sie die Zeitzone für Zeitangaben.
help-settings-profile-time-zone-trouble = Wenn Ihre nicht gefunden wird, geben Sie den Abstand zu UTC ein, zum Beispiel +02:00.

help-settings-profile-language = Wählen Sie die Sprache der Seiten und E-Mails.
help-settings-profile-language-trouble = Wenn Sie die Sprache möchten, auf die Ihr Computer eingestellt ist, wählen Sie „automatisch“.

help-settings-profile-plain = Wählen Sie Eingaben Zeile für Zeile anstelle ganzer Seiten.
help-settings-profile-plain-trouble = Wenn Sie im Zeilenmodus nicht weiterwissen, geben Sie ? ein.

help-settings-profile-no-color = Schalten Sie Farben aus.
help-settings-profile-no-color-trouble = Wenn Farben bleiben, verbinden Sie sich mit Ihrem SSH-Schlüssel: Nur dann wissen wir vor dem Anmelden, wer Sie sind.

help-settings-profile-appearance = Wählen Sie Farben für einen dunklen oder einen hellen Hintergrund.
help-settings-profile-appearance-trouble = Wenn Text schlecht lesbar ist, wählen Sie den Hintergrund Ihres Terminals oder schalten Sie Farben aus.

help-settings-profile-export = Exportieren Sie, was über Sie gespeichert ist: Kopieren Sie den Befehl und führen Sie ihn auf Ihrem Computer aus.
help-settings-profile-export-trouble = Wenn nichts kopiert wird, erlaubt Ihr Terminal es nicht; tippen Sie den Befehl ab.

help-settings-profile-delete = Löschen Sie Ihr Konto; Sie haben einige Tage, um es sich anders zu überlegen.
help-settings-profile-delete-trouble = Wenn ein Team das verhindert, machen Sie zuerst jemand anderen zu dessen Inhaber.

help-settings-profile-emails = Hier sehen Sie Ihre E-Mail-Adressen; mit einer weiteren können Sie Ihr Passwort jederzeit zurücksetzen.
help-settings-profile-emails-in-directory = Hier sehen Sie die E-Mail-Adressen, die das Verzeichnis Ihrer Organisation für Sie hat.
help-settings-profile-emails-trouble = Wenn eine Adresse nicht bestätigt ist, öffnen Sie sie und geben Sie den Code aus ihrer E-Mail ein.
help-settings-profile-emails-trouble-in-directory = Wenn eine Adresse falsch ist, lassen Sie sie im Verzeichnis Ihrer Organisation berichtigen.

help-settings-profile-emails-email = Hier sehen Sie eine Adresse und können sie zur primären machen oder entfernen.
help-settings-profile-emails-email-trouble = Wenn sie sich nicht entfernen lässt, machen Sie zuerst eine andere zur primären.

help-settings-profile-emails-add = Fügen Sie eine E-Mail-Adresse hinzu; wir senden einen Code an sie.
help-settings-profile-emails-add-trouble = Wenn sie abgelehnt wird, prüfen Sie die Schreibweise.

help-settings-profile-emails-verify = Geben Sie den Code aus der E-Mail an die neue Adresse ein.
help-settings-profile-emails-verify-trouble = Wenn keine E-Mail kommt, sehen Sie im Spam-Ordner nach und senden Sie dann einen weiteren Code.

help-settings-password = Ändern Sie Ihr Passwort: einmal das aktuelle, zweimal das neue.
help-settings-password-trouble = Wenn Sie das aktuelle nicht wissen, melden Sie sich ab und wählen Sie „Passwort vergessen?“.
help-settings-password-trouble-without-reset = Wenn Sie das aktuelle nicht wissen, wenden Sie sich an den Support.

help-settings-security = Hier sehen Sie, wie Ihr Konto geschützt ist, und schalten die Zwei-Faktor-Authentisierung ein oder aus.
help-settings-security-trouble = Wenn Sie Ihre Authenticator-App verloren haben, erstellen Sie vor dem Abmelden neue Wiederherstellungscodes.

help-settings-security-review = Entscheiden Sie über Schlüssel und Adressen, die beim Zurücksetzen des Passworts ausgesetzt wurden.
help-settings-security-review-trouble = Wenn Sie etwas davon nicht kennen, entfernen Sie es.

help-settings-security-authenticator = Scannen Sie den QR-Code mit einer Authenticator-App und geben Sie den Code ein, den die App anzeigt.
help-settings-security-authenticator-trouble = Wenn das Scannen scheitert, geben Sie den Einrichtungsschlüssel ein; werden Codes abgelehnt, prüfen Sie die Uhr des Smartphones.

help-settings-security-recovery-codes = Sichern Sie diese Wiederherstellungscodes dort, wo Sie sie ohne Ihr Smartphone finden; jeder gilt einmal.
help-settings-security-recovery-codes-trouble = Wenn Sie sie jetzt nicht sichern können, erstellen Sie später neue; diese werden nicht noch einmal angezeigt.

help-settings-security-new-recovery-codes = Erstellen Sie neue Wiederherstellungscodes; die alten gelten dann nicht mehr.
help-settings-security-new-recovery-codes-trouble = Wenn das abgelehnt wird, bestätigen Sie Ihr Passwort oder Ihren zweiten Faktor noch einmal.

help-settings-security-turn-off = Schalten Sie die Zwei-Faktor-Authentisierung aus.
help-settings-security-turn-off-trouble = Wenn Sie nur ein neues Smartphone haben, richten Sie stattdessen die App neu ein.

help-settings-keys = Hier sehen Sie Ihre SSH-Schlüssel und können einen hinzufügen.
help-settings-keys-trouble = Wenn ein Schlüssel nicht erkannt wird, vergleichen Sie seinen Fingerabdruck mit ssh-keygen -l.

help-settings-keys-key = Hier sehen Sie einen Schlüssel und können ihn umbenennen oder entfernen.
help-settings-keys-key-trouble = Wenn Sie diesen Schlüssel nicht kennen, entfernen Sie ihn und ändern Sie Ihr Passwort.

help-settings-keys-add = Fügen Sie einen öffentlichen Schlüssel ein, die eine Zeile einer .pub-Datei, oder wählen Sie einen, den Ihr Client anbietet.
help-settings-keys-add-trouble = Wenn er abgelehnt wird, prüfen Sie, ob es die öffentliche Hälfte ist und nichts fehlt.

help-settings-sessions = Hier sehen Sie, wo Sie angemeldet sind, und können Sitzungen beenden.
help-settings-sessions-trouble = Wenn Sie eine davon nicht kennen, beenden Sie sie und ändern Sie Ihr Passwort.

help-settings-sessions-session = Hier sehen Sie eine Sitzung und können sie beenden.
help-settings-sessions-session-trouble = Wenn sie wiederkommt, ändern Sie Ihr Passwort und prüfen Sie Ihre SSH-Schlüssel.

help-activity = Hier sehen Sie, was mit Ihrem Konto geschehen ist, das Neueste zuerst; Enter öffnet eine Zeile.
help-activity-trouble = Wenn Sie hier etwas nicht kennen, öffnen Sie es: Auf seiner Seite steht, was zu tun ist.

help-activity-row = Hier sehen Sie ein Ereignis: wann, von wo und mit welchem Programm.
help-activity-row-trouble = Wenn Sie das nicht waren, ändern Sie Ihr Passwort und kontaktieren Sie den Support.

help-support = Hier sehen Sie Ihre Anfragen an den Support und können eine neue stellen.
help-support-trouble = Wenn es dringend ist, nutzen Sie den Kontakt unten.

help-support-new = Beschreiben Sie, was nicht geht; Sie sehen vor dem Senden, was gesendet wird.
help-support-new-trouble = Wenn Sie nichts senden können, nutzen Sie den Kontakt unten.

help-support-new-review = Lesen Sie, was an den Support gesendet wird, und senden Sie es.
help-support-new-review-trouble = Wenn etwas dabei ist, das nicht gesendet werden soll, gehen Sie zurück und ändern Sie es.

help-support-case = Lesen Sie eine Anfrage, antworten Sie oder schließen Sie sie.
help-support-case-trouble = Wenn eine Antwort fehlt, kommen Sie später wieder: Sie erhalten eine E-Mail, sobald es eine gibt.

help-confirmation = Lesen Sie, was daraus folgt, bevor es geschieht.
help-confirmation-trouble = Wenn Sie etwas anderes erwartet haben, gehen Sie zurück: Es wurde noch nichts geändert.

help-confirm = Bestätigen Sie Ihre Identität, bevor etwas Heikles geschieht.
help-confirm-trouble = Wenn Sie das nicht können, gehen Sie zurück: Es wurde nichts geändert.

help-locked = Ihre Sitzung ist gesperrt; Ihr Passwort entsperrt sie, und nichts geht verloren.
help-locked-trouble = Wenn Sie das Passwort nicht wissen, melden Sie sich ab und setzen Sie es zurück.
help-locked-trouble-without-reset = Wenn Sie das Passwort nicht wissen, wenden Sie sich an den Support.
