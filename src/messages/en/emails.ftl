### The member's email addresses.

emails-title = Addresses
emails-intro = We send emails about your account, and reset codes, only to verified addresses.
emails-intro-without-reset = We send emails about your account only to verified addresses.
emails-empty = You have no address here. Without one you cannot reset a forgotten password.
emails-empty-without-reset = You have no address here. Without one you get no emails about your account.
emails-add = Add an address
emails-add-intro = We send a code to it. Type the code here to verify the address.
emails-send-code = Send code
back-to-addresses = Back to your addresses

email-suspended = Suspended since your password was reset: it gets no emails and no reset codes. Keep it only if you added it yourself.
email-primary = Your primary address: reset codes are sent here. To remove it, make another address primary first.
email-verified = Verified: it gets the emails about your account, and a reset code when you type it instead of your username.
email-not-verified = Not verified: it is not used until you type the code from its email. After a week it is removed.
email-keep = Keep this address
email-make-primary = Make primary
email-enter-code = Type the code
email-verified-at = Verified
email-added-at = Added
email-added-from = Added from
email-remove = Remove this address
email-remove-title = Remove { $address }?
email-remove-suspended = It stays without emails and codes, and is your address no longer.
email-remove-verified = It gets no more emails about your account, and no reset codes. To use it again, add and verify it again.
email-remove-not-verified = The code in its email stops working. You can add the address again.
email-is-primary-now = { $address } is now your primary address
email-removed = { $address } was removed
email-kept = { $address } is kept

verify-email-title = Verify your address
verify-email-intro = { $minutes ->
    [one] Type the code from the email to { $address }. It is valid for { $minutes } minute after it was sent.
   *[other] Type the code from the email to { $address }. It is valid for { $minutes } minutes after it was sent.
}
verify-email = Verify
verify-email-none = No email from { $sender }? Look in the spam or junk folder, and check the address above.
email-is-verified = { $address } is verified
