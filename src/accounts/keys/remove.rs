//! Taking a key off the account.

use super::{answer, pick};
use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::outbox::AccountNotification;
use crate::accounts::request::keys::KeysReply;
use crate::accounts::request::{Refusal, Reply, SignedIn};
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::mail::NotificationKind;
use crate::store::write_tx;

impl Accounts {
    /// The epoch rises: whoever came in with that key can do nothing any more, and neither can any other
    /// session but this one.
    pub(super) async fn remove_key(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        key: &str,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let account = member.account();
        let event = self.event(EventKind::KeyRemoved, Subject::Account(account), cx, now);
        let removed = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(kept) = pick(tx.list_keys(account).await?, key) else {
                return Ok(Err(Refusal::NotFound));
            };
            // First of all that is written: who is too late by now has changed nothing.
            let Some(epoch) = tx.claim_epoch(account, member.epoch(), now).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            tx.delete_key(&kept.id, account).await?;
            let fingerprint = kept.fingerprint.to_string();
            let (about, name) = (NotificationKind::KeyRemoved, member.name());
            let notification = AccountNotification { about, account, name, detail: &fingerprint };
            tx.insert_event(&event).await?;
            self.tell(tx, cx, notification, now).await?;
            Ok(Ok((kept, epoch)))
        });
        let (kept, epoch) = match removed.await? {
            Ok(removed) => removed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.revocations.announce(account, epoch);
        self.email_written.notify_one();
        Ok(answer(KeysReply::Removed(member.at_epoch(epoch), kept)))
    }
}
