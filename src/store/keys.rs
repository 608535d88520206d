//! Public SSH keys. Several accounts may register the same key until one of them has proven to hold it; a unique
//! index gives a proven key to one account.

use super::macros::{affected, claim, execute, exists, fetch_all, fetch_optional, scalar, scalar_optional};
use super::row::{flag, row};
use super::{Origin, StoreFault, Tx};
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::{Fingerprint, SshKey, as_line};
use crate::domain::timestamp::Timestamp;

/// The account that a key belongs to.
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
row! {
    RegisteredKey {
        id, fingerprint, algorithm, comment, added_at, last_used_at, verified_at, added_ip, added_client,
        suspended_at, no_touch_required: flag,
    }
}

impl Tx {
    /// The keys of one account, the oldest first.
    pub async fn list_keys(&mut self, account: &str) -> Result<Vec<RegisteredKey>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, fingerprint, algorithm, comment, added_at, last_used_at, verified_at, added_ip,
                    added_client, suspended_at, no_touch_required
             FROM keys WHERE account = $1 ORDER BY added_at, id",
            [account]
        )
    }

    /// How many keys an account has.
    pub async fn count_keys(&mut self, account: &str) -> Result<i64, StoreFault> {
        scalar!(self, "SELECT count(*) FROM keys WHERE account = $1", [account])
    }

    /// Registers a key; `false` when this account has it already, or any account has proven to hold it.
    pub async fn insert_key(
        &mut self,
        id: &str,
        account: &str,
        key: &SshKey,
        from: Origin<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO keys (id, account, fingerprint, algorithm, blob, comment, added_at, added_ip, added_client,
                               no_touch_required)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
             WHERE NOT EXISTS (SELECT 1 FROM keys WHERE fingerprint = $3 AND verified_at IS NOT NULL)
             ON CONFLICT (fingerprint, account) DO NOTHING",
            [
                id,
                account,
                key.fingerprint(),
                key.algorithm(),
                key.blob(),
                key.comment(),
                now,
                from.ip,
                from.client,
                i64::from(key.no_touch_required())
            ]
        )
    }

    /// Changes a key's comment, if it is still the one that was `seen`.
    pub async fn claim_key_comment(
        &mut self,
        id: &str,
        account: &str,
        seen: &str,
        comment: &str,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE keys SET comment = $4 WHERE id = $1 AND account = $2 AND comment = $3",
            [id, account, seen, comment]
        )
    }

    /// Deletes a key of an account.
    pub async fn delete_key(&mut self, id: &str, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM keys WHERE id = $1 AND account = $2", [id, account])
    }

    /// Whether any enabled account has registered a key, proven or not, that is not suspended and may sign in
    /// ([`RegisteredKey::may_sign_in`]).
    pub async fn is_registered_key(&mut self, key: &Fingerprint) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT k.id FROM keys k JOIN accounts a ON a.id = k.account AND a.disabled_at IS NULL
             WHERE k.fingerprint = $1 AND k.suspended_at IS NULL
               AND (k.no_touch_required <> 0 OR k.algorithm NOT LIKE 'sk-%') LIMIT 1",
            [*key]
        )
    }

    /// The enabled account that a key belongs to: with a `canonical` name or address, that account if it has the
    /// key; without, the one that has proven to hold it. A key that one account has proven belongs to no other, also
    /// while it is suspended there: then it belongs to nobody, like one that may not sign in.
    /// One statement in every case, so that timing tells nothing.
    pub async fn find_key_owner(
        &mut self,
        key: &Fingerprint,
        canonical: Option<&str>,
    ) -> Result<Option<KeyOwner>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT a.id AS account, a.name, a.auth_epoch AS epoch
             FROM keys k JOIN accounts a ON a.id = k.account AND a.disabled_at IS NULL
             WHERE k.fingerprint = $1 AND k.suspended_at IS NULL
               AND (k.no_touch_required <> 0 OR k.algorithm NOT LIKE 'sk-%')
               AND (k.verified_at IS NOT NULL
                    OR ($2 IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM keys p WHERE p.fingerprint = $1 AND p.verified_at IS NOT NULL)))
               AND ($2 IS NULL OR a.name_canonical = $2
                    OR a.id IN (SELECT account FROM email_addresses
                                WHERE canonical = $2 AND verified_at IS NOT NULL AND suspended_at IS NULL))",
            [*key, canonical]
        )
    }

    /// Records a sign-in over a connection that holds a key; `false` when the account has no such key, or it is
    /// suspended.
    pub async fn set_key_used(
        &mut self,
        key: &Fingerprint,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE keys SET last_used_at = $3 WHERE fingerprint = $1 AND account = $2 AND suspended_at IS NULL",
            [*key, account, now]
        )
    }

    /// Whether an account has ever proven to hold a key that is not suspended.
    pub async fn is_proven_key(&mut self, key: &Fingerprint, account: &str) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT id FROM keys
             WHERE fingerprint = $1 AND account = $2 AND verified_at IS NOT NULL AND suspended_at IS NULL",
            [*key, account]
        )
    }

    /// Marks a registered key as proven, if no account has proven to hold it yet. `true` when this caller did.
    pub async fn claim_key_proven(
        &mut self,
        key: &Fingerprint,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE keys SET verified_at = $3
             WHERE fingerprint = $1 AND account = $2 AND verified_at IS NULL AND suspended_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM keys p WHERE p.fingerprint = $1 AND p.verified_at IS NOT NULL)",
            [*key, account, now]
        )
    }

    /// Deletes a key that `account` has proven from every other account; returns those, with their usernames.
    pub async fn delete_parked_keys(
        &mut self,
        key: &Fingerprint,
        account: &str,
    ) -> Result<Vec<(String, String)>, StoreFault> {
        fetch_all!(
            self,
            "DELETE FROM keys WHERE fingerprint = $1 AND account <> $2 AND verified_at IS NULL
             RETURNING account, (SELECT name FROM accounts WHERE id = account)",
            [*key, account]
        )
    }

    /// The public keys of the enabled account with this canonical username, as lines without comments. Those that
    /// are suspended are left out.
    pub async fn list_public_keys(&mut self, canonical: &str) -> Result<Vec<String>, StoreFault> {
        let rows: Vec<(Vec<u8>, i64)> = fetch_all!(
            self,
            "SELECT k.blob, k.no_touch_required FROM keys k JOIN accounts a ON a.id = k.account
             WHERE a.name_canonical = $1 AND a.disabled_at IS NULL AND k.suspended_at IS NULL ORDER BY k.added_at, k.id",
            [canonical]
        )?;
        Ok(rows
            .iter()
            .filter_map(|(blob, no_touch_required)| as_line(blob, flag(*no_touch_required)))
            .collect())
    }

    /// Suspends the keys of an account that were added after `since`. Gives how many.
    pub async fn suspend_keys_added_after(
        &mut self,
        account: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreFault> {
        affected!(
            self,
            "UPDATE keys SET suspended_at = $3 WHERE account = $1 AND added_at > $2 AND suspended_at IS NULL",
            [account, since, now]
        )
    }

    /// Keeps a suspended key; `false` when it is not suspended.
    pub async fn claim_key_kept(&mut self, id: &str, account: &str) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE keys SET suspended_at = NULL WHERE id = $1 AND account = $2 AND suspended_at IS NOT NULL",
            [id, account]
        )
    }

    /// Raises the epoch of an enabled account that is still in `epoch`, which voids every earlier proof but
    /// that of `session`. Returns the new epoch.
    pub async fn claim_epoch(
        &mut self,
        account: &str,
        epoch: i64,
        session: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreFault> {
        let raised = scalar_optional!(
            self,
            "UPDATE accounts SET auth_epoch = auth_epoch + 1, epoch_raised_at = $3
             WHERE id = $1 AND auth_epoch = $2 AND disabled_at IS NULL
             RETURNING auth_epoch",
            [account, epoch, now]
        )?;
        self.carry_session_over(session, account, raised).await
    }
}
