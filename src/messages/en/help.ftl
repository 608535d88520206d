### The help (F1): what each page is for, and what to do when it does not work.

help-sign-in = Type your email or username and your password to sign in.
help-sign-in-trouble = If the password is refused, press F2 to see what you typed, or choose Forgot your password?
help-sign-in-trouble-without-reset = If the password is refused, press F2 to see what you typed, or use the contact below.

help-sign-in-help = Choose what keeps you from signing in, and read what to do about it.
help-sign-in-help-trouble = If nothing here helps, contact support; nobody there will ask for your password.

help-sign-in-help-no-email = Find out why an email with a code may not have come.
help-sign-in-help-no-email-trouble = If it is not in the spam folder after a few minutes, contact support from another address.

help-forgot-password = Type your email or username, and we send a code that lets you choose a new password.
help-forgot-password-trouble = If no email comes, check the spelling, then try another address of yours.

help-choose-address = Choose which of your addresses the code is sent to.
help-choose-address-trouble = If you can read none of them, contact support.

help-enter-code = Type the code from the email; spaces, dashes and lower case do not matter.
help-enter-code-trouble = If the code is refused, take the newest email, or send another code.

help-second-factor = Type the code that your authenticator app shows now, or one of your recovery codes.
help-second-factor-trouble = If the app's codes are refused, check the clock of your phone; if the app is lost, use a recovery code.

help-lost-authenticator = Read how to get in without your authenticator app.
help-lost-authenticator-trouble = If you have no recovery code either, contact support.

help-new-password = Choose a new password and type it twice; a few unrelated words work well.
help-new-password-trouble = If Save stays inactive, read the line below each field: it says what is missing.

help-undo = Type the undo code from an email about a change that you did not make.
help-undo-trouble = If the code is refused, it may be older than a week; then contact support.

help-undo-review = See what the undo code takes back before it does.
help-undo-review-trouble = If this is not what you expected, go back: nothing has changed yet.

help-undo-second-factor = Confirm the undo with a code from your authenticator app or a recovery code.
help-undo-second-factor-trouble = If somebody else has set up the app, contact support.

help-sign-up = Type your email address, and we send a code to create an account with.
help-sign-up-trouble = If no email comes, check the spelling and the spam folder.

help-join = Type the code from your invitation.
help-join-trouble = If it is refused, it may have expired; ask whoever invited you for another one.

help-join-account = Choose a username and a password for your new account.
help-join-account-trouble = If the button stays inactive, read the line below each field: it says what is missing.

help-setup = Type the setup code that the portal printed when it started, and create the first account.
help-setup-trouble = If it is refused, restart the portal: it prints the code that works.

help-setup-address = Type the email address of the first account.
help-setup-address-trouble = If you mistype it, go back from the next page and correct it.

help-setup-verify = Type the code from the email, which shows that the address is yours.
help-setup-verify-trouble = If no email comes, check the relay with doorkey doctor, or go on without the code.

help-setup-account = Choose a username, a password and the name of the first team, which you will own.
help-setup-account-trouble = If the button stays inactive, read the line below each field: it says what is missing.

help-guest-support = Write to support without signing in.
help-guest-support-trouble = If you expect an answer, make sure that you can read the address you give.

help-guest-case = Type the number and the code of your support case to read it.
help-guest-case-trouble = If the code is refused, take the newest email about the case.

help-guest-case-read = Read your support case and answer it.
help-guest-case-read-trouble = If an answer is missing, come back later: an email tells you when there is one.

help-teams = See your teams and open one with Enter.
help-teams-trouble = If a team is missing, ask one of its owners to invite you.

help-teams-new = Create a team and become its owner.
help-teams-new-trouble = If the name is refused, read the line below the field; nothing was created.

help-team = See who is in this team, and invite or manage people if you may.
help-team-trouble = If an action is missing, only an owner of the team can do it.

help-team-member = See a member of the team. Owners can change their role or remove them.
help-team-member-trouble = If you are not an owner, ask one.

help-team-invitations = See who is invited and has not joined yet.
help-team-invitations-trouble = If an invitation never arrived, withdraw it and invite the person again.

help-team-invitations-invitation = See an invitation, and withdraw it if it was a mistake.
help-team-invitations-invitation-trouble = If it cannot be withdrawn, it has been used or has expired.

help-team-edit = Change the description and the links of the team.
help-team-edit-trouble = If something is refused, read the line below the field; nothing was changed.

help-team-leave = Leave this team.
help-team-leave-trouble = If you are its last owner, make somebody else an owner first.

help-settings-profile = See who you are here and what you prefer; Enter opens a setting.
help-settings-profile-trouble = If a setting seems to do nothing, read on its page from when on it applies.

help-settings-profile-name = Choose another username.
help-settings-profile-name-trouble = If it is refused, somebody has it or one that looks like it; try a longer one.

help-settings-profile-display-name = Choose what others read beside your username.
help-settings-profile-display-name-trouble = If it is refused, leave out unusual characters.

help-settings-profile-time-zone = Choose the time zone for times.
help-settings-profile-time-zone-trouble = If yours is not found, type an offset such as +02:00.

