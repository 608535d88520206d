//! Which entry of a directory each account is, and by what else than its name and its address that finds it.

use super::macros::{claim, execute, exists, fetch_all, fetch_optional, scalar_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::timestamp::Timestamp;

/// Logins kept for one account. One that is forgotten comes back with its next use.
const LOGINS_PER_ACCOUNT: i64 = 8;

/// The account of an entry, as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownEntry {
    /// The account's id.
    pub account: String,
    /// What the entry is always called.
    pub entry: String,
    /// Where it was when it was last seen.
    pub location: String,
}

row! { KnownEntry { account, entry, location } }

impl Tx {
    /// The account of an entry.
    pub async fn find_known_entry(&mut self, entry: &str) -> Result<Option<KnownEntry>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT account, entry, location FROM directory_entries WHERE entry = $1",
            [entry]
        )
    }

    /// The entry of an account; none for one that was made in the portal.
    pub async fn find_entry_of(&mut self, account: &str) -> Result<Option<KnownEntry>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT account, entry, location FROM directory_entries WHERE account = $1",
            [account]
        )
    }

    /// Says which entry an account is; `false` when one of the two is taken.
    pub async fn insert_known_entry(&mut self, known: &KnownEntry) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO directory_entries (account, entry, location) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [&known.account, &known.entry, &known.location]
        )
    }

    /// Records where the entry of an account is now.
    pub async fn set_entry_location(&mut self, account: &str, location: &str) -> Result<(), StoreFault> {
        execute!(self, "UPDATE directory_entries SET location = $2 WHERE account = $1", [account, location])
    }

    /// Whether the directory has found the account by this login, which is neither its name nor its address.
    pub async fn is_directory_login_of(&mut self, login: &str, account: &str) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT account FROM directory_logins WHERE login = $1 AND account = $2",
            [login, account]
        )
    }

    /// Records that the directory finds the account by this login. Of too many no other one is kept: a filter may find
    /// somebody by anything.
    pub async fn set_directory_login(&mut self, login: &str, account: &str) -> Result<(), StoreFault> {
        execute!(
            self,
            "DELETE FROM directory_logins
             WHERE account = $1 AND (SELECT count(*) FROM directory_logins WHERE account = $1) >= $2",
            [account, LOGINS_PER_ACCOUNT]
        )?;
        execute!(
            self,
            "INSERT INTO directory_logins (login, account) VALUES ($1, $2)
             ON CONFLICT (login) DO UPDATE SET account = excluded.account",
            [login, account]
        )
    }

    /// Leases the password of the account's entry; `false` where somebody else has the lease, or there is no entry.
    pub async fn claim_password_lease(
        &mut self,
        account: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE directory_entries SET password_leased_until = $3
             WHERE account = $1 AND (password_leased_until IS NULL OR password_leased_until <= $2)",
            [account, now, until]
        )
    }

    /// Until when somebody has that lease, or had it.
    pub async fn find_password_lease(&mut self, account: &str) -> Result<Option<Timestamp>, StoreFault> {
        let lease: Option<Option<Timestamp>> = scalar_optional!(
            self,
            "SELECT password_leased_until FROM directory_entries WHERE account = $1",
            [account]
        )?;
        Ok(lease.flatten())
    }

    /// Gives the lease back that lasts until then.
    pub async fn release_password_lease(
        &mut self,
        account: &str,
        until: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE directory_entries SET password_leased_until = NULL
             WHERE account = $1 AND password_leased_until = $2",
            [account, until]
        )
    }

    /// Records that the password of the account's entry is to be taken away.
    pub async fn begin_password_void(&mut self, account: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE directory_entries SET password_void_due_at = $2 WHERE account = $1",
            [account, now]
        )
    }

    /// Whether the password is to be taken away.
    pub async fn is_password_void_due(&mut self, account: &str) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT account FROM directory_entries WHERE account = $1 AND password_void_due_at IS NOT NULL",
            [account]
        )
    }

    /// The same lease, for a password that is due to be taken away; `false` where it is not due any more, too.
    pub async fn claim_password_void(
        &mut self,
        account: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE directory_entries SET password_leased_until = $3
             WHERE account = $1 AND password_void_due_at <= $2
               AND (password_leased_until IS NULL OR password_leased_until <= $2)",
            [account, now, until]
        )
    }

    /// Has it tried again at `due_at`, for whoever has the lease that lasts until then.
    pub async fn delay_password_void(
        &mut self,
        account: &str,
        leased_until: Timestamp,
        due_at: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE directory_entries SET password_void_due_at = $3
             WHERE account = $1 AND password_leased_until = $2 AND password_void_due_at IS NOT NULL",
            [account, leased_until, due_at]
        )
    }

    /// Records that the password is gone, or that another one was set by somebody who may, and gives the lease back that
    /// lasts until then; `false` where somebody else has it meanwhile.
    pub async fn end_password_void(
        &mut self,
        account: &str,
        leased_until: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE directory_entries SET password_void_due_at = NULL, password_leased_until = NULL
             WHERE account = $1 AND password_leased_until = $2",
            [account, leased_until]
        )
    }

    /// The accounts whose password is due to be taken away, and nobody has the lease.
    pub async fn list_due_password_voids(
        &mut self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<String>, StoreFault> {
        let due: Vec<(String,)> = fetch_all!(
            self,
            "SELECT account FROM directory_entries
             WHERE password_void_due_at <= $1
               AND (password_leased_until IS NULL OR password_leased_until <= $1)
             ORDER BY password_void_due_at LIMIT $2",
            [now, most]
        )?;
        Ok(due.into_iter().map(|(account,)| account).collect())
    }

    /// Takes an account out of a team that a directory says: nobody looks whether it keeps an owner.
    pub async fn delete_membership(&mut self, team: &str, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM memberships WHERE team = $1 AND account = $2", [team, account])
    }
}
