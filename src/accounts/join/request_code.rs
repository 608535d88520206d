//! A request to sign up: a code for an address without an account, an email that says so for one that has one, and
//! the same page for both.

use super::super::event_kind::EventKind;
use super::super::request::join::JoinReply;
use super::super::request::{JoinRefusal, NextCode};
use super::super::shared::commit_even_if_refused;
use super::super::{Accounts, Error, RequestContext};
use super::InvitationDraft;
use crate::domain::bucket::BucketKind;
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::throttle::{SIGN_UP_EMAILS_PER_MAILBOX, SIGN_UP_LIFE_MS, WithoutAccount};

impl Accounts {
    /// The story of [`crate::accounts::request::join::JoinRequest::Code`].
    pub(super) async fn request_sign_up(
        &self,
        cx: &RequestContext,
        address: &str,
    ) -> Result<JoinReply, Error> {
        if !self.rules.sign_up {
            return Err(JoinRefusal::Closed.into());
        }
        // The first account is that of whoever has the setup code, or of an operator's command.
        if !self.store.has_accounts().await? {
            return Err(JoinRefusal::NotSetUp.into());
        }
        let email = Email::parse(address.trim()).map_err(JoinRefusal::Address)?;
        self.send_sign_up_code(cx, &email).await.map(JoinReply::CodeRequested)
    }

    /// Sends an address a code to sign up with, within the limits of them.
    pub(in crate::accounts) async fn send_sign_up_code(
        &self,
        cx: &RequestContext,
        email: &Email,
    ) -> Result<NextCode, Error> {
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        self.require_room_for_request(cx, email.canonical(), now).await?;
        let resolved = self.resolve_name(cx, email.as_str(), now).await?;
        let event = self.event(EventKind::VerificationCodeSent, resolved.subject(), cx, now);
        self.then_send(commit_even_if_refused!(self.store, |tx| {
            self.reserve_request(tx, cx, &id, email.canonical(), now).await?;
            let limits = &SIGN_UP_EMAILS_PER_MAILBOX;
            let next = self.count_code(tx, cx, (&id, email.canonical()), limits, now).await?;
            let mailbox = self.mailbox_bucket(BucketKind::SignUpsTo, email.canonical());
            let (all, of_all) = self.without_account(WithoutAccount::SignUp);
            // Over a limit nothing is sent, and nobody is told. Also an address that has an account counts in both.
            if !next.too_soon
                && self
                    .reserve_in_silence(tx, &[(&mailbox, mailbox.fixed_limits()), (&all, &of_all)], &id, now)
                    .await?
            {
                let known_as = resolved.account().map(|account| account.name.as_str());
                let life_ms = SIGN_UP_LIFE_MS;
                let draft = InvitationDraft { id: &id, team: None, email, known_as, now, life_ms };
                self.write_invitation(tx, &draft, cx).await?;
                tx.insert_event(&event).await?;
            }
            Ok(next)
        }))
        .await
    }
}
