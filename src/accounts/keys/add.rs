//! Registering a key. That it is the member's own is proven later, by connecting with it.

use super::answer;
use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::outbox::AccountNotification;
use crate::accounts::request::keys::KeysReply;
use crate::accounts::request::{Refusal, Reply, SignedIn};
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::{KEYS_PER_ACCOUNT, SshKey};
use crate::domain::throttle::KEYS_ADDED_PER_ACCOUNT;
use crate::mail::NotificationKind;
use crate::store::{RateLimit, write_tx};

impl Accounts {
    /// A key that another account has proven and one that this account has get the same answer. One that
    /// others have registered and not proven is taken: else anybody could keep its owner from it.
    pub(super) async fn add_key(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        line: &str,
    ) -> Result<Reply, Fault> {
        let key = match SshKey::parse(line) {
            Ok(key) => key,
            Err(refusal) => return Ok(Reply::Refused(Refusal::Key(refusal))),
        };
        let now = self.clock.now();
        let (id, bucket) = (new_id(now, &self.entropy), format!("keys:{}", member.account()));
        let event = self.event(EventKind::KeyAdded, Subject::Account(member.account()), cx, now);
        let fingerprint = key.fingerprint().to_string();
        let notification = AccountNotification {
            about: NotificationKind::KeyAdded,
            account: member.account(),
            name: member.name(),
            detail: &fingerprint,
        };
        let refusal = write_tx!(self.store, Fault, |tx| {
            // Two keys that come at the same time are counted one after the other.
            if !tx.claim_account_lock(member.account()).await?
                || !tx.is_current(member.account(), member.epoch()).await?
            {
                return Ok(Some(Refusal::SignedOutElsewhere));
            }
            if tx.count_keys(member.account()).await? >= KEYS_PER_ACCOUNT {
                return Ok(Some(Refusal::TooManyKeys));
            }
            let tried = tx.reserve_in_windows(&bucket, &id, &KEYS_ADDED_PER_ACCOUNT, now).await?;
            if let RateLimit::Later(at) = tried {
                return Ok(Some(Refusal::TryLater(at)));
            }
            if !tx.insert_key(&id, member.account(), &key, now).await? {
                return Ok(Some(Refusal::KeyTaken));
            }
            tx.insert_event(&event).await?;
            self.tell(tx, cx, notification, now).await?;
            Ok(None)
        });
        if let Some(refusal) = refusal.await? {
            return Ok(Reply::Refused(refusal));
        }
        self.email_written.notify_one();
        Ok(answer(KeysReply::Added(RegisteredKey {
            id,
            fingerprint: key.fingerprint(),
            algorithm: key.algorithm().to_owned(),
            comment: key.comment().to_owned(),
            added_at: now,
            last_used_at: None,
            verified_at: None,
        })))
    }
}
