//! The teams a member has, one of them with its members, and what its members and owners do with it.

mod edit;
mod invitations;
mod members;
mod membership;

use super::request::teams::{TeamsReply, TeamsRequest};
use super::request::{
    InvitationView, Refusal, Reply, SignedIn, TeamMember, TeamRefusal, TeamSummary, TeamView,
};
use super::{Accounts, Fault, RequestContext};
use crate::domain::team::{Role, TeamInfo};
use crate::domain::timestamp::Timestamp;
use crate::store::{Member, OpenInvitation, TeamOfMember, Tx, read_tx, write_tx};

pub(super) use membership::{Actor, EntityRef};

impl Accounts {
    /// The stories of [`super::request::Request::Teams`].
    pub(super) async fn teams(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        ask: TeamsRequest,
    ) -> Result<Reply, Fault> {
        let done = match ask {
            TeamsRequest::List => self.list_teams(member).await,
            TeamsRequest::Open { team } => self.open_team(member, &team).await,
            TeamsRequest::Leave { team } => self.leave_team(cx, member, &team).await,
            TeamsRequest::Edit { team, edit } => self.edit_team(cx, member, &team, &edit).await,
            TeamsRequest::SetRole { team, who, role } => self.set_role(member, &team, &who, role).await,
            TeamsRequest::Remove { team, who } => self.remove_from_team(member, &team, &who).await,
            TeamsRequest::Invite { team, address } => self.invite(cx, member, &team, &address).await,
            TeamsRequest::Withdraw { team, invitation } => {
                self.withdraw(cx, member, &team, &invitation).await
            }
        };
        Ok(done?.map_or_else(Reply::Refused, Reply::Teams))
    }

    async fn list_teams(&self, member: &SignedIn) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let teams = read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            Ok(Ok(tx.list_teams_of(member.account()).await?))
        });
        Ok(teams.await?.map(|teams| TeamsReply::List(teams.into_iter().map(summary).collect())))
    }

    /// A team that exists and one that does not are the same to somebody who is in neither.
    async fn open_team(&self, member: &SignedIn, team: &str) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let now = self.clock.now();
        write_tx!(self.store, Fault, |tx| {
            let of = match enter(tx, member, team).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            tx.set_last_opened(&of.team.id, member.account(), now).await?;
            Ok(Ok(TeamsReply::Team(view(tx, of, now).await?)))
        })
        .await
    }
}

/// The team from the point of view of a member whose proof holds.
async fn enter(tx: &mut Tx, member: &SignedIn, team: &str) -> Result<Result<TeamOfMember, Refusal>, Fault> {
    if !tx.is_current(member.account(), member.epoch()).await? {
        return Ok(Err(Refusal::SignedOutElsewhere));
    }
    Ok(tx.find_team_of(member.account(), team).await?.ok_or(Refusal::NotFound))
}

/// The same for an owner who is about to change it. Every other change of the team waits from here on, so
/// that who is an owner when this looks is one until this is done.
async fn enter_as_owner(
    tx: &mut Tx,
    member: &SignedIn,
    team: &str,
    now: Timestamp,
) -> Result<Result<TeamOfMember, Refusal>, Fault> {
    let of = match enter(tx, member, team).await? {
        Ok(of) => of,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tx.set_team_changed(&of.team.id, now).await?;
    let Some(of) = tx.find_team_of(member.account(), &of.team.id).await? else {
        return Ok(Err(Refusal::NotFound));
    };
    if of.role != Role::Owner.as_str() {
        return Ok(Err(Refusal::Team(TeamRefusal::NotOwner)));
    }
    Ok(Ok(of))
}

/// The team as its page shows it. Invitations are for its owners only.
async fn view(tx: &mut Tx, of: TeamOfMember, now: Timestamp) -> Result<Box<TeamView>, Fault> {
    let line = |member: Member| TeamMember {
        name: member.name,
        display_name: member.display_name,
        role: member.role,
    };
    let members = tx.list_members(&of.team.id).await?.into_iter().map(line).collect();
    let invitations = if of.role == Role::Owner.as_str() {
        tx.list_open_invitations(&of.team.id, now).await?
    } else {
        Vec::new()
    };
    Ok(Box::new(TeamView {
        purpose: TeamInfo::from_stored(of.team.description, &of.team.links),
        id: of.team.id,
        name: of.team.name,
        role: of.role,
        last_opened_at: of.last_opened_at,
        members,
        invitations: invitations.into_iter().map(invitation).collect(),
    }))
}

/// The view after a change, looked up anew.
async fn view_now(
    tx: &mut Tx,
    member: &SignedIn,
    of: TeamOfMember,
    now: Timestamp,
) -> Result<Box<TeamView>, Fault> {
    let fresh = tx.find_team_of(member.account(), &of.team.id).await?;
    view(tx, fresh.unwrap_or(of), now).await
}

fn summary(of: TeamOfMember) -> TeamSummary {
    TeamSummary {
        id: of.team.id,
        name: of.team.name,
        role: of.role,
        members: of.team.members,
        last_opened_at: of.last_opened_at,
    }
}

fn invitation(open: OpenInvitation) -> InvitationView {
    let OpenInvitation { id, address, created_at, expires_at } = open;
    InvitationView { id, address, invited_at: created_at, expires_at }
}
