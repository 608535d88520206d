//! The audit log, checked and exported.

use serde::Serialize;

use super::super::Accounts;
use super::super::event_kind::{EventKind, Subject};
use super::AdminError;
use super::activity::{OperatorEvent, OperatorEvents, view};
use super::users::find;
use crate::domain::audit_chain::{ChainCheck, ChainFault, ChainFaultKind, ChainHeadRecord, ChainVerdict};
use crate::domain::keyring::{Keyring, hex};
use crate::domain::timestamp::Timestamp;
use crate::store::{EventsWanted, read_tx};

/// Rows that are read at once.
const BATCH: i64 = 1_000;

/// What was found when the audit log was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditVerdict {
    /// True when nothing is wrong.
    pub ok: bool,
    /// The username of the account that it is about; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How many rows were checked.
    pub rows: u64,
    /// How many of them wait for a place in the chain; a running server gives it to them within seconds.
    pub waiting: u64,
    /// Up to which number rows were deleted for their age.
    pub deleted_through: i64,
    /// The newest row and its link, to be recorded elsewhere; `None` when there is no chain, or its end was changed.
    pub head: Option<String>,
    /// How many faults there are.
    pub fault_count: u64,
    /// The first hundred, in the order of the rows.
    pub faults: Vec<AuditFault>,
}

/// A fault with what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditFault {
    /// The fault.
    #[serde(flatten)]
    pub fault: ChainFault,
    /// What is wrong, in words.
    pub what: &'static str,
}

impl Accounts {
    /// Checks the whole chain of the audit log, with the secret keys of this process. A head that was `recorded` earlier
    /// must be in it, unless it was deleted for its age.
    pub async fn verify_audit_log(
        &self,
        recorded: Option<ChainHeadRecord>,
    ) -> Result<AuditVerdict, AdminError> {
        self.verify_events(None, recorded).await
    }

    /// The same, with what is wrong about one account only. It takes as long: each row stands on the one before it, and only
    /// the whole chain tells which is the account's newest.
    pub async fn verify_audit_log_of(
        &self,
        name: &str,
        recorded: Option<ChainHeadRecord>,
    ) -> Result<AuditVerdict, AdminError> {
        let user = read_tx!(self.store, AdminError, |tx| Ok(find(tx, name).await?.name)).await?;
        self.verify_events(Some(user), recorded).await
    }

    async fn verify_events(
        &self,
        user: Option<String>,
        recorded: Option<ChainHeadRecord>,
    ) -> Result<AuditVerdict, AdminError> {
        // Reads the whole table, so without the deadline of a request.
        let mut tx = self.store.begin_reading_at_length().await?;
        let Some(head) = tx.find_chain_head().await? else {
            let (has_rows, is_lost) = (tx.has_linked_events().await?, tx.has_had_chain().await?);
            tx.rollback().await;
            let kind = match recorded {
                _ if has_rows => Some(ChainFaultKind::HeadMissing),
                _ if is_lost => Some(ChainFaultKind::LogMissing),
                Some(_) => Some(ChainFaultKind::Rewound),
                None => None,
            };
            return Ok(verdict(ChainVerdict::only(kind), user, 0, None));
        };
        let keyring: &Keyring = &self.keyring.get();
        let key = head.key(keyring).map_err(|fault| AdminError::AuditKey(fault.to_string()))?;
        let mut check = ChainCheck::begin(&key, head.ends.clone(), &head.mac, recorded).about(user.clone());
        let mut after = 0;
        loop {
            let rows = tx.list_linked_events(after, BATCH).await?;
            for row in &rows {
                if let Some(place) = row.place {
                    check.linked(row, place);
                    after = place.seq;
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        let mut after = String::new();
        loop {
            let rows = tx.list_unlinked_events(&after, BATCH).await?;
            for row in &rows {
                check.unlinked(row);
            }
            match rows.last() {
                Some(last) => after.clone_from(&last.event.id),
                None => break,
            }
        }
        tx.rollback().await;
        let newest = key
            .has_sealed_ends(&head.ends, &head.mac)
            .then(|| ChainHeadRecord { seq: head.ends.seq, link: head.ends.link.clone() });
        Ok(verdict(check.end(), user, head.ends.anchor_seq, newest))
    }

    /// Takes the audit log for genuine as it is now, and says so in it; gives how many rows it has. In one transaction,
    /// however long that takes.
    pub async fn accept_audit_log(&self) -> Result<u64, AdminError> {
        let mut tx = self.store.begin().await?;
        let rows = tx.accept_events(&self.keyring.get(), &self.entropy).await?;
        let subject = Subject::Nobody("audit log");
        let event = self.operator_event_about(EventKind::AuditLogAccepted, subject, self.clock.now());
        tx.insert_event(&event).await?;
        tx.link_events().await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Gives the events that are wanted to `sink`, the oldest first; how many it had. Of any number, without keeping them.
    pub async fn export_audit_log<E: From<AdminError>>(
        &self,
        wanted: &OperatorEvents,
        until: Option<Timestamp>,
        mut sink: impl FnMut(ExportedEvent) -> Result<(), E>,
    ) -> Result<u64, E> {
        let account = match &wanted.user {
            Some(name) => {
                let found = read_tx!(self.store, AdminError, |tx| Ok(find(tx, name).await?.id));
                Some(found.await?)
            }
            None => None,
        };
        let mut events = EventsWanted {
            beyond: None,
            since: wanted.since,
            kinds: wanted.kinds.iter().map(|kind| kind.as_str()).collect(),
            limit: BATCH,
        };
        let mut count = 0;
        loop {
            let batch = read_tx!(self.store, AdminError, |tx| {
                Ok(tx.list_events_in_order(account.as_deref(), &events, until).await?)
            })
            .await?;
            let Some(last) = batch.last() else { return Ok(count) };
            events.beyond = Some((last.event.at, last.event.id.clone()));
            for row in batch {
                count += 1;
                let (seq, link) = (row.place.map(|place| place.seq), row.link);
                let named = crate::store::NamedEvent { event: row.event, user: row.user };
                let link = seq.map(|_| hex(&link));
                sink(ExportedEvent { event: view(named), seq, link })?;
            }
        }
    }
}

/// An event with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedEvent {
    /// The event.
    #[serde(flatten)]
    pub event: OperatorEvent,
    /// Its number in the chain; `None` for the moment before it has one.
    pub seq: Option<i64>,
    /// Its link, in hex.
    pub link: Option<String>,
}

fn verdict(
    found: ChainVerdict,
    user: Option<String>,
    deleted_through: i64,
    head: Option<ChainHeadRecord>,
) -> AuditVerdict {
    let ChainVerdict { rows, waiting, faults, fault_count } = found;
    let worded = |fault: ChainFault| AuditFault { what: fault.kind.meaning(), fault };
    AuditVerdict {
        ok: fault_count == 0,
        user,
        rows,
        waiting,
        deleted_through,
        head: head.map(|head| head.to_string()),
        fault_count,
        faults: faults.into_iter().map(worded).collect(),
    }
}
