//! Accounts, their passwords and their epochs.

use super::macros::{claim, execute, exists, fetch_all, fetch_optional, scalar_optional};
use super::row::row;
use super::{Store, StoreFault, Tx, read_tx};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// UUID.
    pub id: String,
    /// The name as it was given.
    pub name: String,
    /// May be empty.
    pub display_name: String,
    /// The password's Argon2 hash; `None` while there is no password.
    pub password_phc: Option<Secret>,
    /// The pepper that keyed the hash; `None` for an imported hash.
    pub pepper_id: Option<String>,
    /// Rises with every change of how the account is proven; older sessions are void.
    pub auth_epoch: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When an operator disabled it.
    pub disabled_at: Option<Timestamp>,
    /// When the password was last set.
    pub password_changed_at: Option<Timestamp>,
    /// When its owner asked for it to be deleted.
    pub deletion_requested_at: Option<Timestamp>,
}

/// A new account.
#[derive(Clone, Debug)]
pub struct NewAccount<'a> {
    /// UUID.
    pub id: &'a str,
    /// The name as given.
    pub name: &'a str,
    /// The form that is unique.
    pub name_canonical: &'a str,
    /// What it looks like; unique too.
    pub name_skeleton: &'a str,
    /// May be empty.
    pub display_name: &'a str,
    /// Argon2 hash, if there is a password already.
    pub password_phc: Option<&'a str>,
    /// The pepper that keyed the hash; `None` for an imported hash.
    pub pepper_id: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
    /// A name that another account gave up after this is not taken.
    pub kept_since: Timestamp,
}

/// A new password.
#[derive(Clone, Copy, Debug)]
pub struct PasswordUpdate<'a> {
    /// Argon2 hash; `None` where a directory has the password.
    pub phc: Option<&'a str>,
    /// The pepper that keyed the hash; `None` for an imported hash.
    pub pepper_id: Option<&'a str>,
    /// True when it is too short without a second factor.
    pub is_short: bool,
}

row! {
    Account {
        id, name, display_name, password_phc: secret, pepper_id, auth_epoch, created_at, disabled_at,
        password_changed_at, deletion_requested_at,
    }
}

fn secret(phc: Option<String>) -> Option<Secret> {
    phc.map(Secret::new)
}

impl Store {
    /// True when there is at least one account.
    pub async fn has_accounts(&self) -> Result<bool, StoreFault> {
        read_tx!(self, StoreFault, |tx| tx.has_accounts().await).await
    }
}

