### Teams: the list of one's own, one of them, its members and its invitations.

teams-title = Your teams
teams-team = Team
teams-members = Members
teams-last-opened = Last opened
teams-none = You are not in a team yet. Ask a team's owner to invite you: you get a code by email. Choose I have an invitation before you sign in, and type it there.
teams-none-may-create = You are not in a team yet. Create one, or ask a team's owner to invite you: you get a code by email. Choose I have an invitation before you sign in, and type it there.
teams-none-in-directory = You are not in a team. Your organization says which teams you are in.
teams-change-password = Change password

teams-well-protected = Your account is well protected.
teams-suggest-two-factor = Protect your account: set up two-factor authentication.
teams-set-up-two-factor = Set up two-factor authentication
teams-not-now = Not now
teams-two-factor-postponed = You will be reminded in 30 days.
teams-last-sign-in = Last sign-in
teams-first-sign-in = this is your first
teams-signed-in = { $kind ->
    [sign-in] { $at } from { $ip }, with your password
    [sign-in-with-key] { $at } from { $ip }, with an SSH key
    [password-reset] { $at } from { $ip }, by a password reset
    [signed-up] { $at } from { $ip }, when you signed up
   *[other] { $at } from { $ip }
}
teams-two-factor = Two-factor
teams-two-factor-off = off
teams-two-factor-on = { $left ->
    [0] on, no recovery codes left
    [one] on, { $left } recovery code left
   *[other] on, { $left } recovery codes left
}
teams-emails = Email addresses
teams-emails-reviewed = reviewed on { $day }
teams-emails-review-due = last reviewed on { $day }; check them in Profile
teams-emails-not-reviewed = not reviewed yet; check them in Profile

teams-create = Create a team
teams-create-intro = You will be its owner: you can invite others, and describe what it is for.
teams-create-name = Name
teams-create-button = Create
teams-create-missing = Type a name for the team.
team-created = { $team } has been created

team-role = Role
team-role-owner = owner
team-role-member = member
team-your-role = Your role
team-description = Description
team-link = Link
team-display-name = Name
team-nobody = Nobody is in this team.
team-back = Back to the team
team-leave = Leave this team
team-leave-which = You are about to leave { $team }.
team-leave-way-back = To come back, you need another invitation from one of its owners.
team-leave-yes = Yes, leave this team
team-left = You have left { $team }

team-edit = Edit description and links
team-edit-title = Edit the team's page
team-first-link = First link
team-second-link = Second link
team-third-link = Third link
team-changed = The team's page has been changed
team-changed-meanwhile = Another owner changed this meanwhile, so your changes were not saved. It now says: { $saved } Save replaces it with yours; Back keeps theirs.
team-changed-meanwhile-nothing = nothing

team-member-title = Team member
team-member-is = { $role ->
    [owner] { $who } is an owner of { $team }.
   *[member] { $who } is a member of { $team }.
}
team-make-member = Make an ordinary member
team-make-owner = Make an owner
team-owners-can = Owners can invite and remove people, and edit the team's page.
team-role-changed = { $role ->
    [owner] { $who } is now an owner
   *[member] { $who } is now a member
}
team-remove-member = Remove from the team
team-member-removed = { $who } has been removed

team-invite = Invite someone
team-invite-how = We send a code to the address. To join the team, choose I have an invitation and type it.
team-invite-missing = Type the address of the person you want to invite.
team-invite-send = Send the invitation
team-invited = Invitation sent to { $address }
team-invitations = Invitations
team-invitations-empty = There are no open invitations. Type an address to send one.
team-invitation-title = An open invitation
team-invitation-address = Invited
team-invitation-to = To
team-invitation-sent = Sent
team-invitation-expires = Expires
team-invitation-withdraw = Withdraw the invitation
team-invitation-withdrawn = The invitation has been withdrawn
team-invitation-back = Back to the invitations
