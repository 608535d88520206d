//! A connection's proof of a key: which account it signs in, and to which account the key belongs from then on.

use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::request::{FirstFactorKind, Refusal, Reply};
use crate::accounts::shared::session_start::SignInDetails;
use crate::accounts::{Accounts, Error, Fault, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::name::canonical_identifier;
use crate::domain::ssh_key::{Fingerprint, ProvenKey};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{KeyOwner, Tx, read_tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::SignInWithKey`]. The key is looked up again: it may
    /// have been removed, or its account disabled, since the connection was made.
    pub(in crate::accounts) async fn sign_in_with_key(
        &self,
        cx: &RequestContext,
        key: &ProvenKey,
        name: Option<&str>,
    ) -> Result<Reply, Error> {
        let now = self.clock.now();
        let canonical = name.map(canonical_identifier);
        if self.directory.is_some() {
            let owner = read_tx!(self.store, Error, |tx| {
                Ok(tx.find_key_owner(&key.fingerprint(), canonical.as_deref()).await?)
            });
            let owner = owner.await?.ok_or(Refusal::KeyNotRegistered)?;
            if !self.is_in_directory(&owner.account).await? {
                return Err(Refusal::KeyNotRegistered.into());
            }
        }
        self.then_send(write_tx!(self.store, Error, |tx| {
            let owner = tx.find_key_owner(&key.fingerprint(), canonical.as_deref()).await?;
            let owner = owner.ok_or(Refusal::KeyNotRegistered)?;
            // Whatever was changed before the lock is gone by now, and the key with it.
            let is_current = tx.claim_account_lock(&owner.account).await?
                && tx.is_current(&owner.account, owner.epoch).await?;
            if !is_current {
                return Err(Refusal::KeyNotRegistered.into());
            }
            // A command runs by its key alone, or with the second factor. The portal wants both, and only if it may.
            if cx.is_interactive
                && !(self.rules.key_sign_in && tx.find_second_factor(&owner.account).await?.is_some())
            {
                return Err(Refusal::KeySignInOff.into());
            }
            let details = SignInDetails {
                account: &owner.account,
                name: &owner.name,
                epoch: owner.epoch,
                event_kind: EventKind::SignInWithKey,
                is_fresh: false,
            };
            // An account with a second factor is asked for it here, as after a right password.
            Ok(self.start_session_or_ask(tx, cx, &details, FirstFactorKind::Key, now).await?)
        }))
        .await
    }

    /// Whether any open account has registered a key. That is all that somebody learns who offers one without a
    /// signature: anybody may hold a public key, and whose it is would tie a name or an address to a person.
    pub async fn is_registered_key(&self, key: &Fingerprint) -> Result<bool, Fault> {
        read_tx!(self.store, Fault, |tx| Ok(tx.is_registered_key(key).await?)).await
    }

    /// The username of the open account that a key means, provided that `name` (a username or an address)
    /// is that account's when it is given. Without a name only a key counts that somebody has proven: one
    /// that was merely registered may be anybody's. The same statement for known and unknown names.
    pub async fn owner_of_key(&self, key: &Fingerprint, name: Option<&str>) -> Result<Option<String>, Fault> {
        Ok(self.find_key_owner(key, name).await?.map(|owner| owner.name))
    }

    /// The id of the same account, which stays when its username is changed.
    pub async fn account_of_key(
        &self,
        key: &Fingerprint,
        name: Option<&str>,
    ) -> Result<Option<String>, Fault> {
        Ok(self.find_key_owner(key, name).await?.map(|owner| owner.account))
    }

    async fn find_key_owner(&self, key: &Fingerprint, name: Option<&str>) -> Result<Option<KeyOwner>, Fault> {
        let canonical = name.map(canonical_identifier);
        read_tx!(self.store, Fault, |tx| Ok(tx.find_key_owner(key, canonical.as_deref()).await?)).await
    }

    /// What the pages of a guest say of a key that the connection has proven: whose it is. Only whoever holds the private
    /// key hears this. `name` as in [`Self::owner_of_key`].
    pub async fn recognise_key(
        &self,
        key: ProvenKey,
        name: Option<&str>,
    ) -> Result<Option<RecognisedKey>, Fault> {
        let (fingerprint, canonical) = (key.fingerprint(), name.map(canonical_identifier));
        let found = read_tx!(self.store, Fault, |tx| {
            let Some(owner) = tx.find_key_owner(&fingerprint, canonical.as_deref()).await? else {
                return Ok(None);
            };
            let keys = tx.list_keys(&owner.account).await?;
            let may_sign_in =
                self.rules.key_sign_in && tx.find_second_factor(&owner.account).await?.is_some();
            Ok(Some((owner.name, keys, may_sign_in)))
        });
        Ok(found.await?.map(|(name, keys, may_sign_in)| {
            let comment = keys.into_iter().find(|it| it.fingerprint == fingerprint).map(|it| it.comment);
            let short: String = fingerprint.to_string().chars().take(17).collect();
            let label = match comment.filter(|comment| !comment.is_empty()) {
                Some(comment) => format!("\"{comment}\" ({short})"),
                None => short,
            };
            RecognisedKey { key, name, label, may_sign_in }
        }))
    }

    /// An account signs in over a connection that holds `key`. If the account has it, it was used; the first
    /// time, it is verified, and other accounts that registered it lose it and get an email.
    pub(in crate::accounts) async fn note_key(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        key: ProvenKey,
        details: &SignInDetails<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let key = key.fingerprint();
        if !tx.set_key_used(&key, details.account, now).await?
            || !tx.claim_key_proven(&key, details.account, now).await?
        {
            return Ok(());
        }
        let proven =
            self.event(EventKind::KeyVerified, Subject::Account(details.account, details.name), cx, now);
        tx.insert_event(&proven).await?;
        for (account, name) in tx.delete_parked_keys(&key, details.account).await? {
            self.notify_of_claim(tx, &account, &name, key, now).await?;
        }
        Ok(())
    }

    /// Emails an account that a key it had registered belongs to another. Neither the name nor the source of that
    /// one is in it.
    async fn notify_of_claim(
        &self,
        tx: &mut Tx,
        account: &str,
        name: &str,
        key: Fingerprint,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let event = self.operator_event(EventKind::KeyRemoved, account, now);
        let (name, detail) = (name.to_owned(), key.to_string());
        let (told, client) = (Some(name.clone()), "portal".to_owned());
        tx.insert_event(&AuditEvent { name: told, client, ..event }).await?;
        let email = EmailMessage { name, detail, ..EmailMessage::new(EmailKind::KeyClaimed, now) };
        self.enqueue_for_account(tx, account, &email, now).await
    }
}
