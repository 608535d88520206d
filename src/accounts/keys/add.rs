//! Registering a key. That it is the member's own is proven later, by connecting with it.

use crate::accounts::event_kind::EventKind;
use crate::accounts::request::keys::KeysReply;
use crate::accounts::request::{Refusal, SignedIn};
use crate::accounts::shared::{commit_even_if_refused, lock_current, reserve};
use crate::accounts::{Accounts, Error, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::{KEYS_PER_ACCOUNT, SshKey};
use crate::store::Origin;

impl Accounts {
    /// A key that another account has proven and one that this account has get the same answer, which is counted:
    /// it tells that somebody has the key. One that others have registered and not proven is taken: else anybody
    /// could keep its owner from it.
    pub(super) async fn add_key(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        line: &str,
    ) -> Result<KeysReply, Error> {
        let key = SshKey::parse(line)?;
        let (now, account) = (self.clock.now(), member.account());
        let (id, bucket) = (new_id(now, &self.entropy), BucketKind::Keys.of(&[account]));
        let fingerprint = key.fingerprint().to_string();
        let ip = cx.source.to_string();
        let from = Origin { ip: &ip, client: &cx.client };
        self.then_send(commit_even_if_refused!(self.store, |tx| {
            // Two keys that come at the same time are counted one after the other.
            lock_current(tx, member).await?;
            if tx.count_keys(account).await? >= KEYS_PER_ACCOUNT {
                return Err(Refusal::TooManyKeys.into());
            }
            reserve(tx, &[(&bucket, bucket.fixed_limits())], &id, now).await?;
            let undo = self.offer_undo(tx, cx, account, (EventKind::KeyAdded, &fingerprint), now).await?;
            if !tx.insert_key(&id, account, &key, from, now).await? {
                self.withdraw_undo(tx, &undo).await?;
                return Err(Refusal::KeyTaken.into());
            }
            Ok(self.record_undoable(tx, cx, member, &undo, now).await?)
        }))
        .await?;
        Ok(KeysReply::Added(RegisteredKey {
            id,
            fingerprint: key.fingerprint(),
            algorithm: key.algorithm().to_owned(),
            comment: key.comment().to_owned(),
            added_at: now,
            last_used_at: None,
            verified_at: None,
            added_ip: Some(ip),
            added_client: Some(cx.client.clone()),
            suspended_at: None,
            no_touch_required: key.no_touch_required(),
        }))
    }
}
