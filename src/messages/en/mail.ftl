### What emails say. They break their lines where these messages do.

mail-greeting = Hello,
mail-greeting-name = Hi { $name },
mail-signature = { $portal } at { $organisation }

mail-when = When:   { $when }
mail-from = From:   { $place }
mail-client = Client: { $client }
mail-by = By:     { $client }
mail-case = Case:   { $case }
mail-email = Email:  { $address }
mail-key = Key:    { $key }
mail-team = Team:   { $team }
mail-undone = Undone: { $change }
mail-username = Username: { $name }
mail-what = What:   { $note }

mail-operator = the operator
mail-client-operator = operator
mail-client-team-owner = an owner of the team

mail-reset-command = "{ $command }"
mail-reset-in-portal = "Forgot your password?" in the portal
mail-undo-command = run "{ $command }"
mail-undo-in-portal = choose "Trouble signing in?" in the portal, then "This wasn't me",
mail-undo =
    Wasn't this you? Undo it within { $days } days:
    { $how } and type this undo code:
mail-undo-once = It works once, also after your password was changed. Never share it.
mail-not-you-reset =
    If this was not you, reset your password right away with { $reset }
    and contact support.
mail-not-you-support = If this was not you, contact support right away.
mail-support-not-you = If it was not you who contacted support, please let them know.
mail-then-remove-address = Then remove the address under Settings, Profile.
mail-then-remove-key = Then remove the key under Settings, SSH keys.
mail-then-turn-two-factor-on = Then turn it on again under Settings, Security.
mail-code-valid = It is valid for { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
} and works once.
mail-code-valid-once-sent = It is valid for { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
} after this email was sent and works once.

mail-account-deleted-subject = Your { $portal } account was deleted
mail-account-deleted =
    Your { $portal } account was deleted, as someone who was signed in had asked for. Your profile,
    addresses, SSH keys and support cases are gone. Nobody else can take your username for 30 days.
mail-account-deleted-by-operator =
    An operator deleted your { $portal } account. Your profile,
    addresses, SSH keys and support cases are gone. Nobody else can take your username for 30 days.
mail-account-deleted-not-you = If it was not you who asked for this, contact support right away.

mail-account-deletion-cancelled-subject = Your { $portal } account will not be deleted
mail-account-deletion-cancelled =
    The deletion of your { $portal } account was cancelled: someone signed in, set a new password,
    undid a change, or an operator disabled the account. To delete it after all, ask for it again.

mail-account-deletion-requested-subject = Your { $portal } account will be deleted
mail-account-deletion-requested =
    Someone who was signed in and confirmed who they are asked to delete your { $portal } account.
    It will be deleted on { $until }. All sessions were signed out.
mail-account-deletion-keep = If you want to keep it, sign in before then.

mail-account-exists-subject = You already have a { $portal } account
mail-account-exists =
    Someone asked to create a { $portal } account with this email address, but you already
    have one: your username is { $name }. If this was you, sign in, or set a new password
    with { $reset }.
mail-account-exists-not-you =
    If this was not you, you can ignore this email. Nothing has changed, and nobody was told
    that you have an account.

mail-change-undone-subject = A change to your { $portal } account was undone
mail-change-undone =
    A change to your { $portal } account was undone with the undo code from the email about it,
    together with all later changes. The old password no longer works, and all sessions were
    signed out.

mail-email-added-subject = An email address was added to your { $portal } account
mail-email-added =
    An email address was added to your { $portal } account and verified. It receives emails
    about your account and can be used to reset your password.

mail-email-kept-subject = A suspended address of your { $portal } account was kept
mail-email-kept =
    An email address that was suspended when your { $portal } password was reset was kept. It receives
    emails about your account and can be used to reset your password again.

mail-email-removed-subject = An email address was removed from your { $portal } account
mail-email-removed =
    An email address was removed from your { $portal } account. It receives no more emails
    about your account.

mail-guest-case-opened-subject = Confirm your { $portal } support case { $case }
mail-guest-case-opened =
    Someone wrote to { $portal } support and asked for replies to this email address. If this
    was you, type this code in the portal:
mail-guest-case-opened-valid = It is valid for 7 days and works once. Without it, we cannot send you our reply.
mail-guest-case-opened-not-you = If this was not you, you can ignore this email. You will get no other about this case.

mail-guest-case-updated-subject = Your { $portal } support case { $case } was updated
mail-guest-case-updated =
    { $portal } support replied to your case or closed it. To read it, open the portal as a
    guest, choose "Trouble signing in?",
    "Something else" and "I have a case number", then enter the number and this code:
mail-guest-case-updated-ssh =
    { $portal } support replied to your case or closed it. To read it, open the portal as a
    guest ("{ $command }"), choose "Trouble signing in?",
    "Something else" and "I have a case number", then enter the number and this code:
