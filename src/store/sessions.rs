//! Signed-in sessions, and the nodes that they are at.

use super::macros::{affected, execute, exists, fetch_all, fetch_optional, scalar};
use super::row::{flag, row};
use super::{StoreFault, Tx};
use crate::domain::session::Session;
use crate::domain::ssh_key::Fingerprint;
use crate::domain::timestamp::Timestamp;

/// A new session.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// The session's id.
    pub id: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// The epoch of the account that it signs in to.
    pub epoch: i64,
    /// The node it is at.
    pub node: &'a str,
    /// The client's version line, made harmless.
    pub client: &'a str,
    /// The client's IP address.
    pub ip: &'a str,
    /// The key that the connection has proven to hold.
    pub key: Option<Fingerprint>,
    /// Now.
    pub now: Timestamp,
}

row! { Session { id, client, ip, key, started_at, last_input_at } }

impl Tx {
    /// Inserts a node, unless it is known already.
    pub async fn insert_node(&mut self, node: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO nodes (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            [node, now]
        )
    }

    /// Records that a node is alive, and how far the clock of its machine is ahead of `now`.
    pub async fn set_node_seen(
        &mut self,
        node: &str,
        now: Timestamp,
        clock_ahead_ms: i64,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO nodes (id, seen_at, clock_ahead_ms) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE
             SET seen_at = excluded.seen_at, clock_ahead_ms = excluded.clock_ahead_ms",
            [node, now, clock_ahead_ms]
        )
    }

    /// Whether any node was seen since.
    pub async fn has_node_seen_since(&mut self, since: Timestamp) -> Result<bool, StoreFault> {
        exists!(self, "SELECT id FROM nodes WHERE seen_at >= $1 LIMIT 1", [since])
    }

    /// Deletes a node and its sessions.
    pub async fn delete_node(&mut self, node: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM nodes WHERE id = $1", [node])
    }

    /// Deletes the nodes that were not seen since, and their sessions.
    pub async fn delete_nodes_unseen_since(&mut self, since: Timestamp) -> Result<u64, StoreFault> {
        affected!(self, "DELETE FROM nodes WHERE seen_at < $1", [since])
    }

    /// Inserts a session that signs in.
    pub async fn insert_session(&mut self, new: &NewSession<'_>) -> Result<(), StoreFault> {
        let NewSession { id, account, epoch, node, client, ip, key, now } = *new;
        execute!(
            self,
            "INSERT INTO sessions (id, account, epoch, node, client, ip, fingerprint, started_at, last_input_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
             ON CONFLICT (id) DO UPDATE
             SET account = excluded.account, epoch = excluded.epoch, started_at = excluded.started_at,
                 last_input_at = excluded.last_input_at, ended_at = NULL, over_limit = 0",
            [id, account, epoch, node, client, ip, key, now]
        )
    }

    /// Carries a session over into the epoch that it has raised its account to; gives that epoch. Every other session of
    /// the account has ended with it, whenever its node finds out.
    pub(super) async fn carry_session_over(
        &mut self,
        session: &str,
        account: &str,
        raised: Option<i64>,
    ) -> Result<Option<i64>, StoreFault> {
        if let Some(epoch) = raised {
            execute!(
                self,
                "UPDATE sessions SET epoch = $3 WHERE id = $1 AND account = $2",
                [session, account, epoch]
            )?;
        }
        Ok(raised)
    }

    /// The sessions of an account at nodes that were seen since, the newest first.
    pub async fn list_sessions(
        &mut self,
        account: &str,
        seen_since: Timestamp,
    ) -> Result<Vec<Session>, StoreFault> {
        fetch_all!(
            self,
            "SELECT v.id, v.client, v.ip, v.fingerprint AS key, v.started_at, v.last_input_at
             FROM sessions v JOIN nodes n ON n.id = v.node AND n.seen_at >= $2
             JOIN accounts a ON a.id = v.account AND a.auth_epoch = v.epoch
             WHERE v.account = $1 AND v.ended_at IS NULL ORDER BY v.started_at DESC, v.id",
            [account, seen_since]
        )
    }

    /// How many sessions of an account, ended or not, are at nodes that were seen since.
    pub async fn count_session_rows(
        &mut self,
        account: &str,
        seen_since: Timestamp,
    ) -> Result<i64, StoreFault> {
        scalar!(
            self,
            "SELECT count(*) FROM sessions v JOIN nodes n ON n.id = v.node AND n.seen_at >= $2
             WHERE v.account = $1",
            [account, seen_since]
        )
    }

    /// Ends one session of an account, unless it has ended; returns it.
    pub async fn claim_session_end(
        &mut self,
        id: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreFault> {
        fetch_optional!(
            self,
            "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND account = $2 AND ended_at IS NULL
             RETURNING id, client, ip, fingerprint AS key, started_at, last_input_at",
            [id, account, now]
        )
    }

    /// Ends every session of an account but one; returns their ids.
    pub async fn claim_other_sessions_end(
        &mut self,
        kept: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreFault> {
        let rows: Vec<(String,)> = fetch_all!(
            self,
            "UPDATE sessions SET ended_at = $3 WHERE id <> $1 AND account = $2 AND ended_at IS NULL
             RETURNING id",
            [kept, account, now]
        )?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Ends the sessions of an account beyond `most`: those that are idle for longest, and not the one that is `kept`.
    /// Returns how many. The caller holds the account's lock, so that two sign-ins at once are counted one after the
    /// other. Sessions at nodes that were not seen since do not count.
    pub async fn claim_sessions_over_limit_end(
        &mut self,
        kept: &str,
        account: &str,
        most: i64,
        seen_since: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreFault> {
        affected!(
            self,
            "UPDATE sessions SET ended_at = $3, over_limit = 1
             WHERE id IN (SELECT v.id FROM sessions v JOIN nodes n ON n.id = v.node AND n.seen_at >= $4
                          JOIN accounts a ON a.id = v.account AND a.auth_epoch = v.epoch
                          WHERE v.account = $2 AND v.ended_at IS NULL AND v.id <> $1
                          ORDER BY v.last_input_at DESC, v.started_at DESC, v.id DESC LIMIT 1000 OFFSET $5)",
            [kept, account, now, seen_since, most - 1]
        )
    }

    /// The sessions at a node that other sessions have ended, and whether that was by signing in.
    pub async fn list_ended_sessions(&mut self, node: &str) -> Result<Vec<(String, bool)>, StoreFault> {
        let rows: Vec<(String, i64)> = fetch_all!(
            self,
            "SELECT id, over_limit FROM sessions WHERE node = $1 AND ended_at IS NOT NULL",
            [node]
        )?;
        Ok(rows.into_iter().map(|(id, over_limit)| (id, flag(over_limit))).collect())
    }

    /// The sessions at a node, ended or not, and when they signed in.
    pub async fn list_sessions_at(&mut self, node: &str) -> Result<Vec<(String, Timestamp)>, StoreFault> {
        fetch_all!(self, "SELECT id, started_at FROM sessions WHERE node = $1", [node])
    }

    /// The accounts that are signed in at a node, with their epochs.
    pub async fn list_signed_in_at(&mut self, node: &str) -> Result<Vec<(String, i64)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT DISTINCT a.id, a.auth_epoch FROM sessions v
             JOIN accounts a ON a.id = v.account AND a.auth_epoch = v.epoch
             WHERE v.node = $1 AND v.ended_at IS NULL",
            [node]
        )
    }

    /// The sessions of an account at a node that have not ended, and when something was last typed in them, as far as
    /// written down.
    pub async fn list_inputs_at(
        &mut self,
        account: &str,
        node: &str,
    ) -> Result<Vec<(String, Timestamp)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, last_input_at FROM sessions WHERE account = $1 AND node = $2 AND ended_at IS NULL",
            [account, node]
        )
    }

    /// Deletes a session that has ended.
    pub async fn delete_session(&mut self, id: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM sessions WHERE id = $1", [id])
    }

    /// Records when something was last typed in a session.
    pub async fn set_session_input(&mut self, id: &str, at: Timestamp) -> Result<(), StoreFault> {
        execute!(self, "UPDATE sessions SET last_input_at = $2 WHERE id = $1", [id, at])
    }
}
