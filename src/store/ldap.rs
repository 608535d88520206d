//! What the LDAP server reads: people and teams that somebody may see, found by what has an index or page by page.
//! `scope` is the id of a service account that finds the members of its teams alone; `None` finds everybody.

use super::macros::{claim, execute, fetch_all, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::posix::PosixAccount;

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPerson {
    /// UUID.
    pub id: String,
    /// Username.
    pub name: String,
    /// Its canonical form: people are listed in the order of these.
    pub name_canonical: String,
    /// May be empty.
    pub display_name: String,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTeam {
    /// UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The canonical form: teams are listed in the order of these.
    pub name_canonical: String,
    /// May be empty.
    pub description: String,
}

/// What people are found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonBy {
    /// All of them.
    Any,
    /// The id of the account.
    Id(String),
    /// The canonical username.
    Name(String),
    /// The canonical form of a verified address.
    Mail(String),
    /// The canonical name of a team.
    Team(String),
    /// The number of the user on Unix machines.
    UidNumber(i64),
}

/// What teams are found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamBy {
    /// All of them.
    Any,
    /// The canonical name.
    Name(String),
    /// The canonical username of a member.
    Member(String),
}

row! { ListedPerson { id, name, name_canonical, display_name } }
row! { ListedTeam { id, name, name_canonical, description } }
row! { PosixAccount { uid, gid, home, shell } }

macro_rules! people {
    ($found_by:literal) => {
        concat!(
            "SELECT a.id, a.name, a.name_canonical, a.display_name FROM accounts a
             WHERE a.disabled_at IS NULL AND a.deletion_begun_at IS NULL AND a.name_canonical > $1
               AND ($2 IS NULL OR EXISTS (SELECT 1 FROM memberships m JOIN service_account_teams s ON s.team = m.team
                                          WHERE m.account = a.id AND s.service_account = $2)) ",
            $found_by,
            " ORDER BY a.name_canonical LIMIT $3"
        )
    };
}

macro_rules! teams {
    ($found_by:literal) => {
        concat!(
            "SELECT t.id, t.name, t.name_canonical, t.description FROM teams t
             WHERE t.name_canonical > $1
               AND ($2 IS NULL OR EXISTS (SELECT 1 FROM service_account_teams s
                                          WHERE s.team = t.id AND s.service_account = $2))
               AND ($4 IS NULL OR EXISTS (SELECT 1 FROM memberships o WHERE o.team = t.id AND o.account = $4)) ",
            $found_by,
            " ORDER BY t.name_canonical LIMIT $3"
        )
    };
}

