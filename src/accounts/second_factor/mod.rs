//! The second factor: turning it on and off, its recovery codes, and proving it after a password, a key or a code
//! from an email.
//!
//! ```text
//! right password | proven key | right code of an email --FirstFactor--> second factor --> SignedIn | ResetGrant
//! ```
//!
//! Each try is counted and committed before anything is compared, and what was right is used up by one
//! conditional statement.

mod check;
mod enrol;
mod prove;
mod recovery_codes;

pub(super) use check::{CheckedFactor, FactorOwner, PrecedingProof, TypedFactor, WrongFactor, place_of};

use super::request::SignedIn;
use super::request::second_factor::{SecondFactorReply, SecondFactorRequest, SecondFactorView};
use super::shared::require_current;
use super::{Accounts, Error, RequestContext};
use crate::store::read_tx;

impl Accounts {
    /// The stories of [`super::request::Request::SecondFactor`].
    pub(super) async fn second_factor(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: SecondFactorRequest,
    ) -> Result<SecondFactorReply, Error> {
        match request {
            SecondFactorRequest::Status => self.second_factor_status(member).await,
            SecondFactorRequest::Enrol => self.enrol(member).await,
            SecondFactorRequest::Begin => self.begin_enrolment(member).await,
            SecondFactorRequest::Confirm { code } => self.confirm_enrolment(cx, member, &code).await,
            SecondFactorRequest::TurnOn { enrolment, code } => {
                self.turn_second_factor_on(cx, member, &enrolment, &code).await
            }
            SecondFactorRequest::TurnOff => self.turn_second_factor_off(cx, member).await,
            SecondFactorRequest::MakeRecoveryCodes => self.make_recovery_codes(cx, member).await,
        }
    }

    async fn second_factor_status(&self, member: &SignedIn) -> Result<SecondFactorReply, Error> {
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let factor = tx.find_second_factor(member.account()).await?;
            Ok(SecondFactorReply::Now(SecondFactorView {
                on_since: factor.as_ref().map(|factor| factor.on_since),
                recovery_codes: factor.map_or(0, |factor| factor.recovery_codes),
                suspended: tx.count_suspended(member.account()).await?,
            }))
        })
        .await
    }
}
