//! Public SSH keys. Several accounts may have registered the same one as long as nobody has proven to hold
//! it; of those that are proven, the table itself holds to one account each.

use super::macros::{execute, fetch_all, fetch_one, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::{Fingerprint, SshKey, as_line};
use crate::domain::timestamp::Timestamp;

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The account's id.
    pub account: String,
    /// Username.
    pub name: String,
    /// The account's epoch now.
    pub epoch: i64,
}

row! { KeyOwner { account, name, epoch } }
row! { RegisteredKey { id, fingerprint, algorithm, comment, added_at, last_used_at, verified_at } }

impl Tx {
    /// The keys of one account, the oldest first.
    pub async fn list_keys(&mut self, account: &str) -> Result<Vec<RegisteredKey>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, fingerprint, algorithm, comment, added_at, last_used_at, verified_at FROM keys
             WHERE account = $1 ORDER BY added_at, id",
            account,
        )
    }

    /// How many keys an account has.
    pub async fn count_keys(&mut self, account: &str) -> Result<i64, StoreFault> {
        let (count,): (i64,) = fetch_one!(self, "SELECT count(*) FROM keys WHERE account = $1", account)?;
        Ok(count)
    }

    /// Registers a key; `false` when this account has it already, or somebody has proven to hold it.
    pub async fn insert_key(
        &mut self,
        id: &str,
        account: &str,
        key: &SshKey,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "INSERT INTO keys (id, account, fingerprint, algorithm, blob, comment, added_at)
             SELECT $1, $2, $3, $4, $5, $6, $7
             WHERE NOT EXISTS (SELECT 1 FROM keys WHERE fingerprint = $3 AND verified_at IS NOT NULL)
             ON CONFLICT (fingerprint, account) DO NOTHING",
            id,
            account,
            key.fingerprint(),
            key.algorithm(),
            key.blob(),
            key.comment(),
            now.epoch_ms(),
        )?;
        Ok(rows == 1)
    }

    /// Gives a key another comment, if it still has the one that was `seen`.
    pub async fn claim_key_comment(
        &mut self,
        id: &str,
        account: &str,
        seen: &str,
        comment: &str,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "UPDATE keys SET comment = $4 WHERE id = $1 AND account = $2 AND comment = $3",
            id,
            account,
            seen,
            comment,
        )?;
        Ok(rows == 1)
    }

    /// Takes a key off its account.
    pub async fn delete_key(&mut self, id: &str, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM keys WHERE id = $1 AND account = $2", id, account)?;
        Ok(())
    }

    /// The open account that a key means: with a `canonical` name or address, that one if it has the key;
    /// without, the one that has proven to hold it. A key that one account has proven is no other's,
    /// whoever is named. One statement, whatever of it there is.
    pub async fn find_key_owner(
        &mut self,
        key: &Fingerprint,
        canonical: Option<&str>,
    ) -> Result<Option<KeyOwner>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT a.id AS account, a.name, a.auth_epoch AS epoch
             FROM keys k JOIN accounts a ON a.id = k.account AND a.disabled_at IS NULL
             WHERE k.fingerprint = $1
               AND (k.verified_at IS NOT NULL
                    OR ($2 IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM keys p WHERE p.fingerprint = $1 AND p.verified_at IS NOT NULL)))
               AND ($2 IS NULL OR a.name_canonical = $2
                    OR a.id IN (SELECT account FROM email_addresses
                                WHERE canonical = $2 AND verified_at IS NOT NULL))",
            *key,
            canonical,
        )
    }

    /// Notes that an account was signed in to over a connection that holds a key; `false` when the account
    /// has no such key.
    pub async fn set_key_used(
        &mut self,
        key: &Fingerprint,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "UPDATE keys SET last_used_at = $3 WHERE fingerprint = $1 AND account = $2",
            *key,
            account,
            now.epoch_ms(),
        )?;
        Ok(rows == 1)
    }

    /// Whether an account has proven to hold a key, at some time.
    pub async fn is_proven_key(&mut self, key: &Fingerprint, account: &str) -> Result<bool, StoreFault> {
        let row: Option<(String,)> = fetch_optional!(
            self,
            "SELECT id FROM keys WHERE fingerprint = $1 AND account = $2 AND verified_at IS NOT NULL",
            *key,
            account,
        )?;
        Ok(row.is_some())
    }

    /// Makes a registered key the account's own, if nobody has proven to hold it yet. `true` when it was
    /// this caller who did.
    pub async fn claim_key_proven(
        &mut self,
        key: &Fingerprint,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "UPDATE keys SET verified_at = $3
             WHERE fingerprint = $1 AND account = $2 AND verified_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM keys p WHERE p.fingerprint = $1 AND p.verified_at IS NOT NULL)",
            *key,
            account,
            now.epoch_ms(),
        )?;
        Ok(rows == 1)
    }

    /// Takes a key that `account` has proven off every other account; gives those, with their usernames.
    pub async fn delete_parked_keys(
        &mut self,
        key: &Fingerprint,
        account: &str,
    ) -> Result<Vec<(String, String)>, StoreFault> {
        fetch_all!(
            self,
            "DELETE FROM keys WHERE fingerprint = $1 AND account <> $2 AND verified_at IS NULL
             RETURNING account, (SELECT name FROM accounts WHERE id = account)",
            *key,
            account,
        )
    }

    /// The public keys of the open account with this canonical username, as lines without comments; none
    /// when there is none.
    pub async fn list_public_keys(&mut self, canonical: &str) -> Result<Vec<String>, StoreFault> {
        let rows: Vec<(Vec<u8>,)> = fetch_all!(
            self,
            "SELECT k.blob FROM keys k JOIN accounts a ON a.id = k.account
             WHERE a.name_canonical = $1 AND a.disabled_at IS NULL ORDER BY k.added_at, k.id",
            canonical,
        )?;
        Ok(rows.iter().filter_map(|(blob,)| as_line(blob)).collect())
    }

    /// Raises the epoch of an open account that is still in `epoch`, so that every proof made before is
    /// void. Gives the new one.
    pub async fn claim_epoch(
        &mut self,
        account: &str,
        epoch: i64,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreFault> {
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
