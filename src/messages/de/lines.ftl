### Was der Zeilenmodus sagt: wonach er fragt, was zur Wahl steht, und wie man antwortet.

choice-prompt = Auswahl
next-line-prompt = Nächste Zeile
choice-leave = Portal verlassen
choice-open = { $name } öffnen
choice-fill-in = Ausfüllen: { $labels }
choice-elsewhere = Andere Seiten: { $labels }
choice-unknown = Das steht nicht zur Auswahl.
choice-unknown-meant = Das steht nicht zur Auswahl. Meinten Sie { $word }?
choice-words = Geben Sie eine Zahl von 0 bis { $last } ein oder eines von diesen Wörtern: { $words }. Eine Zeile mit ? zeigt alles.

choices-after-two-lines = Zwei leere Zeilen zeigen, was Sie hier noch tun können.
choices-after-a-line = Eine leere Zeile zeigt, was Sie hier noch tun können.
choices-after-a-question-mark = Eine Zeile mit ? zeigt, was Sie hier noch tun können.

answer-missing = Angabe fehlt: { $label }. Eine weitere leere Zeile zeigt, was Sie hier noch tun können.
answer-too-long = Höchstens { $n } Zeichen sind erlaubt. Geben Sie einen kürzeren Text ein.
answer-yes = ja
answer-no = nein
answer-yes-or-no = Geben Sie ja oder nein ein.
answer-yes-or-no-yes = Geben Sie ja oder nein ein. Zurzeit gilt ja.
answer-yes-or-no-no = Geben Sie ja oder nein ein. Zurzeit gilt nein.
answer-yes-to-continue = Geben Sie ja ein, um fortzufahren.
answer-several-lines = Sie können mehrere Zeilen eingeben. Eine Zeile nur mit einem Punkt beendet den Text.
answer-filled-text = der bisherige Text.
answer-filled-secret = Ihre bisherige Eingabe.
answer-kept = Eine leere Zeile behält { $value }
answer-kept-or-cleared = Eine Zeile nur mit - leert das Feld. Eine leere Zeile behält { $value }
answer-kept-text = Eine leere Zeile lässt den Text, wie er ist.
answer-kept-text-or-cleared = Eine Zeile nur mit - leert das Feld. Eine leere Zeile lässt den Text, wie er ist.
answer-kept-secret = Eine leere Zeile behält Ihre bisherige Eingabe.
answer-kept-secret-or-cleared = Eine Zeile nur mit - leert das Feld. Eine leere Zeile behält Ihre bisherige Eingabe.
text-discarded = Der Text wurde verworfen, und nichts wurde gesendet. Noch einmal Strg-C verlässt das Portal.
terminal-shows = Ihr Terminal zeigt, was Sie hier tippen; ssh -t verbirgt es.
line-refused = Diese Zeile ist zu lang oder enthält Steuerzeichen. Sie wurde ignoriert.
line-not-utf-8 = Diese Zeile ist nicht UTF-8. Sie wurde ignoriert. Stellen Sie Ihr Terminal auf UTF-8, und geben Sie sie noch einmal ein.

prompts-busy = Gerade werden zu viele Passwörter zurückgesetzt und Änderungen rückgängig gemacht. Es wurde nichts geändert. Versuchen Sie es in einer Minute erneut, oder verwenden Sie: { $command }