impl Tx {
    /// Up to `limit` people behind the canonical name `after`, in the order of these.
    pub async fn list_people(
        &mut self,
        by: &PersonBy,
        scope: Option<&str>,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ListedPerson>, StoreFault> {
        match by {
            PersonBy::Any => fetch_all!(self, people!(""), [after, scope, limit]),
            PersonBy::Id(id) => fetch_all!(self, people!("AND a.id = $4"), [after, scope, limit, id]),
            PersonBy::Name(name) => {
                fetch_all!(self, people!("AND a.name_canonical = $4"), [after, scope, limit, name])
            }
            PersonBy::Mail(address) => fetch_all!(
                self,
                people!(
                    "AND a.id IN (SELECT e.account FROM email_addresses e
                                  WHERE e.canonical = $4 AND e.verified_at IS NOT NULL AND e.suspended_at IS NULL)"
                ),
                [after, scope, limit, address]
            ),
            PersonBy::Team(team) => fetch_all!(
                self,
                people!(
                    // A team outside the scope is not gone through: the time that takes would tell of it.
                    "AND a.id IN (SELECT i.account FROM memberships i JOIN teams t ON t.id = i.team
                                  WHERE t.name_canonical = $4
                                    AND ($2 IS NULL OR EXISTS (SELECT 1 FROM service_account_teams w
                                                               WHERE w.team = t.id AND w.service_account = $2)))"
                ),
                [after, scope, limit, team]
            ),
            PersonBy::UidNumber(number) => fetch_all!(
                self,
                people!("AND a.id IN (SELECT p.account FROM posix_accounts p WHERE p.uid_number = $4)"),
                [after, scope, limit, *number]
            ),
        }
    }

    /// Up to `limit` teams behind the canonical name `after`, in the order of these; with `of` those of this account alone.
    pub async fn list_teams_found(
        &mut self,
        by: &TeamBy,
        (scope, of): (Option<&str>, Option<&str>),
        after: &str,
        limit: i64,
    ) -> Result<Vec<ListedTeam>, StoreFault> {
        match by {
            TeamBy::Any => fetch_all!(self, teams!(""), [after, scope, limit, of]),
            TeamBy::Name(name) => {
                fetch_all!(self, teams!("AND t.name_canonical = $5"), [after, scope, limit, of, name])
            }
            TeamBy::Member(name) => fetch_all!(
                self,
                teams!(
                    "AND t.id IN (SELECT m.team FROM memberships m JOIN accounts a ON a.id = m.account
                                  WHERE a.name_canonical = $5)"
                ),
                [after, scope, limit, of, name]
            ),
        }
    }

    /// The addresses in use of the accounts from the canonical name `first` to `last`, as pairs of account and address; the
    /// primary one of each account first.
    pub async fn list_mail_between(
        &mut self,
        first: &str,
        last: &str,
    ) -> Result<Vec<(String, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT a.id, e.address FROM accounts a JOIN email_addresses e ON e.account = a.id
             WHERE a.name_canonical >= $1 AND a.name_canonical <= $2
               AND e.verified_at IS NOT NULL AND e.suspended_at IS NULL
             ORDER BY CASE WHEN e.primary_at IS NOT NULL THEN 0 ELSE 1 END, e.created_at, e.id",
            [first, last]
        )
    }

    /// The teams of these accounts that `scope` finds, as pairs of account and team, in the order of the teams' names.
    pub async fn list_teams_between(
        &mut self,
        first: &str,
        last: &str,
        scope: Option<&str>,
    ) -> Result<Vec<(String, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT a.id, t.name FROM accounts a
             JOIN memberships m ON m.account = a.id JOIN teams t ON t.id = m.team
             WHERE a.name_canonical >= $1 AND a.name_canonical <= $2
               AND ($3 IS NULL OR EXISTS (SELECT 1 FROM service_account_teams s
                                          WHERE s.team = t.id AND s.service_account = $3))
             ORDER BY t.name_canonical",
            [first, last, scope]
        )
    }

    /// The public keys of these accounts that are not suspended, as pairs of account and key, the oldest first.
    pub async fn list_keys_between(
        &mut self,
        first: &str,
        last: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT a.id, k.blob FROM accounts a JOIN keys k ON k.account = a.id
             WHERE a.name_canonical >= $1 AND a.name_canonical <= $2 AND k.suspended_at IS NULL
             ORDER BY k.added_at, k.id",
            [first, last]
        )
    }

    /// The usernames of a team's members who can sign in, in their order.
    pub async fn list_member_names(&mut self, team: &str) -> Result<Vec<String>, StoreFault> {
        let names: Vec<(String,)> = fetch_all!(
            self,
            "SELECT a.name FROM memberships m JOIN accounts a ON a.id = m.account
             WHERE m.team = $1 AND a.disabled_at IS NULL AND a.deletion_begun_at IS NULL
             ORDER BY a.name_canonical",
            [team]
        )?;
        Ok(names.into_iter().map(|(name,)| name).collect())
    }

    /// What an account is on Unix machines.
    pub async fn find_posix_account(&mut self, account: &str) -> Result<Option<PosixAccount>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT uid_number AS uid, gid_number AS gid, home, shell FROM posix_accounts WHERE account = $1",
            [account]
        )
    }

    /// Makes an account one of Unix machines, or changes it there; `false` when another has the number.
    pub async fn claim_posix_account(
        &mut self,
        account: &str,
        posix: &PosixAccount,
    ) -> Result<bool, StoreFault> {
        self.delete_posix_account(account).await?;
        claim!(
            self,
            "INSERT INTO posix_accounts (account, uid_number, gid_number, home, shell)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (uid_number) DO NOTHING",
            [account, posix.uid, posix.gid, posix.home.as_str(), posix.shell.as_str()]
        )
    }

    /// Makes an account none of Unix machines.
    pub async fn delete_posix_account(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM posix_accounts WHERE account = $1", [account])
    }
}
