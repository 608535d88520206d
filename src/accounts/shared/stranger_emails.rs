//! Limits of the emails that people without an account can cause, and of those to addresses without an account.
//!
//! One mailbox ([`Email::mailbox`]: suffixes and dots do not make another one) gets at most 20 emails in any 24 hours
//! that people without an account cause, from any number of sources. Each kind has a budget of its own:
//!
//! | what strangers cause | a day and mailbox | over that |
//! |---|---|---|
//! | reset codes, asked for from places that the account does not know | 8 | nothing is sent; the answer is the same |
//! | emails about signing up | 6 | nothing is sent; the answer is the same |
//! | codes for cases of guests at places that no account knows | 2 | refused: no account is ever looked up |
//! | the same at places that an account knows | 2 | refused |
//! | notifications that a password was locked | 2 | in the activity only |
//!
//! Not among them, because they need more than a stranger has:
//! - Reset codes asked for from a place that the account knows: each such place has 8 a day for itself. So strangers
//!   can't keep the owner from a code at home. At an unknown place, an owner whose account is being flooded gets no
//!   code of their own once the 8 are used up; but every code that strangers asked for is in the owner's mailbox, good
//!   for some minutes and for anybody who reads it there. There are also keys, and the code that support reads out.
//! - Notifications of a sign-in from a new source and of a wrong second factor: they need the password, and a thief must
//!   not silence them by using up a mailbox first. They have limits of their own.
//! - Verification codes (an account) and invitations (an owner): at most 8 a day and mailbox of each.
//! - Answers of support, and the notices to support itself: at most 20 a day about cases of guests.
//!
//! All addresses without an account together get no more than `mail.max_per_day_without_account`, whoever causes it:
//! [`WithoutAccount`]. Members' reset codes and notifications count in none of these.
//!
//! Every count is in the database, in the transaction that writes the email. A transaction of a member waits for none
//! of strangers: their counters are rows of their own.

use crate::accounts::notifications::Notification;
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::throttle::{Limit, WithoutAccount};
use crate::domain::timestamp::Timestamp;
use crate::mail::outbox::NOTIFICATION_LIFE_MS;
use crate::store::{RateLimit, Recipient, Tx};

impl Accounts {
    /// The bucket that emails of one `kind` to a mailbox count in, under its keyed hash. An address that is none, as
    /// only an older version can have stored, counts as itself.
    pub(in crate::accounts) fn mailbox_bucket(&self, kind: BucketKind, address: &str) -> Bucket {
        let mailbox = Email::parse(address).map_or_else(|_| address.to_owned(), |email| email.mailbox());
        kind.of(&[&self.keyring.get().identifier_mac(&format!("mailbox\n{mailbox}"))])
    }

    /// The bucket and the limit of all emails to addresses without an account that are sent for `kind`.
    pub(in crate::accounts) fn without_account(&self, kind: WithoutAccount) -> (Bucket, [Limit; 1]) {
        (kind.bucket().of(&[]), [kind.limit(self.rules.emails_per_day_without_account)])
    }

    /// Counts `mark` in every one of `buckets`, or in none: nobody is told, so nothing is used up either.
    pub(in crate::accounts) async fn reserve_in_silence(
        &self,
        tx: &mut Tx,
        buckets: &[(&Bucket, &[Limit])],
        mark: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        for (nth, (bucket, limits)) in buckets.iter().enumerate() {
            if let RateLimit::Admitted { .. } = tx.reserve_in_windows(bucket, mark, limits, now).await? {
                continue;
            }
            for (counted, _) in buckets.iter().take(nth) {
                tx.release_in_windows(counted, mark).await?;
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// Tells those addresses in use of an account whose mailbox has room for what strangers cause.
    pub(in crate::accounts) async fn notify_of_lock_by_strangers(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        notification: Notification<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (email, expires_at) = (notification.email(cx, now), now.plus_ms(NOTIFICATION_LIFE_MS));
        for address in tx.list_emails(notification.account).await? {
            let (bucket, mark) =
                (self.mailbox_bucket(BucketKind::LocksTo, &address.canonical), new_id(now, &self.entropy));
            if address.is_in_use()
                && self.reserve_in_silence(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?
            {
                self.enqueue(tx, Recipient::Address(&address.id), None, &email, now, expires_at).await?;
            }
        }
        Ok(())
    }
}
