### What is refused, why, and how long somebody has to wait; and the sentences that pages of several areas share.

## A refusal: what happened, what was not changed, what to do next.

refused-wrong-credentials = That name and password do not match. You are not signed in. Check both, or use Forgot your password?
refused-wrong-credentials-without-reset = That name and password do not match. You are not signed in. Check both, or ask { $contact }.
refused-busy = The portal is busy. Nothing was changed. Try again in { $wait }.
refused-code = That code is wrong or has expired. Nothing was changed. Check it, or send another code.
refused-code-used = That code was just used, perhaps in another window of yours. Nothing was changed here. Continue there, or send another code.
refused-code-tries-used = Too many tries with this code. Nothing was changed. Send another one. If that one is refused too, contact { $contact }.
refused-code-malformed = { $why } Nothing was changed, and it does not count as a try.
refused-undo-code = This undo code doesn't work. It may be mistyped, used or expired. Nothing was changed.
refused-setup-code = This setup code doesn't work. It may be mistyped or expired. Nothing was changed. Restart the portal on its server: it prints the code that works.
refused-already-set-up = This portal has been set up already, so setup codes have no use any more. Nothing was changed. Sign in, or ask an owner of a team to invite you.
refused-grant-expired = This reset took too long. Your password was not changed. Start again with a new code.
refused-wrong-current-password = The current password is incorrect. Your password was not changed.
refused-password = { $why } Your password was not changed.
refused-password-of-new-account = { $why } Your account was not created yet.
refused-signed-out-elsewhere = Your account was changed in another session, so this one was signed out. Sign in again.
refused-key-not-registered = Your SSH key is not registered here, or not for that account. You are not signed in.
refused-too-many-keys-offered = Your client offered many SSH keys. The first ones are not registered here, and the rest were not looked at. You are not signed in. Offer one alone: { $command }
refused-key-sign-in-off = Here a key does not replace the password. You are not signed in.
refused-key = { $why } Nothing was changed.
refused-key-taken = That key cannot be added: it is registered already. Nothing was changed.
refused-too-many-keys = An account can have { $most } keys at most. Nothing was changed. Remove one that you no longer use.
refused-not-suspended = That is not suspended: it was kept already, perhaps in another session. Nothing was changed.
refused-not-found = That does not exist any more, or you have no access to it. Go back and refresh.
refused-kept-in-directory = Your organization's directory keeps this, and it cannot be changed here. Nothing was changed.
refused-closed-in-directory = Your organization's directory no longer lets this account in: it has expired, is disabled, or is gone there. Nothing was changed. Ask { $contact }.
refused-password-due-in-directory = Your password has expired or must be changed, and it cannot be changed here. You are not signed in. Ask { $contact }.
refused-unavailable = Temporarily unavailable. Nothing was changed and what you typed is kept. Try again in a minute. If it keeps happening, tell { $contact } this id: { $id }
refused-outcome-unknown = It may or may not have been changed; sign in to see. The connection to the database was lost. If it keeps happening, tell { $contact } this id: { $id }
refused-second-factor = That code is wrong or was used before. Nothing was changed. Wait for the next one, and check that your device's clock is right.
refused-second-factor-expired = That took too long, or too many codes were wrong. Nothing was changed. Start again.
refused-second-factor-locked = Too many wrong codes: the authenticator is locked. Nothing was changed. Use one of your recovery codes, or contact { $contact }.
refused-wrong-too-often = Too many wrong answers. This session has ended. Nothing was changed. If you cannot sign in again, contact { $contact }.
refused-password-too-short-alone = Without two-factor authentication your password needs at least { $min } characters. Change it first. Nothing was changed.
refused-enrolment-expired = No new authenticator waits for its code, or it has waited too long. Nothing was changed. Get another secret: { $command }
refused-second-factor-unchanged = Two-factor authentication was already changed in another session. Go back to see how it is now.
refused-profile = { $why } Nothing was changed.
refused-sending = { $why } Nothing was sent.
refused-case-closed = That case is closed. Nothing was sent. Open a new one and mention its number.
refused-public-keys-off = This portal does not show people's public keys.
refused-not-confirmed = You did not confirm it's you. Nothing was changed.
refused-over = You can try again now.

