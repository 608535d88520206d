### Joining with an invitation, signing up, setting up a portal, support without signing in, and the end of an account.

back-to-sign-in = Back to sign in
address-intro = We send a code to your address to check that it is yours.
address-missing = Type your address, such as name@example.org.
code-sent-to = We sent an email to { $address }. The code in it is valid for 30 minutes.
join-intro = Type the address that the invitation was sent to, and the code in it.
join-no-email = No email from { $sender }? Look in the spam or junk folder, and check the spelling of the address.
join-address-missing = Type the address that the email was sent to.
join-code-refused = That code is wrong or has expired. Nothing was changed. Check it, or ask the person who invited you for another one.

new-account-title = Create your account
new-account-create = Create account
address-is-verified = { $address } is verified.
address-is-verified-team = { $address } is verified. You will join the team { $team }.
address-is-verified-invited = { $address } is verified. You will join the team { $team }, to which { $by } invited you.
display-name-optional = Display name (optional)
account-created = Welcome, { $name }. Your account has been created

setup-title = Set up this portal
setup-intro = There is no account yet. Enter the setup code that the portal printed when it started; then you create the first account and the first team.
setup-code = Setup code
setup-code-missing = Type the setup code, such as WDJB-MJHT-BCDF-GHJK.
setup-no-code = Can't find the code? Restart the portal on its server: it prints the code that works.
setup-address-title = Your email address
setup-address-intro = The setup code is right. Codes for a forgotten password go to this address.
setup-without-code = Go on without the code
setup-no-email = No email? Run doorkey doctor on the server, or make sure that the address is right and go on.
setup-no-relay = This portal has no mail relay yet, so the address is not checked: make sure it is right.
setup-account-title = Create the first account
setup-account-intro = You will own the first team: you can invite people to it.
setup-team = Name of the first team
setup-done = Welcome, { $name }. This portal has been set up

guest-support-intro = Support sees that you are not signed in. Never write a password or a code.
guest-support-contact = Address for answers
guest-support-have-number = I have a case number
guest-support-name-missing = Type the email or username of your account, as far as you know it.
guest-support-contact-missing = Type an address where you can read the answers.
guest-support-text-missing = Type a message to support.
guest-case-title = Your support case
guest-case-intro = Type the case number and the code from the last email about it.
guest-case-number = Case number
guest-case-number-missing = Type the case number, such as 1042.
guest-case-sent-title = Case { $number } was sent to support
guest-case-sent = We sent a code to { $contact }. Type it here, now or later, to get answers there. Without it support reads your case but cannot answer.
guest-case-keep-number = Keep the number { $number }. A code opens the case once; each answer brings the next one.
guest-case-read-title = Case { $number }: { $subject }
guest-case-code-refused = That number and code do not belong together, or the code was used or has expired. Use the code from the last email.
guest-case-message-sent = Your message was sent.
guest-case-verified = Verified. We will answer there.

deletion-title = Delete your account?
deletion-what = Your profile, addresses, SSH keys and support cases will be deleted, and you leave your teams. Nobody else can take your username for 30 days.
deletion-when = You are signed out at once, everywhere. The account is deleted { $days } days later; until then, signing in cancels it. An email goes to all your addresses.
deletion-teams = Teams without other members are deleted too: { $teams }
deletion-confirm = Delete my account

export-title = Export your records
export-intro = All that the portal knows of you, in one JSON file: profile, addresses, SSH keys, sessions, teams, activity and support cases. Run this in a terminal on your computer:
export-copy = Copy the command
