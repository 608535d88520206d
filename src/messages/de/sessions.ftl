### Wo das Mitglied angemeldet ist.

sessions-title = Sitzungen
sessions-empty = Die Liste ist leer. Aktualisieren Sie sie in Kürze.
sessions-no-others = Sie haben keine anderen Sitzungen.
sessions-signed-in = Angemeldet
sessions-idle = Inaktiv
sessions-idle-minutes = { $n } Min.
sessions-idle-hours = { $n } Std.
sessions-no-key = keiner
sessions-this-from = diese Sitzung, { $ip }
sessions-sign-out-others = Andere Sitzungen abmelden
sessions-sign-out-others-title = Alle anderen Sitzungen abmelden?
sessions-others-end = { $n ->
    [one] { $n } andere Sitzung endet sofort. Was dort eingegeben und nicht gespeichert ist, geht verloren.
   *[other] { $n } andere Sitzungen enden sofort. Was dort eingegeben und nicht gespeichert ist, geht verloren.
}
sessions-this-goes-on = Diese hier läuft weiter. Wer Ihr Passwort kennt, kann sich wieder anmelden: Ändern Sie es, wenn es außer Ihnen noch jemand kennt.
sessions-others-signed-out = Alle anderen Sitzungen wurden abgemeldet.
back-to-sessions = Zurück zu den Sitzungen

session-title = Sitzung
session-is-this = Das ist Ihre aktuelle Sitzung. Melden Sie sich ab, um sie zu beenden.
session-sign-out = Diese Sitzung abmelden
session-sign-out-hint = Sie wird innerhalb weniger Sekunden abgemeldet. Wenn Sie das nicht waren, ändern Sie auch Ihr Passwort.
session-signed-out = Die Sitzung wurde abgemeldet.
