//! The one row that the setup code is derived from.

use super::macros::{claim, execute, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::timestamp::Timestamp;

/// What a setup code is derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupNonce {
    /// A UUID of its own.
    pub nonce: String,
    /// Which key it is derived with.
    pub key_id: String,
    /// When its code expires.
    pub expires_at: Timestamp,
}

row! { SetupNonce { nonce, key_id, expires_at } }

impl Tx {
    /// Writes `new` unless there is one whose code can still be used. Of several nodes that start at once one writes it.
    /// The one called `unreadable` gives way: its key is gone.
    pub async fn renew_setup_nonce(
        &mut self,
        new: &SetupNonce,
        unreadable: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO setup (id, nonce, key_id, created_at, expires_at) VALUES (1, $1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE
             SET nonce = excluded.nonce, key_id = excluded.key_id, created_at = excluded.created_at,
                 expires_at = excluded.expires_at, used_at = NULL
             WHERE setup.expires_at <= $3 OR setup.used_at IS NOT NULL OR setup.nonce = $5",
            [new.nonce.as_str(), new.key_id.as_str(), now, new.expires_at, unreadable]
        )
    }

    /// The one whose code can be used.
    pub async fn find_setup_nonce(&mut self, now: Timestamp) -> Result<Option<SetupNonce>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT nonce, key_id, expires_at FROM setup WHERE used_at IS NULL AND expires_at > $1",
            [now]
        )
    }

    /// Uses it up; `false` when somebody else did, it has expired or was replaced, or there is an account. Of several
    /// that claim it at once, the others wait for this one's row and then find it used.
    pub async fn claim_setup(&mut self, nonce: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE setup SET used_at = $2
             WHERE nonce = $1 AND used_at IS NULL AND expires_at > $2 AND NOT EXISTS (SELECT 1 FROM accounts)",
            [nonce, now]
        )
    }

    /// Makes the setup code useless: there is an account.
    pub(super) async fn end_setup(&mut self, now: Timestamp) -> Result<(), StoreFault> {
        execute!(self, "UPDATE setup SET used_at = $1 WHERE used_at IS NULL", [now])
    }
}
