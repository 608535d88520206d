//! Inviting somebody by address, and taking an invitation back. Whoever invites learns nothing of whether
//! the address has an account: the rows, the letter and the answer are the same.

use super::super::happened::{Happened, Whom};
use super::super::request::teams::{Answer, Change};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::{Accounts, Fault, Knock};
use super::{enter_as_owner, invitation, view_now};
use crate::accounts::join::{Wish, letters_bucket};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::domain::throttle::{
    INVITATION_LIFE_MS, INVITATIONS_PER_OWNER, LETTERS_PER_STRANGER, OPEN_INVITATIONS_PER_TEAM,
};
use crate::store::{Team, Tried, Tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::teams::Ask::Invite`].
    pub(super) async fn invite(
        &self,
        knock: &Knock,
        member: &SignedIn,
        team: &str,
        address: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let email = match Email::parse(address.trim()) {
            Ok(email) => email,
            Err(refusal) => return Ok(Err(Refusal::Team(TeamRefusal::Address(refusal)))),
        };
        let now = self.clock.now();
        let id = new_id(now, &self.chance);
        let event = self.event(Happened::TeamInvited, Whom::Account(member.account()), knock, now);
        let invited = write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if let Some(refusal) = self.may_invite(tx, member, &of.team, &email, (&id, now)).await? {
                return Ok(Err(refusal));
            }
            let (team, life_ms) = (Some((&of.team, member.account())), INVITATION_LIFE_MS);
            let wish = Wish { id: &id, team, email: &email, known_as: None, now, life_ms };
            self.write_invitation(tx, &wish, knock).await?;
            tx.insert_event(&event).await?;
            let view = view_now(tx, member, of, now).await?;
            let sent = view.invitations.iter().find(|open| open.id == id).cloned();
            Ok(sent.map(|sent| Answer::Changed(Change::Invited(sent), view)).ok_or(Refusal::NotFound))
        });
        let invited = invited.await?;
        self.letter_written.notify_one();
        Ok(invited)
    }

    /// The limits, which all count without a look at whether the address has an account.
    async fn may_invite(
        &self,
        tx: &mut Tx,
        member: &SignedIn,
        team: &Team,
        email: &Email,
        (id, now): (&str, Moment),
    ) -> Result<Option<Refusal>, Fault> {
        if tx.has_open_invitation(&team.id, email.canonical(), now).await? {
            return Ok(Some(Refusal::Team(TeamRefusal::InvitedAlready)));
        }
        if tx.list_open_invitations(&team.id, now).await?.len() >= OPEN_INVITATIONS_PER_TEAM {
            return Ok(Some(Refusal::Team(TeamRefusal::TooManyInvitations)));
        }
        let owner = format!("invitations:{}", member.account());
        if let Tried::Later(at) = tx.reserve_in_windows(&owner, id, &INVITATIONS_PER_OWNER, now).await? {
            return Ok(Some(Refusal::TryLater(at)));
        }
        let stranger = letters_bucket(&self.identifier_key(email.canonical()));
        if let Tried::Later(at) = tx.reserve_in_windows(&stranger, id, &LETTERS_PER_STRANGER, now).await? {
            tx.release_in_windows(&owner, id).await?;
            return Ok(Some(Refusal::TryLater(at)));
        }
        Ok(None)
    }

    /// The story of [`crate::accounts::request::teams::Ask::Withdraw`].
    pub(super) async fn withdraw(
        &self,
        knock: &Knock,
        member: &SignedIn,
        team: &str,
        wanted: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        let event =
            self.event(Happened::TeamInvitationWithdrawn, Whom::Account(member.account()), knock, now);
        write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let mut open = tx.list_open_invitations(&of.team.id, now).await?;
            open.retain(|open| open.id == wanted || open.address.eq_ignore_ascii_case(wanted.trim()));
            let Some(open) = open.pop() else { return Ok(Err(Refusal::NotFound)) };
            if !tx.claim_withdrawal(&open.id, &of.team.id, now).await? {
                return Ok(Err(Refusal::NotFound));
            }
            tx.insert_event(&event).await?;
            let change = Change::Withdrawn(invitation(open));
            Ok(Ok(Answer::Changed(change, view_now(tx, member, of, now).await?)))
        })
        .await
    }
}
