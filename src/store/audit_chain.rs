//! The chain of the audit log ([`crate::domain::audit_chain`]), as it is written.
//!
//! A row has its HMAC from the statement that inserts it. Its place in the chain it gets at the end of the same
//! transaction, if nobody else is giving one just then. On SQLite that is always so. On PostgreSQL the one row that has the
//! head is locked from there to the end of COMMIT; whoever finds it locked does not wait, but leaves the row to
//! [`Tx::link_waiting_events`], which every server runs every few seconds. Were it waited for, no node could commit faster
//! than one transaction after the other, and a node that hangs in its COMMIT would stop them all. The price is that a row
//! that waits can be deleted unnoticed; changed or added it cannot be.
//!
//! The lock comes last in a transaction and is never waited for while others are held, so it is in no deadlock.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::activity::SealedEvent;
use super::macros::{affected, claim, execute, exists, fetch_all, fetch_optional, scalar};
use super::row::row;
use super::{EventsWanted, Store, StoreFault, Tx};
use crate::domain::audit_chain::{BYTES, ChainEnds, ChainKey, ChainPlace, ChainedEvent};
use crate::domain::audit_event::AuditEvent;
use crate::domain::entropy::Entropy;
use crate::domain::hook::SharedHooks;
use crate::domain::keyring::{Keyring, SharedKeyring, UnsealError};
use crate::domain::throttle::DAY_MS;
use crate::domain::timestamp::Timestamp;

/// What the seal of the chain's key is bound to.
const KEY_PLACE: &str = "audit chain";
/// The most rows that are linked in one transaction.
const LINKED_AT_ONCE: i64 = 200;
/// The most rows that are erased in one transaction: each takes a statement.
const ERASED_AT_ONCE: i64 = 200;
/// How much longer than its time a row may be kept for the sake of one before it that is dated later.
const KEPT_FOR_ORDER_MS: i64 = DAY_MS;
/// Why the chain is not continued, when the row with its ends is gone.
const HEAD_IS_GONE: &str = "the row of audit_chain is gone";

/// What a store needs to continue the chain, nothing when it was opened without the secret keys; and the hooks that are
/// told of events.
#[derive(Clone, Debug, Default)]
pub struct AuditChain {
    opened: Option<Arc<Opened>>,
    hooks: SharedHooks,
}

#[derive(Debug)]
struct Opened {
    keyring: Arc<SharedKeyring>,
    entropy: Entropy,
    /// `None` when the chain cannot be continued, which was logged.
    key: OnceCell<Option<Arc<ChainKey>>>,
}

/// The chain in one transaction.
#[derive(Debug, Default)]
pub(super) struct Chaining {
    key: Option<Arc<ChainKey>>,
    /// Rows that were inserted and have no place yet: the id and the account of each.
    unlinked: Vec<(String, Option<String>)>,
}

/// The row of `audit_chain`.
#[derive(Clone, Debug)]
pub struct ChainHead {
    /// The sealed key.
    pub sealed_key: Vec<u8>,
    /// Both ends.
    pub ends: ChainEnds,
    /// Their HMAC.
    pub mac: Vec<u8>,
}

type HeadRow = (Vec<u8>, i64, Vec<u8>, i64, Vec<u8>, Vec<u8>);

impl ChainHead {
    fn of((sealed_key, seq, link, anchor_seq, anchor_link, mac): HeadRow) -> Self {
        Self { sealed_key, ends: ChainEnds { seq, link, anchor_seq, anchor_link }, mac }
    }

    /// The chain's key.
    ///
    /// # Errors
    /// The secret key that sealed it is not known, or it is damaged.
    pub fn key(&self, keyring: &Keyring) -> Result<ChainKey, UnsealError> {
        Ok(ChainKey::new(&keyring.open(KEY_PLACE, &self.sealed_key)?))
    }

