//! The second factor and the recovery codes: what may be asked, and the answers.

use super::proof::{Enrolment, FirstFactor, SignedIn};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;

/// What may be asked.
#[derive(Debug)]
pub enum SecondFactorRequest {
    /// Whether there is a second factor, and how many recovery codes are left.
    Status,
    /// A fresh secret for an authenticator app. Nothing is kept before [`SecondFactorRequest::TurnOn`].
    Enrol,
    /// A fresh secret that the account keeps for a while, for a later [`SecondFactorRequest::Confirm`].
    Begin,
    /// Turn the second factor on, by a code of the app that took the secret of [`SecondFactorRequest::Begin`].
    Confirm {
        /// The app's code, as typed.
        code: Secret,
    },
    /// Turn the second factor on, by a code of the app that took the secret.
    TurnOn {
        /// The secret.
        enrolment: Enrolment,
        /// The app's code, as typed.
        code: Secret,
    },
    /// Turn the second factor off.
    TurnOff,
    /// Make new recovery codes; the old ones stop working.
    MakeRecoveryCodes,
}

impl SecondFactorRequest {
    /// See [`super::Request::is_sensitive`].
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        !matches!(self, Self::Status)
    }
}

/// What is answered.
#[derive(Debug)]
pub enum SecondFactorReply {
    /// How it is now.
    Now(SecondFactorView),
    /// A fresh secret.
    Enrolment(Enrolment),
    /// A fresh secret, and until when it waits for its code.
    Begun(Enrolment, Timestamp),
    /// It is on, and these are the recovery codes, shown this once. The old proof is void, this one goes on.
    TurnedOn(SignedIn, Vec<Secret>),
    /// It is off. The old proof is void, this one goes on.
    TurnedOff(SignedIn),
    /// The new recovery codes, shown this once.
    RecoveryCodes(Vec<Secret>),
    /// The password, the key or the code from the email was right; the second factor is asked for now.
    SecondFactorNeeded(FirstFactor),
    /// The code from the email was right and is not used up: the second factor has to be at hand too.
    SecondFactorFirst,
}

/// How an account is protected beside its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorView {
    /// Since when there is a second factor; `None` while there is none.
    pub on_since: Option<Timestamp>,
    /// Recovery codes that are not used yet.
    pub recovery_codes: i64,
    /// How many keys and addresses a reset has suspended.
    pub suspended: i64,
}

/// What somebody asks who has shown a password, a key or the code from an email, and not yet the second factor.
#[derive(Debug)]
pub struct SecondFactorAttempt {
    /// What was shown.
    pub half: FirstFactor,
    /// A code of the authenticator app, or a recovery code, as typed.
    pub code: Secret,
}
