### Wer jemand hier ist und welche Einstellungen gelten.

profile-title = Profil
profile-setting = Einstellung
profile-now = Aktuell
profile-display-name = Anzeigename
profile-display-name-none = keiner
profile-language = Sprache
profile-time-zone = Zeitzone
profile-plain = Zeilenmodus
profile-no-color = Ohne Farben
profile-appearance = Darstellung
profile-addresses = Adressen
profile-addresses-checked = Adressen geprüft
profile-addresses-not-checked = noch nicht
profile-address-suspended = { $address } (ausgesetzt)
profile-address-primary = { $address } (primär)
profile-address-not-verified = { $address } (nicht bestätigt)
profile-addresses-are-up-to-date = Diese Adressen sind aktuell
profile-export = Meine Daten exportieren
profile-delete-account = Mein Konto löschen
profile-addresses-reviewed = Danke. Ihre Adressen sind aktuell.
profile-addresses-changed-elsewhere = Ihre Adressen wurden gerade in einer anderen Sitzung geändert. Es wurde nichts gespeichert. Prüfen Sie sie noch einmal.

profile-auto = automatisch
profile-language-name = Name
profile-language-auto-meaning = wie es Ihr Client vorgibt
profile-appearance-dark = dunkel
profile-appearance-light = hell
profile-appearance-colours = Farben
profile-appearance-auto-meaning = wie es Ihr Terminal vorgibt
profile-appearance-dark-meaning = für dunklen Hintergrund
profile-appearance-light-meaning = für hellen Hintergrund

profile-name-explanation = Wenn Sie ihn ändern, werden Ihre anderen Sitzungen abgemeldet. Der alte Name bleibt 30 Tage lang für Sie reserviert.
profile-display-name-explanation = Andere in Ihren Teams sehen ihn neben Ihrem Benutzernamen.
profile-language-explanation = Die Sprache der Seiten und Ihrer E-Mails. Der Zeilenmodus bleibt englisch, außer mit „plain --lang de“.
profile-time-zone-explanation = Alle Zeiten auf Ihren Seiten und in Ihren E-Mails sind in dieser Zone angegeben.
profile-plain-explanation = Fragen Zeile für Zeile statt eines Bildschirms, für Screenreader und Skripte. Gilt ab Ihrer nächsten Sitzung mit Ihrem SSH-Schlüssel.
profile-no-color-explanation = Schaltet Farben ab. Gilt ab Ihrer nächsten Sitzung mit Ihrem SSH-Schlüssel.
profile-appearance-explanation = Farben für dunklen oder hellen Hintergrund. Gilt ab Ihrer nächsten Sitzung mit Ihrem SSH-Schlüssel.
profile-name-rule = Buchstaben, Ziffern, Punkte, Binde- und Unterstriche; höchstens 64 Zeichen.
profile-display-name-rule = Höchstens 128 Zeichen.
profile-time-zone-rule = UTC, ein Name wie Europe/Berlin oder ein Abstand zu UTC wie +02:00.
profile-changed = { $setting }: jetzt { $value }
profile-unchanged = Es wurde nichts geändert
profile-changed-elsewhere = In einer anderen Ihrer Sitzungen wurde das inzwischen geändert, jetzt gilt: { $value }. Ihre Änderung wurde nicht gespeichert; „Speichern“ ersetzt die andere durch Ihre.