    /// The chain's key, sealed with the current secret key.
    ///
    /// # Errors
    /// The secret key that sealed it is not known, or it is damaged.
    pub fn resealed(&self, keyring: &Keyring, entropy: &Entropy) -> Result<Vec<u8>, UnsealError> {
        keyring.seal(entropy, KEY_PLACE, &keyring.open(KEY_PLACE, &self.sealed_key)?)
    }
}

/// A row of `activity` with all its columns.
struct ChainedRow {
    event: AuditEvent,
    user: Option<String>,
    mac: Option<Vec<u8>>,
    seq: Option<i64>,
    previous: Option<i64>,
    link: Option<Vec<u8>>,
}

row! { ChainedRow { event = row, user, mac, seq, previous, link } }

impl From<ChainedRow> for ChainedEvent {
    fn from(ChainedRow { event, user, mac, seq, previous, link }: ChainedRow) -> Self {
        let place = seq.map(|seq| ChainPlace { seq, previous: previous.unwrap_or_default() });
        Self { event, user, mac, place, link: link.unwrap_or_default() }
    }
}

/// Rows of `activity` with all columns; `$rest` says which.
macro_rules! chained {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, e.account, e.subject, e.kind, e.at, e.ip, e.client, e.session, e.series, e.count, e.last_at, \
                    e.mac, e.seq, e.previous, e.link, a.name AS \"user\" \
             FROM activity e LEFT JOIN accounts a ON a.id = e.account ",
            $rest
        )
    };
}

const HEAD: &str = "SELECT sealed_key, seq, link, anchor_seq, anchor_link, mac FROM audit_chain WHERE id = 1";
const HEAD_LOCKED: &str =
    "SELECT sealed_key, seq, link, anchor_seq, anchor_link, mac FROM audit_chain WHERE id = 1 FOR UPDATE";
const HEAD_UNLESS_LOCKED: &str = "SELECT sealed_key, seq, link, anchor_seq, anchor_link, mac FROM audit_chain
                                  WHERE id = 1 FOR UPDATE SKIP LOCKED";

/// Reasons that were told already.
#[derive(Debug, Default)]
struct LoggedReasons(Mutex<BTreeSet<String>>);

impl LoggedReasons {
    const fn nothing() -> Self {
        Self(Mutex::new(BTreeSet::new()))
    }

    fn is_first(&self, reason: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(reason.to_owned())
    }
}

/// Says each reason that keeps the chain from being continued once in a process: it would be said with every event.
fn tell_once(reason: &str) {
    static LOGGED: LoggedReasons = LoggedReasons::nothing();
    if LOGGED.is_first(reason) {
        tracing::error!(reason, "the chain of the audit log is not continued; see `doorkey audit verify`");
    }
}

impl Store {
    /// The same store, whose transactions continue the chain of the audit log.
    #[must_use]
    pub fn chained(mut self, keyring: Arc<SharedKeyring>, entropy: Entropy) -> Self {
        let opened = Some(Arc::new(Opened { keyring, entropy, key: OnceCell::new() }));
        match &mut self {
            Self::Sqlite { chain, .. } | Self::Postgres(_, chain) => chain.opened = opened,
        }
        self
    }

    /// The same store, whose transactions write down what `hooks` are to be told.
    #[must_use]
    pub fn telling(mut self, hooks: SharedHooks) -> Self {
        match &mut self {
            Self::Sqlite { chain, .. } | Self::Postgres(_, chain) => chain.hooks = hooks,
        }
        self
    }

    pub(super) fn hooks(&self) -> SharedHooks {
        let (Self::Sqlite { chain, .. } | Self::Postgres(_, chain)) = self;
        chain.hooks.clone()
    }

    /// The chain's key, which is made with the first transaction of a database.
    pub(super) async fn chain_key(&self) -> Result<Option<Arc<ChainKey>>, StoreFault> {
        let (Self::Sqlite { chain, .. } | Self::Postgres(_, chain)) = self;
        let Some(opened) = &chain.opened else { return Ok(None) };
        // Boxed: it is run once, and every transaction would carry room for it.
        opened.key.get_or_try_init(|| Box::pin(self.open_chain(opened))).await.cloned()
    }

