### Two-factor authentication and recovery codes.

security-title = Security
security-intro = Two-factor authentication asks for a code from your phone besides the password.
security-two-factor = Two-factor
security-two-factor-off = off
security-two-factor-on = on since { $date }
security-recovery-codes = Recovery codes
security-recovery-codes-left = { $left } of { $all } left
security-suspended = Suspended
security-suspended-count = { $n } of your keys and addresses
security-turn-on = Turn on
security-turn-off = Turn off
security-turn-off-two-factor = Turn off two-factor authentication
security-new-codes = Create new recovery codes
security-review-suspended = Review what is suspended

authenticator-title = Set up an authenticator app
authenticator-intro = Scan the QR code with an authenticator app on your phone, or type this secret into it:
authenticator-copy-secret = Copy the secret
authenticator-app-code-missing = Type the six digits that the app shows now.
authenticator-qr-screen = (The QR code needs a screen of { $screen }. The QR code contains the same secret.)
authenticator-qr-utf8 = (The QR code needs UTF-8, and your locale names another character set. The QR code contains the same secret.)
authenticator-qr-colours = (The QR code needs colours, which your terminal lacks or NO_COLOR turns off. The QR code contains the same secret.)
authenticator-qr-whole-screen = Press F3 or Ctrl-O to see the QR code on the whole screen. It contains the same secret.
two-factor-on = Two-factor authentication is on

two-factor-turn-off-title = Turn off two-factor authentication?
two-factor-turn-off-intro = Your password alone will be enough to sign in. Your recovery codes stop working, and your other sessions are signed out.
two-factor-off = Two-factor authentication is off

new-recovery-codes-title = Create new recovery codes?
new-recovery-codes-intro = Your old recovery codes stop working.
new-recovery-codes-create = Create new codes

recovery-codes-title = Save these recovery codes
recovery-codes-intro = Each works once in place of the authenticator. They are not shown again: write them down or print them.
recovery-codes-yours = Your recovery codes
recovery-codes-saved = I have saved them
recovery-codes-copy = Copy the codes
recovery-codes-command = For new codes in a file instead of these, run: { $command }
recovery-codes-leaving = Leave without saving the codes?