## A refusal for some time. The value `when` is one of the `when-…` below.

refused-name-for-now = Too many sign-in attempts for this name. You are not signed in. Try again { $when }. A reset lets you in now: use Forgot your password?
refused-name-for-now-without-reset = Too many sign-in attempts for this name. You are not signed in. Try again { $when }.
refused-source-for-now = Too many attempts from where you are, whatever the name. You are not signed in. Try again { $when }. A reset has to wait as well.
refused-source-for-now-without-reset = Too many attempts from where you are, whatever the name. You are not signed in. Try again { $when }.
refused-for-now = Too many attempts. Nothing was changed. Try again { $when }.

## Behind a verb: try again …

when-after = after { $time }
when-from = from { $time }
when-in = in { $wait }
when-in-minutes = in { $n } minutes, from { $time }
when-tomorrow = tomorrow, from { $time }

## Another code by email.

another-code-too-soon = A code was asked for here a short while ago, so no other one was sent. You can ask for another { $when }.
another-code-now = You can ask for another code now.
another-code-in = You can ask for another code in { $wait }.
another-code-from = You can ask for another code from { $time }.
code-missing = Type the code from the email, such as WDJB-MJHT.

## What was typed has no code in it.

refused-code-form-email = That is not a code from an email: a code has 8 letters, without vowels or digits, such as WDJB-MJHT.
refused-code-form-undo = That is not an undo code: it has 16 letters, without vowels or digits, such as WDJB-MJHT-BCDF-GHJK.
refused-code-form-setup = That is not a setup code: it has 16 letters, without vowels or digits, such as WDJB-MJHT-BCDF-GHJK.
refused-code-form-app = That is not a code from an authenticator app: such a code has 6 digits.
refused-code-form-second-factor = That is neither a code from an authenticator app, which has 6 digits, nor a recovery code, which has 24 letters and digits.

## Passwords.

refused-password-too-short = That password is too short. Use at least { $min } characters; a few unrelated words work well.
refused-password-too-long = That password is too long. Use at most { $max } characters.
refused-password-common = That password is too easy to guess. Choose a few unrelated words.
refused-password-guessable = That password is too similar to your name, your email address or the name of this portal. Choose something else.
refused-password-unchanged = That is your current password. Choose a new one.
refused-password-control = That password contains a control character, which not every device can type. Leave it out.
refused-password-in-history = You used that password before, and your organization does not allow it again. Choose a new one.
refused-password-too-short-for-directory = That password is shorter than your organization allows. Choose a longer one.
refused-password-too-weak = Your organization's password rules refused that password as too simple. Choose another one.
refused-password-too-young = Your password was changed so recently that your organization does not allow another change yet. Try again later.
refused-password-not-allowed = Your organization does not let you change this password yourself.
refused-password-by-directory = Your organization's directory refused that password without saying why. Choose another one.
refused-password-after-reset = { $why } Your previous password no longer works.

## Usernames.

refused-name-empty = A username needs at least one character.
refused-name-too-long = A username can have at most { $max } characters.
refused-name-at = A username cannot contain `@`.
refused-name-ends = A username must begin and end with a letter or digit.
refused-name-character = A username can contain only letters, digits, `.`, `_` and `-`.
refused-name-not-ascii = A username can contain only the letters a to z, digits, `.`, `_` and `-`.
refused-name-mixed-alphabets = A username cannot mix alphabets, such as Latin and Cyrillic letters.
refused-name-looks-ascii = A username cannot be spelled with letters that only look like a to z.
refused-name-reserved = This username is reserved for the portal or a system account.

## Addresses.

refused-address-shape = An email address looks like name@example.org.
refused-address-too-long = An email address can have at most { $max } characters, and at most { $local } before the `@`.
refused-address-local = Before the `@`, only the letters a-z, digits, !#$%&'*+/=?^_`{"{"}|{"}"}~- and single dots in between are allowed.
refused-address-domain = After the `@` there must be a domain name such as example.org.

## Profiles.

