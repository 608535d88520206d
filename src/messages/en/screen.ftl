### What a screen says around a page: the line of keys, the help, questions, remarks below a field.

tone-note = Note:{" "}
tone-good = OK:{" "}
tone-bad = Error:{" "}
please-wait = Please wait…
signed-in-as = Signed in as { $name }
f1-help = F1 help
f2-show = F2 show
f2-hide = F2 hide
rows-shown = { $first }-{ $last } of { $of }
more-above = PgUp more
more-below = PgDn more
more-around = PgUp PgDn more
navigation-keys = { $pages } pages, { $exit } sign out
navigation-go-to = { $keys } go to
picture-back = Any key goes back

## The line of keys: short, and lower case where it is no name.
key-up-down = Up/Down
key-space = Space
key-ctrl-c = Ctrl-C
hint-next = next
hint-next-field = next field
hint-continue = continue
hint-new-line = new line
hint-tick = tick
hint-open = open
hint-move = move
hint-scroll = scroll
hint-find = find
hint-back = back
hint-go-to = go to
hint-quit = quit
hint-close = close
hint-leave = leave
hint-stay = stay
hint-discard = discard
hint-keep-editing = keep editing
hint-show-password = show password
hint-hide-password = hide password
hint-qr-code = QR code

## Finding a row of a list.
find-type = Find: type a part of a row
find-nothing = Find: { $text } (nothing found)
find-rows = { $n ->
    [one] Find: { $text } ({ $n } row)
   *[other] Find: { $text } ({ $n } rows)
}
find-next = Down next
find-end = Esc end

## Questions before something is lost.
ask-discard = Discard changes? d discards, Esc keeps editing
ask-leave = Leave? Ctrl-C leaves, Esc stays
ask-leave-unsaved = Leave and lose what you typed?
ask-question = { $question } Ctrl-C leaves, Esc stays

## Why something typed is not in a field, or a field keeps the page from going on.
remark-too-long = At most { $n } characters; nothing was added.
remark-rest-left-out = At most { $n } characters; the rest was left out.
remark-tab-in-secret = No tab or line break can be in it. Nothing was added.
remark-character-missing = A character was not UTF-8 and is missing. Press Ctrl-U.
remark-not-utf-8 = That text is not UTF-8. Nothing was added.
remark-control-characters = That text has control characters. Nothing was added.
remark-tick = Press the space bar to tick this.
remark-missing = { $label } is missing.

## The help: keys, and what they do.
help-this-page = This page
help-keys = Keys
help-more-above = Up more
help-more-below = Down more
help-key-next = Tab, Down
help-key-next-does = next field or button
help-key-previous = Shift-Tab, Up
help-key-previous-does = previous field or button
help-key-enter = Enter
help-key-enter-does = continue; new line in a text
help-key-back = Esc
help-key-back-does = back
help-key-place = 1 to 8, 0
help-key-place-does = go to a place; Alt-1 in a field
help-key-tab = [ ]
help-key-tab-does = previous, next tab; Alt-P, Alt-N
help-key-tick = Space
help-key-tick-does = tick a box
help-key-reveal = F2, Ctrl-R
help-key-reveal-does = show or hide passwords
help-key-ends = Ctrl-A, Ctrl-E
help-key-ends-does = start, end of the field
help-key-delete = Ctrl-W, Ctrl-U
help-key-delete-does = delete word, to the start
help-key-delete-to-end = Ctrl-K
help-key-delete-to-end-does = delete to the end
help-key-list = j k g G
help-key-list-does = move in a list
help-key-find = /
help-key-find-does = find in a list
help-key-scroll = PgUp, PgDn
help-key-scroll-does = scroll
help-key-mouse = F4
help-key-mouse-does = mouse on or off
help-key-redraw = Ctrl-L
help-key-redraw-does = redraw; twice: lock, like F12
help-key-quit = Ctrl-C
help-key-quit-does = quit

## What the session says on the page, and with its last line.
ends-soon = This session ends in a minute. Press a key to stay.
copied-to-clipboard = Sent to your terminal's clipboard. Paste it to check that it arrived.
mouse-on = The mouse is on. To select text, hold Shift, or press F4 again.
mouse-off = The mouse is off.
goodbye = Goodbye.
ended-unfinished = The input ended. Unfinished changes were not saved.
ended-idle = Signed out after a long time without input. Nothing was lost; connect again.
ended-lifetime-over = Closed: a session lasts only so long. Connect again.
ended-revoked = This session was ended from another one.
ended-over-limit = This session ended because you signed in elsewhere and your account has reached its limit of sessions. If that was not you, change your password.
ended-wrong-too-often = Closed: too many wrong answers. Nothing was changed. Sign in again. If you cannot, contact support.
ended-gave-way = The portal is full, and sessions that are not signed in make room for others. Nothing was changed. Connect again in a minute.
ended-flood = Closed: too much input at once.
ended-restart = The portal is being restarted. Connect again in a moment.
ended-cut-short = The portal is being restarted, and the answer did not come in time. It may or may not have been changed; sign in to see.
ended-fault = Something went wrong on our side and this session was ended. Connect again.
