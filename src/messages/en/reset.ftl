### Resetting and changing a password, undoing a change, proving once more who one is, and the review afterwards.

forgot-password-title = Reset your password
forgot-password-intro = We send a one-time code to your account's primary address, or to the verified address that you type.
forgot-password-missing = Type the email or username of your account.
send-code = Send code
already-have-a-code = I already have a code

choose-address = Choose an address
choose-address-needs-key = To choose from your addresses, connect with an SSH key that is registered on the account. Or type the address above.
choose-address-title = Where should the code go?
choose-address-intro = Your SSH key shows that the account is yours. Choose the address for the code.
choose-address-primary = primary
choose-address-verified = verified

check-your-email = Check your email
change-address = Change address
enter-code-intro = Enter your email or username and the code from the email.
enter-code-intro-request = Enter your email or username, the request ID that "forgot --json" printed, and the code from the email.
enter-code-sent = If "{ $name }" has an account here, we sent a code to its address. It is valid for { $minutes } minutes after it was sent.
enter-code-sent-again = If the account exists, another code was sent. An earlier one still works.
enter-code-no-email = No email from { $sender }? Look in the spam or junk folder, and check the spelling of the name.
enter-code-name-missing = Type the email or username that you asked for a code with.
have-a-request-id = I have a request ID
request-id = Request ID
request-id-missing = Type the request ID, such as 0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55.

new-password-title = Choose a new password
new-password-due = Your password has expired or must be changed. Choose a new one to sign in.
new-password = New password
confirm-new-password = Confirm new password
password-rule = At least { $min } characters. A few unrelated words work well.
password-too-short = Too short: { $count } of at least { $min } characters
password-too-long = { $count } characters; the limit is { $max }
password-very-weak = Strength: very weak. Add another unrelated word.
password-weak = Strength: weak. Add another unrelated word.
password-fair = Strength: fair. Add another unrelated word.
password-good = Strength: good
password-strong = Strength: strong
passwords-match = Passwords match
passwords-differ = Passwords Do Not Match
password-reset = Your password has been successfully reset

current-password = Current password
update = Update
password-changed = Your password has been changed

undo-title = Undo a change
undo-intro = Did someone else change your account? Enter the undo code from the email about it. You can review everything before it is undone.
undo-code = Undo code
undo-code-missing = Type the undo code from the email, such as WDJB-MJHT-BCDF-GHJK.
undo-no-email = No such email? Look in the spam or junk folder of every address that your account had.
undo-review-title = Undo this change?
undo-review-intro = Your password, reset codes and open sessions stop working. Next, you choose a new password. This is final.
undo-and-choose-a-new-password = Undo and choose a new password
undo-second-factor-intro = { $name } used two-factor authentication before this change. Type the six digits from the authenticator app you had then, or one of your recovery codes from then.
undo-cancelled = Nothing was changed. The undo code still works.
undo-done = The change was undone, and all sessions were signed out.
undo-done-password-kept = The change was undone, and all sessions were signed out. Your old password no longer works here, but your organization's other services still accept it, so choose a new one now.
undo-done-without-password = The change was undone. Your old password no longer works: to sign in, reset it.
undo-done-password-kept-without-new = The change was undone, but your organization's other services still accept your old password. Reset it now.

reauthenticate-title = Confirm it's you
reauthenticate-password = To continue, type your password.
reauthenticate-password-or-code = To continue, type your password, or the six digits from your authenticator app.
reauthenticate-code = To continue, type the six digits from your authenticator app, or one of your recovery codes.
reauthenticate-missing = Type your password.
reauthenticate-wrong = That password is incorrect. Nothing was changed.
password-or-authenticator-code = Password or authenticator code
locked-title = Session locked
locked-password = To unlock it, type your password.
locked-password-or-code = To unlock it, type your password, or the six digits from your authenticator app.
locked-wrong = That password is incorrect. This session is still locked.
unlock = Unlock

review-title = Review your account
review-intro = Is all of this yours? Open anything you don't recognize to remove it.
review-intro-suspended = Keys and addresses added in the last { $days } days are suspended. Open one to keep or remove it.
review-done = Continue to your teams
review-what = What
review-added = Added
review-key = SSH key { $fingerprint }
review-authenticator = Authenticator app
review-two-factor-on = on
review-session = Session
review-this-session = This session
review-signed-in = signed in
