//! The teams a member has, and one of them with its members.

use super::request::{Refusal, Reply, SignedIn, TeamMember, TeamSummary, TeamView};
use super::{Accounts, Fault};
use crate::store::read_tx;

impl Accounts {
    /// The story of [`super::request::Request::ListTeams`].
    pub(super) async fn list_teams(&self, member: &SignedIn) -> Result<Reply, Fault> {
        let teams = read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(None);
            }
            Ok(Some(tx.list_teams_of(member.account()).await?))
        });
        let Some(teams) = teams.await? else { return Ok(Reply::Refused(Refusal::SignedOutElsewhere)) };
        let summary = |of: crate::store::TeamOfMember| TeamSummary {
            id: of.team.id,
            name: of.team.name,
            role: of.role,
            members: of.team.members,
        };
        Ok(Reply::Teams(teams.into_iter().map(summary).collect()))
    }

    /// The story of [`super::request::Request::OpenTeam`]. A team that exists and one that does not are the
    /// same to somebody who is in neither.
    pub(super) async fn open_team(&self, member: &SignedIn, team: &str) -> Result<Reply, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let Some(of) = tx.find_team_of(member.account(), team).await? else {
                return Ok(Reply::Refused(Refusal::NotFound));
            };
            let members = tx.list_members(&of.team.id).await?;
            let line = |member: crate::store::Member| TeamMember {
                name: member.name,
                display_name: member.display_name,
                role: member.role,
            };
            Ok(Reply::Team(TeamView {
                name: of.team.name,
                description: of.team.description,
                role: of.role,
                members: members.into_iter().map(line).collect(),
            }))
        })
        .await
    }
}