mail-guest-case-updated-valid = It is valid for 7 days and works once.

mail-invitation-subject = Your invitation to { $team } on { $portal }
mail-invitation =
    You are invited to join the team { $team } on { $portal }.
    To accept, choose "I have an invitation" in the portal, then enter this email address
    and this code:
mail-invitation-ssh =
    You are invited to join the team { $team } on { $portal }.
    To accept, run this command in a terminal:
mail-invitation-code = Then enter this email address and this code:
mail-invitation-valid = It is valid for { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} and works once.
mail-invitation-unexpected = If you were not expecting an invitation, you can ignore this email. Never share the code.

mail-key-added-subject = An SSH key was added to your { $portal } account
mail-key-added = A new SSH key was added to your { $portal } account. It can be used to sign in.

mail-key-claimed-subject = An SSH key is no longer on your { $portal } account
mail-key-claimed =
    An SSH key was removed from your { $portal } account because someone else signed in to
    their own account with its private key. It had never been used with yours.
mail-key-claimed-not-you =
    If it is your key and this was not you, your private key is no longer safe. Stop using it,
    create a new one and contact support.

mail-key-kept-subject = A suspended SSH key of your { $portal } account was kept
mail-key-kept =
    An SSH key that was suspended when your { $portal } password was reset was kept. It can be used to
    sign in again.

mail-key-removed-subject = An SSH key was removed from your { $portal } account
mail-key-removed = An SSH key was removed from your { $portal } account. All other sessions were signed out.

mail-name-changed-subject = Your { $portal } username was changed
mail-name-changed = The username of your { $portal } account was changed. Sign in with the new one from now on.

mail-new-sign-in-subject = New sign-in to { $portal } from { $place }
mail-new-sign-in =
    Someone signed in to your { $portal } account from an IP address that it has not been
    used from recently.

mail-password-changed-subject = Your { $portal } password was changed
mail-password-changed =
    Your { $portal } password was changed by someone who was signed in and knew the old one.
    All other sessions were signed out.

mail-password-locked-subject = Your { $portal } password was locked
mail-password-locked =
    There were too many failed attempts to sign in to your { $portal } account. To protect it, your
    password no longer works from IP addresses that you have not signed in from before.
mail-password-locked-unlock =
    Whoever tried did not get in. To unlock it, set a new password with
    { $reset }.
mail-password-locked-support = Whoever tried did not get in. To unlock it, contact support.

mail-password-reset-subject = Your { $portal } password was reset
mail-password-reset = A new password was set for your { $portal } account. All other sessions were signed out.
mail-password-reset-recent =
    Added in the last { $days } days, or suspended before. Addresses and keys in this list are
    suspended until you keep them under Settings, Security. Remove anything you don't recognize.
mail-recent-email = Email
mail-recent-key = Key
mail-recent-two-factor = Two-factor
mail-recent-turned-on = turned on
mail-recent-added = Added: { $when } from { $place }
mail-password-reset-not-you = If this was not you, someone may be able to read your email: secure your mailbox first.
mail-password-reset-not-you-again =
    If this was not you, someone may be able to read your email: secure your mailbox first.
    Then reset your password again with { $reset }
    and contact support.

mail-primary-email-changed-subject = Your { $portal } primary address was changed
mail-primary-email-changed = The primary address of your { $portal } account was changed.
mail-primary-email-changed-previous = A verified previous address can still receive reset codes and cannot be removed for 7 days.

mail-recovery-code-used-subject = A recovery code was used for your { $portal } account
mail-recovery-code-used =
    A recovery code was used for your { $portal } account in place of a code from your
    authenticator app. Recovery codes left: { $left }

mail-recovery-codes-created-subject = New recovery codes for your { $portal } account
mail-recovery-codes-created = New recovery codes were created for your { $portal } account. Any earlier codes no longer work.

mail-reset-code-subject = Your { $portal } reset code
mail-reset-code =
    Someone asked to reset the password of your { $portal } account. If this was you,
    type this code in the portal:
mail-reset-code-continue = Lost the connection? Continue with: { $command }
mail-reset-code-not-you =
    If this was not you, you can ignore this email: your password has not changed.
    Never share the code, whoever asks for it.

mail-reset-code-issued-subject = Support made a reset code for your { $portal } account
mail-reset-code-issued =
    Support made a reset code for your { $portal } account. It can be used once to set a new
    password.
mail-reset-code-issued-not-you = If it was not you who asked for it, contact support right away.

mail-sign-up-code =
    Someone asked to create a { $portal } account with this email address. If this was you,
    type this code in the portal:
