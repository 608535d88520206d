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
sign-out = Sign out
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
