### What several pages say.

back = Back
need-help = Need help? { $contact }
wait-seconds = { $n ->
    [one] { $n } second
   *[other] { $n } seconds
}
continue = Continue
password = Password
email-or-username = Email or username
two-factor-authentication = Two-factor authentication
contact-support = Contact support
send-a-code = Send a code
cancel = Cancel
save = Save
send = Send
confirm = Confirm
email = Email
username = Username
code = Code
message = Message
address = Address
state = State
from = From
send-another-code = Send another code
another-code-sent = Another code was sent. An earlier one still works.
back-to-profile = Back to your profile
yes = yes
no = no
never = never
remove = Remove
refresh = Refresh
client = Client
ssh-key = SSH key
back-to-review = Back to the review
the-operator = the operator
section-teams = Teams
section-settings = Settings
section-profile = Profile
section-password = Password
section-security = Security
section-keys = SSH keys
section-sessions = Sessions
section-activity = Activity
section-support = Support
sign-out = Sign out
time-utc = Time (UTC)
time-local = Local time
