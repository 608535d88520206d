### Signing in, and what helps where that fails.

sign-in = Sign in
sign-in-title = Sign in to your account
sign-in-key = Your SSH key { $key } is registered to { $name }.
sign-in-with-key = Sign in with this key and a two-factor code
sign-in-for-support = Sign in to see your cases, or contact support without signing in.
sign-in-missing = Type your email or username and your password.
contact-support-as-guest = Contact support without signing in
forgot-password = Forgot your password?
have-an-invitation = I have an invitation
create-an-account = Create an account
signed-out = You are signed out.
deletion-requested = Your account will be deleted on { $date }, and you are signed out. To keep it, sign in before then. All your addresses were told.
invitation-proven-team = That code is right. Sign in within the hour to join { $team }.
invitation-proven = That code is right, and you already have an account. Sign in.

sign-in-help-title = Trouble signing in?
sign-in-help-forgot-password = I forgot my password
sign-in-help-locked = My account is locked
sign-in-help-lost-authenticator = I lost my authenticator
sign-in-help-undo = This wasn't me: undo a change
sign-in-help-no-email = No email arrives
sign-in-help-something-else = Something else
reset-unlocks = Too many failed attempts lock your password, not your account. Resetting it unlocks it.

no-email-title = No email arrives?
no-email-sender = Emails come from { $sender }. Look in the spam or junk folder.
no-email-spelling = Check the spelling of the name: emails only go to existing accounts, and the portal never says whether an account exists.
no-email-delay = Some servers delay the first email from a new sender. Ask for another code after ten minutes; an earlier one still works.
no-email-other-address = If your account has several verified addresses, type another one.

lost-authenticator-title = Lost your authenticator?
lost-authenticator-recovery-code = 1. A recovery code: type one instead of the six digits. Each works once.
lost-authenticator-key = 2. An SSH key: connect with one that is registered on your account and choose Forgot your password? The code from the email and that key are enough.
lost-authenticator-support = 3. Neither: contact support, here or at { $contact }. They will check who you are first.
lost-authenticator-support-without-reset = 2. Without one, contact support, here or at { $contact }. They will check who you are first.
use-recovery-code = Use a recovery code

second-factor-intro = Type the six digits that your authenticator app shows for { $name }, or one of your recovery codes.
authenticator-or-recovery-code = Authenticator or recovery code
authenticator-code-missing = Type the six digits from your app, or a recovery code.
