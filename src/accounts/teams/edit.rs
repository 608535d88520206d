//! Editing a team's description and links; two owners at once do not overwrite each other unseen.

use super::super::event_kind::EventKind;
use super::super::request::teams::{TeamChange, TeamEdit, TeamsReply};
use super::super::request::{SignedIn, TeamRefusal};
use super::super::{Accounts, Error, RequestContext};
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
    ) -> Result<TeamsReply, Error> {
        let new = TeamInfo::parse(description, links).map_err(TeamRefusal::TeamInfo)?;
        let (seen_links, new_links) = (seen.link_lines(), new.link_lines());
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            let of = enter_as_owner(tx, member, team, now).await?;
            let (seen, new) =
                ((seen.description.as_str(), &*seen_links), (new.description.as_str(), &*new_links));
            if !tx.claim_description(&of.id, seen, new, now).await? {
                return Ok(TeamsReply::ChangedMeanwhile(detail_now(tx, member, of, now).await?));
            }
            self.record(tx, cx, member, EventKind::TeamChanged, now).await?;
            Ok(TeamsReply::Changed(TeamChange::Edited, detail_now(tx, member, of, now).await?))
        })
        .await
    }
}
