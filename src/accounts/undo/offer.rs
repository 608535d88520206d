//! Keeping what an account is like before a sensitive change, and the code that brings it back.

use crate::accounts::event_kind::EventKind;
use crate::accounts::request::SignedIn;
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::throttle::UNDO_CODE_LIFE_MS;
use crate::domain::timestamp::Timestamp;
use crate::domain::undo_code::UndoCode;
use crate::mail::EmailMessage;
use crate::store::{NewUndoCode, NewUndoSnapshot, Tx};

/// A sensitive change that is about to be made, and the code that undoes it.
#[derive(Clone, Debug)]
pub(in crate::accounts) struct UndoOffer {
    change: EventKind,
    /// What it is done to.
    detail: String,
    /// `None` when the account had no verified address that the code could go to, or the portal cannot set its password.
    open: Option<OpenOffer>,
}

#[derive(Clone, Debug)]
struct OpenOffer {
    /// The id of the snapshot.
    snapshot: String,
    /// The ids of the addresses that were verified before the change, but those that a reset has suspended, each with its
    /// code.
    codes: Vec<(String, UndoCode)>,
}

/// A change, as its snapshot says.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) struct SensitiveChange<'a> {
    pub(in crate::accounts) kind: EventKind,
    /// What it is done to.
    pub(in crate::accounts) detail: &'a str,
    /// From where; empty for an operator's command.
    pub(in crate::accounts) ip: &'a str,
    pub(in crate::accounts) client: &'a str,
}

impl UndoOffer {
    /// What the notification of this change says.
    pub(in crate::accounts) fn change(&self) -> EventKind {
        self.change
    }

    pub(in crate::accounts) fn detail(&self) -> &str {
        &self.detail
    }

    /// The same code, in the notification of another event of the same change.
    pub(in crate::accounts) fn also(&self, change: EventKind) -> Self {
        Self { change, ..self.clone() }
    }

    /// The email with the code of the address that it goes to, by its id. One that the change itself verified gets no
    /// code: who adds an address must not be able to undo what its owner does about it.
    pub(in crate::accounts) fn with_code_of(&self, address: &str, email: &EmailMessage) -> EmailMessage {
        let codes = self.open.iter().flat_map(|open| &open.codes);
        let code = codes.filter(|(id, _)| id == address).map(|(_, code)| code.grouped()).next();
        let undo_code = code.as_ref().map_or_else(String::new, |code| code.expose().to_owned());
        EmailMessage { undo_code, ..email.clone() }
    }
}

impl Accounts {
    /// Keeps what the account is like now, in the transaction of the change and before it. Locks the account.
    ///
    /// Each address that is told gets a code of its own, so that what a thief's address was sent can be voided alone.
    /// Whoever uses one uses it up for all.
    pub(in crate::accounts) async fn offer_undo_of(
        &self,
        tx: &mut Tx,
        account: &str,
        change: SensitiveChange<'_>,
        now: Timestamp,
    ) -> Result<UndoOffer, Fault> {
        tx.claim_any_account_lock(account).await?;
        // An undo takes the password away and sets another one. Where that cannot be done, whoever knows the password would
        // make the change again.
        if !self.capabilities().reset {
            return Ok(UndoOffer { change: change.kind, detail: change.detail.to_owned(), open: None });
        }
        let snapshot = new_id(now, &self.entropy);
        let new = NewUndoSnapshot {
            id: &snapshot,
            account,
            kind: change.kind.as_str(),
            detail: change.detail,
            ip: change.ip,
            client: change.client,
            now,
            expires_at: now.plus_ms(UNDO_CODE_LIFE_MS),
        };
        let recipients = tx.insert_undo_snapshot(&new).await?;
        if recipients.is_empty() {
            tx.delete_undo_snapshot(&snapshot).await?;
        }
        let keyring = self.keyring.get();
        let (key_id, key) = keyring.code_key();
        let mut codes = Vec::new();
        for address in recipients {
            let code = UndoCode::generate(&self.entropy);
            tx.set_undo_code(&NewUndoCode {
                snapshot: &snapshot,
                address: &address,
                lookup: &code.lookup(key),
                mac: &code.mac(key, &snapshot, account),
                key_id,
            })
            .await?;
            codes.push((address, code));
        }
        let open = Some(OpenOffer { snapshot, codes }).filter(|open| !open.codes.is_empty());
        Ok(UndoOffer { change: change.kind, detail: change.detail.to_owned(), open })
    }

    /// The same for what is done in a session.
    pub(in crate::accounts) async fn offer_undo(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        account: &str,
        (kind, detail): (EventKind, &str),
        now: Timestamp,
    ) -> Result<UndoOffer, Fault> {
        let ip = cx.source.to_string();
        let change = SensitiveChange { kind, detail, ip: &ip, client: &cx.client };
        self.offer_undo_of(tx, account, change, now).await
    }

    /// The change is not made after all, in a transaction that is committed all the same.
    pub(in crate::accounts) async fn withdraw_undo(
        &self,
        tx: &mut Tx,
        offer: &UndoOffer,
    ) -> Result<(), Fault> {
        if let Some(open) = &offer.open {
            tx.delete_undo_snapshot(&open.snapshot).await?;
        }
        Ok(())
    }

    /// Writes the audit row of a change that a member made, and notifies every verified address, with the code where
    /// it may have it. Call `outbox.wake()` after the commit.
    pub(in crate::accounts) async fn record_undoable(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        offer: &UndoOffer,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.record(tx, cx, member, offer.change(), now).await?;
        self.notify_undoable(tx, cx, (member.account(), member.name()), offer, now).await
    }
}
