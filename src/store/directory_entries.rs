//! Which entry of a directory each account is.

use super::macros::{claim, execute, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};

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

    /// Takes an account out of a team that a directory says: nobody looks whether it keeps an owner.
    pub async fn delete_membership(&mut self, team: &str, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM memberships WHERE team = $1 AND account = $2", [team, account])
    }
}
