### What line mode says: prompts, choices, and how to answer them.

choice-prompt = Choice
next-line-prompt = Next line
choice-leave = Leave the portal
choice-open = Open { $name }
choice-fill-in = Fill in: { $labels }
choice-elsewhere = Elsewhere: { $labels }
choice-unknown = That is not one of the choices.
choice-unknown-meant = That is not one of the choices. Did you mean { $word }?
choice-words = Type a number from 0 to { $last }, or one of these: { $words }. A line with ? lists them all.

choices-after-two-lines = Two empty lines show what else you can do here.
choices-after-a-line = An empty line shows what else you can do here.
choices-after-a-question-mark = A line with ? shows what else you can do here.

answer-missing = { $label } is missing. Another empty line shows what else you can do here.
answer-too-long = At most { $n } characters are allowed. Type a shorter text.
answer-yes = yes
answer-no = no
answer-yes-or-no = Type yes or no.
answer-yes-or-no-yes = Type yes or no. It is yes now.
answer-yes-or-no-no = Type yes or no. It is no now.
answer-yes-to-continue = Type yes to continue.
answer-several-lines = You can type several lines. A line with only a dot ends the text.
answer-filled-text = the text as it is.
answer-filled-secret = what you typed before.
answer-kept = An empty line keeps { $value }
answer-kept-or-cleared = A line with only - clears it. An empty line keeps { $value }
answer-kept-text = An empty line keeps the text as it is.
answer-kept-text-or-cleared = A line with only - clears it. An empty line keeps the text as it is.
answer-kept-secret = An empty line keeps what you typed before.
answer-kept-secret-or-cleared = A line with only - clears it. An empty line keeps what you typed before.
text-discarded = The text was discarded and nothing was sent. Ctrl-C again leaves the portal.
terminal-shows = Your terminal shows what you type here; ssh -t hides it.
line-refused = That line is too long or contains control characters. It was ignored.
line-not-utf-8 = That line is not UTF-8. It was ignored. Set your terminal to UTF-8, and type it again.

prompts-busy = Too many resets and undos are under way. Nothing was changed. Try again in a minute, or use: { $command }