refused-display-name-too-long = A display name can have at most { $max } characters.
refused-display-name-unprintable = A display name cannot contain control or invisible characters, or stacked accents.
refused-time-zone = A time zone is UTC, a name like Europe/Berlin, or an offset like +02:00.
refused-name-in-use = That username cannot be taken: it is in use, looks like one in use, or was released recently.
refused-address-yours = That address is verified for your account already.
refused-address-in-use = That address cannot be used: an address belongs to one account only, and this one does already.
refused-too-many-addresses = An account has at most { $most } addresses. Remove one that you no longer use.
refused-address-not-verified = Only a verified address can be the primary one. Type the code from its email first.
refused-address-suspended = That address has been suspended since your password was reset. Keep it first.
refused-already-primary = That is your primary address already.
refused-is-primary = That is your primary address. Make another one the primary one first.
refused-former-primary = That was your primary address until lately, so it stays for a while: it can be removed from { $time }.
refused-last-address = That is your only verified address. Add and verify another one first.

## SSH keys.

refused-key-empty = There is no key. Give the one line of a file like id_ed25519.pub.
refused-key-too-long = That is too long for a public key. Give the one line of a file like id_ed25519.pub.
refused-key-private-of-putty = That is a private key of PuTTY: never give it to anybody, and replace it if others could have seen it. Load it in PuTTYgen, and copy the text below "Public key for pasting into OpenSSH authorized_keys file".
refused-key-private = That is a private key: never give it to anybody, and replace it if others could have seen it. The public one is in the file whose name ends in .pub.
refused-key-several-lines = One key at a time: give the one line of a file like id_ed25519.pub.
refused-key-options = No option before the key is taken but no-touch-required. Give the line as it stands in the file ending in .pub.
refused-key-no-security-key = no-touch-required is for security keys only. Give the key without it.
refused-key-certificate = Certificates are not taken. Give the public key itself.
refused-key-dsa = DSA keys are too weak. `ssh-keygen -t ed25519` makes a better one.
refused-key-short-rsa = That RSA key has { $bits } bits, and at least { $min } are needed. `ssh-keygen -t ed25519` makes a better one.
refused-key-damaged = That is not a whole public key: a part is missing or was changed on the way. Copy the one line of a file like id_ed25519.pub again.
refused-key-damaged-ssh2 = That is not a whole public key in the SSH2 format (RFC 4716). `ssh-keygen -i -f FILE` prints the line to give.
refused-key-pem = That is a public key in PEM format. `ssh-keygen -i -m { $format } -f FILE` prints the line to give.
refused-key-none = That is not a public key as OpenSSH writes it, `ssh-ed25519 AAAA… comment`.

## Support cases.

refused-case-no-subject = Enter a subject.
refused-case-subject-too-long = The subject can have at most { $max } characters.
refused-case-no-text = Enter a message.
refused-case-text-too-long = The message can have at most { $max } characters.
refused-case-full = This case is full. Open a new one and mention this case's number.
refused-case-contact = Where should we reply? { $why }
refused-case-no-name = Enter the email or username of your account, as well as you remember it.

## Teams.

refused-team-creation-off = Only an operator can create teams here. Nothing was created.
refused-team-name = { $why } Nothing was created.
refused-team-name-empty = A team needs a name.
refused-team-name-text = A team's name can have at most { $max } characters, and no invisible or control characters.
refused-team-name-taken = There is a team of that name already, perhaps in another spelling. Nothing was created. Choose another name.
refused-too-many-teams = You own { $most } teams already. Nothing was created. Leave one of them first.
refused-not-owner = Only an owner of the team may do that. Nothing was changed. Ask one of them.
refused-last-owner = Every team needs an owner, and this would leave it without one. Nothing was changed. Make another member an owner first.
refused-team-info = { $why } Nothing was changed.
refused-team-description = A description can have at most { $max } characters, and no invisible or control characters.
refused-team-link = A link starts with https:// and a host name, and has at most { $max } characters without spaces or accents.
refused-team-too-many-links = A team can have at most three links.
refused-invited-already = That address has an open invitation to this team already. Nothing was sent. Withdraw it first to send another.
refused-too-many-invitations = This team has { $most } open invitations already. Nothing was sent. Withdraw one, or wait until it expires.

