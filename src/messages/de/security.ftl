### Zwei-Faktor-Authentisierung und Wiederherstellungscodes.

security-title = Sicherheit
security-intro = Die Zwei-Faktor-Authentisierung fragt zusätzlich zum Passwort nach einem Code von Ihrem Smartphone.
security-two-factor = Zwei-Faktor
security-two-factor-off = aus
security-two-factor-on = an seit { $date }
security-recovery-codes = Wiederherstellungscodes
security-recovery-codes-left = { $left } von { $all } übrig
security-suspended = Ausgesetzt
security-suspended-count = { $n ->
    [one] { $n } Ihrer Schlüssel oder Adressen
   *[other] { $n } Ihrer Schlüssel und Adressen
}
security-turn-on = Einschalten
security-turn-off = Ausschalten
security-turn-off-two-factor = Zwei-Faktor ausschalten
security-new-codes = Neue Wiederherstellungscodes
security-review-suspended = Ausgesetztes überprüfen

authenticator-title = Authenticator-App einrichten
authenticator-intro = Scannen Sie den QR-Code mit einer Authenticator-App auf Ihrem Smartphone, oder geben Sie dort diesen Einrichtungsschlüssel ein:
authenticator-copy-secret = Einrichtungsschlüssel kopieren
authenticator-app-code-missing = Geben Sie die sechs Ziffern ein, die die App jetzt anzeigt.
authenticator-qr-screen = (Der QR-Code braucht einen Bildschirm von { $screen }. Er enthält denselben Einrichtungsschlüssel.)
authenticator-qr-utf8 = (Der QR-Code braucht UTF-8, Ihre Locale nennt aber einen anderen Zeichensatz. Er enthält denselben Einrichtungsschlüssel.)
authenticator-qr-colours = (Der QR-Code braucht Farben, die Ihrem Terminal fehlen oder die NO_COLOR abschaltet. Er enthält denselben Einrichtungsschlüssel.)
authenticator-qr-whole-screen = Mit F3 oder Strg-O sehen Sie den QR-Code auf dem ganzen Bildschirm. Er enthält denselben Einrichtungsschlüssel.
two-factor-on = Die Zwei-Faktor-Authentisierung ist an

two-factor-turn-off-title = Zwei-Faktor ausschalten?
two-factor-turn-off-intro = Danach genügt Ihr Passwort zum Anmelden. Ihre Wiederherstellungscodes gelten nicht mehr, und Ihre anderen Sitzungen werden abgemeldet.
two-factor-off = Die Zwei-Faktor-Authentisierung ist aus

new-recovery-codes-title = Neue Wiederherstellungscodes?
new-recovery-codes-intro = Ihre alten Wiederherstellungscodes gelten dann nicht mehr.
new-recovery-codes-create = Neue Codes erstellen

recovery-codes-title = Wiederherstellungscodes sichern
recovery-codes-intro = Jeder ersetzt einmal den Authenticator. Sie werden nicht noch einmal angezeigt: Schreiben Sie sie auf oder drucken Sie sie aus.
recovery-codes-yours = Ihre Wiederherstellungscodes
recovery-codes-saved = Ich habe sie gesichert
recovery-codes-copy = Codes kopieren
recovery-codes-command = Für neue Codes in einer Datei statt dieser führen Sie aus: { $command }
recovery-codes-leaving = Verlassen, ohne die Codes zu sichern?
