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
the-operator = the operator