mail-sign-up-code-not-you =
    If this was not you, you can ignore this email: without the code, no account is created.
    Never share the code.

mail-support-closed-subject = Your { $portal } support case { $case } was closed
mail-support-closed =
    Your { $portal } support case was closed. You can still read it in the portal,
    under Support.
mail-support-closed-ssh =
    Your { $portal } support case was closed. You can still read it in the portal,
    under Support ("{ $command }").

mail-support-notice-subject = { $portal } support: case { $case }
mail-support-notice = A support case needs your attention.
mail-support-notice-read = To read it, run this command on the portal's machine:

mail-support-opened-subject = Your { $portal } support case { $case } was opened
mail-support-opened = We received your message to { $portal } support and will reply in the portal.

mail-support-reply-subject = New reply to your { $portal } support case { $case }
mail-support-reply =
    { $portal } support replied to your case. Read the reply in the portal,
    under Support.
mail-support-reply-ssh =
    { $portal } support replied to your case. Read the reply in the portal,
    under Support ("{ $command }").

mail-team-joined-subject = You were added to { $team } on { $portal }
mail-team-joined = Your { $portal } account was added to a team.

mail-team-left-subject = You are no longer in { $team } on { $portal }
mail-team-left = Your { $portal } account is no longer in this team.
mail-team-left-not-you = If it was not you who left, ask an owner of the team or contact support.

mail-team-role-changed-subject = Your role in a team on { $portal } was changed
mail-team-role-changed = Your role in a team on { $portal } was changed.
mail-team-and-role = { $team } ({ $role ->
    [owner] owner
    [member] member
   *[other] { $role }
})
mail-team-role-changed-not-you = If it was not you who asked for this, ask an owner of the team or contact support.

mail-test-subject = Test email from { $portal }
mail-test = This is a test: emails from { $portal } arrive.
mail-test-not-you = An administrator of the portal asked for it. If it was not you, you need not do anything.

mail-two-factor-locked-subject = Your { $portal } authenticator was locked
mail-two-factor-locked-anywhere =
    There were too many wrong two-factor codes in a row. To protect your account, codes from your
    authenticator app are not accepted for now. Your recovery codes still work: use one to unlock
    it.
mail-two-factor-locked-here =
    There were too many wrong two-factor codes in a row from one place. To protect your account,
    codes from your authenticator app are not accepted there. To unlock it, enter a right code
    elsewhere, or use a recovery code.
mail-two-factor-locked-elsewhere =
    Someone who knows your password entered too many wrong two-factor codes. To protect your
    account, codes from your authenticator app are only accepted where you have signed in before, in
    open sessions, with your SSH key, or beside a reset code. The next right code unlocks it, and so
    does a recovery code.
mail-two-factor-locked-not-you =
    If this was not you, reset your password right away with
    { $reset } and contact support.

mail-two-factor-off-subject = Two-factor authentication is off for your { $portal } account
mail-two-factor-off =
    Two-factor authentication was turned off for your { $portal } account.
    From now on, your password alone is enough to sign in.
mail-two-factor-off-password-removed =
    Two-factor authentication was turned off for your { $portal } account.
    Your password was too short to be used alone and was removed. Set a new one with
    { $reset }.

mail-two-factor-on-subject = Two-factor authentication is on for your { $portal } account
mail-two-factor-on =
    An authenticator app was set up for your { $portal } account. From now on, you need a code
    from it to sign in.

mail-two-factor-refused-subject = Wrong two-factor code for your { $portal } account
mail-two-factor-refused-code =
    Someone who has a reset code from your email entered a wrong two-factor code. They did not
    get in.
mail-two-factor-refused-key = Someone who has one of your SSH keys entered a wrong two-factor code. They did not get in.
mail-two-factor-refused-password = Someone who knows your password entered a wrong two-factor code. They did not get in.
mail-two-factor-refused-session =
    Someone who is signed in to your { $portal } account entered a wrong two-factor code.
    Nothing was changed.
mail-two-factor-refused-undo =
    Someone who has an undo code from your email entered a wrong two-factor code. Nothing was
    changed.
mail-two-factor-refused-you =
    If it was you, there is nothing to do. You will get no further email about this
    in the next 24 hours, unless the authenticator is locked.
mail-two-factor-refused-not-you-key = If this was not you, remove that SSH key from your account and contact support.
mail-two-factor-refused-not-you-mailbox =
    If this was not you, someone can read your email: change the password of your mailbox and
    contact support.

mail-verification-code-subject = Your { $portal } verification code
mail-verification-code =
    Someone asked to add this email address to a { $portal } account. If this was you,
    type this code in the portal:
mail-verification-code-not-you =
    If this was not you, you can ignore this email: without the code, nobody can add
    your address. Never share the code.
