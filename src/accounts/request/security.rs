//! The second step and the recovery codes: what may be asked, and the answers.

use super::proof::{Enrolment, HalfProven, SignedIn};
use crate::domain::moment::Moment;
use crate::domain::secret::Secret;

/// What may be asked.
#[derive(Debug)]
pub enum Ask {
    /// Whether there is a second step, and how many recovery codes are left.
    Look,
    /// A fresh seed for an authenticator app. Nothing is kept before [`Ask::TurnOn`].
    Enrol,
    /// Turn the second step on, by a code of the app that took the seed.
    TurnOn {
        /// The seed.
        enrolment: Enrolment,
        /// The app's code, as typed.
        code: Secret,
    },
    /// Turn the second step off.
    TurnOff,
    /// New recovery codes; the old ones are good no more.
    MakeRecoveryCodes,
}

impl Ask {
    /// See [`super::Request::is_sensitive`].
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        !matches!(self, Self::Look)
    }
}

/// What is answered.
#[derive(Debug)]
pub enum Answer {
    /// How it is now.
    Now(SecurityView),
    /// A fresh seed.
    Enrolment(Enrolment),
    /// It is on, and these are the recovery codes, shown this once. The old proof is void, this one goes on.
    TurnedOn(SignedIn, Vec<Secret>),
    /// It is off. The old proof is void, this one goes on.
    TurnedOff(SignedIn),
    /// The new recovery codes, shown this once.
    RecoveryCodes(Vec<Secret>),
    /// The password, the key or the code from the letter was right; the second step is asked for now.
    SecondStepNeeded(HalfProven),
    /// The code from the letter was right and is not used up: the second step has to be at hand too.
    SecondStepFirst,
}

/// How an account is protected beside its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityView {
    /// Since when there is a second step; `None` while there is none.
    pub on_since: Option<Moment>,
    /// Recovery codes that are not used yet.
    pub recovery_codes: i64,
}

/// What somebody asks who has shown a password, a key or the code from a letter, and not yet the second step.
#[derive(Debug)]
pub struct SecondStep {
    /// What was shown.
    pub half: HalfProven,
    /// A code of the authenticator app, or a recovery code, as typed.
    pub code: Secret,
}
