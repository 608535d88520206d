//! What undoing a change does to an account as it is now.

use std::collections::HashSet;

use super::FoundUndo;
use crate::accounts::event_kind::EventKind;
use crate::accounts::request::Refusal;
use crate::accounts::request::undo::{UndoItem, UndoPreview, UndoReply, UndoSummary};
use crate::accounts::{Accounts, Error, Fault, RequestContext};
use crate::domain::email_address::EmailAddress;
use crate::domain::secret::Secret;
use crate::store::{Tx, read_tx};

/// What undoing a change does, step by step.
pub(super) struct UndoPlan {
    pub(super) summary: UndoSummary,
    /// Addresses of then that come back.
    pub(super) restored: Vec<EmailAddress>,
    /// Addresses of now that go: those that were added since, and those that are to come back verified.
    pub(super) deleted: Vec<EmailAddress>,
    /// The canonical form of the primary address; `None` when no address of then can be restored.
    pub(super) primary: Option<String>,
    /// True when the second factor of then is the one that is on.
    pub(super) keeps_second_factor: bool,
}

impl Accounts {
    pub(super) async fn preview_undo(&self, cx: &RequestContext, typed: &Secret) -> Result<UndoReply, Error> {
        let found = self.find_undo(cx, typed, self.clock.now()).await?;
        let plan = read_tx!(self.store, Error, |tx| Ok(plan(tx, &found).await?)).await?;
        let FoundUndo { snapshot, .. } = found;
        Ok(UndoReply::Preview(UndoPreview {
            change: kind_of(&snapshot.kind)?,
            detail: snapshot.detail,
            at: snapshot.made_at,
            ip: snapshot.ip,
            client: snapshot.client,
            summary: plan.summary,
            asks_second_factor: snapshot.factor_since.is_some(),
        }))
    }
}

/// The kind of a change by its id. A code of a kind that this version does not know undoes nothing.
pub(super) fn kind_of(id: &str) -> Result<EventKind, Error> {
    id.parse().map_err(|_| Refusal::UndoCodeRefused.into())
}

/// Compares what the account was like with what it is like. The same for showing and for doing it.
pub(super) async fn plan(
    tx: &mut Tx,
    FoundUndo { snapshot, account }: &FoundUndo,
) -> Result<UndoPlan, Fault> {
    let (then, now) = (tx.list_undo_addresses(&snapshot.id).await?, tx.list_emails(&account.id).await?);
    let (mut gone, mut cannot_restore) = (Vec::new(), Vec::new());
    let is_kept = |address: &EmailAddress| {
        now.iter().any(|other| other.verified_at.is_some() && other.canonical == address.canonical)
    };
    for address in then.iter().filter(|address| !is_kept(address)) {
        if tx.is_verified_elsewhere(&address.canonical, &account.id).await? {
            cannot_restore.push(address.address.clone());
        } else {
            gone.push(address.clone());
        }
    }
    let was_there = |address: &EmailAddress| then.iter().any(|other| other.canonical == address.canonical);
    // One that is not verified goes too: verified later, it would be one that was added since.
    let is_deleted = |address: &&EmailAddress| address.verified_at.is_none() || !was_there(address);
    let deleted: Vec<EmailAddress> = now.iter().filter(is_deleted).cloned().collect();

    let mut restored: Vec<UndoItem> = gone.iter().map(item).collect();
    let mut dropped: Vec<UndoItem> = deleted.iter().filter(|address| !was_there(address)).map(item).collect();
    // They are in order, the primary one first.
    let primary = then.iter().find(|address| !cannot_restore.contains(&address.address));
    if let Some(primary) = primary
        && !now.iter().any(|other| other.is_primary && other.canonical == primary.canonical)
    {
        restored.insert(0, UndoItem::PrimaryAddress { address: primary.address.clone() });
    }
    for key in tx.list_keys_added_since(&snapshot.id, &account.id).await? {
        dropped.push(UndoItem::Key { fingerprint: key.fingerprint.to_string(), comment: key.comment });
    }
    let on_since = tx.find_second_factor(&account.id).await?.map(|factor| factor.on_since);
    if on_since != snapshot.factor_since {
        restored.extend(snapshot.factor_since.map(|on_since| UndoItem::TwoFactor { on_since }));
        dropped.extend(on_since.map(|on_since| UndoItem::TwoFactor { on_since }));
    }
    let codes = |codes: Vec<crate::store::UnusedRecoveryCode>| -> HashSet<String> {
        codes.into_iter().map(|code| code.id).collect()
    };
    let codes_then = codes(tx.list_undo_recovery_codes(&snapshot.id).await?);
    let codes_now = codes(tx.list_recovery_codes(&account.id).await?);
    restored.extend(recovery_codes(codes_then.difference(&codes_now).count()));
    dropped.extend(recovery_codes(codes_now.difference(&codes_then).count()));
    Ok(UndoPlan {
        summary: UndoSummary {
            name: account.name.clone(),
            restored,
            dropped,
            cannot_restore,
            keeps_password: false,
        },
        primary: primary.map(|address| address.canonical.clone()),
        restored: gone,
        deleted,
        keeps_second_factor: on_since.is_some() && on_since == snapshot.factor_since,
    })
}

fn item(address: &EmailAddress) -> UndoItem {
    UndoItem::Address { address: address.address.clone() }
}

fn recovery_codes(count: usize) -> Option<UndoItem> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    (count > 0).then_some(UndoItem::RecoveryCodes { count })
}
