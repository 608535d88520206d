//! Teams and memberships.

use super::macros::{execute, fetch_all, fetch_optional};
use super::{StoreFault, Tx};
use crate::domain::timestamp::Timestamp;

/// A team as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// A line for each link.
    pub links: String,
    /// How many members it has.
    pub members: i64,
}

/// A team from the point of view of one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamOfMember {
    /// The team.
    pub team: Team,
    /// That member's role, `owner` or `member`.
    pub role: String,
    /// When that member last opened it.
    pub last_opened_at: Option<Timestamp>,
}

/// One member of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account's id.
    pub account: String,
    /// Username.
    pub name: String,
    /// May be empty.
    pub display_name: String,
    /// `owner` or `member`.
    pub role: String,
}

type TeamRow = (String, String, String, String, i64);

fn team((id, name, description, links, members): TeamRow) -> Team {
    Team { id, name, description, links, members }
}

type TeamOfRow = (String, String, String, String, i64, String, Option<i64>);

fn team_of((id, name, description, links, members, role, last_opened_at): TeamOfRow) -> TeamOfMember {
    let last_opened_at = last_opened_at.map(Timestamp::from_epoch_ms);
    TeamOfMember { team: team((id, name, description, links, members)), role, last_opened_at }
}

impl Tx {
    /// Makes a team; `false` when the name is taken in any spelling.
    pub async fn insert_team(
        &mut self,
        id: &str,
        name: &str,
        name_canonical: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "INSERT INTO teams (id, name, name_canonical, description, created_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (name_canonical) DO NOTHING",
            id,
            name,
            name_canonical,
            description,
            now.epoch_ms(),
        )?;
        Ok(rows == 1)
    }

    /// The team of that name, by its canonical form.
    pub async fn find_team(&mut self, name_canonical: &str) -> Result<Option<Team>, StoreFault> {
        let row: Option<TeamRow> = fetch_optional!(
            self,
            "SELECT id, name, description, links, (SELECT count(*) FROM memberships WHERE team = teams.id)
             FROM teams WHERE name_canonical = $1",
            name_canonical,
        )?;
        Ok(row.map(team))
    }

    /// Every team, in the order of canonical names.
    pub async fn list_teams(&mut self) -> Result<Vec<Team>, StoreFault> {
        let rows: Vec<TeamRow> = fetch_all!(
            self,
            "SELECT id, name, description, links, (SELECT count(*) FROM memberships WHERE team = teams.id)
             FROM teams ORDER BY name_canonical",
        )?;
        Ok(rows.into_iter().map(team).collect())
    }

    /// The teams of one account, in the order of canonical names.
    pub async fn list_teams_of(&mut self, account: &str) -> Result<Vec<TeamOfMember>, StoreFault> {
        let rows: Vec<TeamOfRow> = fetch_all!(
            self,
            "SELECT t.id, t.name, t.description, t.links, (SELECT count(*) FROM memberships WHERE team = t.id),
                    m.role, m.last_opened_at
             FROM teams t JOIN memberships m ON m.team = t.id
             WHERE m.account = $1 ORDER BY t.name_canonical",
            account,
        )?;
        Ok(rows.into_iter().map(team_of).collect())
    }

    /// One team, if this account is in it.
    pub async fn find_team_of(
        &mut self,
        account: &str,
        team_id: &str,
    ) -> Result<Option<TeamOfMember>, StoreFault> {
        let row: Option<TeamOfRow> = fetch_optional!(
            self,
            "SELECT t.id, t.name, t.description, t.links, (SELECT count(*) FROM memberships WHERE team = t.id),
                    m.role, m.last_opened_at
             FROM teams t JOIN memberships m ON m.team = t.id
             WHERE m.account = $1 AND t.id = $2",
            account,
            team_id,
        )?;
        Ok(row.map(team_of))
    }

    /// The members of a team, in the order of canonical names.
    pub async fn list_members(&mut self, team: &str) -> Result<Vec<Member>, StoreFault> {
        let rows: Vec<(String, String, String, String)> = fetch_all!(
            self,
            "SELECT a.id, a.name, a.display_name, m.role
             FROM memberships m JOIN accounts a ON a.id = m.account
             WHERE m.team = $1 ORDER BY a.name_canonical",
            team,
        )?;
        let member = |(account, name, display_name, role)| Member { account, name, display_name, role };
        Ok(rows.into_iter().map(member).collect())
    }

    /// Makes every other change of this team's memberships wait until this transaction ends.
    pub async fn set_team_changed(&mut self, team: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(self, "UPDATE teams SET changed_at = $2 WHERE id = $1", team, now.epoch_ms())?;
        Ok(())
    }

    /// Puts an account into a team; `false` when it is in it already.
    pub async fn insert_membership(
        &mut self,
        team: &str,
        account: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "INSERT INTO memberships (team, account, role, joined_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (team, account) DO NOTHING",
            team,
            account,
            role,
            now.epoch_ms(),
        )?;
        Ok(rows == 1)
    }

    /// Gives a member another role, unless that takes the team its last owner. Call
    /// [`Tx::set_team_changed`] first: the statement alone does not keep two owners from going at once.
    pub async fn claim_role(
        &mut self,
        team: &str,
        account: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "UPDATE memberships SET role = $3
             WHERE team = $1 AND account = $2
               AND ($3 = 'owner' OR role <> 'owner'
                    OR (SELECT count(*) FROM memberships WHERE team = $1 AND role = 'owner') > 1)",
            team,
            account,
            role,
        )?;
        if rows == 1 && role != "owner" {
            self.kill_invitations_by(account, Some(team), now).await?;
        }
        Ok(rows == 1)
    }

    /// Takes an account out of a team, unless it is the team's last owner. Call
    /// [`Tx::set_team_changed`] first, as above.
    pub async fn claim_removal(
        &mut self,
        team: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "DELETE FROM memberships
             WHERE team = $1 AND account = $2
               AND (role <> 'owner'
                    OR (SELECT count(*) FROM memberships WHERE team = $1 AND role = 'owner') > 1)",
            team,
            account,
        )?;
        if rows == 1 {
            self.kill_invitations_by(account, Some(team), now).await?;
        }
        Ok(rows == 1)
    }

    /// Notes that a member opened the team.
    pub async fn set_last_opened(
        &mut self,
        team: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE memberships SET last_opened_at = $3 WHERE team = $1 AND account = $2",
            team,
            account,
            now.epoch_ms(),
        )?;
        Ok(())
    }

    /// Puts another description and other links in the place of those that were `seen`; `false` when these
    /// are not what the team has now. Each of the two is description and links.
    pub async fn claim_description(
        &mut self,
        team: &str,
        seen: (&str, &str),
        new: (&str, &str),
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let rows = execute!(
            self,
            "UPDATE teams SET description = $4, links = $5, changed_at = $6
             WHERE id = $1 AND description = $2 AND links = $3",
            team,
            seen.0,
            seen.1,
            new.0,
            new.1,
            now.epoch_ms(),
        )?;
        Ok(rows == 1)
    }
}
