//! Inviting somebody by address, and taking an invitation back. Whoever invites learns nothing of whether
//! the address has an account: the rows, the email and the answer are the same.

use super::super::event_kind::{EventKind, Subject};
use super::super::request::teams::{TeamChange, TeamsReply};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::{Accounts, Fault, RequestContext};
use super::{detail_now, enter_as_owner};
use crate::accounts::join::{InvitationDraft, emails_bucket};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::membership::Membership;
use crate::domain::throttle::{
    INVITATION_LIFE_MS, INVITATIONS_PER_OWNER, JOIN_EMAILS_PER_ADDRESS, OPEN_INVITATIONS_PER_TEAM,
};
use crate::domain::timestamp::Timestamp;
use crate::store::{RateLimit, Tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::teams::TeamsRequest::Invite`].
    pub(super) async fn invite(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        team: &str,
        address: &str,
    ) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let email = match Email::parse(address.trim()) {
            Ok(email) => email,
            Err(refusal) => return Ok(Err(Refusal::Team(TeamRefusal::Address(refusal)))),
        };
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let event = self.event(EventKind::TeamInvited, Subject::Account(member.account()), cx, now);
        let invited = write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if let Some(refusal) = self.may_invite(tx, member, &of, &email, (&id, now)).await? {
                return Ok(Err(refusal));
            }
            let (team, life_ms) = (Some((&of, member.account())), INVITATION_LIFE_MS);
            let draft = InvitationDraft { id: &id, team, email: &email, known_as: None, now, life_ms };
            self.write_invitation(tx, &draft, cx).await?;
            tx.insert_event(&event).await?;
            let team = detail_now(tx, member, of, now).await?;
            let sent = team.invitations.iter().find(|open| open.id == id).cloned();
            Ok(sent.map(|sent| TeamsReply::Changed(TeamChange::Invited(sent), team)).ok_or(Refusal::NotFound))
        });
        let invited = invited.await?;
        self.email_written.notify_one();
        Ok(invited)
    }

    /// The limits, which all count without a look at whether the address has an account.
    async fn may_invite(
        &self,
        tx: &mut Tx,
        member: &SignedIn,
        team: &Membership,
        email: &Email,
        (id, now): (&str, Timestamp),
    ) -> Result<Option<Refusal>, Fault> {
        if tx.has_open_invitation(&team.id, email.canonical(), now).await? {
            return Ok(Some(Refusal::Team(TeamRefusal::InvitedAlready)));
        }
        if tx.list_open_invitations(&team.id, now).await?.len() >= OPEN_INVITATIONS_PER_TEAM {
            return Ok(Some(Refusal::Team(TeamRefusal::TooManyInvitations)));
        }
        let owner = format!("invitations:{}", member.account());
        if let RateLimit::Later(at) = tx.reserve_in_windows(&owner, id, &INVITATIONS_PER_OWNER, now).await? {
            return Ok(Some(Refusal::TryLater(at)));
        }
        let stranger = emails_bucket(&self.identifier_key(email.canonical()));
        if let RateLimit::Later(at) =
            tx.reserve_in_windows(&stranger, id, &JOIN_EMAILS_PER_ADDRESS, now).await?
        {
            tx.release_in_windows(&owner, id).await?;
            return Ok(Some(Refusal::TryLater(at)));
        }
        Ok(None)
    }

    /// The story of [`crate::accounts::request::teams::TeamsRequest::Withdraw`].
    pub(super) async fn withdraw(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        team: &str,
        wanted: &str,
    ) -> Result<Result<TeamsReply, Refusal>, Fault> {
        let now = self.clock.now();
        let event =
            self.event(EventKind::TeamInvitationWithdrawn, Subject::Account(member.account()), cx, now);
        write_tx!(self.store, Fault, |tx| {
            let of = match enter_as_owner(tx, member, team, now).await? {
                Ok(of) => of,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let mut open = tx.list_open_invitations(&of.id, now).await?;
            open.retain(|open| open.id == wanted || open.address.eq_ignore_ascii_case(wanted.trim()));
            let Some(open) = open.pop() else { return Ok(Err(Refusal::NotFound)) };
            if !tx.claim_withdrawal(&open.id, &of.id, now).await? {
                return Ok(Err(Refusal::NotFound));
            }
            tx.insert_event(&event).await?;
            let change = TeamChange::Withdrawn(open);
            Ok(Ok(TeamsReply::Changed(change, detail_now(tx, member, of, now).await?)))
        })
        .await
    }
}
