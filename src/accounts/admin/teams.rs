//! Creating teams, adding and removing members.

use super::super::Accounts;
use super::super::teams::{Actor, MembershipChange};
use super::users::find;
use super::{AdminError, checked_text};
use crate::domain::id::new_id;
use crate::domain::membership::Team;
use crate::domain::team::{Role, TeamName, TeamNameRefusal, canonical_team};
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::store::{Account, Tx, read_tx, write_tx};

impl Accounts {
    /// Creates a team without members.
    pub async fn add_team(&self, name: &str, description: &str) -> Result<Team, AdminError> {
        self.add_owned_team(name, description, None).await
    }

    /// Creates a team, with an owner if one is named.
    pub async fn add_owned_team(
        &self,
        name: &str,
        description: &str,
        owner: Option<&str>,
    ) -> Result<Team, AdminError> {
        let name = TeamName::parse(name).map_err(|refusal| match refusal {
            TeamNameRefusal::Empty => AdminError::TeamName,
            TeamNameRefusal::Text => AdminError::Text("a team's name"),
        })?;
        let description = checked_text("a team's description", description)?;
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let made = write_tx!(self.store, AdminError, |tx| {
            let owner = match owner {
                Some(owner) => Some(find(tx, owner).await?),
                None => None,
            };
            if let Some(owner) = &owner {
                // The account's row comes before the team's.
                tx.claim_any_account_lock(&owner.id).await?;
            }
            if !tx.insert_team(&id, name.as_str(), &name.canonical(), &description, now).await? {
                return Err(AdminError::TeamTaken(name.as_str().to_owned()));
            }
            if let Some(owner) = &owner {
                let (team, them) = ((id.as_str(), name.as_str()), (owner.id.as_str(), owner.name.as_str()));
                let change = MembershipChange::Add(Role::Owner);
                self.change_membership(tx, Actor::Operator, team, them, change, now).await?;
            }
            Ok(i64::from(owner.is_some()))
        });
        let members = self.then_send(made).await?;
        Ok(Team { id: id.clone(), name: name.as_str().to_owned(), description: description.clone(), members })
    }

    /// Every team, in the order of names.
    pub async fn list_all_teams(&self) -> Result<Vec<Team>, AdminError> {
        read_tx!(self.store, AdminError, |tx| Ok(tx.list_teams().await?)).await
    }

    /// Adds an account to a team, or gives it another role there.
    pub async fn add_member(&self, team: &str, user: &str, role: Role) -> Result<(), AdminError> {
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            let (team, account) = enter(tx, team, user, now).await?;
            let (team, them) = ((team.id.as_str(), team.name.as_str()), (&*account.id, &*account.name));
            if self
                .change_membership(tx, Actor::Operator, team, them, MembershipChange::Add(role), now)
                .await?
            {
                // Committed only if the directory does not say who is in which team: it would undo that.
                return self.refuse_where_groups_are("add them to the group");
            }
            let of = tx.find_team_of(them.0, team.0).await?;
            let is_so = of.is_some_and(|of| of.role == role.as_str());
            if is_so
                || self
                    .change_membership(tx, Actor::Operator, team, them, MembershipChange::SetRole(role), now)
                    .await?
            {
                return Ok(());
            }
            Err(AdminError::LastOwner(account.name))
        }))
        .await
    }

    /// Removes an account from a team, unless the team would have no owner then.
    pub async fn remove_member(&self, team: &str, user: &str) -> Result<(), AdminError> {
        self.refuse_where_groups_are("remove them from the group")?;
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            let (team, account) = enter(tx, team, user, now).await?;
            let (team, them) = ((team.id.as_str(), team.name.as_str()), (&*account.id, &*account.name));
            if tx.find_team_of(them.0, team.0).await?.is_none() {
                return Err(AdminError::NotMember(account.name));
            }
            if !self.change_membership(tx, Actor::Operator, team, them, MembershipChange::Remove, now).await?
            {
                return Err(AdminError::LastOwner(account.name));
            }
            Ok(())
        }))
        .await
    }
}

/// Finds the team and the account that an operator names, and locks the team.
async fn enter(tx: &mut Tx, team: &str, user: &str, now: Timestamp) -> Result<(Team, Account), AdminError> {
    let team = find_team(tx, team).await?;
    let account = find(tx, user).await?;
    tx.set_team_changed(&team.id, now).await?;
    Ok((team, account))
}

/// Finds the team that an operator names.
pub(super) async fn find_team(tx: &mut Tx, name: &str) -> Result<Team, AdminError> {
    let found = tx.find_team(&canonical_team(name)).await?;
    found.ok_or_else(|| AdminError::NoTeam(inert(name, 80)))
}
