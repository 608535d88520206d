//! SSH keys of a member: which there are, one more, one less, and signing in with one.

use super::entrance::Entrance;
use super::happened::{Happened, Whom};
use super::outbox::Tale;
use super::request::{KeyView, Refusal, Reply, Shown, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::ssh_key::{Fingerprint, KEYS_PER_ACCOUNT, ProvenKey, SshKey};
use crate::mail::About;
use crate::store::{KeptKey, read_tx, write_tx};

impl Accounts {
    /// The story of [`super::request::Request::SignInWithKey`]. The key is looked up again: it may have
    /// been taken off, or its account shut, since the wire asked.
    pub(super) async fn sign_in_with_key(
        &self,
        knock: &Knock,
        key: &ProvenKey,
        name: Option<&str>,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let canonical = name.map(canonical_identifier);
        let welcome = write_tx!(self.store, Fault, |tx| {
            let owner = tx.find_key_owner(&key.fingerprint(), canonical.as_deref()).await?;
            let Some(owner) = owner else { return Ok(None) };
            tx.set_key_used(&key.fingerprint(), now).await?;
            let entrance = Entrance {
                account: &owner.account,
                name: &owner.name,
                epoch: owner.epoch,
                happened: Happened::SignInWithKey,
                is_confirmed: false,
            };
            Ok(Some(self.let_in_or_half(tx, knock, &entrance, Shown::Key, now).await?))
        });
        Ok(welcome.await?.unwrap_or(Reply::Refused(Refusal::KeyNotRegistered)))
    }

    /// The user name of the open account that a key is registered on, provided that `name` (a user name or
    /// an address) is that account's when it is given. The same statement for known and unknown names.
    pub async fn owner_of_key(&self, key: &Fingerprint, name: Option<&str>) -> Result<Option<String>, Fault> {
        let canonical = name.map(canonical_identifier);
        let owner =
            read_tx!(self.store, Fault, |tx| Ok(tx.find_key_owner(key, canonical.as_deref()).await?));
        Ok(owner.await?.map(|owner| owner.name))
    }

    /// The story of [`super::request::Request::ListKeys`].
    pub(super) async fn list_keys(&self, member: &SignedIn) -> Result<Reply, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let keys = tx.list_keys(member.account()).await?;
            Ok(Reply::Keys(keys.into_iter().map(view).collect()))
        })
        .await
    }

    /// The story of [`super::request::Request::AddKey`]. A key that another account has and one that this
    /// account has get the same answer.
    pub(super) async fn add_key(&self, knock: &Knock, member: &SignedIn, line: &str) -> Result<Reply, Fault> {
        let key = match SshKey::parse(line) {
            Ok(key) => key,
            Err(refusal) => return Ok(Reply::Refused(Refusal::Key(refusal))),
        };
        let now = self.clock.now();
        let id = new_id(now, &self.chance);
        let event = self.event(Happened::KeyAdded, Whom::Account(member.account()), knock, now);
        let fingerprint = key.fingerprint().to_string();
        let tale = Tale {
            about: About::KeyAdded,
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
            if !tx.insert_key(&id, member.account(), &key, now).await? {
                return Ok(Some(Refusal::KeyTaken));
            }
            tx.insert_event(&event).await?;
            self.tell(tx, knock, tale, now).await?;
            Ok(None)
        });
        if let Some(refusal) = refusal.await? {
            return Ok(Reply::Refused(refusal));
        }
        self.letter_written.notify_one();
        Ok(Reply::KeyAdded(KeyView {
            id,
            fingerprint: key.fingerprint().to_string(),
            algorithm: key.algorithm().to_owned(),
            comment: key.comment().to_owned(),
            added_at: now,
            last_used_at: None,
        }))
    }

    /// The story of [`super::request::Request::RemoveKey`]. The epoch rises: whoever came in with that key
    /// can do nothing any more, and neither can any other visit but this one.
    pub(super) async fn remove_key(
        &self,
        knock: &Knock,
        member: &SignedIn,
        key: &str,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let account = member.account();
        let event = self.event(Happened::KeyRemoved, Whom::Account(account), knock, now);
        let removed = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let mut kept = tx.list_keys(account).await?;
            kept.retain(|kept| kept.id == key || kept.fingerprint.to_string() == key);
            let Some(kept) = kept.pop() else { return Ok(Err(Refusal::NotFound)) };
            // First of all that is written: who is too late by now has changed nothing.
            let Some(epoch) = tx.claim_epoch(account, member.epoch(), now).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            tx.delete_key(&kept.id, account).await?;
            let fingerprint = kept.fingerprint.to_string();
            let (about, name) = (About::KeyRemoved, member.name());
            let tale = Tale { about, account, name, detail: &fingerprint };
            tx.insert_event(&event).await?;
            self.tell(tx, knock, tale, now).await?;
            Ok(Ok((kept, epoch)))
        });
        let (kept, epoch) = match removed.await? {
            Ok(removed) => removed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.endings.announce(account, epoch);
        self.letter_written.notify_one();
        Ok(Reply::KeyRemoved(member.at_epoch(epoch), view(kept)))
    }
}

fn view(kept: KeptKey) -> KeyView {
    KeyView {
        id: kept.id,
        fingerprint: kept.fingerprint.to_string(),
        algorithm: kept.algorithm,
        comment: kept.comment,
        added_at: kept.added_at,
        last_used_at: kept.last_used_at,
    }
}
