//! What hooks are still to be told. A row is written with its event, and deleted when the hook has taken it.

use super::macros::{affected, execute, exists, fetch_all, fetch_optional, scalar, scalar_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::audit_event::AuditEvent;
use crate::domain::hook::{self, DeliveryPriority};
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

/// What a replay has found and made due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many had been given up.
    pub again: u64,
    /// How many waited for their next try, which is made now.
    pub hastened: u64,
    /// How many are due, or being told.
    pub already_due: u64,
}

/// What waits for one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryCount {
    pub hook: String,
    pub pending: i64,
    /// How many of these have failed and are tried again.
    pub failing: i64,
    pub dead: i64,
    /// When the oldest of those that wait was committed.
    pub oldest: Option<Timestamp>,
}

row! { DeliveryCount { hook, pending, failing, dead, oldest } }

/// Workers of several nodes skip each other's locked rows; on SQLite they wait for each other's transaction. What is due is
/// looked up once, apart: as a subquery of the UPDATE, PostgreSQL may look again for each row, skip those that are leased
/// already, and lease more than the limit.
macro_rules! lease {
    ($lock:literal) => {
        concat!(
            "WITH due AS MATERIALIZED (
                 SELECT id FROM hook_deliveries
                 WHERE hook = $4 AND priority = $7 AND dead_at IS NULL AND next_at <= $5
                 ORDER BY next_at, id LIMIT $6",
            $lock,
            ")
             UPDATE hook_deliveries SET lease = $1, leased_by = $2, next_at = $3, attempts = attempts + 1
             WHERE hook = $4 AND dead_at IS NULL AND next_at <= $5 AND id IN (SELECT id FROM due)"
        )
    };
}

/// Every priority is named, for the index to be of use.
const IS_DUE: &str = "SELECT id FROM hook_deliveries
                      WHERE hook = $1 AND priority IN ($3, $4, $5) AND dead_at IS NULL AND next_at <= $2 LIMIT 1";

/// What is kept of a hook's deliveries is a beginning of this order: `$2` of them. At most `$3` are found beyond.
macro_rules! surplus {
    ($head:literal, $tail:literal) => {
        concat!(
            $head,
            "SELECT id FROM hook_deliveries WHERE hook = $1 ORDER BY priority, id DESC LIMIT $3 OFFSET $2",
            $tail
        )
    };
}

impl Tx {
    /// Writes down which hooks are to be told of an event that was just inserted.
    pub(super) async fn insert_deliveries(&mut self, event: &AuditEvent) -> Result<(), StoreFault> {
        let shared = self.hooks();
        let hooks = shared.get();
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
        let priority = shared.priority_of(&event.kind).number();
        for hook in wanting {
            execute!(
                self,
                "INSERT INTO hook_deliveries (id, hook, kind, priority, body, created_at, next_at, attempts)
                 VALUES ($1, $2, $3, $4, $5, $6, $6, 0)",
                [&event.id, &hook.name, &event.kind, priority, &body, event.at]
            )?;
        }
        Ok(())
    }

