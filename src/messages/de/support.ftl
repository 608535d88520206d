### Support: die Anfragen des Mitglieds.

support-title = Support
support-intro = Sie erreichen den Support unter { $contact }, oder Sie stellen hier eine Anfrage.
support-case = Anfrage
support-subject = Betreff
support-state-open = offen
support-state-closed = geschlossen
support-last-change = Letzte Änderung
support-no-cases = Sie haben keine Anfragen. Stellen Sie eine, wenn etwas nicht funktioniert.
support-open-a-case = Anfrage stellen
support-back = Zurück zum Support

support-case-title = Anfrage { $number }: { $subject }
support-message-missing = Schreiben Sie eine Nachricht an den Support.
support-message-sent = Ihre Nachricht wurde gesendet.
support-close-case = Anfrage schließen
support-close-case-title = Anfrage { $number } schließen?
support-close-case-is-final = Weder Sie noch der Support können dann noch etwas hineinschreiben, und sie lässt sich nicht wieder öffnen. Sie können sie weiterhin lesen und eine neue stellen.
support-close-case-is-told = Der Support erfährt, dass Sie sie geschlossen haben.
support-close-case-not-sent = Die eingegebene Nachricht wird nicht gesendet.
support-case-closed = Die Anfrage ist geschlossen. Sie können sie weiterhin lesen.

support-new-intro = Sie sehen alles, bevor es gesendet wird. Schreiben Sie nie ein Passwort oder einen Code.
support-review = Prüfen
support-review-title = An den Support senden?
support-review-intro = Es wurde noch nichts gesendet. Der Support liest dann:
support-review-subject = Betreff: { $subject }
support-case-sent = Anfrage { $number } wurde an den Support gesendet.
