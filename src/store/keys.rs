//! Public SSH keys. A fingerprint is on one account at most, which the table itself holds to.

use super::macros::{execute, fetch_all, fetch_one, fetch_optional};
use super::{Fault, Tx};
use crate::domain::moment::Moment;
use crate::domain::ssh_key::{Fingerprint, SshKey};

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKey {
    /// UUID.
    pub id: String,
    /// SHA-256 of the blob.
    pub fingerprint: Fingerprint,
    /// `ssh-ed25519`.
    pub algorithm: String,
    /// The owner's own text, made harmless.
    pub comment: String,
    /// When it was registered.
    pub added_at: Moment,
    /// When it was last signed in with.
    pub last_used_at: Option<Moment>,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The account's id.
    pub account: String,
    /// User name.
    pub name: String,
    /// The account's epoch now.
    pub epoch: i64,
}

type KeyRow = (String, Vec<u8>, String, String, i64, Option<i64>);

/// `None` for a fingerprint that is none, which the program never writes.
fn kept((id, fingerprint, algorithm, comment, added_at, last_used_at): KeyRow) -> Option<KeptKey> {
    Some(KeptKey {
        id,
        fingerprint: Fingerprint::from_bytes(&fingerprint)?,
        algorithm,
        comment,
        added_at: Moment::from_epoch_ms(added_at),
        last_used_at: last_used_at.map(Moment::from_epoch_ms),
    })
}

impl Tx {
    /// The keys of one account, the oldest first.
    pub async fn list_keys(&mut self, account: &str) -> Result<Vec<KeptKey>, Fault> {
        let rows: Vec<KeyRow> = fetch_all!(
            self,
            "SELECT id, fingerprint, algorithm, comment, added_at, last_used_at FROM keys
             WHERE account = $1 ORDER BY added_at, id",
            account,
        )?;
        Ok(rows.into_iter().filter_map(kept).collect())
    }

    /// How many keys an account has.
    pub async fn count_keys(&mut self, account: &str) -> Result<i64, Fault> {
        let (count,): (i64,) = fetch_one!(self, "SELECT count(*) FROM keys WHERE account = $1", account)?;
        Ok(count)
    }

    /// Registers a key; `false` when it is registered already, on whichever account.
    pub async fn insert_key(
        &mut self,
        id: &str,
        account: &str,
        key: &SshKey,
        now: Moment,
    ) -> Result<bool, Fault> {
        let rows = execute!(
            self,
            "INSERT INTO keys (id, account, fingerprint, algorithm, blob, comment, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (fingerprint) DO NOTHING",
            id,
            account,
            key.fingerprint().as_bytes().to_vec(),
            key.algorithm(),
            key.blob(),
            key.comment(),
            now.epoch_ms(),
        )?;
        Ok(rows == 1)
    }

    /// Takes a key off its account.
    pub async fn delete_key(&mut self, id: &str, account: &str) -> Result<(), Fault> {
        execute!(self, "DELETE FROM keys WHERE id = $1 AND account = $2", id, account)?;
        Ok(())
    }

    /// The open account that a key is registered on and, when a `canonical` name or address is given, that
    /// it belongs to. One statement, whatever of it there is.
    pub async fn find_key_owner(
        &mut self,
        key: &Fingerprint,
        canonical: Option<&str>,
    ) -> Result<Option<KeyOwner>, Fault> {
        let row: Option<(String, String, i64)> = fetch_optional!(
            self,
            "SELECT a.id, a.name, a.auth_epoch
             FROM keys k JOIN accounts a ON a.id = k.account AND a.disabled_at IS NULL
             WHERE k.fingerprint = $1
               AND ($2 IS NULL OR a.name_canonical = $2
                    OR a.id IN (SELECT account FROM addresses
                                WHERE canonical = $2 AND verified_at IS NOT NULL))",
            key.as_bytes().to_vec(),
            canonical,
        )?;
        Ok(row.map(|(account, name, epoch)| KeyOwner { account, name, epoch }))
    }

    /// Notes that a key was signed in with.
    pub async fn set_key_used(&mut self, key: &Fingerprint, now: Moment) -> Result<(), Fault> {
        execute!(
            self,
            "UPDATE keys SET last_used_at = $2 WHERE fingerprint = $1",
            key.as_bytes().to_vec(),
            now.epoch_ms(),
        )?;
        Ok(())
    }

    /// Raises the epoch of an open account that is still in `epoch`, so that every proof made before is
    /// void. Gives the new one.
    pub async fn claim_epoch(
        &mut self,
        account: &str,
        epoch: i64,
        now: Moment,
    ) -> Result<Option<i64>, Fault> {
        let row: Option<(i64,)> = fetch_optional!(
            self,
            "UPDATE accounts SET auth_epoch = auth_epoch + 1, epoch_raised_at = $3
             WHERE id = $1 AND auth_epoch = $2 AND disabled_at IS NULL
             RETURNING auth_epoch",
            account,
            epoch,
            now.epoch_ms(),
        )?;
        Ok(row.map(|(epoch,)| epoch))
    }
}
