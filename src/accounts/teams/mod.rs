//! The teams of a member, one of them with its members, and what its members and owners do with it.

mod create;
mod edit;
mod invitations;
mod members;
mod membership;

use super::request::teams::{Dashboard, LastSignIn, Protection, TeamsReply, TeamsRequest};
use super::request::{Refusal, SignedIn, TeamDetail, TeamRefusal};
use super::shared::{lock_current, require_current};
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::membership::Membership;
use crate::domain::throttle::TWO_FACTOR_POSTPONED_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, read_tx, write_tx};

pub(super) use membership::{Actor, EntityRef, MembershipChange};

impl Accounts {
    /// The stories of [`super::request::Request::Teams`].
    pub(super) async fn teams(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: TeamsRequest,
    ) -> Result<TeamsReply, Error> {
        match request {
            TeamsRequest::List => self.list_teams(member).await,
            TeamsRequest::Create { name } => self.create_team(cx, member, &name).await,
            TeamsRequest::Dashboard => self.dashboard(cx, member).await,
            TeamsRequest::PostponeTwoFactor => self.postpone_two_factor(member).await,
            TeamsRequest::Open { team } => self.open_team(member, &team).await,
            TeamsRequest::Leave { team } => self.leave_team(cx, member, &team).await,
            TeamsRequest::Edit { team, edit } => self.edit_team(cx, member, &team, &edit).await,
            TeamsRequest::SetRole { team, who, role } => self.set_role(member, &team, &who, role).await,
            TeamsRequest::Remove { team, who } => self.remove_from_team(member, &team, &who).await,
            TeamsRequest::Invite { team, address } => self.invite(cx, member, &team, &address).await,
            TeamsRequest::Withdraw { team, invitation } => {
                self.withdraw(cx, member, &team, &invitation).await
            }
        }
    }

    async fn list_teams(&self, member: &SignedIn) -> Result<TeamsReply, Error> {
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            Ok(TeamsReply::List(tx.list_teams_of(member.account()).await?))
        })
        .await
    }

    /// Everything in one transaction, which asks once for each part.
    async fn dashboard(&self, cx: &RequestContext, member: &SignedIn) -> Result<TeamsReply, Error> {
        let (account, now) = (member.account(), self.clock.now());
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let teams = tx.list_teams_of(account).await?;
            let recovery_codes = tx.find_second_factor(account).await?.map(|factor| factor.recovery_codes);
            let (emails_reviewed_at, postponed_at) =
                tx.find_reminders(account).await?.ok_or(Fault::AccountGone)?;
            let last = tx.find_sign_in_before(account, &cx.session).await?;
            let postponed = postponed_at.is_some_and(|at| now.ms_since(at) < TWO_FACTOR_POSTPONED_MS);
            let protection = Protection {
                last_sign_in: last.map(|(kind, at, ip)| LastSignIn { at, ip, kind: kind.parse().ok() }),
                recovery_codes,
                emails_reviewed_at,
                is_review_due: self.is_review_due(tx, account).await?,
                suggests_two_factor: recovery_codes.is_none() && !postponed,
            };
            Ok(TeamsReply::Dashboard(Box::new(Dashboard { teams, protection })))
        })
        .await
    }

    async fn postpone_two_factor(&self, member: &SignedIn) -> Result<TeamsReply, Error> {
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            tx.set_two_factor_postponed(member.account(), now).await?;
            Ok(TeamsReply::TwoFactorPostponed)
        })
        .await
    }

    /// A team that exists and one that does not are the same to somebody who is in neither.
    async fn open_team(&self, member: &SignedIn, team: &str) -> Result<TeamsReply, Error> {
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            let of = enter(tx, member, team).await?;
            tx.set_last_opened(&of.id, member.account(), now).await?;
            Ok(TeamsReply::Team(detail(tx, of, now).await?))
        })
        .await
    }
}

/// The team from the point of view of a member whose proof holds.
async fn enter(tx: &mut Tx, member: &SignedIn, team: &str) -> Result<Membership, Error> {
    require_current(tx, member).await?;
    Ok(tx.find_team_of(member.account(), team).await?.ok_or(Refusal::NotFound)?)
}

/// The same for an owner who is about to change it. Every other change of the team waits from here on, so that
/// the member stays an owner until this transaction ends.
async fn enter_as_owner(
    tx: &mut Tx,
    member: &SignedIn,
    team: &str,
    now: Timestamp,
) -> Result<Membership, Error> {
    let of = enter(tx, member, team).await?;
    tx.set_team_changed(&of.id, now).await?;
    let of = tx.find_team_of(member.account(), &of.id).await?.ok_or(Refusal::NotFound)?;
    if !of.is_owner() {
        return Err(TeamRefusal::NotOwner.into());
    }
    Ok(of)
}

/// The team as its page shows it. Invitations are for its owners only.
async fn detail(tx: &mut Tx, of: Membership, now: Timestamp) -> Result<Box<TeamDetail>, Fault> {
    let members = tx.list_members(&of.id).await?;
    let invitations = if of.is_owner() { tx.list_open_invitations(&of.id, now).await? } else { Vec::new() };
    let Membership { id, name, role, last_opened_at, info, .. } = of;
    Ok(Box::new(TeamDetail { id, name, info, role, last_opened_at, members, invitations }))
}

/// The team after a change, read again.
async fn detail_now(
    tx: &mut Tx,
    member: &SignedIn,
    of: Membership,
    now: Timestamp,
) -> Result<Box<TeamDetail>, Fault> {
    let fresh = tx.find_team_of(member.account(), &of.id).await?;
    detail(tx, fresh.unwrap_or(of), now).await
}
