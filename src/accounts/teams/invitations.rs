//! Inviting somebody by email address, and withdrawing an invitation. The inviter learns nothing of whether the
//! address has an account: the rows, the email and the answer are the same.

use super::super::event_kind::EventKind;
use super::super::request::teams::{TeamChange, TeamsReply};
use super::super::request::{Refusal, SignedIn, TeamRefusal};
use super::super::shared::reserve;
use super::super::{Accounts, Error, RequestContext};
use super::{detail_now, enter_as_owner};
use crate::accounts::join::InvitationDraft;
use crate::domain::bucket::BucketKind;
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::membership::Membership;
use crate::domain::throttle::{INVITATION_LIFE_MS, Limit, OPEN_INVITATIONS_PER_TEAM, WithoutAccount};
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::teams::TeamsRequest::Invite`]. A refusal sends no email, so it counts
    /// as none.
    pub(super) async fn invite(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        team: &str,
        address: &str,
    ) -> Result<TeamsReply, Error> {
        let email = Email::parse(address.trim()).map_err(TeamRefusal::Address)?;
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        self.then_send(write_tx!(self.store, Error, |tx| {
            let of = enter_as_owner(tx, member, team, now).await?;
            self.reserve_invitation(tx, member, &of, &email, (&id, now)).await?;
            let (team, life_ms) = (Some((&of, member.account())), INVITATION_LIFE_MS);
            let draft = InvitationDraft { id: &id, team, email: &email, known_as: None, now, life_ms };
            self.write_invitation(tx, &draft, cx).await?;
            self.record(tx, cx, member, EventKind::TeamInvited, now).await?;
            let team = detail_now(tx, member, of, now).await?;
            let sent = team.invitations.iter().find(|open| open.id == id).cloned();
            Ok(TeamsReply::Changed(TeamChange::Invited(sent.ok_or(Refusal::NotFound)?), team))
        }))
        .await
    }

    /// The limits, which all count without a look at whether the address has an account.
    async fn reserve_invitation(
        &self,
        tx: &mut Tx,
        member: &SignedIn,
        team: &Membership,
        email: &Email,
        (id, now): (&str, Timestamp),
    ) -> Result<(), Error> {
        if tx.has_open_invitation(&team.id, email.canonical(), now).await? {
            return Err(TeamRefusal::InvitedAlready.into());
        }
        if tx.list_open_invitations(&team.id, now).await?.len() >= OPEN_INVITATIONS_PER_TEAM {
            return Err(TeamRefusal::TooManyInvitations.into());
        }
        let owner = BucketKind::Invitations.of(&[member.account()]);
        let mailbox = self.mailbox_bucket(BucketKind::InvitationsTo, email.canonical());
        let (all, of_all) = self.without_account(WithoutAccount::Invitation);
        let buckets: [(_, &[Limit]); 3] =
            [(&owner, owner.fixed_limits()), (&mailbox, mailbox.fixed_limits()), (&all, &of_all)];
        reserve(tx, &buckets, id, now).await
    }

    /// The story of [`crate::accounts::request::teams::TeamsRequest::Withdraw`].
    pub(super) async fn withdraw(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        team: &str,
        wanted: &str,
    ) -> Result<TeamsReply, Error> {
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            let of = enter_as_owner(tx, member, team, now).await?;
            let mut open = tx.list_open_invitations(&of.id, now).await?;
            open.retain(|open| open.id == wanted || open.address.eq_ignore_ascii_case(wanted.trim()));
            let open = open.pop().ok_or(Refusal::NotFound)?;
            if !tx.claim_withdrawal(&open.id, &of.id, now).await? {
                return Err(Refusal::NotFound.into());
            }
            self.record(tx, cx, member, EventKind::TeamInvitationWithdrawn, now).await?;
            let change = TeamChange::Withdrawn(open);
            Ok(TeamsReply::Changed(change, detail_now(tx, member, of, now).await?))
        })
        .await
    }
}