    async fn open_chain(&self, opened: &Opened) -> Result<Option<Arc<ChainKey>>, StoreFault> {
        let mut tx = self.begin_reading().await?;
        let found = tx.find_chain_head().await;
        tx.rollback().await;
        let keyring = opened.keyring.get();
        if let Some(head) = found? {
            return Ok(read_key(&head, &keyring));
        }
        let mut tx = self.begin().await?;
        tx.open_chain(&keyring, &opened.entropy).await?;
        let key = tx.chain_key();
        match tx.commit().await {
            // Whether it was committed is found out by doing it again.
            Err(StoreFault::OutcomeUnknown(cause)) => Err(*cause),
            done => done.map(|()| key),
        }
    }
}

/// The ends to go on from. A head that somebody else has written is not gone on from: that would seal it.
fn continued(key: &ChainKey, head: Option<ChainHead>) -> Option<ChainEnds> {
    let Some(ChainHead { ends, mac, .. }) = head else {
        tell_once(HEAD_IS_GONE);
        return None;
    };
    if !key.has_sealed_ends(&ends, &mac) {
        tell_once("the row of audit_chain was changed");
        return None;
    }
    Some(ends)
}

fn read_key(head: &ChainHead, keyring: &Keyring) -> Option<Arc<ChainKey>> {
    match head.key(keyring) {
        Ok(key) => Some(Arc::new(key)),
        Err(fault) => {
            tell_once(&format!("its key cannot be read: {fault}"));
            None
        }
    }
}

impl Store {
    /// Begins a transaction that reads one state of the database for as long as it takes.
    pub async fn begin_reading_at_length(&self) -> Result<Tx, StoreFault> {
        let mut tx = self.begin_reading().await?;
        tx.take_snapshot().await?;
        Ok(tx)
    }
}

impl Tx {
    fn chaining(&mut self) -> &mut Chaining {
        match self {
            Self::Sqlite(tx) => &mut tx.chaining,
            Self::Postgres(tx, _) => &mut tx.chaining,
        }
    }

    /// Continues the chain with this key.
    pub(super) fn chain_with(mut self, key: Option<Arc<ChainKey>>) -> Self {
        self.chaining().key = key;
        self
    }

    pub(super) fn chain_key(&mut self) -> Option<Arc<ChainKey>> {
        self.chaining().key.clone()
    }

    /// Gives this row, which was just inserted, a place at the end of the transaction.
    pub(super) fn link_later(&mut self, event: &AuditEvent) {
        self.chaining().unlinked.push((event.id.clone(), event.account.clone()));
    }

    /// Makes the chain's key and the row of `audit_chain`, unless they are there, and continues the chain with it. A chain
    /// that was there and is gone is not begun anew: that would hide what is missing.
    pub(super) async fn open_chain(
        &mut self,
        keyring: &Keyring,
        entropy: &Entropy,
    ) -> Result<(), StoreFault> {
        if self.find_chain_head().await?.is_none() && self.has_had_chain().await? {
            tell_once(HEAD_IS_GONE);
            return Ok(());
        }
        self.begin_chain(keyring, entropy).await
    }

    /// Whether there must have been a chain: each account has an event of its own, which began it.
    pub async fn has_had_chain(&mut self) -> Result<bool, StoreFault> {
        Ok(self.has_linked_events().await? || self.has_accounts().await?)
    }

    async fn begin_chain(&mut self, keyring: &Keyring, entropy: &Entropy) -> Result<(), StoreFault> {
        if self.find_chain_head().await?.is_none() {
            let secret = Zeroizing::new(entropy.bytes::<BYTES>());
            let Ok(sealed) = keyring.seal(entropy, KEY_PLACE, &*secret) else {
                tell_once("its key cannot be sealed");
                return Ok(());
            };
            self.insert_chain_head(&sealed, &ChainKey::new(&*secret)).await?;
        }
        // Another process may have been faster.
        let head = self.find_chain_head().await?;
        self.chaining().key = head.and_then(|head| read_key(&head, keyring));
        Ok(())
    }

