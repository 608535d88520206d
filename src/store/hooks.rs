//! What hooks are still to be told. A row is written with its event, and deleted when the hook has taken it.

use super::macros::{affected, execute, fetch_all, scalar_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::audit_event::AuditEvent;
use crate::domain::hook;
use crate::domain::timestamp::Timestamp;

/// A delivery that this worker has leased.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// The id of the event.
    pub id: String,
    /// The kind of the event.
    pub kind: String,
    /// What is told, as JSON.
    pub body: String,
    /// Which try this is, counted from 1.
    pub attempts: i64,
}

row! { DueDelivery { id, kind, body, attempts } }

/// A worker's claim to deliveries.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryLease<'a> {
    /// Its mark, different for each claim.
    pub mark: &'a str,
    /// The worker's node.
    pub node: &'a str,
    pub now: Timestamp,
    /// When other workers may take the deliveries.
    pub until: Timestamp,
    /// The most deliveries to take.
    pub room: i64,
}

/// A delivery that was not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentDelivery {
    pub id: String,
    pub hook: String,
    pub kind: String,
    pub created_at: Timestamp,
    pub next_at: Timestamp,
    pub attempts: i64,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
    /// Why the last try failed.
    pub reason: Option<String>,
}

row! { UnsentDelivery { id, hook, kind, created_at, next_at, attempts, dead_at, reason } }

/// What waits for one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryCount {
    pub hook: String,
    pub pending: i64,
    pub dead: i64,
    /// When the oldest of those that wait was committed.
    pub oldest: Option<Timestamp>,
}

row! { DeliveryCount { hook, pending, dead, oldest } }

/// Workers of several nodes skip each other's locked rows; on SQLite they wait for each other's transaction. What is due is
/// looked up once, apart: as a subquery of the UPDATE, PostgreSQL may look again for each row, skip those that are leased
/// already, and lease more than the limit.
macro_rules! lease {
    ($lock:literal) => {
        concat!(
            "WITH due AS MATERIALIZED (
                 SELECT id FROM hook_deliveries WHERE hook = $4 AND dead_at IS NULL AND next_at <= $5
                 ORDER BY next_at, id LIMIT $6",
            $lock,
            ")
             UPDATE hook_deliveries SET lease = $1, leased_by = $2, next_at = $3, attempts = attempts + 1
             WHERE hook = $4 AND dead_at IS NULL AND next_at <= $5 AND id IN (SELECT id FROM due)"
        )
    };
}

impl Tx {
    /// Writes down which hooks are to be told of an event that was just inserted.
    pub(super) async fn insert_deliveries(&mut self, event: &AuditEvent) -> Result<(), StoreFault> {
        let hooks = self.hooks().get();
        let wanting: Vec<_> = hooks.iter().filter(|hook| hook.wants(&event.kind)).collect();
        if wanting.is_empty() {
            return Ok(());
        }
        let username = match (&event.name, &event.account) {
            (None, Some(account)) => {
                scalar_optional!(self, "SELECT name FROM accounts WHERE id = $1", [account])?
            }
            (name, _) => name.clone(),
        };
        let body = hook::payload(event, username.as_deref());
        for hook in wanting {
            execute!(
                self,
                "INSERT INTO hook_deliveries (id, hook, kind, body, created_at, next_at, attempts)
                 VALUES ($1, $2, $3, $4, $5, $5, 0)",
                [&event.id, &hook.name, &event.kind, &body, event.at]
            )?;
        }
        Ok(())
    }

    /// Leases due deliveries of a hook. Attempts are counted now, so that what crashes its worker is dead in the end.
    pub async fn claim_due_deliveries(
        &mut self,
        hook: &str,
        new: &DeliveryLease<'_>,
    ) -> Result<Vec<DueDelivery>, StoreFault> {
        let DeliveryLease { mark, node, now, until, room } = *new;
        let sql = match self {
            Self::Sqlite(_) => lease!(""),
            Self::Postgres(..) => lease!(" FOR UPDATE SKIP LOCKED"),
        };
        execute!(self, sql, [mark, node, until, hook, now, room])?;
        fetch_all!(
            self,
            "SELECT id, kind, body, attempts FROM hook_deliveries WHERE lease = $1 AND hook = $2 ORDER BY id",
            [mark, hook]
        )
    }

    /// Deletes a delivery that the hook has taken, whoever has its lease by now.
    pub async fn delete_delivery(&mut self, id: &str, hook: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM hook_deliveries WHERE id = $1 AND hook = $2", [id, hook])
    }

    /// Makes a delivery due again at `next_at`.
    pub async fn set_delivery_retry(
        &mut self,
        (id, hook, lease): (&str, &str, &str),
        next_at: Timestamp,
        reason: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE hook_deliveries SET next_at = $4, lease = NULL, leased_by = NULL, reason = $5
             WHERE id = $1 AND hook = $2 AND lease = $3",
            [id, hook, lease, next_at, reason]
        )
    }

    /// Gives a delivery up until an operator replays it.
    pub async fn set_delivery_dead(
        &mut self,
        (id, hook, lease): (&str, &str, &str),
        now: Timestamp,
        reason: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE hook_deliveries SET dead_at = $4, lease = NULL, leased_by = NULL, reason = $5
             WHERE id = $1 AND hook = $2 AND lease = $3",
            [id, hook, lease, now, reason]
        )
    }

    /// Makes the deliveries due that a node had in hand when it ended; gives how many.
    pub async fn release_deliveries_of(&mut self, node: &str, now: Timestamp) -> Result<u64, StoreFault> {
        affected!(
            self,
            "UPDATE hook_deliveries SET next_at = $2, lease = NULL, leased_by = NULL
             WHERE leased_by = $1 AND lease IS NOT NULL AND next_at > $2",
            [node, now]
        )
    }

    /// The hooks that have something due.
    pub async fn list_due_hooks(&mut self, now: Timestamp) -> Result<Vec<String>, StoreFault> {
        let rows: Vec<(String,)> = fetch_all!(
            self,
            "SELECT DISTINCT hook FROM hook_deliveries WHERE dead_at IS NULL AND next_at <= $1",
            [now]
        )?;
        Ok(rows.into_iter().map(|(hook,)| hook).collect())
    }

    /// What waits for each hook that something waits for.
    pub async fn count_deliveries(&mut self) -> Result<Vec<DeliveryCount>, StoreFault> {
        fetch_all!(
            self,
            "SELECT hook, count(CASE WHEN dead_at IS NULL THEN 1 END) AS pending,
                    count(CASE WHEN dead_at IS NOT NULL THEN 1 END) AS dead,
                    min(CASE WHEN dead_at IS NULL THEN created_at END) AS oldest
             FROM hook_deliveries GROUP BY hook ORDER BY hook"
        )
    }

    /// The oldest deliveries that were not taken, at most `limit`.
    pub async fn list_unsent_deliveries(&mut self, limit: i64) -> Result<Vec<UnsentDelivery>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, hook, kind, created_at, next_at, attempts, dead_at, reason FROM hook_deliveries
             ORDER BY created_at, id, hook LIMIT $1",
            [limit]
        )
    }

    /// Makes the dead deliveries of a hook, or the one of an event, due as if they were new; gives how many.
    pub async fn replay_deliveries(
        &mut self,
        hook_or_event: &str,
        now: Timestamp,
    ) -> Result<u64, StoreFault> {
        affected!(
            self,
            "UPDATE hook_deliveries SET dead_at = NULL, next_at = $2, attempts = 0
             WHERE dead_at IS NOT NULL AND (hook = $1 OR id = $1)",
            [hook_or_event, now]
        )
    }
}
