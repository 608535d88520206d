//! Setting up a portal that has no account: what whoever has the setup code may ask, and the answers.

use super::{JoinGrant, NextCode, Refusal, SignedIn};
use crate::domain::secret::Secret;

/// What may be asked.
#[derive(Debug)]
pub enum SetupRequest {
    /// Whether the portal can still be set up.
    Status,
    /// Prove that one holds the setup code.
    Prove {
        /// The code, as typed.
        code: Secret,
    },
    /// A code to check the address of the first account with, by mail.
    SendCode {
        /// The proof.
        grant: SetupGrant,
        /// As typed.
        address: String,
    },
    /// Create the first account and the first team.
    Create(Box<FirstAccount>),
}

/// The first account and the first team, to be created.
#[derive(Debug)]
pub struct FirstAccount {
    /// The proof; used up by success.
    pub grant: SetupGrant,
    /// The address of the account.
    pub address: SetupAddress,
    /// Username, as typed.
    pub name: String,
    /// The password, as typed.
    pub password: Secret,
    /// The team's name, as typed.
    pub team: String,
}

/// The address of the first account.
#[derive(Debug)]
pub enum SetupAddress {
    /// Checked with a code by mail.
    Verified(JoinGrant),
    /// As typed: whoever has the setup code vouches for it, as `doorkey user add` does.
    Vouched(String),
}

impl SetupAddress {
    /// The address itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Verified(grant) => grant.address(),
            Self::Vouched(address) => address.trim(),
        }
    }
}

/// What is answered.
#[derive(Debug)]
pub enum SetupReply {
    /// There is no account: the portal can be set up.
    Open,
    /// The setup code is right.
    Proven(SetupGrant),
    /// An email is on its way; its code is proven as one to sign up with.
    CodeSent(NextCode),
    /// The portal has no relay, so emails reach nobody: the address cannot be checked.
    NoRelay,
    /// The account and the team are made, and the account is signed in to.
    Created(SignedIn),
    /// Nothing was created. The address comes back unless its code is used up or too old.
    NotCreated(Option<SetupAddress>, Refusal),
}

/// The proof that the setup code is right, for as long as that code lives and there is no account.
#[derive(Clone, Debug)]
pub struct SetupGrant(pub(in crate::accounts) String);

#[cfg(test)]
impl SetupGrant {
    pub(crate) fn for_test() -> Self {
        Self("nonce-1".into())
    }
}