    /// Leases due deliveries of a hook, the most urgent ones first. Attempts are counted now, so that what crashes its worker is dead in the end.
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
        let mut left = room;
        for priority in DeliveryPriority::ALL {
            if left > 0 {
                let leased = affected!(self, sql, [mark, node, until, hook, now, left, priority.number()])?;
                left -= i64::try_from(leased).unwrap_or(left);
            }
        }
        fetch_all!(
            self,
            "SELECT id, kind, body, attempts FROM hook_deliveries WHERE lease = $1 AND hook = $2
             ORDER BY priority, id",
            [mark, hook]
        )
    }

    /// Whether more than `keep` deliveries of a hook wait or were given up.
    pub async fn has_surplus_deliveries(&mut self, hook: &str, keep: i64) -> Result<bool, StoreFault> {
        exists!(self, surplus!("", ""), [hook, keep, 1])
    }

    /// Deletes at most `most` of what a hook has beyond `keep` deliveries: of the least urgent ones, the oldest. Gives how
    /// many.
    pub async fn delete_surplus_deliveries(
        &mut self,
        hook: &str,
        keep: i64,
        most: i64,
    ) -> Result<u64, StoreFault> {
        affected!(
            self,
            surplus!("DELETE FROM hook_deliveries WHERE hook = $1 AND id IN (", ")"),
            [hook, keep, most]
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

    /// Whether a hook has something due.
    pub async fn has_due_deliveries(&mut self, hook: &str, now: Timestamp) -> Result<bool, StoreFault> {
        let [high, normal, low] = DeliveryPriority::ALL.map(DeliveryPriority::number);
        exists!(self, IS_DUE, [hook, now, high, normal, low])
    }

    /// What waits for each hook that something waits for.
    pub async fn count_deliveries(&mut self) -> Result<Vec<DeliveryCount>, StoreFault> {
        fetch_all!(
            self,
            "SELECT hook, count(CASE WHEN dead_at IS NULL THEN 1 END) AS pending,
                    count(CASE WHEN dead_at IS NULL AND attempts > 0 AND reason IS NOT NULL THEN 1 END) AS failing,
                    count(CASE WHEN dead_at IS NOT NULL THEN 1 END) AS dead,
                    min(CASE WHEN dead_at IS NULL THEN created_at END) AS oldest
             FROM hook_deliveries GROUP BY hook ORDER BY hook"
        )
    }

    /// Writes a made-up event for a hook, which is told before all others.
    pub async fn insert_test_delivery(
        &mut self,
        id: &str,
        hook: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        let priority = DeliveryPriority::High.number();
        execute!(
            self,
            "INSERT INTO hook_deliveries (id, hook, kind, priority, body, created_at, next_at, attempts)
             VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
            [id, hook, hook::TEST, priority, body, now]
        )
    }

    /// Keeps what a hook answered to a made-up event, for the command that waits for it.
    pub async fn set_test_taken(
        &mut self,
        (id, hook, lease): (&str, &str, &str),
        now: Timestamp,
        answer: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE hook_deliveries SET kind = $6, dead_at = $4, lease = NULL, leased_by = NULL, reason = $5
             WHERE id = $1 AND hook = $2 AND lease = $3",
            [id, hook, lease, now, answer, hook::TEST_TAKEN]
        )
    }

    /// One delivery, unless the hook has taken it.
    pub async fn find_unsent_delivery(
        &mut self,
        id: &str,
        hook: &str,
    ) -> Result<Option<UnsentDelivery>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT id, hook, kind, created_at, next_at, attempts, dead_at, reason FROM hook_deliveries
             WHERE id = $1 AND hook = $2",
            [id, hook]
        )
    }

    /// Why a hook has not taken what is tried again, or else what it was given up for: the latest reason.
    pub async fn last_delivery_failure(&mut self, hook: &str) -> Result<Option<String>, StoreFault> {
        scalar_optional!(
            self,
            "SELECT reason FROM hook_deliveries WHERE hook = $1 AND reason IS NOT NULL
             ORDER BY CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END, COALESCE(dead_at, next_at) DESC LIMIT 1",
            [hook]
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

    /// Makes deliveries of `hook` due, all of them or those of one event: dead ones as if they were new, and those that wait
    /// for their next try. What is due or being told already stays as it is.
    pub async fn replay_deliveries(
        &mut self,
        hook: &str,
        event: Option<&str>,
        now: Timestamp,
    ) -> Result<Replayed, StoreFault> {
        let already_due: i64 = scalar!(
            self,
            "SELECT count(*) FROM hook_deliveries
             WHERE hook = $1 AND ($2 IS NULL OR id = $2) AND dead_at IS NULL AND (lease IS NOT NULL OR next_at <= $3)",
            [hook, event, now]
        )?;
        let hastened = affected!(
            self,
            "UPDATE hook_deliveries SET next_at = $3
             WHERE hook = $1 AND ($2 IS NULL OR id = $2) AND dead_at IS NULL AND lease IS NULL AND next_at > $3",
            [hook, event, now]
        )?;
        let again = affected!(
            self,
            "UPDATE hook_deliveries SET dead_at = NULL, next_at = $3, attempts = 0
             WHERE hook = $1 AND ($2 IS NULL OR id = $2) AND dead_at IS NOT NULL",
            [hook, event, now]
        )?;
        Ok(Replayed { again, hastened, already_due: u64::try_from(already_due).unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection as _};

    use super::super::Store;
    use super::IS_DUE;

    /// How SQLite finds what `sql` asks for.
    async fn plan_of(sql: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("doorkey.db").display());
        Store::open(&url).await.unwrap().close().await;
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let query = sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        let steps: Vec<(i64, i64, i64, String)> = query.fetch_all(&mut connection).await.unwrap();
        steps.into_iter().map(|(.., step)| step + "\n").collect()
    }

    #[tokio::test]
    async fn what_is_due_and_what_is_too_much_is_found_by_an_index_that_is_sorted_already() {
        for (sql, index) in [
            (lease!(""), "hook_deliveries_due (hook=? AND priority=? AND next_at<?)"),
            (IS_DUE, "hook_deliveries_due (hook=? AND priority=? AND next_at<?)"),
            (surplus!("", ""), "hook_deliveries_kept (hook=?)"),
        ] {
            let plan = plan_of(sql).await;
            assert!(plan.contains(&format!(" INDEX {index}")), "{plan}");
            assert!(!plan.contains("SCAN hook_deliveries") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
