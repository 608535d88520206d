//! Who is in a team and as what: leaving it, another role, taking somebody out. A team always keeps an
//! owner, also when two of them act at once.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::request::teams::{Answer, Change};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::{Accounts, Fault, Knock};
use super::{enter, enter_as_owner, summary, view_now};
use crate::domain::moment::Moment;
use crate::domain::name::canonical_identifier;
use crate::domain::team::Role;
use crate::mail::{About, Letter, News};
use crate::store::{Event, Member, Tx, write_tx};

/// What happened to a member because of an owner.
struct Deed<'a> {
    /// Username of the owner.
    by: &'a str,
    happened: Happened,
    about: About,
    detail: &'a str,
}

impl Accounts {
    /// The story of [`crate::accounts::request::teams::Ask::Leave`].
    pub(super) async fn leave_team(
        &self,
        knock: &Knock,
        member: &SignedIn,
        team: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        let event = self.event(Happened::TeamLeft, Whom::Account(account), knock, now);
        let left = write_tx!(self.store, Fault, |tx| {
            let of = match enter(tx, member, team).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            tx.set_team_changed(&of.team.id, now).await?;
            if !tx.claim_removal(&of.team.id, account, now).await? {
                return Ok(Err(Refusal::Team(TeamRefusal::LastOwner)));
            }
            tx.insert_event(&event).await?;
            let tale = Tale { about: About::TeamLeft, account, name, detail: &of.team.name };
            self.tell(tx, knock, tale, now).await?;
            Ok(Ok(Answer::Left(summary(of))))
        });
        let left = left.await?;
        self.letter_written.notify_one();
        Ok(left)
    }

    /// The story of [`crate::accounts::request::teams::Ask::SetRole`].
    pub(super) async fn set_role(
        &self,
        member: &SignedIn,
        team: &str,
        who: &str,
        role: Role,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        let changed = write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Some(them) = find_member(tx, &of.team.id, who).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            let change = Change::RoleSet { who: them.name.clone(), role };
            if them.role != role.as_str() {
                if !tx.claim_role(&of.team.id, &them.account, role.as_str(), now).await? {
                    return Ok(Err(Refusal::Team(TeamRefusal::LastOwner)));
                }
                let detail = format!("{} ({role})", of.team.name);
                let (happened, about) = (Happened::TeamRoleChanged, About::TeamRoleChanged);
                self.note(tx, &them, &Deed { by: member.name(), happened, about, detail: &detail }, now)
                    .await?;
            }
            Ok(Ok(Answer::Changed(change, view_now(tx, member, of, now).await?)))
        });
        let changed = changed.await?;
        self.letter_written.notify_one();
        Ok(changed)
    }

    /// The story of [`crate::accounts::request::teams::Ask::Remove`].
    pub(super) async fn remove_from_team(
        &self,
        member: &SignedIn,
        team: &str,
        who: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        let removed = write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Some(them) = find_member(tx, &of.team.id, who).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if !tx.claim_removal(&of.team.id, &them.account, now).await? {
                return Ok(Err(Refusal::Team(TeamRefusal::LastOwner)));
            }
            let (happened, about) = (Happened::TeamLeft, About::TeamLeft);
            self.note(tx, &them, &Deed { by: member.name(), happened, about, detail: &of.team.name }, now)
                .await?;
            if them.account == member.account() {
                return Ok(Ok(Answer::Left(summary(of))));
            }
            let change = Change::Removed { who: them.name };
            Ok(Ok(Answer::Changed(change, view_now(tx, member, of, now).await?)))
        });
        let removed = removed.await?;
        self.letter_written.notify_one();
        Ok(removed)
    }

    /// Writes down, and tells by letter, what an owner did to a member. Which owner, stands in the row; from
    /// where they did it is none of the member's business.
    async fn note(&self, tx: &mut Tx, them: &Member, deed: &Deed<'_>, now: Moment) -> Result<(), Fault> {
        let client = "an owner of the team".to_owned();
        let event = self.operator_event(deed.happened, &them.account, now);
        let by = format!("{client}: {}", deed.by);
        tx.insert_event(&Event { client: by, ..event }).await?;
        let letter = Letter::News(News {
            about: deed.about,
            name: them.name.clone(),
            at: now.epoch_ms(),
            source: String::new(),
            client,
            detail: deed.detail.to_owned(),
        });
        self.write_to_all(tx, &them.account, &letter, now).await
    }
}

/// The member of that username, in any spelling.
async fn find_member(tx: &mut Tx, team: &str, who: &str) -> Result<Option<Member>, Fault> {
    let wanted = canonical_identifier(who);
    let members = tx.list_members(team).await?;
    Ok(members.into_iter().find(|member| canonical_identifier(&member.name) == wanted))
}
