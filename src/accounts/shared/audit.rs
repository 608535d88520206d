//! Audit rows, alone or together with the notification about the same change.

use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::notifications::Notification;
use crate::accounts::request::SignedIn;
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, write_tx};

impl Accounts {
    /// Waits for a transaction that writes emails, and wakes the outbox once it has committed. Boxed: a future that
    /// holds the transaction twice, as an argument and while it runs, would be large.
    pub(in crate::accounts) fn then_send<T, E>(
        &self,
        transaction: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, E>> {
        let transaction = Box::pin(transaction);
        async move {
            let done = transaction.await?;
            self.outbox.wake();
            Ok(done)
        }
    }

    /// Commits an audit row in a transaction of its own, so that it stays whatever the answer is.
    pub(in crate::accounts) async fn commit_event(
        &self,
        cx: &RequestContext,
        event_kind: EventKind,
        subject: Subject<'_>,
    ) -> Result<(), Fault> {
        let event = self.event(event_kind, subject, cx, self.clock.now());
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await
    }

    /// Writes the audit row of something that a member did.
    pub(in crate::accounts) async fn record(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        event_kind: EventKind,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let event = self.event(event_kind, member.subject(), cx, now);
        Ok(tx.insert_event(&event).await?)
    }

    /// The same, and notifies every verified address. Call `outbox.wake()` after the commit.
    pub(in crate::accounts) async fn record_and_notify(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        event_kind: EventKind,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.record(tx, cx, member, event_kind, now).await?;
        let Some(kind) = event_kind.email() else { return Ok(()) };
        let (account, name) = (member.account(), member.name());
        self.notify(tx, cx, Notification { kind, account, name, detail }, now).await
    }
}
