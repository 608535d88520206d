//! Accounts that are to be deleted, and deleting them.

use super::macros::{claim, execute, exists, fetch_all, scalar_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::throttle::DELETION_GRACE_MS;
use crate::domain::timestamp::Timestamp;

/// A team that would have no owner without one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedTeam {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many other members it has.
    pub others: i64,
}

row! { OwnedTeam { id, name, others } }

/// An account that is due to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDeletion {
    /// Its id.
    pub account: String,
    /// Its username.
    pub name: String,
    /// When its owner has asked for it; `None` when an operator has begun it.
    pub requested_at: Option<Timestamp>,
}

row! { DueDeletion { account, name, requested_at } }

impl Tx {
    /// Records that the account is to be deleted and raises its epoch, if it is open and still in `epoch`. Gives the new
    /// epoch.
    pub async fn claim_deletion_request(
        &mut self,
        account: &str,
        epoch: i64,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreFault> {
        scalar_optional!(
            self,
            "UPDATE accounts
             SET deletion_requested_at = $3, auth_epoch = auth_epoch + 1, epoch_raised_at = $3
             WHERE id = $1 AND auth_epoch = $2 AND disabled_at IS NULL
             RETURNING auth_epoch",
            [account, epoch, now]
        )
    }

    /// The account is not to be deleted any more; `false` when it was not.
    pub async fn claim_deletion_cancelled(&mut self, account: &str) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE accounts SET deletion_requested_at = NULL
             WHERE id = $1 AND deletion_requested_at IS NOT NULL AND deletion_begun_at IS NULL",
            [account]
        )
    }

    /// The teams that would have no owner without this account, in the order of canonical names. Owners who are to be
    /// deleted do not count.
    pub async fn list_teams_owned_alone(&mut self, account: &str) -> Result<Vec<OwnedTeam>, StoreFault> {
        fetch_all!(
            self,
            "SELECT t.id, t.name,
                    (SELECT count(*) FROM memberships o WHERE o.team = t.id AND o.account <> $1) AS others
             FROM teams t JOIN memberships m ON m.team = t.id
             WHERE m.account = $1 AND m.role = 'owner'
               AND NOT EXISTS (SELECT 1 FROM memberships o JOIN accounts a ON a.id = o.account
                               WHERE o.team = t.id AND o.role = 'owner' AND o.account <> $1
                                 AND a.deletion_requested_at IS NULL AND a.deletion_begun_at IS NULL)
             ORDER BY t.name_canonical",
            [account]
        )
    }

    /// Up to `limit` accounts whose deletion is due now or was begun, the longest due first.
    pub async fn list_due_deletions(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<DueDeletion>, StoreFault> {
        fetch_all!(
            self,
            "SELECT a.id AS account, a.name, a.deletion_requested_at AS requested_at FROM accounts a
             WHERE (a.deletion_begun_at IS NOT NULL OR a.deletion_requested_at <= $1 AND a.disabled_at IS NULL)
               AND NOT EXISTS (
                   SELECT 1 FROM memberships m JOIN memberships o ON o.team = m.team AND o.account <> a.id
                   WHERE m.account = a.id AND m.role = 'owner'
                     AND NOT EXISTS (SELECT 1 FROM memberships w
                                     WHERE w.team = m.team AND w.role = 'owner' AND w.account <> a.id))
             ORDER BY coalesce(a.deletion_requested_at, a.deletion_begun_at), a.id LIMIT $2",
            [now.plus_ms(-DELETION_GRACE_MS), limit]
        )
    }

    /// Locks an account whose deletion is due or was begun; `false` when it is not any more, or somebody else has deleted it.
    pub async fn claim_due_deletion(&mut self, account: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE accounts SET auth_epoch = auth_epoch
             WHERE id = $1
               AND (deletion_begun_at IS NOT NULL OR deletion_requested_at <= $2 AND disabled_at IS NULL)",
            [account, now.plus_ms(-DELETION_GRACE_MS)]
        )
    }

    /// Begins the deletion of an account that is locked and has no session: nobody signs in to it or takes that back any
    /// more.
    pub async fn begin_deletion(&mut self, account: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE accounts
             SET deletion_begun_at = coalesce(deletion_begun_at, $2), disabled_at = coalesce(disabled_at, $2)
             WHERE id = $1",
            [account, now]
        )
    }

    /// Whether its deletion was begun.
    pub async fn has_begun_deletion(&mut self, account: &str) -> Result<bool, StoreFault> {
        exists!(self, "SELECT id FROM accounts WHERE id = $1 AND deletion_begun_at IS NOT NULL", [account])
    }

    /// Deletes an account that is locked and whose events were erased ([`Tx::erase_events`]), with all that is its own, and
    /// the teams that nobody else is in. Its username is reserved like one that was given up.
    pub async fn delete_account(&mut self, account: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO released_names (name_canonical, name_skeleton, account, released_at)
             SELECT name_canonical, name_skeleton, id, $2 FROM accounts WHERE id = $1
             ON CONFLICT (name_canonical) DO UPDATE
             SET account = excluded.account, released_at = excluded.released_at",
            [account, now]
        )?;
        execute!(
            self,
            "DELETE FROM teams
             WHERE id IN (SELECT m.team FROM memberships m
                          WHERE m.account = $1 AND m.role = 'owner'
                            AND NOT EXISTS (SELECT 1 FROM memberships o
                                            WHERE o.team = m.team AND o.account <> $1))",
            [account]
        )?;
        execute!(self, "DELETE FROM throttles WHERE subject = $1", [account])?;
        execute!(self, "DELETE FROM accounts WHERE id = $1", [account])
    }
}
