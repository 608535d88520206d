//! The second step: turning it on and off, its recovery codes, and showing it after a password, a key or a code
//! from a letter.
//!
//! ```text
//! right password | proven key | right code of a letter --HalfProven--> second step --> SignedIn | ResetGrant
//! ```
//!
//! Each try is counted and committed before anything is compared, and what was right is used up by one
//! conditional statement.

mod check;
mod enrol;
mod recovery_codes;
mod show;

pub(super) use check::{Owner, Typed};

use super::request::security::{Answer, Ask, SecurityView};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::store::read_tx;

impl Accounts {
    /// The stories of [`super::request::Request::Security`].
    pub(super) async fn security(&self, knock: &Knock, member: &SignedIn, ask: Ask) -> Result<Reply, Fault> {
        match ask {
            Ask::Look => self.look_at_security(member).await,
            Ask::Enrol => self.enrol(member).await,
            Ask::TurnOn { enrolment, code } => {
                self.turn_second_step_on(knock, member, &enrolment, &code).await
            }
            Ask::TurnOff => self.turn_second_step_off(knock, member).await,
            Ask::MakeRecoveryCodes => self.make_recovery_codes(knock, member).await,
        }
    }

    async fn look_at_security(&self, member: &SignedIn) -> Result<Reply, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let step = tx.find_second_step(member.account()).await?;
            let view = SecurityView {
                on_since: step.map(|step| step.on_since),
                recovery_codes: step.map_or(0, |step| step.recovery_codes),
            };
            Ok(Reply::Security(Answer::Now(view)))
        })
        .await
    }
}