    /// Seals every row as it is now and links them all anew, under higher numbers than any had; gives how many. The chain's
    /// key stays what it is, unless it is lost. The transaction continues the chain from there.
    pub async fn accept_events(&mut self, keyring: &Keyring, entropy: &Entropy) -> Result<u64, StoreFault> {
        self.without_time_limits().await?;
        let head = self.lock_chain_head().await?;
        let highest: Option<i64> = scalar!(self, "SELECT max(seq) FROM activity")?;
        let start = highest.unwrap_or_default().max(head.as_ref().map_or(0, |head| head.ends.seq));
        execute!(
            self,
            "UPDATE activity SET mac = NULL, seq = NULL, previous = NULL, link = NULL
             WHERE seq IS NOT NULL OR mac IS NOT NULL"
        )?;
        if head.is_none_or(|head| head.key(keyring).is_err()) {
            execute!(self, "DELETE FROM audit_chain")?;
        }
        self.begin_chain(keyring, entropy).await?;
        let Some(key) = self.chain_key() else { return Ok(0) };
        let mut ends = ChainEnds { seq: start, anchor_seq: start, ..ChainEnds::default() };
        let mut after = String::new();
        loop {
            let rows = self.list_unlinked_events(&after, LINKED_AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.event.id);
            for row in &rows {
                let (id, mac) = (&row.event.id, key.seal(&row.event));
                execute!(self, "UPDATE activity SET mac = $2 WHERE id = $1", [id, mac])?;
                self.link_event(&key, &mut ends, id, row.event.account.as_deref()).await?;
            }
        }
        self.set_chain_ends(&key, &ends).await?;
        Ok(u64::try_from(ends.seq - start).unwrap_or_default())
    }

    /// Where the chain begins and ends.
    pub async fn find_chain_head(&mut self) -> Result<Option<ChainHead>, StoreFault> {
        let found: Option<HeadRow> = fetch_optional!(self, HEAD)?;
        Ok(found.map(ChainHead::of))
    }

    /// The same, and nobody else changes it until the end of the transaction.
    async fn lock_chain_head(&mut self) -> Result<Option<ChainHead>, StoreFault> {
        let sql = if matches!(self, Self::Sqlite(_)) { HEAD } else { HEAD_LOCKED };
        let found: Option<HeadRow> = fetch_optional!(self, sql)?;
        Ok(found.map(ChainHead::of))
    }

    /// The same; `None` while somebody else changes it.
    async fn try_to_lock_chain_head(&mut self) -> Result<Option<ChainHead>, StoreFault> {
        let sql = if matches!(self, Self::Sqlite(_)) { HEAD } else { HEAD_UNLESS_LOCKED };
        let found: Option<HeadRow> = fetch_optional!(self, sql)?;
        Ok(found.map(ChainHead::of))
    }

    /// Whether any row has a place in the chain.
    pub async fn has_linked_events(&mut self) -> Result<bool, StoreFault> {
        exists!(self, "SELECT seq FROM activity WHERE seq >= 0 LIMIT 1")
    }

    async fn insert_chain_head(&mut self, sealed: &[u8], key: &ChainKey) -> Result<(), StoreFault> {
        let ends = ChainEnds::default();
        execute!(
            self,
            "INSERT INTO audit_chain (id, sealed_key, seq, link, anchor_seq, anchor_link, mac)
             VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
            [
                sealed,
                ends.seq,
                ends.link.as_slice(),
                ends.anchor_seq,
                ends.anchor_link.as_slice(),
                key.seal_ends(&ends)
            ]
        )
    }

