//! Which secret keys rows need, by the id that each row names, and which keys the running nodes know.

use super::macros::{claim, execute, fetch_all};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::timestamp::Timestamp;

/// Rows of one kind that need one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The kind, in the plural.
    pub rows: &'static str,
    /// The key's id; for sealed data its first bytes, which have the id in them.
    pub key: Vec<u8>,
    /// True when `key` is the beginning of sealed data.
    pub is_seal: bool,
    /// How many rows.
    pub count: i64,
}

/// A running node and the keys that it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeKeys {
    /// The node's id.
    pub id: String,
    /// Ids with spaces between them, the current one first; empty when the node has not told them yet.
    pub keys: String,
}

row! { NodeKeys { id, keys } }

/// What names a key by its id for as long as the row stands.
const BY_ID: &[(&str, &str)] = &[
    ("passwords", "SELECT pepper_id, count(*) FROM accounts WHERE pepper_id IS NOT NULL GROUP BY pepper_id"),
    ("recovery codes", "SELECT key_id, count(*) FROM recovery_codes WHERE used_at IS NULL GROUP BY key_id"),
    ("recovery codes kept for an undo", "SELECT key_id, count(*) FROM undo_recovery_codes GROUP BY key_id"),
];

/// What names a key by its id and needs it until it expires.
const UNTIL_EXPIRED: &[(&str, &str)] = &[
    (
        "one-time codes",
        "SELECT key_id, count(*) FROM codes WHERE used_at IS NULL AND dead_at IS NULL AND expires_at > $1
         GROUP BY key_id",
    ),
    (
        "invitations",
        "SELECT key_id, count(*) FROM invitations WHERE used_at IS NULL AND dead_at IS NULL AND expires_at > $1
         GROUP BY key_id",
    ),
    (
        "setup codes",
        "SELECT key_id, count(*) FROM setup
         WHERE used_at IS NULL AND expires_at > $1 AND NOT EXISTS (SELECT 1 FROM accounts) GROUP BY key_id",
    ),
    (
        "undo codes",
        "SELECT r.key_id, count(*) FROM undo_addresses r JOIN undo_snapshots s ON s.id = r.snapshot
         WHERE r.key_id IS NOT NULL AND r.void_at IS NULL
           AND s.used_at IS NULL AND s.dead_at IS NULL AND s.expires_at > $1
         GROUP BY r.key_id",
    ),
    (
        "support case codes",
        "SELECT code_key, count(*) FROM cases WHERE code_key IS NOT NULL AND code_until > $1 GROUP BY code_key",
    ),
];

/// What is sealed. Ten bytes hold a key's id: two before it, eight at most of it.
const SEALED: &[(&str, &str)] = &[
    (
        "authenticator secrets",
        "SELECT substr(sealed, 1, 10) AS seal, count(*) FROM second_factors GROUP BY substr(sealed, 1, 10)",
    ),
    (
        "authenticator secrets kept for an undo",
        "SELECT substr(sealed, 1, 10) AS seal, count(*) FROM undo_second_factors GROUP BY substr(sealed, 1, 10)",
    ),
    (
        "keys of the audit log",
        "SELECT substr(sealed_key, 1, 10) AS seal, count(*) FROM audit_chain GROUP BY substr(sealed_key, 1, 10)",
    ),
    (
        "authenticator secrets that wait for a code",
        "SELECT substr(sealed, 1, 10) AS seal, count(*) FROM pending_enrolments GROUP BY substr(sealed, 1, 10)",
    ),
    (
        "unsent emails",
        "SELECT substr(sealed, 1, 10) AS seal, count(*) FROM outbox WHERE sealed IS NOT NULL
         GROUP BY substr(sealed, 1, 10)",
    ),
    (
        "reset requests",
        "SELECT substr(sealed_identifier, 1, 10) AS seal, count(*) FROM reset_requests
         WHERE sealed_identifier IS NOT NULL GROUP BY substr(sealed_identifier, 1, 10)",
    ),
];

impl Tx {
    /// How many rows of each kind need each key.
    pub async fn list_key_uses(&mut self, now: Timestamp) -> Result<Vec<KeyUse>, StoreFault> {
        let mut uses = Vec::new();
        let by_id =
            |rows, (key, count): (String, i64)| KeyUse { rows, key: key.into_bytes(), is_seal: false, count };
        for &(rows, sql) in BY_ID {
            let found: Vec<(String, i64)> = fetch_all!(self, sql)?;
            uses.extend(found.into_iter().map(|found| by_id(rows, found)));
        }
        for &(rows, sql) in UNTIL_EXPIRED {
            let found: Vec<(String, i64)> = fetch_all!(self, sql, [now])?;
            uses.extend(found.into_iter().map(|found| by_id(rows, found)));
        }
        for &(rows, sql) in SEALED {
            let found: Vec<(Vec<u8>, i64)> = fetch_all!(self, sql)?;
            uses.extend(found.into_iter().map(|(key, count)| KeyUse { rows, key, is_seal: true, count }));
        }
        Ok(uses)
    }

    /// The nodes that were seen since, and the keys that each knows.
    pub async fn list_node_keys(&mut self, seen_since: Timestamp) -> Result<Vec<NodeKeys>, StoreFault> {
        fetch_all!(self, "SELECT id, keys FROM nodes WHERE seen_at >= $1 ORDER BY id", [seen_since])
    }

    /// Records which keys a node knows, the current one first.
    pub async fn set_node_keys(&mut self, node: &str, keys: &str) -> Result<(), StoreFault> {
        execute!(self, "UPDATE nodes SET keys = $2 WHERE id = $1 AND keys <> $2", [node, keys])
    }

    /// The next sealed authenticator secrets in the order of their accounts.
    pub async fn list_sealed_seeds(
        &mut self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT account, sealed FROM second_factors WHERE account > $1 ORDER BY account LIMIT $2",
            [after, limit]
        )
    }

    /// Replaces a sealed authenticator secret by the same under another seal; `false` when it is another by now.
    pub async fn claim_reseal(&mut self, account: &str, old: &[u8], new: &[u8]) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE second_factors SET sealed = $3 WHERE account = $1 AND sealed = $2",
            [account, old, new]
        )
    }
}
