//! Service accounts: programs that search the accounts through the LDAP server.

use super::macros::{claim, execute, fetch_all, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::service_account::ServiceAccount;
use crate::domain::timestamp::Timestamp;

/// A service account with what is kept of its secret.
#[derive(Clone, Debug)]
pub struct KeptServiceAccount {
    /// The account.
    pub account: ServiceAccount,
    /// The digest of its secret.
    pub digest: Vec<u8>,
}

row! { ServiceAccount { id, name, attributes, all_teams: is_set, created_at } }
row! { KeptServiceAccount { account = row, digest } }

fn is_set(moment: Option<Timestamp>) -> bool {
    moment.is_some()
}

impl Tx {
    /// Inserts a service account; `false` when the name is taken.
    pub async fn insert_service_account(
        &mut self,
        new: &ServiceAccount,
        digest: &[u8],
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO service_accounts (id, name, digest, attributes, all_teams_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (name) DO NOTHING",
            [
                new.id.as_str(),
                new.name.as_str(),
                digest,
                &new.attributes,
                new.all_teams.then_some(new.created_at),
                new.created_at
            ]
        )
    }

    /// Lets a service account find the members of a team.
    pub async fn insert_service_account_team(
        &mut self,
        service_account: &str,
        team: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO service_account_teams (service_account, team) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [service_account, team]
        )
    }

    /// The service account of this name.
    pub async fn find_service_account(
        &mut self,
        name: &str,
    ) -> Result<Option<KeptServiceAccount>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT id, name, digest, attributes, all_teams_at AS all_teams, created_at
             FROM service_accounts WHERE name = $1",
            [name]
        )
    }

    /// The service account of this id, as it is now.
    pub async fn find_service_account_by_id(
        &mut self,
        id: &str,
    ) -> Result<Option<ServiceAccount>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT id, name, attributes, all_teams_at AS all_teams, created_at
             FROM service_accounts WHERE id = $1",
            [id]
        )
    }

    /// Every service account, in the order of names.
    pub async fn list_service_accounts(&mut self) -> Result<Vec<ServiceAccount>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, name, attributes, all_teams_at AS all_teams, created_at
             FROM service_accounts ORDER BY name"
        )
    }

    /// The teams of all service accounts that have some, as pairs of a service account's id and a team's name.
    pub async fn list_service_account_teams(&mut self) -> Result<Vec<(String, String)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT s.service_account, t.name FROM service_account_teams s JOIN teams t ON t.id = s.team
             ORDER BY t.name_canonical"
        )
    }

    /// Removes a service account; `false` when there is none of this name.
    pub async fn claim_service_account_removed(&mut self, name: &str) -> Result<bool, StoreFault> {
        claim!(self, "DELETE FROM service_accounts WHERE name = $1", [name])
    }
}
