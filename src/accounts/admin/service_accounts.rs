//! Service accounts of the LDAP server, and what accounts are on Unix machines.

use serde::Serialize;

use super::super::Accounts;
use super::super::event_kind::{EventKind, Subject};
use super::AdminError;
use super::teams::find_team;
use super::users::find;
use crate::domain::id::new_id;
use crate::domain::ldap_attribute::AttributeScope;
use crate::domain::posix::PosixAccount;
use crate::domain::secret::Secret;
use crate::domain::service_account::{ServiceAccount, ServiceAccountName, digest_of, new_secret};
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, read_tx, write_tx};

/// A service account as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceAccountView {
    /// Its name.
    pub name: String,
    /// What it may read, with commas between.
    pub attributes: String,
    /// The teams whose members it finds; `None` when it finds everybody.
    pub teams: Option<Vec<String>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an account is to be on Unix machines.
#[derive(Clone, Debug)]
pub struct PosixWanted {
    /// Number of the user.
    pub uid: i64,
    /// Number of its group.
    pub gid: i64,
    /// Home directory, if not the usual one.
    pub home: Option<String>,
    /// Shell.
    pub shell: String,
}

impl Accounts {
    /// Adds a service account that finds the members of `teams`, or everybody; gives its secret, which nobody can read again.
    pub async fn add_service_account(
        &self,
        name: &ServiceAccountName,
        attributes: AttributeScope,
        teams: Option<&[String]>,
    ) -> Result<Secret, AdminError> {
        let (now, secret) = (self.clock.now(), new_secret(&self.entropy));
        let new = ServiceAccount {
            id: new_id(now, &self.entropy),
            name: name.as_str().to_owned(),
            attributes,
            all_teams: teams.is_none(),
            created_at: now,
        };
        let digest = digest_of(&secret);
        write_tx!(self.store, AdminError, |tx| {
            if !tx.insert_service_account(&new, &digest).await? {
                return Err(AdminError::ServiceAccountTaken(new.name.clone()));
            }
            for team in teams.unwrap_or_default() {
                let team = find_team(tx, team).await?;
                tx.insert_service_account_team(&new.id, &team.id).await?;
            }
            self.note_service_account(tx, EventKind::ServiceAccountAdded, &new.name, now).await
        })
        .await?;
        Ok(secret)
    }

    /// Every service account, in the order of names.
    pub async fn list_service_accounts(&self) -> Result<Vec<ServiceAccountView>, AdminError> {
        read_tx!(self.store, AdminError, |tx| {
            let (accounts, teams) =
                (tx.list_service_accounts().await?, tx.list_service_account_teams().await?);
            let teams_of = |id: &str| {
                let own = teams.iter().filter(|(account, _)| account == id);
                own.map(|(_, team)| team.clone()).collect()
            };
            let view = |account: ServiceAccount| ServiceAccountView {
                teams: (!account.all_teams).then(|| teams_of(&account.id)),
                name: account.name,
                attributes: account.attributes.to_string(),
                created_at: account.created_at,
            };
            Ok(accounts.into_iter().map(view).collect())
        })
        .await
    }

    /// Removes a service account; whoever is bound as it reads nothing from now on.
    pub async fn remove_service_account(&self, name: &str) -> Result<(), AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            if !tx.claim_service_account_removed(name).await? {
                return Err(AdminError::NoServiceAccount(crate::domain::text::inert(name, 80)));
            }
            self.note_service_account(tx, EventKind::ServiceAccountRemoved, name, now).await
        })
        .await
    }

    /// Makes an account one of Unix machines, or with `None` none any more; gives its username.
    pub async fn set_posix_account(
        &self,
        name: &str,
        posix: Option<&PosixWanted>,
    ) -> Result<String, AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            tx.claim_any_account_lock(&account.id).await?;
            match posix {
                Some(PosixWanted { uid, gid, home, shell }) => {
                    let home = home.clone().unwrap_or_else(|| format!("/home/{}", account.name));
                    let posix = PosixAccount { uid: *uid, gid: *gid, home, shell: shell.clone() };
                    posix.check().map_err(AdminError::Posix)?;
                    if !tx.claim_posix_account(&account.id, &posix).await? {
                        return Err(AdminError::UidTaken(*uid));
                    }
                }
                None => tx.delete_posix_account(&account.id).await?,
            }
            let event = self.operator_event(EventKind::UnixAccountChanged, &account.id, now);
            tx.insert_event(&event).await?;
            Ok(account.name)
        })
        .await
    }

    async fn note_service_account(
        &self,
        tx: &mut Tx,
        event_kind: EventKind,
        name: &str,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        let subject = format!("service account {name}");
        let event = self.operator_event_about(event_kind, Subject::Nobody(&subject), now);
        Ok(tx.insert_event(&event).await?)
    }
}
