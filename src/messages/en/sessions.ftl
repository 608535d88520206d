### Where the member is signed in.

sessions-title = Sessions
sessions-empty = The list is empty. Refresh in a moment.
sessions-no-others = You have no other sessions.
sessions-signed-in = Signed in
sessions-idle = Idle
sessions-idle-minutes = { $n } min
sessions-idle-hours = { $n } h
sessions-no-key = none
sessions-this-from = this session, { $ip }
sessions-sign-out-others = Sign out all other sessions
sessions-sign-out-others-title = Sign out all other sessions?
sessions-others-end = { $n ->
    [one] { $n } other session ends at once. What is typed there and not saved is lost.
   *[other] { $n } other sessions end at once. What is typed there and not saved is lost.
}
sessions-this-goes-on = This session stays signed in. Anyone who knows your password can still sign in: change it if others might know it.
sessions-others-signed-out = All other sessions were signed out.
back-to-sessions = Back to your sessions

session-title = Session
session-is-this = This is your current session. Sign out to end it.
session-sign-out = Sign out this session
session-sign-out-hint = It is signed out within seconds. If this was not you, change your password too.
session-signed-out = The session was signed out.
