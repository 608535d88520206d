### Die SSH-Schlüssel des Mitglieds.

keys-title = SSH-Schlüssel
keys-add = Schlüssel hinzufügen
keys-empty = Sie haben hier keine SSH-Schlüssel. Fügen Sie einen hinzu, damit sich Ihre Skripte ohne Passwort anmelden können.
keys-comment = Kommentar
keys-fingerprint = Fingerabdruck
keys-kind = Typ
keys-added = Hinzugefügt
keys-last-used = Zuletzt verwendet
keys-verified = Bestätigt
keys-suspended = Ausgesetzt
keys-is-suspended = ausgesetzt
back-to-keys = Zurück zu den Schlüsseln

add-key-title = SSH-Schlüssel hinzufügen
add-key-intro = Fügen Sie die eine Zeile einer Datei wie id_ed25519.pub ein.
add-key-intro-offered = Fügen Sie die eine Zeile einer Datei wie id_ed25519.pub ein, oder wählen Sie unten einen Schlüssel, den Ihr Client angeboten hat.
add-key-public-key = Öffentlicher Schlüssel
add-key = Diesen Schlüssel hinzufügen
key-added = Der Schlüssel wurde hinzugefügt. Melden Sie sich damit an, um ihn zu bestätigen.
key-added-for-servers = Der Schlüssel wurde für Ihre Server hinzugefügt. Hier können Sie sich damit nicht anmelden.

key-suspended = Niemand kann sich mit diesem Schlüssel anmelden, und Servern wird er nicht gezeigt. Behalten Sie ihn nur, wenn Sie ihn selbst hinzugefügt haben.
key-keep = Diesen Schlüssel behalten
key-remove = Diesen Schlüssel entfernen
key-save-comment = Kommentar speichern
key-remove-hint = Wenn Sie einen Schlüssel entfernen, werden Sie überall sonst abgemeldet.
key-remove-title = Diesen Schlüssel entfernen?
key-remove-follows = Danach kann sich niemand mehr mit ihm anmelden, und Sie werden überall sonst abgemeldet. Skripte, die ihn verwenden, funktionieren nicht mehr.
key-comment-saved = Der Kommentar ist gespeichert.
key-comment-changed-elsewhere = In einer anderen Sitzung wurde der Kommentar in „{ $comment }“ geändert. Ihre Änderung wurde nicht gespeichert. Speichern Sie noch einmal, um ihn zu ersetzen.
key-removed = Der Schlüssel wurde entfernt.
key-kept = Der Schlüssel bleibt erhalten.
key-needs-touch = Ein Sicherheitsschlüssel für Ihre Server: Hier können Sie sich damit nicht anmelden, weil das Portal nicht erkennt, ob er berührt wurde. Wenn er auch ohne Berührung zum Anmelden genügen soll, entfernen Sie ihn hier und fügen Sie ihn mit no-touch-required davor neu hinzu.
key-not-verified = Noch nicht bestätigt. Melden Sie sich über eine Verbindung mit diesem Schlüssel an, oder führen Sie aus: { $command }
