//! An owner says something else about the team; two owners at once do not overwrite each other unseen.

use super::super::event_kind::{EventKind, Subject};
use super::super::request::teams::{TeamChange, TeamEdit, TeamsReply};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::{Accounts, Fault, RequestContext};
use super::{detail_now, enter_as_owner};
use crate::domain::team::TeamInfo;
use crate::store::write_tx;

impl Accounts {
    /// The story of [`crate::accounts::request::teams::TeamsRequest::Edit`].
    pub(super) async fn edit_team(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        team: &str,
        TeamEdit { seen, description, links }: &TeamEdit,
    ) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let new = match TeamInfo::parse(description, links) {
            Ok(new) => new,
            Err(refusal) => return Ok(Err(Refusal::Team(TeamRefusal::TeamInfo(refusal)))),
        };
        let (seen_links, new_links) = (seen.link_lines(), new.link_lines());
        let now = self.clock.now();
        let event = self.event(EventKind::TeamChanged, Subject::Account(member.account()), cx, now);
        write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let (seen, new) =
                ((seen.description.as_str(), &*seen_links), (new.description.as_str(), &*new_links));
            if !tx.claim_description(&of.id, seen, new, now).await? {
                return Ok(Ok(TeamsReply::ChangedMeanwhile(detail_now(tx, member, of, now).await?)));
            }
            tx.insert_event(&event).await?;
            Ok(Ok(TeamsReply::Changed(TeamChange::Edited, detail_now(tx, member, of, now).await?)))
        })
        .await
    }
}