## New accounts.

refused-sign-up-closed = Nobody can sign up here by themselves. Ask for an invitation to a team.
refused-not-set-up = This portal has not been set up yet. Nothing was sent. Try again later.
refused-sign-up-name-taken = That username is taken or looks like one that is. Your account was not created. Choose another one.
refused-sign-up = { $why } Your account was not created.
refused-sign-up-too-late = This took too long, or the code was used meanwhile. No account was created. Type the code again.

## Deleting an account.

refused-deletion-off = Accounts cannot be deleted here. Nothing was changed. Ask support.
refused-deletion-last-owner = { $n ->
    [one] You are the last owner of { $teams }. Your account was not deleted. Make another member an owner of it first, or remove the other members.
   *[other] You are the last owner of { $teams }. Your account was not deleted. Make another member an owner of each of them first, or remove the other members.
}

## Notices after signing in.

few-recovery-codes = { $n ->
    [0] You have no recovery codes left. Create new ones in Settings, Security.
    [one] You have 1 recovery code left. Create new ones in Settings, Security.
   *[other] You have { $n } recovery codes left. Create new ones in Settings, Security.
}
password-expires-in-days = Your password expires in { $n } days.
password-expires-in-hours = { $n ->
    [0] Your password expires within an hour.
    [1] Your password expires in an hour.
   *[other] Your password expires in { $n } hours.
}
password-has-expired = { $n ->
    [0] Your password has expired. You cannot sign in with it again.
    [one] Your password has expired. You can sign in once more with it.
   *[other] Your password has expired. You can sign in { $n } more times with it.
}
password-change-now = { $what } Change it now in Settings, Password.
password-change-elsewhere = { $what } Change it now where your organization provides for it.
review-due = It has been six months since you checked your addresses. Are they up to date? See Settings, Profile.
reset-suspended = { $n ->
    [one] A password reset suspended 1 recently added key or address.
   *[other] A password reset suspended { $n } recently added keys or addresses.
}
reset-suspended-see-security = { $what } See Settings, Security.
reset-suspended-sign-in = { $what } Sign in to see what they are.
deletion-cancelled = Your account was about to be deleted. Signing in cancelled that, and it stays as it is. To delete it after all, ask for it again.

## Ways into an account.

state-suspended = suspended
state-primary = primary
state-verified = verified
state-not-verified = not verified
added-with-client = { $from } with { $client }

## Facts about one thing: the headings of the two columns.


## Times in tables.


## The team of an invitation, in a sentence: to join …, you will join …

invited-to = the team { $team }
invited-to-by = the team { $team }, to which { $by } invited you

## What to type once a command for a file runs.

typed-next = Then type your password, which is not shown, and press Enter.
typed-next-two-factor = Then type your password and press Enter, and the same with a code of your authenticator. Neither is shown.

## A support case.

case-open-since = Open since { $date }.
case-closed-on = Closed on { $date }. To continue, open a new case.
case-you-wrote = You, { $date }:
case-support-wrote = Support, { $date }:
case-support-sees = Support also sees:

## What an undo code undoes, a line each.

undone-account = Account: { $name }
undone-change = Change: { $what }
undone-change-detail = Change: { $what }: { $detail }
undone-when = When: { $time }
undone-from = From: { $from }
undone-client = Client: { $client }
undo-restores = Restores: { $what }
undo-removes = Removes: { $what }
undo-cannot-restore = Cannot restore: { $address }, which belongs to another account now
undo-restored = Restored: { $what }
undo-removed = Removed: { $what }
undo-not-restored = Not restored: { $address }, which belongs to another account now
undo-primary-address = { $address } as the primary address
undo-address = address { $address }
undo-key = SSH key { $fingerprint }
undo-key-comment = SSH key { $fingerprint } ({ $comment })
undo-two-factor = two-factor authentication, on since { $date }
undo-recovery-codes = { $n ->
    [one] 1 recovery code
   *[other] { $n } recovery codes
}