impl Tx {
    /// The account that a typed name or a verified address belongs to, by the canonical form of either. A suspended
    /// address identifies nobody.
    pub async fn find_account_by_identifier(
        &mut self,
        canonical: &str,
    ) -> Result<Option<Account>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT id, name, display_name, password_phc, pepper_id, auth_epoch, created_at, disabled_at,
                    password_changed_at, deletion_requested_at
             FROM accounts
             WHERE name_canonical = $1
                OR id IN (SELECT account FROM email_addresses WHERE canonical = $1 AND verified_at IS NOT NULL
                            AND suspended_at IS NULL)
                OR id IN (SELECT account FROM directory_logins WHERE login = $1
                            AND NOT EXISTS (SELECT 1 FROM accounts WHERE name_canonical = $1)
                            AND NOT EXISTS (SELECT 1 FROM email_addresses
                                            WHERE canonical = $1 AND verified_at IS NOT NULL AND suspended_at IS NULL))",
            [canonical]
        )
    }

    /// The account with this id.
    pub async fn find_account(&mut self, id: &str) -> Result<Option<Account>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT id, name, display_name, password_phc, pepper_id, auth_epoch, created_at, disabled_at,
                    password_changed_at, deletion_requested_at
             FROM accounts WHERE id = $1",
            [id]
        )
    }

    /// Up to `limit` accounts in the order of canonical names, behind the name `after`.
    pub async fn list_accounts(
        &mut self,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Account>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, name, display_name, password_phc, pepper_id, auth_epoch, created_at, disabled_at,
                    password_changed_at, deletion_requested_at
             FROM accounts WHERE name_canonical > $1 ORDER BY name_canonical LIMIT $2",
            [after.unwrap_or_default(), limit]
        )
    }

    /// The verified addresses of the accounts named after `after` and up to `last`, as pairs of account and address; the
    /// primary one of each account first.
    pub async fn list_addresses_of_page(
        &mut self,
        after: Option<&str>,
        last: &str,
    ) -> Result<Vec<(String, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT a.id, e.address FROM accounts a JOIN email_addresses e ON e.account = a.id
             WHERE a.name_canonical > $1 AND a.name_canonical <= $2 AND e.verified_at IS NOT NULL
             ORDER BY CASE WHEN e.primary_at IS NOT NULL THEN 0 ELSE 1 END, e.created_at, e.id",
            [after.unwrap_or_default(), last]
        )
    }

    /// The same for teams: account, team and role, in the order of the teams' canonical names.
    pub async fn list_roles_of_page(
        &mut self,
        after: Option<&str>,
        last: &str,
    ) -> Result<Vec<(String, String, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT a.id, t.name, m.role FROM accounts a
             JOIN memberships m ON m.account = a.id JOIN teams t ON t.id = m.team
             WHERE a.name_canonical > $1 AND a.name_canonical <= $2 ORDER BY t.name_canonical",
            [after.unwrap_or_default(), last]
        )
    }

    /// True when there is at least one account; strangers may ask, so it counts none.
    pub async fn has_accounts(&mut self) -> Result<bool, StoreFault> {
        exists!(self, "SELECT 1 FROM accounts LIMIT 1")
    }

    /// How many accounts there are.
    pub async fn count_accounts(&mut self) -> Result<i64, StoreFault> {
        super::macros::scalar!(self, "SELECT count(*) FROM accounts")
    }

    /// Inserts an account; `false` when the name is taken in any spelling or looks like one that is, or another
    /// account gave it up recently.
    pub async fn insert_account(&mut self, new: &NewAccount<'_>) -> Result<bool, StoreFault> {
        // First, so that it waits for whoever sets the portal up at this moment, or they for it.
        self.end_setup(new.now).await?;
        claim!(
            self,
            "INSERT INTO accounts (id, name, name_canonical, name_skeleton, display_name, password_phc, pepper_id,
                                   password_changed_at, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
             WHERE NOT EXISTS (SELECT 1 FROM released_names WHERE name_skeleton = $4 AND released_at > $10)
             ON CONFLICT DO NOTHING",
            [
                new.id,
                new.name,
                new.name_canonical,
                new.name_skeleton,
                new.display_name,
                new.password_phc,
                new.pepper_id,
                new.password_phc.map(|_| new.now),
                new.now,
                new.kept_since
            ]
        )
    }

    /// True when the account is enabled and still in `epoch`, so that a session's proof is good.
    pub async fn is_current(&mut self, account: &str, epoch: i64) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT id FROM accounts WHERE id = $1 AND auth_epoch = $2 AND disabled_at IS NULL",
            [account, epoch]
        )
    }

    /// Sets a new password and raises the epoch, if the account is open and still in `epoch`. Gives the
    /// new epoch.
    pub async fn claim_password(
        &mut self,
        account: &str,
        epoch: i64,
        new: &PasswordUpdate<'_>,
        session: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreFault> {
        let raised = scalar_optional!(
            self,
            "UPDATE accounts
             SET password_phc = $3, pepper_id = $4, password_changed_at = $5, short_password_at = $6,
                 auth_epoch = auth_epoch + 1, epoch_raised_at = $5
             WHERE id = $1 AND auth_epoch = $2 AND disabled_at IS NULL
             RETURNING auth_epoch",
            [account, epoch, new.phc, new.pepper_id, now, new.is_short.then_some(now)]
        )?;
        self.carry_session_over(session, account, raised).await
    }

    /// True when the account's password is too short without a second factor.
    pub async fn has_short_password(&mut self, account: &str) -> Result<bool, StoreFault> {
        exists!(self, "SELECT id FROM accounts WHERE id = $1 AND short_password_at IS NOT NULL", [account])
    }

    /// Deletes the password; a reset sets the next one.
    pub async fn delete_password(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE accounts SET password_phc = NULL, pepper_id = NULL, short_password_at = NULL WHERE id = $1",
            [account]
        )
    }

    /// Replaces the hash of an unchanged password (better parameters, newer pepper), unless the password
    /// was changed meanwhile.
    pub async fn set_better_hash(
        &mut self,
        account: &str,
        epoch: i64,
        phc: &str,
        pepper_id: Option<&str>,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE accounts SET password_phc = $3, pepper_id = $4 WHERE id = $1 AND auth_epoch = $2",
            [account, epoch, phc, pepper_id]
        )
    }

    /// Disables the account, which ends its sessions; `false` when it is disabled already.
    pub async fn claim_disabled(&mut self, account: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE accounts
             SET disabled_at = $2, auth_epoch = auth_epoch + 1, epoch_raised_at = $2
             WHERE id = $1 AND disabled_at IS NULL",
            [account, now]
        )
    }

    /// Enables the account; `false` when it is enabled already, or its deletion was begun.
    pub async fn claim_enabled(&mut self, account: &str) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE accounts SET disabled_at = NULL
             WHERE id = $1 AND disabled_at IS NOT NULL AND deletion_begun_at IS NULL",
            [account]
        )
    }

    /// Accounts whose epoch was raised after `since`, with their epochs.
    pub async fn list_raised_epochs(&mut self, since: Timestamp) -> Result<Vec<(String, i64)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, auth_epoch FROM accounts
             WHERE epoch_raised_at IS NOT NULL AND epoch_raised_at > $1 ORDER BY epoch_raised_at",
            [since]
        )
    }

    /// Makes every other change of this account that begins so wait until this transaction ends. `false`
    /// when there is no such account or it is disabled.
    pub async fn claim_account_lock(&mut self, account: &str) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE accounts SET auth_epoch = auth_epoch WHERE id = $1 AND disabled_at IS NULL",
            [account]
        )
    }

    /// The same where the account may be disabled: what an operator does to it, and an undo. `false` when there is none.
    pub async fn claim_any_account_lock(&mut self, account: &str) -> Result<bool, StoreFault> {
        claim!(self, "UPDATE accounts SET auth_epoch = auth_epoch WHERE id = $1", [account])
    }

    /// The same where codes of the account may be compared now, and nothing elsewhere: no row is written for a name that
    /// has none, be it an account's or nobody's.
    pub async fn lock_account_of_codes(&mut self, account: &str, purpose: &str) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE accounts SET auth_epoch = auth_epoch
             WHERE id = $1 AND EXISTS (SELECT 1 FROM codes WHERE account = $1 AND purpose = $2
                                       AND used_at IS NULL AND dead_at IS NULL)",
            [account, purpose]
        )
    }
}
