//! A wish to sign up: a code for an address without an account, a letter that says so for one that has one,
//! and the same page for both.

use super::super::happened::Happened;
use super::super::request::join::Answer;
use super::super::request::{JoinRefusal, Refusal};
use super::super::{Accounts, Fault, Knock};
use super::{Wish, letters_bucket};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::throttle::{LETTERS_PER_STRANGER, RESEND_AFTER_MS, SIGN_UP_LIFE_MS};
use crate::store::{Tried, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::join::Ask::Code`].
    pub(super) async fn request_sign_up(
        &self,
        knock: &Knock,
        address: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        if !self.rules.sign_up {
            return Ok(Err(Refusal::Join(JoinRefusal::Closed)));
        }
        let email = match Email::parse(address.trim()) {
            Ok(email) => email,
            Err(refusal) => return Ok(Err(Refusal::Join(JoinRefusal::Address(refusal)))),
        };
        let now = self.clock.now();
        let id = new_id(now, &self.chance);
        let person = self.look_up(knock, email.as_str(), now).await?;
        let event = self.event(Happened::CodeIssued, person.whom(), knock, now);
        let answered = write_tx!(self.store, Fault, |tx| {
            let tried = self.admit_request(tx, knock, &id, email.canonical(), now).await?;
            if let Tried::Later(at) = tried {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let bucket = letters_bucket(&self.identifier_key(email.canonical()));
            let tried = tx.reserve_in_windows(&bucket, &id, &LETTERS_PER_STRANGER, now).await?;
            // Over the limit of the address nothing is sent, and nobody is told.
            if let Tried::Admitted { .. } = tried {
                let known_as = person.account().map(|account| account.name.as_str());
                let wish =
                    Wish { id: &id, team: None, email: &email, known_as, now, life_ms: SIGN_UP_LIFE_MS };
                self.write_invitation(tx, &wish, knock).await?;
                tx.insert_event(&event).await?;
            }
            Ok(Ok(Answer::CodeRequested { resend_at: now.plus_ms(RESEND_AFTER_MS) }))
        });
        let answered = answered.await?;
        self.letter_written.notify_one();
        Ok(answered)
    }
}
