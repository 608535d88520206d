//! What a connection's proof of a key means: who it signs in, and whose the key is from then on.

use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::request::{FirstFactorKind, Refusal, Reply};
use crate::accounts::session_start::SignInDetails;
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::name::canonical_identifier;
use crate::domain::ssh_key::{Fingerprint, ProvenKey};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailMessage, Notification, NotificationKind};
use crate::store::{Tx, read_tx, write_tx};

/// What an email has in the place of somebody else's source and client.
const NOT_TOLD: &str = "another account, so not told";

impl Accounts {
    /// The story of [`crate::accounts::request::Request::SignInWithKey`]. The key is looked up again: it may
    /// have been taken off, or its account shut, since the wire asked.
    pub(in crate::accounts) async fn sign_in_with_key(
        &self,
        cx: &RequestContext,
        key: &ProvenKey,
        name: Option<&str>,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let canonical = name.map(canonical_identifier);
        let welcome = write_tx!(self.store, Fault, |tx| {
            let owner = tx.find_key_owner(&key.fingerprint(), canonical.as_deref()).await?;
            let Some(owner) = owner else { return Ok(None) };
            let entrance = SignInDetails {
                account: &owner.account,
                name: &owner.name,
                epoch: owner.epoch,
                event_kind: EventKind::SignInWithKey,
                is_fresh: false,
            };
            // An account with a second factor is asked for it here, as after a right password.
            Ok(Some(self.let_in_or_half(tx, cx, &entrance, FirstFactorKind::Key, now).await?))
        });
        let reply = welcome.await?;
        self.email_written.notify_one();
        Ok(reply.unwrap_or(Reply::Refused(Refusal::KeyNotRegistered)))
    }

    /// The username of the open account that a key means, provided that `name` (a username or an address)
    /// is that account's when it is given. Without a name only a key counts that somebody has proven: one
    /// that was merely registered may be anybody's. The same statement for known and unknown names.
    pub async fn owner_of_key(&self, key: &Fingerprint, name: Option<&str>) -> Result<Option<String>, Fault> {
        let canonical = name.map(canonical_identifier);
        let owner =
            read_tx!(self.store, Fault, |tx| Ok(tx.find_key_owner(key, canonical.as_deref()).await?));
        Ok(owner.await?.map(|owner| owner.name))
    }

    /// Somebody comes in over a connection that holds `key`. If the account has it, it was used; the first
    /// time, it becomes the account's own, and others who registered it lose it and are told.
    pub(in crate::accounts) async fn note_key(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        key: ProvenKey,
        entrance: &SignInDetails<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let key = key.fingerprint();
        if !tx.set_key_used(&key, entrance.account, now).await?
            || !tx.claim_key_proven(&key, entrance.account, now).await?
        {
            return Ok(());
        }
        let proven = self.event(EventKind::KeyProven, Subject::Account(entrance.account), cx, now);
        tx.insert_event(&proven).await?;
        for (account, name) in tx.delete_parked_keys(&key, entrance.account).await? {
            self.tell_of_claim(tx, &account, &name, key, now).await?;
        }
        Ok(())
    }

    /// Tells somebody that a key they had registered has turned out to be another's. Not where that one came
    /// from, and who it is: neither is theirs to know.
    async fn tell_of_claim(
        &self,
        tx: &mut Tx,
        account: &str,
        name: &str,
        key: Fingerprint,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let event = self.operator_event(EventKind::KeyRemoved, account, now);
        tx.insert_event(&AuditEvent { client: "portal".to_owned(), ..event }).await?;
        let email = EmailMessage::Notification(Notification {
            about: NotificationKind::KeyClaimed,
            name: name.to_owned(),
            at: now.epoch_ms(),
            ip: NOT_TOLD.to_owned(),
            client: NOT_TOLD.to_owned(),
            detail: key.to_string(),
        });
        self.write_to_all(tx, account, &email, now).await
    }
}
