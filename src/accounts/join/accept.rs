//! Accepting an invitation: at once with a new account, or with the next sign-in after the code was right.

use super::super::teams::{Actor, EntityRef, MembershipChange};
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::team::Role;
use crate::domain::throttle::PROVEN_INVITATION_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::Tx;

impl Accounts {
    /// Accepts the invitations account codes were right recently for this account, which is just signing in. Ring
    /// `email_written` after the commit.
    pub(in crate::accounts) async fn accept_invitations(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        account: EntityRef<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let since = now.plus_ms(-PROVEN_INVITATION_MS);
        for (invitation, team) in tx.list_proven_invitations(account.0, since, now).await? {
            if let Some(name) = tx.find_team_name(&team).await?
                && tx.claim_invitation(&invitation, now).await?
            {
                self.put_into_team(tx, cx, account, (&team, &name), now).await?;
            }
        }
        Ok(())
    }

    /// Adds an account that just signed in to a team; nothing when it is a member already.
    pub(super) async fn put_into_team(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        account: EntityRef<'_>,
        team: EntityRef<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        tx.set_team_changed(team.0, now).await?;
        self.change_membership(
            tx,
            Actor::Themselves(cx),
            team,
            account,
            MembershipChange::Add(Role::Member),
            now,
        )
        .await?;
        Ok(())
    }
}
