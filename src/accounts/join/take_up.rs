//! Coming into a team: at once with a new account, or with the next sign-in after the code was right.

use super::super::teams::{Actor, EntityRef};
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::team::Role;
use crate::domain::throttle::PROVEN_INVITATION_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::Tx;

impl Accounts {
    /// Takes up the invitations whose codes were right of late for this account, whose owner is just being
    /// let in. Whoever calls rings for emails after the commit.
    pub(in crate::accounts) async fn take_up_invitations(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        whose: EntityRef<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let since = now.plus_ms(-PROVEN_INVITATION_MS);
        for (invitation, team) in tx.list_proven_invitations(whose.0, since, now).await? {
            if let Some(name) = tx.find_team_name(&team).await?
                && tx.claim_invitation(&invitation, now).await?
            {
                self.put_into_team(tx, cx, whose, (&team, &name), now).await?;
            }
        }
        Ok(())
    }

    /// Puts an account that just came in into a team; nothing when it is in it already.
    pub(super) async fn put_into_team(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        whose: EntityRef<'_>,
        team: EntityRef<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        tx.set_team_changed(team.0, now).await?;
        self.add_to_team(tx, Actor::Themselves(cx), team, whose, Role::Member, now).await?;
        Ok(())
    }
}
