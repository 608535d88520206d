//! A draft to sign up: a code for an address without an account, an email that says so for one that has one,
//! and the same page for both.

use super::super::event_kind::EventKind;
use super::super::request::join::JoinReply;
use super::super::request::{JoinRefusal, Refusal};
use super::super::{Accounts, Fault, RequestContext};
use super::{InvitationDraft, emails_bucket};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::throttle::{JOIN_EMAILS_PER_ADDRESS, RESEND_AFTER_MS, SIGN_UP_LIFE_MS};
use crate::store::{RateLimit, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::join::JoinRequest::Code`].
    pub(super) async fn request_sign_up(
        &self,
        cx: &RequestContext,
        address: &str,
    ) -> Result<Result<JoinReply, Refusal>, Fault> {
        if !self.rules.sign_up {
            return Ok(Err(Refusal::Join(JoinRefusal::Closed)));
        }
        let email = match Email::parse(address.trim()) {
            Ok(email) => email,
            Err(refusal) => return Ok(Err(Refusal::Join(JoinRefusal::Address(refusal)))),
        };
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let person = self.look_up(cx, email.as_str(), now).await?;
        let event = self.event(EventKind::CodeIssued, person.subject(), cx, now);
        let answered = write_tx!(self.store, Fault, |tx| {
            let tried = self.admit_request(tx, cx, &id, email.canonical(), now).await?;
            if let RateLimit::Later(at) = tried {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let bucket = emails_bucket(&self.identifier_key(email.canonical()));
            let tried = tx.reserve_in_windows(&bucket, &id, &JOIN_EMAILS_PER_ADDRESS, now).await?;
            // Over the limit of the address nothing is sent, and nobody is told.
            if let RateLimit::Admitted { .. } = tried {
                let known_as = person.account().map(|account| account.name.as_str());
                let draft = InvitationDraft {
                    id: &id,
                    team: None,
                    email: &email,
                    known_as,
                    now,
                    life_ms: SIGN_UP_LIFE_MS,
                };
                self.write_invitation(tx, &draft, cx).await?;
                tx.insert_event(&event).await?;
            }
            Ok(Ok(JoinReply::CodeRequested { resend_at: now.plus_ms(RESEND_AFTER_MS) }))
        });
        let answered = answered.await?;
        self.email_written.notify_one();
        Ok(answered)
    }
}
