//! Where people are signed in now, and which portals are running.

use super::macros::{execute, fetch_all, fetch_optional};
use super::{Fault, Tx};
use crate::domain::moment::Moment;
use crate::domain::ssh_key::Fingerprint;

/// A visit that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewVisit<'a> {
    /// The visit's id.
    pub id: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// The portal that it is at.
    pub node: &'a str,
    /// The client's own version line, made harmless.
    pub client: &'a str,
    /// Where it came from.
    pub source: &'a str,
    /// The key that its connection has proven to hold.
    pub key: Option<Fingerprint>,
    /// Now.
    pub now: Moment,
}

/// A visit as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptVisit {
    /// The visit's id.
    pub id: String,
    /// The client's own version line, made harmless.
    pub client: String,
    /// Where it came from.
    pub source: String,
    /// The key that its connection has proven to hold.
    pub key: Option<Fingerprint>,
    /// When it signed in.
    pub started_at: Moment,
    /// When something was last typed, as far as written down.
    pub last_input_at: Moment,
}

type VisitRow = (String, String, String, Option<Vec<u8>>, i64, i64);

fn kept((id, client, source, key, started_at, last_input_at): VisitRow) -> KeptVisit {
    KeptVisit {
        id,
        client,
        source,
        key: key.as_deref().and_then(Fingerprint::from_bytes),
        started_at: Moment::from_epoch_ms(started_at),
        last_input_at: Moment::from_epoch_ms(last_input_at),
    }
}

impl Tx {
    /// Notes a portal that has just begun; one that is known already stays as it is.
    pub async fn insert_node(&mut self, node: &str, now: Moment) -> Result<(), Fault> {
        execute!(
            self,
            "INSERT INTO nodes (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            node,
            now.epoch_ms(),
        )?;
        Ok(())
    }

    /// Notes that a portal is still there.
    pub async fn set_node_seen(&mut self, node: &str, now: Moment) -> Result<(), Fault> {
        execute!(
            self,
            "INSERT INTO nodes (id, seen_at) VALUES ($1, $2)
             ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
            node,
            now.epoch_ms(),
        )?;
        Ok(())
    }

    /// Forgets a portal that stops, and its visits.
    pub async fn delete_node(&mut self, node: &str) -> Result<(), Fault> {
        execute!(self, "DELETE FROM nodes WHERE id = $1", node)?;
        Ok(())
    }

    /// Forgets the portals that were not seen since, and their visits.
    pub async fn delete_nodes_unseen_since(&mut self, since: Moment) -> Result<u64, Fault> {
        execute!(self, "DELETE FROM nodes WHERE seen_at < $1", since.epoch_ms())
    }

    /// Notes a visit that signs in.
    pub async fn insert_visit(&mut self, new: &NewVisit<'_>) -> Result<(), Fault> {
        let NewVisit { id, account, node, client, source, key, now } = *new;
        execute!(
            self,
            "INSERT INTO visits (id, account, node, client, source, fingerprint, started_at, last_input_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (id) DO UPDATE
             SET account = excluded.account, started_at = excluded.started_at,
                 last_input_at = excluded.last_input_at, ended_at = NULL",
            id,
            account,
            node,
            client,
            source,
            key.map(|key| key.as_bytes().to_vec()),
            now.epoch_ms(),
        )?;
        Ok(())
    }

    /// The live visits of an account at portals that were seen since, the newest first.
    pub async fn list_visits(&mut self, account: &str, seen_since: Moment) -> Result<Vec<KeptVisit>, Fault> {
        let rows: Vec<VisitRow> = fetch_all!(
            self,
            "SELECT v.id, v.client, v.source, v.fingerprint, v.started_at, v.last_input_at
             FROM visits v JOIN nodes n ON n.id = v.node AND n.seen_at >= $2
             WHERE v.account = $1 AND v.ended_at IS NULL ORDER BY v.started_at DESC, v.id",
            account,
            seen_since.epoch_ms(),
        )?;
        Ok(rows.into_iter().map(kept).collect())
    }

    /// Ends one visit of an account, unless it is over; gives it.
    pub async fn claim_visit_end(
        &mut self,
        id: &str,
        account: &str,
        now: Moment,
    ) -> Result<Option<KeptVisit>, Fault> {
        let row: Option<VisitRow> = fetch_optional!(
            self,
            "UPDATE visits SET ended_at = $3 WHERE id = $1 AND account = $2 AND ended_at IS NULL
             RETURNING id, client, source, fingerprint, started_at, last_input_at",
            id,
            account,
            now.epoch_ms(),
        )?;
        Ok(row.map(kept))
    }

    /// Ends every visit of an account but one; gives their ids.
    pub async fn claim_other_visits_end(
        &mut self,
        kept: &str,
        account: &str,
        now: Moment,
    ) -> Result<Vec<String>, Fault> {
        let rows: Vec<(String,)> = fetch_all!(
            self,
            "UPDATE visits SET ended_at = $3 WHERE id <> $1 AND account = $2 AND ended_at IS NULL
             RETURNING id",
            kept,
            account,
            now.epoch_ms(),
        )?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// The visits at a portal that others have ended.
    pub async fn list_ended_visits(&mut self, node: &str) -> Result<Vec<String>, Fault> {
        let rows: Vec<(String,)> =
            fetch_all!(self, "SELECT id FROM visits WHERE node = $1 AND ended_at IS NOT NULL", node)?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// The visits at a portal, ended or not, and when they signed in.
    pub async fn list_visits_at(&mut self, node: &str) -> Result<Vec<(String, Moment)>, Fault> {
        let rows: Vec<(String, i64)> =
            fetch_all!(self, "SELECT id, started_at FROM visits WHERE node = $1", node)?;
        Ok(rows.into_iter().map(|(id, at)| (id, Moment::from_epoch_ms(at))).collect())
    }

    /// Forgets a visit that is over.
    pub async fn delete_visit(&mut self, id: &str) -> Result<(), Fault> {
        execute!(self, "DELETE FROM visits WHERE id = $1", id)?;
        Ok(())
    }

    /// Writes down when something was last typed in a visit.
    pub async fn set_visit_input(&mut self, id: &str, at: Moment) -> Result<(), Fault> {
        execute!(self, "UPDATE visits SET last_input_at = $2 WHERE id = $1", id, at.epoch_ms())?;
        Ok(())
    }
}
