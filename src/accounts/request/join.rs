//! Invitations and signing up: what a guest may ask, and the answers.

use super::{NextCode, Refusal, SignedIn};
use crate::domain::display_name::DisplayNameRefusal;
use crate::domain::email::EmailRefusal;
use crate::domain::name::NameRefusal;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::message;
use crate::messages::Message;

/// What may be asked.
#[derive(Debug)]
pub enum JoinRequest {
    /// A code to sign up with, by mail. The answer is the same whether the address has an account or not.
    Code {
        /// As typed.
        address: String,
    },
    /// Prove that one holds the code from an invitation, or from an email to sign up with.
    Prove {
        /// The address that the email came to, as typed.
        address: String,
        /// The code, as typed.
        code: Secret,
    },
    /// Make an account with the right that a proven code gave.
    SignUp {
        /// The right to do so; used up by success, handed back by a refusal.
        grant: JoinGrant,
        /// Username, as typed.
        name: String,
        /// Display name, as typed.
        display_name: String,
        /// The password, as typed.
        password: Secret,
    },
}

/// What is answered.
#[derive(Debug)]
pub enum JoinReply {
    /// An email is on its way, whichever.
    CodeRequested(NextCode),
    /// The code was right and the address has no account: it can have one.
    Proven(JoinGrant),
    /// The code was right and the address has an account: whoever signs in to it within the hour is in the
    /// team.
    SignInFirst {
        /// Username.
        name: String,
        /// The team's name; `None` when the code was one to sign up with.
        team: Option<String>,
        /// Username of whoever invited to it.
        by: Option<String>,
    },
    /// The account is made and signed in to.
    SignedUp(SignedIn),
    /// The account was not created; the grant comes back unless it is used up or too old.
    NotSignedUp(Option<JoinGrant>, Refusal),
}

/// Why an account is not made. `Display` says what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum JoinRefusal {
    /// The operator has not turned it on.
    Closed,
    /// There is no account yet: the first one is made with the setup code.
    NotSetUp,
    /// Not an address.
    Address(#[from] EmailRefusal),
    /// Cannot be a username.
    Name(#[from] NameRefusal),
    /// Somebody has that name or one that looks like it, or had it recently.
    NameTaken,
    /// Cannot be a display name.
    DisplayName(#[from] DisplayNameRefusal),
    /// The right to make an account is too old or used up.
    TooLate,
}

impl JoinRefusal {
    /// The words.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Closed => message!("refused-sign-up-closed"),
            Self::NotSetUp => message!("refused-not-set-up"),
            Self::Address(why) => message!("refused-sending", why = why.message()),
            Self::Name(why) => message!("refused-sign-up", why = why.message()),
            Self::NameTaken => message!("refused-sign-up-name-taken"),
            Self::DisplayName(why) => message!("refused-sign-up", why = why.message()),
            Self::TooLate => message!("refused-sign-up-too-late"),
        }
    }

    /// The stable id; scripts rely on it.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Closed => "sign-up-closed",
            Self::NotSetUp => "not-set-up",
            Self::Address(_) => "address-refused",
            Self::Name(_) => "name-refused",
            Self::NameTaken => "name-taken",
            Self::DisplayName(_) => "display-name-refused",
            Self::TooLate => "grant-expired",
        }
    }
}

/// The right to make an account for a proven address once. Not `Clone` on purpose.
#[derive(Debug)]
pub struct JoinGrant(pub(in crate::accounts) Box<ProvenAddress>);

/// What a proven code says.
#[derive(Debug)]
pub(in crate::accounts) struct ProvenAddress {
    pub(in crate::accounts) invitation: String,
    pub(in crate::accounts) address: String,
    /// Id and name.
    pub(in crate::accounts) team: Option<(String, String)>,
    /// Username of whoever invited to it.
    pub(in crate::accounts) by: Option<String>,
    pub(in crate::accounts) expires_at: Timestamp,
}

impl JoinGrant {
    /// The proven address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// The username of whoever invited to that team, while there is that account.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        self.0.by.as_deref()
    }

    /// The name of the team that it leads to.
    #[must_use]
    pub fn team(&self) -> Option<&str> {
        self.0.team.as_ref().map(|(_, name)| name.as_str())
    }
}

#[cfg(test)]
mod for_test {
    //! Grants for tests of flows, which have no service to earn them from.

    use super::{JoinGrant, ProvenAddress, Timestamp};

    impl JoinGrant {
        pub(crate) fn for_test(team: Option<&str>) -> Self {
            Self(Box::new(ProvenAddress {
                invitation: "invitation-1".into(),
                address: "alan@example.org".into(),
                team: team.map(|name| ("7".into(), name.into())),
                by: team.map(|_| "grace".into()),
                expires_at: Timestamp::from_epoch_ms(600_000),
            }))
        }
    }
}
