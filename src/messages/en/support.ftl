### Support: the member's cases.

support-title = Support
support-intro = Contact support at { $contact }, or open a case here.
support-case = Case
support-subject = Subject
support-state-open = open
support-state-closed = closed
support-last-change = Last change
support-no-cases = You have no cases. Open one when something does not work.
support-open-a-case = Open a case
support-back = Back to support

support-case-title = Case { $number }: { $subject }
support-message-missing = Type a message to support.
support-message-sent = Your message was sent.
support-close-case = Close this case
support-close-case-title = Close case { $number }?
support-close-case-is-final = Nothing more can be written in it, by you or by support, and it cannot be opened again. You can still read it, and open a new one.
support-close-case-is-told = Support is told that you closed it.
support-close-case-not-sent = The message that you have typed is not sent.
support-case-closed = The case is closed. You can still read it.

support-new-intro = You see everything before it is sent. Never write a password or a code.
support-review = Review
support-review-title = Send this to support?
support-review-intro = Nothing has been sent yet. Support will read:
support-review-subject = Subject: { $subject }
support-case-sent = Case { $number } was sent to support.
