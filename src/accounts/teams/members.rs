//! Members of a team: leaving, another role, removing somebody. A team always keeps an owner, also when two of them
//! act at once.

use super::super::request::teams::{TeamChange, TeamsReply};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::shared::{commit_even_if_refused, reserve};
use super::super::{Accounts, Error, RequestContext};
use super::membership::{Actor, MembershipChange};
use super::{detail_now, enter, enter_as_owner};
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::membership::Member;
use crate::domain::name::canonical_identifier;
use crate::domain::team::Role;
use crate::store::{Tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::teams::TeamsRequest::Leave`].
    pub(super) async fn leave_team(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        team: &str,
    ) -> Result<TeamsReply, Error> {
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, Error, |tx| {
            let of = enter(tx, member, team).await?;
            tx.set_team_changed(&of.id, now).await?;
            let team = (of.id.as_str(), of.name.as_str());
            let account = (member.account(), member.name());
            if !self
                .change_membership(tx, Actor::Themselves(cx), team, account, MembershipChange::Remove, now)
                .await?
            {
                return Err(TeamRefusal::LastOwner.into());
            }
            Ok(TeamsReply::Left(of))
        }))
        .await
    }

    /// The story of [`crate::accounts::request::teams::TeamsRequest::SetRole`].
    pub(super) async fn set_role(
        &self,
        member: &SignedIn,
        team: &str,
        who: &str,
        role: Role,
    ) -> Result<TeamsReply, Error> {
        let now = self.clock.now();
        let mark = new_id(now, &self.entropy);
        self.then_send(commit_even_if_refused!(self.store, |tx| {
            let of = enter_as_owner(tx, member, team, now).await?;
            let other = find_member(tx, &of.id, who).await?;
            let change = TeamChange::RoleSet { who: other.name.clone(), role };
            if other.role != role.as_str() {
                // Each is an email to them. Counted by owner, so that one cannot use up another's.
                let bucket = BucketKind::Roles.of(&[member.account(), &of.id, &other.account]);
                reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?;
                let (by, team) = (Actor::Owner(member.name()), (of.id.as_str(), of.name.as_str()));
                if !self
                    .change_membership(
                        tx,
                        by,
                        team,
                        (&other.account, &other.name),
                        MembershipChange::SetRole(role),
                        now,
                    )
                    .await?
                {
                    return Err(TeamRefusal::LastOwner.into());
                }
            }
            Ok(TeamsReply::Changed(change, detail_now(tx, member, of, now).await?))
        }))
        .await
    }

    /// The story of [`crate::accounts::request::teams::TeamsRequest::Remove`].
    pub(super) async fn remove_from_team(
        &self,
        member: &SignedIn,
        team: &str,
        who: &str,
    ) -> Result<TeamsReply, Error> {
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, Error, |tx| {
            let of = enter_as_owner(tx, member, team, now).await?;
            let other = find_member(tx, &of.id, who).await?;
            let (by, team) = (Actor::Owner(member.name()), (of.id.as_str(), of.name.as_str()));
            if !self
                .change_membership(tx, by, team, (&other.account, &other.name), MembershipChange::Remove, now)
                .await?
            {
                return Err(TeamRefusal::LastOwner.into());
            }
            if other.account == member.account() {
                return Ok(TeamsReply::Left(of));
            }
            let change = TeamChange::Removed { who: other.name };
            Ok(TeamsReply::Changed(change, detail_now(tx, member, of, now).await?))
        }))
        .await
    }
}

/// The member with that username, in any spelling.
async fn find_member(tx: &mut Tx, team: &str, who: &str) -> Result<Member, Error> {
    let wanted = canonical_identifier(who);
    let mut members = tx.list_members(team).await?.into_iter();
    Ok(members.find(|member| canonical_identifier(&member.name) == wanted).ok_or(Refusal::NotFound)?)
}
