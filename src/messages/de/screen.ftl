### Was der Bildschirm um eine Seite herum sagt: Tastenzeile, Hilfe, Fragen, Anmerkungen unter einem Feld.

tone-note = Hinweis:{" "}
tone-good = OK:{" "}
tone-bad = Fehler:{" "}
please-wait = Bitte warten…
signed-in-as = Angemeldet als { $name }
f1-help = F1 Hilfe
f2-show = F2 zeigen
f2-hide = F2 verbergen
rows-shown = { $first }-{ $last } von { $of }
more-above = Bild auf: mehr
more-below = Bild ab: mehr
more-around = Bild auf/ab: mehr
navigation-keys = { $pages } Seiten, { $exit } abmelden
navigation-go-to = { $keys } gehe zu
picture-back = Zurück mit jeder Taste

## Die Tastenzeile: kurz, und klein, wo es kein Name ist.
key-up-down = Auf/Ab
key-space = Leertaste
key-ctrl-c = Strg-C
hint-next = weiter
hint-next-field = nächstes Feld
hint-continue = OK
hint-new-line = neue Zeile
hint-tick = ankreuzen
hint-open = öffnen
hint-move = wählen
hint-scroll = blättern
hint-find = suchen
hint-back = zurück
hint-go-to = gehe zu
hint-quit = beenden
hint-close = schließen
hint-leave = verlassen
hint-stay = bleiben
hint-discard = verwerfen
hint-keep-editing = weiter bearbeiten
hint-show-password = Passwort zeigen
hint-hide-password = Passwort verbergen
hint-qr-code = QR-Code

## Eine Zeile einer Liste finden.
find-type = Suchen: Teil einer Zeile eingeben
find-nothing = Suchen: { $text } (nichts gefunden)
find-rows = { $n ->
    [one] Suchen: { $text } ({ $n } Zeile)
   *[other] Suchen: { $text } ({ $n } Zeilen)
}
find-next = Pfeil ab weiter
find-end = Esc Ende

## Fragen, bevor etwas verloren geht.
ask-discard = Änderungen verwerfen? d verwirft, Esc bearbeitet weiter
ask-leave = Verlassen? Strg-C verlässt, Esc bleibt
ask-leave-unsaved = Verlassen und Eingaben verlieren?
ask-question = { $question } Strg-C verlässt, Esc bleibt

## Warum etwas Getipptes nicht im Feld steht, oder ein Feld die Seite aufhält.
remark-too-long = Höchstens { $n } Zeichen; es wurde nichts eingefügt.
remark-rest-left-out = Höchstens { $n } Zeichen; der Rest wurde weggelassen.
remark-tab-in-secret = Tabulator und Zeilenumbruch sind nicht möglich. Es wurde nichts eingefügt.
remark-character-missing = Ein Zeichen war nicht UTF-8 und fehlt. Drücken Sie Strg-U.
remark-not-utf-8 = Dieser Text ist nicht UTF-8. Es wurde nichts eingefügt.
remark-control-characters = Dieser Text enthält Steuerzeichen. Es wurde nichts eingefügt.
remark-tick = Kreuzen Sie dies mit der Leertaste an.
remark-missing = Angabe fehlt: { $label }

## Die Hilfe: Tasten, und was sie tun.
help-this-page = Diese Seite
help-keys = Tasten
help-more-above = Auf: mehr
help-more-below = Ab: mehr
help-key-next = Tab, Ab
help-key-next-does = nächstes Feld, nächster Knopf
help-key-previous = Shift-Tab, Auf
help-key-previous-does = voriges Feld, voriger Knopf
help-key-enter = Enter
help-key-enter-does = weiter; neue Zeile im Text
help-key-back = Esc
help-key-back-does = zurück
help-key-place = 1 bis 8, 0
help-key-place-does = zu einem Bereich; Alt-1 im Feld
help-key-tab = [ ]
help-key-tab-does = voriger, nächster Reiter; Alt-P, Alt-N
help-key-tick = Leertaste
help-key-tick-does = Kästchen ankreuzen
help-key-reveal = F2, Strg-R
help-key-reveal-does = Passwörter zeigen, verbergen
help-key-ends = Strg-A, Strg-E
help-key-ends-does = Anfang, Ende des Feldes
help-key-delete = Strg-W, Strg-U
help-key-delete-does = Wort löschen, bis zum Anfang
help-key-delete-to-end = Strg-K
help-key-delete-to-end-does = bis zum Ende löschen
help-key-list = j k g G
help-key-list-does = in einer Liste wählen
help-key-find = /
help-key-find-does = in einer Liste suchen
help-key-scroll = Bild auf, ab
help-key-scroll-does = blättern
help-key-mouse = F4
help-key-mouse-does = Maus ein oder aus
help-key-redraw = Strg-L
help-key-redraw-does = neu zeichnen; zweimal: sperren, wie F12
help-key-quit = Strg-C
help-key-quit-does = beenden

## Was die Sitzung auf der Seite sagt, und ihre letzte Zeile.
ends-soon = Diese Sitzung endet in einer Minute. Drücken Sie eine Taste, um zu bleiben.
copied-to-clipboard = An die Zwischenablage Ihres Terminals gesendet. Fügen Sie es ein, um zu prüfen, ob es ankam.
mouse-on = Die Maus ist an. Um Text zu markieren, halten Sie Shift gedrückt, oder drücken Sie F4 noch einmal.
mouse-off = Die Maus ist aus.
goodbye = Auf Wiedersehen.
ended-unfinished = Die Eingabe endete. Unfertige Änderungen wurden nicht gespeichert.
ended-idle = Nach langer Zeit ohne Eingabe abgemeldet. Es ging nichts verloren; verbinden Sie sich neu.
ended-lifetime-over = Beendet: Die Dauer einer Sitzung ist begrenzt. Verbinden Sie sich neu.
ended-revoked = Diese Sitzung wurde von einer anderen aus beendet.
ended-over-limit = Diese Sitzung wurde beendet, weil Sie sich anderswo angemeldet haben und Ihr Konto die Höchstzahl an Sitzungen erreicht hat. Wenn Sie das nicht waren, ändern Sie Ihr Passwort.
ended-wrong-too-often = Beendet: zu viele falsche Antworten. Es wurde nichts geändert. Melden Sie sich neu an. Wenn das nicht gelingt, wenden Sie sich an den Support.
ended-gave-way = Das Portal ist voll, und Sitzungen ohne Anmeldung machen anderen Platz. Es wurde nichts geändert. Verbinden Sie sich in einer Minute neu.
ended-flood = Beendet: zu viel Eingabe auf einmal.
ended-restart = Das Portal wird neu gestartet. Verbinden Sie sich in Kürze neu.
ended-cut-short = Das Portal wird neu gestartet, und die Antwort kam nicht rechtzeitig. Vielleicht wurde etwas geändert, vielleicht nicht; melden Sie sich an, um es zu sehen.
ended-fault = Bei uns ist ein Fehler aufgetreten, und diese Sitzung wurde beendet. Verbinden Sie sich neu.