    async fn set_chain_ends(&mut self, key: &ChainKey, ends: &ChainEnds) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE audit_chain SET seq = $1, link = $2, anchor_seq = $3, anchor_link = $4, mac = $5 WHERE id = 1",
            [
                ends.seq,
                ends.link.as_slice(),
                ends.anchor_seq,
                ends.anchor_link.as_slice(),
                key.seal_ends(ends)
            ]
        )
    }

    /// Replaces the sealed key by the same under another seal; `false` when it is another by now.
    pub async fn claim_chain_reseal(&mut self, old: &[u8], new: &[u8]) -> Result<bool, StoreFault> {
        claim!(self, "UPDATE audit_chain SET sealed_key = $2 WHERE id = 1 AND sealed_key = $1", [old, new])
    }

    /// Gives the rows that this transaction has inserted their places. Its last statements: see the head of this module.
    pub async fn link_events(&mut self) -> Result<(), StoreFault> {
        let unlinked = std::mem::take(&mut self.chaining().unlinked);
        let Some(key) = self.chain_key().filter(|_| !unlinked.is_empty()) else { return Ok(()) };
        let head = self.try_to_lock_chain_head().await?;
        if head.is_none() && matches!(self, Self::Postgres(..)) {
            // Somebody else has it. Were it gone, whoever links what waits would say so.
            return Ok(());
        }
        let Some(mut ends) = continued(&key, head) else { return Ok(()) };
        for (id, account) in &unlinked {
            self.link_event(&key, &mut ends, id, account.as_deref()).await?;
        }
        self.set_chain_ends(&key, &ends).await
    }

    async fn link_event(
        &mut self,
        key: &ChainKey,
        ends: &mut ChainEnds,
        id: &str,
        account: Option<&str>,
    ) -> Result<(), StoreFault> {
        // Asked for nobody's rows too: a name that nobody has costs what one that somebody has does.
        let previous: Option<i64> =
            scalar!(self, "SELECT max(seq) FROM activity WHERE account = $1", [account])?;
        let place = ChainPlace { seq: ends.seq + 1, previous: previous.unwrap_or_default() };
        let link = key.link(&ends.link, place, id);
        let is_linked = claim!(
            self,
            "UPDATE activity SET seq = $2, previous = $3, link = $4 WHERE id = $1 AND seq IS NULL",
            [id, place.seq, place.previous, link.as_slice()]
        )?;
        if is_linked {
            (ends.seq, ends.link) = (place.seq, link);
        }
        Ok(())
    }

    /// Whether rows wait for a place.
    pub async fn has_waiting_events(&mut self) -> Result<bool, StoreFault> {
        exists!(self, "SELECT id FROM activity WHERE seq IS NULL AND mac IS NOT NULL LIMIT 1")
    }

    /// Gives a batch of rows that wait, beyond `after`, their places; gives the last that was looked at. Rows that were not
    /// written by Doorkey get none.
    pub async fn link_waiting_events(
        &mut self,
        after: &(Timestamp, String),
    ) -> Result<Option<(Timestamp, String)>, StoreFault> {
        let Some(key) = self.chain_key() else { return Ok(None) };
        let head = self.lock_chain_head().await?;
        let Some(mut ends) = continued(&key, head) else { return Ok(None) };
        let waiting: Vec<ChainedRow> = fetch_all!(
            self,
            chained!(
                "WHERE e.seq IS NULL AND e.mac IS NOT NULL AND (e.at, e.id) > ($1, $2) ORDER BY e.at, e.id LIMIT $3"
            ),
            [after.0, &after.1, LINKED_AT_ONCE]
        )?;
        let Some(last) = waiting.last().map(|row| (row.event.at, row.event.id.clone())) else {
            return Ok(None);
        };
        for ChainedRow { event, mac, .. } in &waiting {
            if key.has_sealed(event, mac.as_deref()) {
                self.link_event(&key, &mut ends, &event.id, event.account.as_deref()).await?;
            }
        }
        self.set_chain_ends(&key, &ends).await?;
        Ok(Some(last))
    }

    /// A batch of rows in the order of the chain.
    pub async fn list_linked_events(
        &mut self,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ChainedEvent>, StoreFault> {
        let rows: Vec<ChainedRow> =
            fetch_all!(self, chained!("WHERE e.seq > $1 ORDER BY e.seq LIMIT $2"), [after, limit])?;
        Ok(rows.into_iter().map(ChainedEvent::from).collect())
    }

    /// A batch of events beyond `wanted.beyond`, the oldest first, that happened before `until`.
    pub async fn list_events_in_order(
        &mut self,
        account: Option<&str>,
        wanted: &EventsWanted,
        until: Option<Timestamp>,
    ) -> Result<Vec<ChainedEvent>, StoreFault> {
        let (at, id) = wanted.beyond.clone().unwrap_or((Timestamp::from_epoch_ms(i64::MIN), String::new()));
        let rows: Vec<ChainedRow> = fetch_all!(
            self,
            chained!(
                "WHERE ($1 = '' OR e.account = $1) AND (e.at, e.id) > ($2, $3) AND e.last_at >= $4 AND e.at < $5 \
                   AND ($6 = '' OR $6 LIKE '%,' || e.kind || ',%') \
                 ORDER BY e.at, e.id LIMIT $7"
            ),
            [
                account.unwrap_or_default(),
                at,
                id,
                wanted.since.map_or(i64::MIN, Timestamp::epoch_ms),
                until.map_or(i64::MAX, Timestamp::epoch_ms),
                wanted.kinds_as_list(),
                wanted.limit
            ]
        )?;
        Ok(rows.into_iter().map(ChainedEvent::from).collect())
    }

    /// A batch of rows without a place, in the order of their ids.
    pub async fn list_unlinked_events(
        &mut self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ChainedEvent>, StoreFault> {
        let rows: Vec<ChainedRow> = fetch_all!(
            self,
            chained!("WHERE e.seq IS NULL AND e.id > $1 ORDER BY e.id LIMIT $2"),
            [after, limit]
        )?;
        Ok(rows.into_iter().map(ChainedEvent::from).collect())
    }

    /// Deletes a batch of rows from before then, the oldest of the chain first, and moves the anchor; gives how many rows
    /// that was about. It ends at a row that is not as it was written: to delete that would destroy the evidence.
    ///
    /// A row that a clock wrote that was ahead would keep all that came after it until its own date. It gets a new place,
    /// at the end of the chain, and the anchor passes its old one.
    pub(super) async fn sweep_events(&mut self, before: Timestamp, batch: i64) -> Result<u64, StoreFault> {
        // Before any row, as whoever links rows does it.
        let head = self.lock_chain_head().await?;
        let deleted = affected!(
            self,
            "DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE seq IS NULL AND at < $1 LIMIT $2)",
            [before, batch]
        )?;
        let Some(key) = self.chain_key() else { return Ok(deleted) };
        let Some(mut ends) = continued(&key, head) else { return Ok(deleted) };
        let first = ends.anchor_seq;
        let mut dated_ahead = Vec::new();
        for row in self.list_linked_events(first, batch).await? {
            let Some(place) = row.place else { break };
            let is_old = row.event.at < before;
            if !is_old && !self.keeps_what_is_older(&key, place.seq, before).await? {
                break;
            }
            let is_next = place.seq == ends.anchor_seq + 1;
            if !is_next
                || key.link(&ends.anchor_link, place, &row.event.id) != row.link
                || !key.has_sealed(&row.event, row.mac.as_deref())
            {
                tracing::error!(
                    row = place.seq,
                    "the audit log is not as it was written from here on, so nothing of it is deleted for its age; see \
                     `doorkey audit verify`"
                );
                break;
            }
            (ends.anchor_seq, ends.anchor_link) = (place.seq, row.link);
            if !is_old {
                dated_ahead.push(row.event);
            }
        }
        if ends.anchor_seq == first {
            return Ok(deleted);
        }
        for AuditEvent { id, account, .. } in &dated_ahead {
            execute!(
                self,
                "UPDATE activity SET seq = NULL, previous = NULL, link = NULL WHERE id = $1",
                [id]
            )?;
            self.link_event(&key, &mut ends, id, account.as_deref()).await?;
        }
        let of_the_chain =
            affected!(self, "DELETE FROM activity WHERE seq > $1 AND seq <= $2", [first, ends.anchor_seq])?;
        self.set_chain_ends(&key, &ends).await?;
        Ok(deleted + of_the_chain + dated_ahead.len() as u64)
    }

    /// Whether a row that should long be deleted stands behind this one. One that was changed does not count: nothing
    /// behind it is deleted anyway.
    async fn keeps_what_is_older(
        &mut self,
        key: &ChainKey,
        seq: i64,
        before: Timestamp,
    ) -> Result<bool, StoreFault> {
        let oldest: Option<ChainedRow> = fetch_optional!(
            self,
            chained!("WHERE e.at < $2 AND e.seq > $1 ORDER BY e.at, e.id LIMIT 1"),
            [seq, before.plus_ms(-KEPT_FOR_ORDER_MS)]
        )?;
        Ok(oldest.is_some_and(|ChainedRow { event, mac, .. }| key.has_sealed(&event, mac.as_deref())))
    }

    /// Takes out of a batch of an account's rows whose they are and from where; they stay under `subject`. Gives whether
    /// those were all. Their places in the chain stay too, and rows that are not as they were written do not become so.
    pub async fn erase_events(&mut self, account: &str, subject: &str) -> Result<bool, StoreFault> {
        // Locked by that, so that nobody counts a refusal in them meanwhile.
        let rows: Vec<SealedEvent> = fetch_all!(
            self,
            "UPDATE activity SET last_at = last_at
             WHERE id IN (SELECT id FROM activity WHERE account = $1 LIMIT $2)
             RETURNING id, account, subject, kind, at, ip, client, session, series, count, last_at, mac",
            [account, ERASED_AT_ONCE]
        )?;
        let are_all = rows.len() < usize::try_from(ERASED_AT_ONCE).unwrap_or(usize::MAX);
        let key = self.chain_key();
        for SealedEvent { event, mac } in rows {
            let sealed = key.as_ref().filter(|key| key.has_sealed(&event, mac.as_deref()));
            let erased = AuditEvent {
                account: None,
                subject: Some(subject.to_owned()),
                ip: String::new(),
                client: String::new(),
                session: String::new(),
                series: None,
                ..event
            };
            let mac = sealed.map(|key| key.seal(&erased)).or(mac);
            execute!(
                self,
                "UPDATE activity
                 SET account = NULL, subject = $2, ip = '', client = '', session = '', series = NULL, mac = $3
                 WHERE id = $1",
                [&erased.id, subject, mac]
            )?;
        }
        Ok(are_all)
    }

    /// Seals rows of this kind and moment that were inserted in this transaction without an HMAC.
    pub(super) async fn seal_events(&mut self, kind: &str, at: Timestamp) -> Result<(), StoreFault> {
        let Some(key) = self.chain_key() else { return Ok(()) };
        let rows: Vec<ChainedRow> =
            fetch_all!(self, chained!("WHERE e.mac IS NULL AND e.kind = $1 AND e.at = $2"), [kind, at])?;
        for ChainedRow { event, .. } in &rows {
            execute!(self, "UPDATE activity SET mac = $2 WHERE id = $1", [&event.id, key.seal(event)])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once() {
        let told = LoggedReasons::nothing();
        assert!(told.is_first("one") && told.is_first("another"));
        assert!(!told.is_first("one") && !told.is_first("another"));
    }
}