help-settings-profile-language = Choose the language of pages and emails.
help-settings-profile-language-trouble = If you want the one that your computer is set to, choose auto.

help-settings-profile-plain = Choose prompts line by line instead of screens.
help-settings-profile-plain-trouble = If you are lost in line mode, type ? at any prompt.

help-settings-profile-no-color = Turn colours off.
help-settings-profile-no-color-trouble = If colours stay, connect with your SSH key: only then we know who you are before you sign in.

help-settings-profile-appearance = Choose colours for a dark or a light background.
help-settings-profile-appearance-trouble = If text is hard to read, choose the one that your terminal has, or turn colours off.

help-settings-profile-export = Save what is kept about you: copy the command, and run it on your computer.
help-settings-profile-export-trouble = If nothing is copied, your terminal does not allow it; type the command.

help-settings-profile-delete = Delete your account; you have some days to change your mind.
help-settings-profile-delete-trouble = If a team stands in the way, make somebody else its owner first.

help-settings-profile-emails = See your email addresses, and add one so that you can always reset your password.
help-settings-profile-emails-in-directory = See the email addresses that your organization's directory has for you.
help-settings-profile-emails-trouble = If an address is not verified, open it and type the code from its email.
help-settings-profile-emails-trouble-in-directory = If an address is wrong, have it corrected in your organization's directory.

help-settings-profile-emails-email = See an address, make it the primary one or remove it.
help-settings-profile-emails-email-trouble = If it cannot be removed, make another one the primary one first.

help-settings-profile-emails-add = Add an email address; we send a code to it.
help-settings-profile-emails-add-trouble = If it is refused, check the spelling.

help-settings-profile-emails-verify = Type the code from the email to the new address.
help-settings-profile-emails-verify-trouble = If no email comes, look in the spam folder, then send another code.

help-settings-password = Change your password: the current one once, the new one twice.
help-settings-password-trouble = If you do not know the current one, sign out and choose Forgot your password?
help-settings-password-trouble-without-reset = If you do not know the current one, contact support.

help-settings-security = See how your account is protected, and turn two-factor authentication on or off.
help-settings-security-trouble = If you lost your authenticator app, create new recovery codes before you sign out.

help-settings-security-review = Decide about keys and addresses that a password reset has suspended.
help-settings-security-review-trouble = If you do not know one of them, remove it.

help-settings-security-authenticator = Scan the QR code with an authenticator app, then type the code that the app shows.
help-settings-security-authenticator-trouble = If the camera does not read it, type the secret into the app; if codes are refused, check the phone's clock.

help-settings-security-recovery-codes = Save these recovery codes where you find them without your phone; each works once.
help-settings-security-recovery-codes-trouble = If you cannot save them now, create new ones later; these are not shown again.

help-settings-security-new-recovery-codes = Create new recovery codes; the old ones stop working.
help-settings-security-new-recovery-codes-trouble = If it is refused, confirm your password or your second factor again.

help-settings-security-turn-off = Turn two-factor authentication off.
help-settings-security-turn-off-trouble = If you only have a new phone, set the app up again instead.

help-settings-keys = See the SSH keys that are yours here, and add one.
help-settings-keys-trouble = If a key is not recognised, compare its fingerprint with ssh-keygen -l.

help-settings-keys-key = See a key, rename it or remove it.
help-settings-keys-key-trouble = If you do not know this key, remove it and change your password.

help-settings-keys-add = Paste a public key, the one line of a .pub file, or choose one that your client shows.
help-settings-keys-add-trouble = If it is refused, make sure that it is the public half and not cut off.

help-settings-sessions = See where you are signed in, and end sessions.
help-settings-sessions-trouble = If you do not know one of them, end it and change your password.

help-settings-sessions-session = See a session and end it.
help-settings-sessions-session-trouble = If it comes back, change your password and look at your SSH keys.

help-activity = See what happened to your account, newest first; Enter opens a row.
help-activity-trouble = If you do not know something here, open it: its page says what to do.

help-activity-row = See one event: when, from where and with which program.
help-activity-row-trouble = If it was not you, change your password and contact support.

help-support = See your support cases and open a new one.
help-support-trouble = If it is urgent, use the contact below.

help-support-new = Describe what does not work; you see what is sent before it is sent.
help-support-new-trouble = If you cannot send it, use the contact below.

help-support-new-review = Read what is sent to support, and send it.
help-support-new-review-trouble = If there is something that should not be sent, go back and change it.

help-support-case = Read a support case, answer it or close it.
help-support-case-trouble = If an answer is missing, come back later: an email tells you when there is one.

help-confirmation = Read what follows from this before it is done.
help-confirmation-trouble = If this is not what you expected, go back: nothing has changed yet.

help-confirm = Confirm that it is you before something sensitive is done.
help-confirm-trouble = If you cannot, go back: nothing has changed.

help-locked = Your session is locked; your password unlocks it, and nothing is lost.
help-locked-trouble = If you do not know the password, sign out and reset it.
help-locked-trouble-without-reset = If you do not know the password, contact support.
