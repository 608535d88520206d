//! Who is in a team and as what: leaving it, another role, taking somebody out. A team always keeps an
//! owner, also when two of them act at once.

use super::super::request::teams::{TeamChange, TeamsReply};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::{Accounts, Fault, RequestContext};
use super::membership::Actor;
use super::{detail_now, enter, enter_as_owner};
use crate::domain::id::new_id;
use crate::domain::membership::Member;
use crate::domain::name::canonical_identifier;
use crate::domain::team::Role;
use crate::domain::throttle::ROLES_PER_MEMBER;
use crate::store::{RateLimit, Tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::teams::TeamsRequest::Leave`].
    pub(super) async fn leave_team(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        team: &str,
    ) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        let left = write_tx!(self.store, Fault, |tx| {
            let of = match enter(tx, member, team).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            tx.set_team_changed(&of.id, now).await?;
            let team = (of.id.as_str(), of.name.as_str());
            if !self.take_out(tx, Actor::Themselves(cx), team, (account, name), now).await? {
                return Ok(Err(Refusal::Team(TeamRefusal::LastOwner)));
            }
            Ok(Ok(TeamsReply::Left(of)))
        });
        let left = left.await?;
        self.email_written.notify_one();
        Ok(left)
    }

    /// The story of [`crate::accounts::request::teams::TeamsRequest::SetRole`].
    pub(super) async fn set_role(
        &self,
        member: &SignedIn,
        team: &str,
        who: &str,
        role: Role,
    ) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let now = self.clock.now();
        let mark = new_id(now, &self.entropy);
        let changed = write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Some(them) = find_member(tx, &of.id, who).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            let change = TeamChange::RoleSet { who: them.name.clone(), role };
            if them.role != role.as_str() {
                // Each is an email to them. Counted by owner, so that one cannot use up another's.
                let bucket = format!("roles:{}:{}:{}", of.id, member.account(), them.account);
                let tried = tx.reserve_in_windows(&bucket, &mark, &ROLES_PER_MEMBER, now).await?;
                if let RateLimit::Later(at) = tried {
                    return Ok(Err(Refusal::TryLater(at)));
                }
                let (by, team) = (Actor::Owner(member.name()), (of.id.as_str(), of.name.as_str()));
                if !self.give_role(tx, by, team, (&them.account, &them.name), role, now).await? {
                    return Ok(Err(Refusal::Team(TeamRefusal::LastOwner)));
                }
            }
            Ok(Ok(TeamsReply::Changed(change, detail_now(tx, member, of, now).await?)))
        });
        let changed = changed.await?;
        self.email_written.notify_one();
        Ok(changed)
    }

    /// The story of [`crate::accounts::request::teams::TeamsRequest::Remove`].
    pub(super) async fn remove_from_team(
        &self,
        member: &SignedIn,
        team: &str,
        who: &str,
    ) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let now = self.clock.now();
        let removed = write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Some(them) = find_member(tx, &of.id, who).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            let (by, team) = (Actor::Owner(member.name()), (of.id.as_str(), of.name.as_str()));
            if !self.take_out(tx, by, team, (&them.account, &them.name), now).await? {
                return Ok(Err(Refusal::Team(TeamRefusal::LastOwner)));
            }
            if them.account == member.account() {
                return Ok(Ok(TeamsReply::Left(of)));
            }
            let change = TeamChange::Removed { who: them.name };
            Ok(Ok(TeamsReply::Changed(change, detail_now(tx, member, of, now).await?)))
        });
        let removed = removed.await?;
        self.email_written.notify_one();
        Ok(removed)
    }
}

/// The member of that username, in any spelling.
async fn find_member(tx: &mut Tx, team: &str, who: &str) -> Result<Option<Member>, Fault> {
    let wanted = canonical_identifier(who);
    let members = tx.list_members(team).await?;
    Ok(members.into_iter().find(|member| canonical_identifier(&member.name) == wanted))
}
