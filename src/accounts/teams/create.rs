//! Creating a team, where the setting `teams.create` lets members do it.

use super::super::event_kind::EventKind;
use super::super::request::teams::TeamsReply;
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::shared::{commit_even_if_refused, lock_current, reserve};
use super::super::{Accounts, Error, RequestContext};
use super::detail;
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::membership::Membership;
use crate::domain::team::{Role, TeamName};
use crate::domain::throttle::TEAMS_PER_OWNER;

impl Accounts {
    /// The story of [`crate::accounts::request::teams::TeamsRequest::Create`]. Whoever creates a team is its owner; no email
    /// tells them so.
    pub(super) async fn create_team(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        name: &str,
    ) -> Result<TeamsReply, Error> {
        if !self.rules.members_create_teams {
            return Err(TeamRefusal::CreationOff.into());
        }
        let name = TeamName::parse(name).map_err(TeamRefusal::Name)?;
        let (now, account) = (self.clock.now(), member.account());
        let (team, mark) = (new_id(now, &self.entropy), new_id(now, &self.entropy));
        let bucket = BucketKind::Teams.of(&[account]);
        commit_even_if_refused!(self.store, |tx| {
            lock_current(tx, member).await?;
            let owned = tx.list_teams_of(account).await?.into_iter().filter(Membership::is_owner).count();
            if owned >= TEAMS_PER_OWNER {
                return Err(TeamRefusal::TooManyTeams.into());
            }
            reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?;
            if !tx.insert_team(&team, name.as_str(), &name.canonical(), "", now).await? {
                return Err(TeamRefusal::NameTaken.into());
            }
            tx.insert_membership(&team, account, Role::Owner.as_str(), now).await?;
            tx.set_last_opened(&team, account, now).await?;
            self.record(tx, cx, member, EventKind::TeamCreated, now).await?;
            let of = tx.find_team_of(account, &team).await?.ok_or(Refusal::NotFound)?;
            Ok(TeamsReply::Created(detail(tx, of, now).await?))
        })
        .await
    }
}
