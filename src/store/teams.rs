//! Teams and memberships.

use super::macros::{affected, claim, execute, fetch_all, fetch_optional};
use super::row::{lines, row};
use super::{StoreFault, Tx};
use crate::domain::membership::{Member, Membership, Team};
use crate::domain::team::TeamInfo;
use crate::domain::timestamp::Timestamp;

row! { Team { id, name, description, members } }
row! { TeamInfo { description, links: lines } }
row! { Membership { id, name, role, members, last_opened_at, info = row } }
row! { Member { account, name, display_name, role } }

impl Tx {
    /// Inserts a team; `false` when the name is taken in any spelling.
    pub async fn insert_team(
        &mut self,
        id: &str,
        name: &str,
        name_canonical: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO teams (id, name, name_canonical, description, created_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (name_canonical) DO NOTHING",
            [id, name, name_canonical, description, now]
        )
    }

    /// The team of that name, by its canonical form.
    pub async fn find_team(&mut self, name_canonical: &str) -> Result<Option<Team>, StoreFault> {
        fetch_optional!(self, "SELECT id, name, description, (SELECT count(*) FROM memberships WHERE team = teams.id) AS members
             FROM teams WHERE name_canonical = $1", [name_canonical])
    }

    /// Every team, in the order of canonical names.
    pub async fn list_teams(&mut self) -> Result<Vec<Team>, StoreFault> {
        fetch_all!(self, "SELECT id, name, description, (SELECT count(*) FROM memberships WHERE team = teams.id) AS members
             FROM teams ORDER BY name_canonical")
    }

    /// The teams of one account, in the order of canonical names.
    pub async fn list_teams_of(&mut self, account: &str) -> Result<Vec<Membership>, StoreFault> {
        fetch_all!(
            self,
            "SELECT t.id, t.name, t.description, t.links, m.role, m.last_opened_at,
                    (SELECT count(*) FROM memberships WHERE team = t.id) AS members
             FROM teams t JOIN memberships m ON m.team = t.id
             WHERE m.account = $1 ORDER BY t.name_canonical",
            [account]
        )
    }

    /// One team, if this account is in it.
    pub async fn find_team_of(
        &mut self,
        account: &str,
        team_id: &str,
    ) -> Result<Option<Membership>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT t.id, t.name, t.description, t.links, m.role, m.last_opened_at,
                    (SELECT count(*) FROM memberships WHERE team = t.id) AS members
             FROM teams t JOIN memberships m ON m.team = t.id
             WHERE m.account = $1 AND t.id = $2",
            [account, team_id]
        )
    }

    /// The members of a team, in the order of canonical names.
    pub async fn list_members(&mut self, team: &str) -> Result<Vec<Member>, StoreFault> {
        fetch_all!(
            self,
            "SELECT a.id AS account, a.name, a.display_name, m.role
             FROM memberships m JOIN accounts a ON a.id = m.account
             WHERE m.team = $1 ORDER BY a.name_canonical",
            [team]
        )
    }

    /// Makes every other change of this team's memberships wait until this transaction ends.
    pub async fn set_team_changed(&mut self, team: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(self, "UPDATE teams SET changed_at = $2 WHERE id = $1", [team, now])
    }

    /// Adds an account to a team; `false` when it is a member already.
    pub async fn insert_membership(
        &mut self,
        team: &str,
        account: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "INSERT INTO memberships (team, account, role, joined_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (team, account) DO NOTHING",
            [team, account, role, now]
        )
    }

    /// Changes a member's role, unless the team would lose its last owner, who is not to be deleted. Call [`Tx::set_team_changed`] first: the
    /// statement alone does not keep two owners from leaving at once.
    pub async fn claim_role(
        &mut self,
        team: &str,
        account: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = affected!(
            self,
            "UPDATE memberships SET role = $3
             WHERE team = $1 AND account = $2
               AND ($3 = 'owner' OR role <> 'owner'
                    OR EXISTS (SELECT 1 FROM memberships o JOIN accounts a ON a.id = o.account
                               WHERE o.team = $1 AND o.role = 'owner' AND o.account <> $2
                                 AND a.deletion_requested_at IS NULL AND a.deletion_begun_at IS NULL))",
            [team, account, role]
        )?;
        if rows == 1 && role != "owner" {
            self.void_invitations_by(account, Some(team), now).await?;
        }
        Ok(rows == 1)
    }

    /// Removes an account from a team, unless it is the team's last owner. Call [`Tx::set_team_changed`] first, as
    /// above.
    pub async fn claim_removal(
        &mut self,
        team: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = affected!(
            self,
            "DELETE FROM memberships
             WHERE team = $1 AND account = $2
               AND (role <> 'owner'
                    OR EXISTS (SELECT 1 FROM memberships o JOIN accounts a ON a.id = o.account
                               WHERE o.team = $1 AND o.role = 'owner' AND o.account <> $2
                                 AND a.deletion_requested_at IS NULL AND a.deletion_begun_at IS NULL))",
            [team, account]
        )?;
        if rows == 1 {
            self.void_invitations_by(account, Some(team), now).await?;
        }
        Ok(rows == 1)
    }

    /// Records that a member opened the team.
    pub async fn set_last_opened(
        &mut self,
        team: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE memberships SET last_opened_at = $3 WHERE team = $1 AND account = $2",
            [team, account, now]
        )
    }

    /// Replaces the description and links that were `seen`; `false` when the team has others by now.
    pub async fn claim_description(
        &mut self,
        team: &str,
        seen: (&str, &str),
        new: (&str, &str),
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE teams SET description = $4, links = $5, changed_at = $6
             WHERE id = $1 AND description = $2 AND links = $3",
            [team, seen.0, seen.1, new.0, new.1, now]
        )
    }
}
