//! Creating teams, adding and removing members.

use unicode_normalization::UnicodeNormalization;

use super::super::Accounts;
use super::super::teams::{Actor, MembershipChange};
use super::users::find;
use super::{AdminError, checked_text};
use crate::domain::id::new_id;
use crate::domain::input::without_ignorable;
use crate::domain::membership::Team;
use crate::domain::team::Role;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::store::{Account, Tx, read_tx, write_tx};

impl Accounts {
    /// Creates a team without members.
    pub async fn add_team(&self, name: &str, description: &str) -> Result<Team, AdminError> {
        let name = checked_text("a team's name", name)?;
        let description = checked_text("a team's description", description)?;
        if name.is_empty() {
            return Err(AdminError::TeamName);
        }
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let made = write_tx!(self.store, AdminError, |tx| {
            Ok(tx.insert_team(&id, &name, &canonical_team(&name), &description, now).await?)
        });
        if !made.await? {
            return Err(AdminError::TeamTaken(name));
        }
        Ok(Team { id, name, description, members: 0 })
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
                return Ok(());
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

/// The form of a team's name that is unique: compatibility forms folded, lower case, without what nobody sees.
pub(super) fn canonical_team(name: &str) -> String {
    without_ignorable(name).trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::canonical_team;

    #[test]
    fn spellings_of_one_team_are_one() {
        assert_eq!(canonical_team(" Operations "), canonical_team("operations"));
        assert_eq!(canonical_team("Ｏｐｓ"), canonical_team("ops"));
        assert_eq!(canonical_team("❤\u{fe0f} علی\u{200c}رضا"), canonical_team("❤ علیرضا"));
        assert_eq!(canonical_team("Zoe\u{308}"), canonical_team("zoë"));
        assert_ne!(canonical_team("ops"), canonical_team("ops 2"));
    }
}
