//! Keeps the list of sessions true: deletes the rows of sessions that are over and of nodes that are gone, and closes
//! sessions that were ended elsewhere.

use std::collections::HashSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::SessionEnd;
use crate::accounts::{Accounts, Fault};
use crate::store::{read_tx, write_tx};

/// How often a node writes its heartbeat and the time of the last input of each session. Nobody is ended as idle by what is
/// written: a session has its own deadline. Other nodes and operators read how long somebody is idle, to within this.
const BEAT: Duration = Duration::from_secs(15);
/// When the rows of a node that is gone are deleted. Long after they are no longer shown: a node that only
/// could not reach the store for a while keeps its sessions.
const FORGOTTEN_AFTER_MS: i64 = 10 * 60_000;
/// A row without a live session this long after its sign-in: the connection was lost in that very moment.
const ORPHANED_AFTER_MS: i64 = 60_000;

impl Accounts {
    /// Ends the sessions at this node that were ended from another one.
    pub async fn end_sessions(&self) -> Result<(), Fault> {
        let node = self.sessions.node();
        let ended = read_tx!(self.store, Fault, |tx| Ok(tx.list_ended_sessions(node).await?)).await?;
        for (session, over_limit) in &ended {
            let why = if *over_limit { SessionEnd::OverLimit } else { SessionEnd::Revoked };
            self.sessions.end(session, why);
        }
        Ok(())
    }

    /// Deletes the rows of sessions that are over.
    pub async fn delete_left_sessions(&self) -> Result<(), Fault> {
        let left = self.sessions.take_left();
        if left.is_empty() {
            return Ok(());
        }
        let deleted = write_tx!(self.store, Fault, |tx| {
            for session in &left {
                tx.delete_session(session).await?;
            }
            Ok(())
        })
        .await;
        if deleted.is_err() {
            self.sessions.put_back(left);
        }
        deleted
    }

    /// Writes the heartbeat, the mark of the time and the last inputs of this node; then compares its rows with its
    /// sessions.
    pub async fn send_heartbeat(&self) -> Result<(), Fault> {
        self.compare_clock().await?;
        let (now, node, inputs) = (self.clock.now(), self.sessions.node(), self.sessions.take_inputs());
        let (mark, clock_ahead_ms) = (self.clock.mark(), self.clock.wall_clock_ahead_ms());
        let known_keys = self.known_keys();
        write_tx!(self.store, Fault, |tx| {
            tx.set_node_seen(node, now, clock_ahead_ms).await?;
            tx.set_node_keys(node, &known_keys).await?;
            if let Some(mark) = mark {
                tx.raise_clock_mark(mark).await?;
                tx.delete_nodes_unseen_since(now.plus_ms(-FORGOTTEN_AFTER_MS)).await?;
            }
            for (session, at) in &inputs {
                tx.set_session_input(session, *at).await?;
            }
            Ok(())
        })
        .await?;
        self.compare_sessions().await
    }

    /// Ends sessions without a row, whose account or node was deleted, and deletes rows without a session.
    async fn compare_sessions(&self) -> Result<(), Fault> {
        let (now, node, before) = (self.clock.now(), self.sessions.node(), self.sessions.ids());
        let rows = read_tx!(self.store, Fault, |tx| Ok(tx.list_sessions_at(node).await?)).await?;
        let known: HashSet<&str> = rows.iter().map(|(id, _)| id.as_str()).collect();
        for session in before.iter().filter(|session| !known.contains(session.as_str())) {
            self.sessions.end(session, SessionEnd::Revoked);
        }
        let present = self.sessions.ids();
        let is_orphaned = |started_at| now.ms_since(started_at) > ORPHANED_AFTER_MS;
        let orphans = rows.into_iter().filter(|(id, at)| is_orphaned(*at) && !present.contains(id));
        self.sessions.put_back(orphans.map(|(id, _)| id).collect());
        self.delete_left_sessions().await
    }

    pub(in crate::accounts) async fn keep_sessions_until(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(BEAT);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => self.send_heartbeat().await,
                () = self.sessions.one_left() => self.delete_left_sessions().await,
            };
            if let Err(fault) = done {
                tracing::warn!(%fault, "cannot update the list of sessions; trying again");
            }
        }
        let (node, mark) = (self.sessions.node(), self.clock.mark());
        let left = write_tx!(self.store, Fault, |tx| {
            if let Some(mark) = mark {
                tx.raise_clock_mark(mark).await?;
            }
            Ok(tx.delete_node(node).await?)
        })
        .await;
        if let Err(fault) = left {
            tracing::debug!(%fault, "the sessions of this node are left for other nodes to delete");
        }
    }
}
