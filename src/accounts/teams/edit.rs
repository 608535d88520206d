//! An owner says something else about the team; two owners at once do not overwrite each other unseen.

use super::super::happened::{Happened, Whom};
use super::super::request::teams::{Answer, Change, Edit};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::{Accounts, Fault, Knock};
use super::{enter_as_owner, view_now};
use crate::domain::team::Purpose;
use crate::store::write_tx;

impl Accounts {
    /// The story of [`crate::accounts::request::teams::Ask::Edit`].
    pub(super) async fn edit_team(
        &self,
        knock: &Knock,
        member: &SignedIn,
        team: &str,
        Edit { seen, description, links }: &Edit,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let new = match Purpose::parse(description, links) {
            Ok(new) => new,
            Err(refusal) => return Ok(Err(Refusal::Team(TeamRefusal::Purpose(refusal)))),
        };
        let (seen_links, new_links) = (seen.link_lines(), new.link_lines());
        let now = self.clock.now();
        let event = self.event(Happened::TeamChanged, Whom::Account(member.account()), knock, now);
        write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let (seen, new) =
                ((seen.description.as_str(), &*seen_links), (new.description.as_str(), &*new_links));
            if !tx.claim_description(&of.team.id, seen, new, now).await? {
                return Ok(Ok(Answer::ChangedMeanwhile(view_now(tx, member, of, now).await?)));
            }
            tx.insert_event(&event).await?;
            Ok(Ok(Answer::Changed(Change::Edited, view_now(tx, member, of, now).await?)))
        })
        .await
    }
}
