//! The teams a member has, one of them with its members, and what its members and owners do with it.

mod edit;
mod invitations;
mod members;
mod membership;

use super::request::teams::{TeamsReply, TeamsRequest};
use super::request::{Refusal, Reply, SignedIn, TeamDetail, TeamRefusal};
use super::{Accounts, Fault, RequestContext};
use crate::domain::membership::Membership;
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, read_tx, write_tx};

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
        Ok(teams.await?.map(|teams| TeamsReply::List(teams)))
    }

    /// A team that exists and one that does not are the same to somebody who is in neither.
    async fn open_team(&self, member: &SignedIn, team: &str) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let now = self.clock.now();
        write_tx!(self.store, Fault, |tx| {
            let of = match enter(tx, member, team).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            tx.set_last_opened(&of.id, member.account(), now).await?;
            Ok(Ok(TeamsReply::Team(detail(tx, of, now).await?)))
        })
        .await
    }
}

/// The team from the point of view of a member whose proof holds.
async fn enter(tx: &mut Tx, member: &SignedIn, team: &str) -> Result<Result<Membership, Refusal>, Fault> {
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
) -> Result<Result<Membership, Refusal>, Fault> {
    let of = match enter(tx, member, team).await? {
        Ok(of) => of,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tx.set_team_changed(&of.id, now).await?;
    let Some(of) = tx.find_team_of(member.account(), &of.id).await? else {
        return Ok(Err(Refusal::NotFound));
    };
    if !of.is_owner() {
        return Ok(Err(Refusal::Team(TeamRefusal::NotOwner)));
    }
    Ok(Ok(of))
}

/// The team as its page shows it. Invitations are for its owners only.
async fn detail(tx: &mut Tx, of: Membership, now: Timestamp) -> Result<Box<TeamDetail>, Fault> {
    let members = tx.list_members(&of.id).await?;
    let invitations = if of.is_owner() { tx.list_open_invitations(&of.id, now).await? } else { Vec::new() };
    let Membership { id, name, role, last_opened_at, info, .. } = of;
    Ok(Box::new(TeamDetail { id, name, info, role, last_opened_at, members, invitations }))
}

/// The team after a change, looked up anew.
async fn detail_now(
    tx: &mut Tx,
    member: &SignedIn,
    of: Membership,
    now: Timestamp,
) -> Result<Box<TeamDetail>, Fault> {
    let fresh = tx.find_team_of(member.account(), &of.id).await?;
    detail(tx, fresh.unwrap_or(of), now).await
}
