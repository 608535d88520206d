//! Coming into a team: at once with a new account, or with the next sign-in after the code was right.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::{Accounts, Fault, Knock};
use crate::domain::moment::Moment;
use crate::domain::team::Role;
use crate::domain::throttle::PROVEN_INVITATION_MS;
use crate::mail::About;
use crate::store::Tx;

impl Accounts {
    /// Takes up the invitations whose codes were right of late for this account, whose owner is just being
    /// let in. Whoever calls rings for letters after the commit.
    pub(in crate::accounts) async fn take_up_invitations(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        whose: (&str, &str),
        now: Moment,
    ) -> Result<(), Fault> {
        let since = now.plus_ms(-PROVEN_INVITATION_MS);
        for (invitation, team) in tx.list_proven_invitations(whose.0, since, now).await? {
            if let Some(name) = tx.find_team_name(&team).await?
                && tx.claim_invitation(&invitation, now).await?
            {
                self.put_into_team(tx, knock, whose, (&team, &name), now).await?;
            }
        }
        Ok(())
    }

    /// Puts an account, by id and name, into a team, by id and name, and tells of it; nothing when it is in
    /// it already.
    pub(super) async fn put_into_team(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        (account, name): (&str, &str),
        (team, team_name): (&str, &str),
        now: Moment,
    ) -> Result<(), Fault> {
        tx.set_team_changed(team, now).await?;
        if tx.insert_membership(team, account, Role::Member.as_str(), now).await? {
            let event = self.event(Happened::TeamJoined, Whom::Account(account), knock, now);
            tx.insert_event(&event).await?;
            let tale = Tale { about: About::TeamJoined, account, name, detail: team_name };
            self.tell(tx, knock, tale, now).await?;
        }
        Ok(())
    }
}
