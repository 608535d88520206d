//! Keeping a key that a reset suspended.

use super::pick;
use crate::accounts::event_kind::EventKind;
use crate::accounts::request::keys::KeysReply;
use crate::accounts::request::{Refusal, SignedIn};
use crate::accounts::shared::lock_current;
use crate::accounts::{Accounts, Error, RequestContext};
use crate::domain::registered_key::RegisteredKey;
use crate::store::write_tx;

impl Accounts {
    /// From now on the key signs in and is shown to servers again.
    pub(super) async fn keep_key(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        key: &str,
    ) -> Result<KeysReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let kept = self
            .then_send(write_tx!(self.store, Error, |tx| {
                lock_current(tx, member).await?;
                let key = pick(tx.list_keys(account).await?, key).ok_or(Refusal::NotFound)?;
                if !tx.claim_key_kept(&key.id, account).await? {
                    return Err(Refusal::NotSuspended.into());
                }
                let (event_kind, fingerprint) = (EventKind::KeyKept, key.fingerprint.to_string());
                self.record_and_notify(tx, cx, member, event_kind, &fingerprint, now).await?;
                Ok(RegisteredKey { suspended_at: None, ..key })
            }))
            .await?;
        Ok(KeysReply::Kept(kept))
    }
}
