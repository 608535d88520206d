//! The one way in: whoever is signed in, by whatever proof, comes through here.

use super::event_kind::{EventKind, Subject};
use super::notifications::Notification;
use super::request::SignedIn;
use super::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::throttle::NEW_SOURCE_EMAILS;
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{RateLimit, Tx};

/// Somebody who has proven who they are.
pub(super) struct SignInDetails<'a> {
    /// The account's id.
    pub(super) account: &'a str,
    /// Its username.
    pub(super) name: &'a str,
    /// Its epoch, checked or raised in the same transaction.
    pub(super) epoch: i64,
    /// How they came in.
    pub(super) event_kind: EventKind,
    /// Whether a password or a second factor was part of it.
    pub(super) is_fresh: bool,
}

impl Accounts {
    /// Writes down that they came in, and makes the proof. Whoever calls rings for emails after the commit.
    pub(super) async fn start_session(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        entrance: &SignInDetails<'_>,
        now: Timestamp,
    ) -> Result<SignedIn, Fault> {
        let SignInDetails { account, name, epoch, event_kind, is_fresh } = *entrance;
        // A key says who comes, not that somebody is at this place: scripts run anywhere.
        if is_fresh {
            let source_mac = self.source_mac(account, &cx.source.to_string());
            if tx.has_signed_in(account).await? && !tx.is_known_source(account, &source_mac, now).await? {
                self.tell_of_new_source(tx, cx, entrance, now).await?;
            }
            tx.set_known_source(account, &source_mac, now).await?;
        }
        if let Some(key) = cx.proven {
            self.note_key(tx, cx, key, entrance, now).await?;
        }
        if cx.stays {
            self.note_session(tx, cx, account, now).await?;
        }
        tx.insert_event(&self.event(event_kind, Subject::Account(account), cx, now)).await?;
        self.take_up_invitations(tx, cx, (account, name), now).await?;
        let second_factor = tx.find_second_factor(account).await?;
        let member = SignedIn::new(account.to_owned(), name.to_owned(), epoch, is_fresh.then_some(now));
        let member = member.with_second_factor(second_factor.map(|step| step.recovery_codes));
        Ok(member.with_review_due(self.is_review_due(tx, account).await?))
    }

    /// The email about a sign-in from a source that the account does not know; its first sign-in of all
    /// needs none, and neither do those by key alone. The row of the sign-in is the event's.
    async fn tell_of_new_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        entrance: &SignInDetails<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (account, name) = (entrance.account, entrance.name);
        let bucket = format!("new source:{account}");
        let mark = new_id(now, &self.entropy);
        match tx.reserve_in_windows(&bucket, &mark, &NEW_SOURCE_EMAILS, now).await? {
            RateLimit::Admitted { .. } => {
                let notification = Notification { kind: EmailKind::NewSignIn, account, name, detail: "" };
                self.notify(tx, cx, notification, now).await
            }
            _ => Ok(()),
        }
    }
}
