//! Removing a key.

use super::pick;
use crate::accounts::event_kind::EventKind;
use crate::accounts::request::keys::KeysReply;
use crate::accounts::request::{Refusal, SignedIn};
use crate::accounts::shared::lock_current;
use crate::accounts::{Accounts, Error, RequestContext};
use crate::store::write_tx;

impl Accounts {
    /// The epoch rises: a session that signed in with that key can do nothing any more, and neither can any other
    /// session but this one.
    pub(super) async fn remove_key(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        key: &str,
    ) -> Result<KeysReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let (kept, epoch) = self
            .then_send(write_tx!(self.store, Error, |tx| {
                lock_current(tx, member).await?;
                let kept = pick(tx.list_keys(account).await?, key).ok_or(Refusal::NotFound)?;
                let epoch = tx.claim_epoch(account, member.epoch(), &cx.session, now).await?;
                let epoch = epoch.ok_or(Refusal::SignedOutElsewhere)?;
                tx.delete_key(&kept.id, account).await?;
                let event_kind = EventKind::KeyRemoved;
                let fingerprint = kept.fingerprint.to_string();
                self.record_and_notify(tx, cx, member, event_kind, &fingerprint, now).await?;
                Ok((kept, epoch))
            }))
            .await?;
        self.revocations.announce(account, epoch);
        Ok(KeysReply::Removed(member.at_epoch(epoch), kept))
    }
}
