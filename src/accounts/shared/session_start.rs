//! The one place where a session is signed in, whatever the proof was.

use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::notifications::Notification;
use crate::accounts::request::SignedIn;
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{RateLimit, Tx};

/// A proof of an account that is about to become a session.
pub(in crate::accounts) struct SignInDetails<'a> {
    pub(in crate::accounts) account: &'a str,
    pub(in crate::accounts) name: &'a str,
    /// Its epoch, checked or raised in the same transaction.
    pub(in crate::accounts) epoch: i64,
    /// What the audit row says: how they signed in.
    pub(in crate::accounts) event_kind: EventKind,
    /// Whether a password or a second factor was part of it, so that nothing else is asked for what is sensitive. A
    /// reset is not: whoever reads the mailbox shows the new password first.
    pub(in crate::accounts) is_fresh: bool,
}

impl Accounts {
    /// Records the sign-in and makes the proof. Call `outbox.wake()` after the commit.
    pub(in crate::accounts) async fn start_session(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        details: &SignInDetails<'_>,
        now: Timestamp,
    ) -> Result<SignedIn, Fault> {
        let SignInDetails { account, name, epoch, event_kind, is_fresh } = *details;
        let has_cancelled_deletion = self.cancel_deletion(tx, cx, (account, name), now).await?;
        // A key says who connects, not that a person is at this place: scripts run anywhere.
        if is_fresh {
            let source = cx.source.to_string();
            let source_mac = self.source_mac(account, &source);
            if tx.has_signed_in(account).await? && !tx.is_known_source(account, &source_mac, now).await? {
                self.notify_of_new_source(tx, cx, details, now).await?;
            }
            self.note_known_source(tx, cx, account, now).await?;
        }
        if let Some(key) = cx.proven {
            self.note_key(tx, cx, key, details, now).await?;
        }
        if cx.is_interactive {
            self.insert_session(tx, cx, (account, name, epoch), now).await?;
        }
        tx.insert_event(&self.event(event_kind, Subject::Account(account, details.name), cx, now)).await?;
        self.accept_invitations(tx, cx, (account, name), now).await?;
        let second_factor = tx.find_second_factor(account).await?;
        let member = SignedIn::new(account.to_owned(), name.to_owned(), epoch, is_fresh.then_some(now));
        let member = member.with_second_factor(second_factor.map(|factor| factor.recovery_codes));
        let member = member.with_suspended(tx.count_suspended(account).await?);
        let (zone, language) = tx.find_locale(account).await?.unwrap_or_default();
        let member =
            member.with_time_zone(TimeZone::parse(&zone).unwrap_or_default()).with_language(language);
        let member = member.with_cancelled_deletion(has_cancelled_deletion);
        Ok(member.with_review_due(self.is_review_due(tx, account).await?))
    }

    /// Emails about a sign-in from a source that the account does not know. Its very first sign-in needs none, and
    /// neither do those by key alone. The audit row is the sign-in's own.
    async fn notify_of_new_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        details: &SignInDetails<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (account, name) = (details.account, details.name);
        let bucket = BucketKind::NewSource.of(&[account]);
        let mark = new_id(now, &self.entropy);
        match tx.reserve_in_windows(&bucket, &mark, bucket.fixed_limits(), now).await? {
            RateLimit::Admitted { .. } => {
                let notification = Notification { kind: EmailKind::NewSignIn, account, name, detail: "" };
                self.notify(tx, cx, notification, now).await
            }
            _ => Ok(()),
        }
    }
}
