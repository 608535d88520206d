### The activity: what happened to the account.

activity-title = Activity
activity-all = All
activity-sign-ins = Sign-ins
activity-changes = Changes
activity-refused = Refused
activity-newer = Newer
activity-older = Older
activity-back = Back to the activity
activity-what = What
activity-result = Result
activity-when = When
activity-first = First
activity-last = Last
activity-kind = Kind
activity-empty = Nothing here in the last { $days } days.
activity-not-you-undo = Wasn't this you? Within { $days } days, run { $command } and type the undo code from the email about it.
activity-not-you = If this was not you, change your password and contact support.

# Words in the column of results.
activity-row-ok = ok
activity-row-ok-times = ok { $times } times
activity-row-refused = refused
activity-row-refused-times = refused { $times } times

# Before a sparkline: at most nine columns.
activity-chart-sign-ins = Sign-ins
activity-chart-refused = Refused
activity-summary = Last { $days } days: { $sign_ins ->
    [0] no sign-ins
    [one] { $sign_ins } sign-in ({ $last_sign_in })
   *[other] { $sign_ins } sign-ins (the latest on { $last_sign_in })
}, { $refusals ->
    [0] no refusals
    [one] { $refusals } refusal ({ $last_refusal })
   *[other] { $refusals } refusals (the latest on { $last_refusal })
}.

# Each kind of event, for a column: at most 26 characters.
event-sign-in = Signed in with password
event-sign-in-with-key = Signed in with an SSH key
event-sign-in-failed = Wrong password
event-password-locked = Password locked
event-service-sign-in = Signed in to a service
event-service-sign-in-failed = Service: wrong password
event-service-two-factor-missing = Service: needs two-factor
event-service-locked = Password locked: service
event-reset-code-sent = Reset code sent
event-reset-code-accepted = Reset code accepted
event-reset-code-refused = Wrong reset code
event-reset-code-issued = Support made a reset code
event-password-reset = Password reset
event-password-change-due = Password change required
event-password-changed = Password changed
event-password-change-refused = Wrong current password
event-key-added = SSH key added
event-key-removed = SSH key removed
event-key-renamed = SSH key renamed
event-keys-suspended = SSH keys suspended
event-key-kept = SSH key kept
event-key-verified = SSH key verified
event-name-changed = Username changed
event-profile-changed = Profile changed
event-email-added = Email address added
event-email-verified = Email address verified
event-email-removed = Email address removed
event-primary-email-changed = Primary address changed
event-emails-suspended = Email addresses suspended
event-email-kept = Email address kept
event-emails-reviewed = Email addresses reviewed
event-verification-code-sent = Verification code sent
event-verification-code-refused = Wrong verification code
event-reauthenticated = Confirmed it was you
event-reauthentication-failed = Signed out: too many tries
event-two-factor-on = Two-factor turned on
event-two-factor-off = Two-factor turned off
event-two-factor-asked = Two-factor code needed
event-two-factor-refused = Wrong two-factor code
event-two-factor-locked = Authenticator locked
event-recovery-codes-created = New recovery codes created
event-recovery-code-used = Recovery code used
event-change-undone = Change undone
event-session-revoked = Session signed out
event-sessions-revoked = Other sessions signed out
event-session-limit-reached = Idle session signed out
event-records-exported = Records exported
event-support-opened = Support case opened
event-support-message = Wrote to support
event-support-reply = Support replied
event-support-closed = Support case closed
event-team-created = Team created
event-team-changed = Team changed
event-team-invited = Invited to a team
event-team-invitation-withdrawn = Invitation withdrawn
event-team-joined = Joined a team
event-team-left = Left a team
event-team-role-changed = Role in a team changed
event-database-restored = Restored from a backup
event-signed-up = Signed up
event-portal-set-up = Set up the portal
event-sign-out = Signed out
event-audit-log-accepted = Audit log accepted
event-service-account-added = Service account added
event-service-account-removed = Service account removed
event-unix-account-changed = Unix account changed
event-account-added = Account created
event-account-disabled = Account disabled
event-account-enabled = Account enabled
event-closed-in-directory = Closed in the directory
event-limits-cleared = Limits cleared
event-email-retried = Unsent email tried again
event-email-dropped = Unsent email dropped
event-account-deletion-requested = Account deletion requested
event-account-deletion-cancelled = Account deletion cancelled
event-account-deleted = Account deleted
