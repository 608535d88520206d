//! The second factor: turning it on and off, its recovery codes, and showing it after a password, a key or a code
//! from an email.
//!
//! ```text
//! right password | proven key | right code of an email --HalfProven--> second factor --> SignedIn | ResetGrant
//! ```
//!
//! Each try is counted and committed before anything is compared, and what was right is used up by one
//! conditional statement.

mod check;
mod enrol;
mod recovery_codes;
mod show;

pub(super) use check::{FactorOwner, TypedFactor};

use super::request::second_factor::{SecondFactorReply, SecondFactorRequest, SecondFactorView};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, RequestContext};
use crate::store::read_tx;

impl Accounts {
    /// The stories of [`super::request::Request::SecondFactor`].
    pub(super) async fn handle_second_factor(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        ask: SecondFactorRequest,
    ) -> Result<Reply, Fault> {
        match ask {
            SecondFactorRequest::Status => self.look_at_security(member).await,
            SecondFactorRequest::Enrol => self.enrol(member).await,
            SecondFactorRequest::TurnOn { enrolment, code } => {
                self.turn_second_factor_on(cx, member, &enrolment, &code).await
            }
            SecondFactorRequest::TurnOff => self.turn_second_factor_off(cx, member).await,
            SecondFactorRequest::MakeRecoveryCodes => self.make_recovery_codes(cx, member).await,
        }
    }

    async fn look_at_security(&self, member: &SignedIn) -> Result<Reply, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let step = tx.find_second_factor(member.account()).await?;
            let view = SecondFactorView {
                on_since: step.map(|step| step.on_since),
                recovery_codes: step.map_or(0, |step| step.recovery_codes),
            };
            Ok(Reply::SecondFactor(SecondFactorReply::Now(view)))
        })
        .await
    }
}
