//! Requests about a member's profile and email addresses.

use super::SignedIn;
use crate::domain::appearance::Appearance;
use crate::domain::display_name::DisplayNameRefusal;
use crate::domain::email::EmailRefusal;
use crate::domain::email_address::EmailAddress;
use crate::domain::name::NameRefusal;
use crate::domain::profile::Profile;
use crate::domain::secret::Secret;
use crate::domain::time_zone::{TimeZone, TimeZoneRefusal};
use crate::domain::timestamp::Timestamp;
use crate::message;
use crate::messages::{LanguageChoice, Message};

/// The most addresses of one account, verified or not.
pub const EMAILS_PER_ACCOUNT: usize = 10;

/// What may be asked.
#[derive(Debug)]
pub enum ProfileRequest {
    /// The profile with its addresses.
    Show,
    /// Change the profile.
    Set {
        /// What is to be changed, as typed.
        changes: Box<Changes>,
        /// [`Profile::version`] that the changes were made on; `None` when they were made blindly.
        seen: Option<i64>,
    },
    /// Confirm that the addresses are right.
    Review {
        /// [`EmailAddress::id`] of the verified addresses that were looked at.
        seen: Vec<String>,
    },
    /// Add an address; a code goes to it.
    AddEmail {
        /// As typed.
        address: String,
    },
    /// Send another code to an address that is not verified yet.
    SendCode {
        /// [`EmailAddress::id`], or the address in any spelling; here and below.
        address: String,
    },
    /// Prove by its code that emails to the address are read.
    VerifyEmail {
        /// Which.
        address: String,
        /// As typed.
        code: Secret,
    },
    /// Make a verified address the primary one.
    SetPrimary {
        /// Which.
        address: String,
    },
    /// Remove an address.
    RemoveEmail {
        /// Which.
        address: String,
    },
    /// Keep an address that a reset has suspended.
    KeepEmail {
        /// Which.
        address: String,
    },
}

impl ProfileRequest {
    /// Whether it changes what identifies the account or reaches its owner: names and email addresses.
    #[must_use]
    pub fn is_about_account(&self) -> bool {
        match self {
            Self::Set { changes, .. } => changes.name.is_some() || changes.display_name.is_some(),
            Self::AddEmail { .. }
            | Self::SendCode { .. }
            | Self::VerifyEmail { .. }
            | Self::SetPrimary { .. }
            | Self::RemoveEmail { .. } => true,
            Self::Show | Self::Review { .. } | Self::KeepEmail { .. } => false,
        }
    }

    /// See [`super::Request::is_sensitive`].
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Set { changes, .. } => changes.name.is_some(),
            Self::AddEmail { .. }
            | Self::SetPrimary { .. }
            | Self::RemoveEmail { .. }
            | Self::KeepEmail { .. } => true,
            Self::Show | Self::Review { .. } | Self::SendCode { .. } | Self::VerifyEmail { .. } => false,
        }
    }
}

/// What is to be changed, as typed; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What others read beside the username; may become empty.
    pub display_name: Option<String>,
    /// The username.
    pub name: Option<String>,
    /// Of pages and emails.
    pub language: Option<LanguageChoice>,
    /// `UTC`, an IANA name, or an offset.
    pub time_zone: Option<String>,
    /// Plain prompts instead of a screen.
    pub plain: Option<bool>,
    /// No colours.
    pub no_color: Option<bool>,
    /// For a dark or a light background.
    pub appearance: Option<Appearance>,
}

/// What is answered.
#[derive(Debug)]
pub enum ProfileReply {
    /// The profile.
    Profile(Profile),
    /// It is changed. After a change of username the old proof is void and this one replaces it.
    Changed(SignedIn, Profile),
    /// Another session changed it first; nothing was changed. The profile as it is now.
    ChangedElsewhere(Profile),
    /// The confirmation is recorded.
    Reviewed(Profile),
    /// A code is on its way; typing it verifies the address.
    CodeSent {
        /// The address.
        address: EmailAddress,
        /// From when on another code can be sent.
        resend_at: Timestamp,
    },
    /// The address is verified.
    Verified(EmailAddress),
    /// This is the primary address now; the old proof is void and this one replaces it.
    PrimaryChanged(SignedIn, EmailAddress),
    /// The address is removed.
    Removed(EmailAddress),
    /// The address is no longer suspended.
    Kept(EmailAddress),
}

/// Why a profile or an address was not changed. `Display` is one or more whole sentences.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum ProfileRefusal {
    /// The text is no username.
    Name(NameRefusal),
    /// Somebody has that name or one that looks like it, or had it recently.
    NameTaken,
    /// The text is no display name.
    DisplayName(#[from] DisplayNameRefusal),
    /// The text names no time zone.
    TimeZone(#[from] TimeZoneRefusal),
    /// The text is no address.
    Address(EmailRefusal),
    /// The account has that address already, verified.
    EmailYours,
    /// Another account has verified it. Told only to whoever reads its emails.
    EmailTaken,
    /// The account has as many addresses as one may have.
    TooManyEmails,
    /// Only a verified address can be the primary one.
    NotVerified,
    /// A suspended address cannot become the primary one.
    Suspended,
    /// It is the primary address already.
    AlreadyPrimary,
    /// The primary address is not removed.
    IsPrimary,
    /// It was the primary address until lately; it can be removed from then on.
    FormerPrimary(Timestamp),
    /// Without it the account could not be recovered.
    LastEmail,
}

impl ProfileRefusal {
    /// The words.
    #[must_use]
    pub fn message(&self) -> Message {
        self.message_in(&TimeZone::default())
    }

    /// The words for somebody who reads times in `zone`.
    #[must_use]
    pub fn message_in(&self, zone: &TimeZone) -> Message {
        match self {
            Self::Name(why) => why.message(),
            Self::NameTaken => message!("refused-name-in-use"),
            Self::DisplayName(why) => why.message(),
            Self::TimeZone(why) => why.message(),
            Self::Address(why) => why.message(),
            Self::EmailYours => message!("refused-address-yours"),
            Self::EmailTaken => message!("refused-address-in-use"),
            Self::TooManyEmails => message!("refused-too-many-addresses", most = EMAILS_PER_ACCOUNT),
            Self::NotVerified => message!("refused-address-not-verified"),
            Self::Suspended => message!("refused-address-suspended"),
            Self::AlreadyPrimary => message!("refused-already-primary"),
            Self::IsPrimary => message!("refused-is-primary"),
            Self::FormerPrimary(at) => message!("refused-former-primary", time = zone.date_minute(*at)),
            Self::LastEmail => message!("refused-last-address"),
        }
    }

    /// The stable id; scripts rely on it.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Name(_) => "name-refused",
            Self::NameTaken => "name-taken",
            Self::DisplayName(_) => "display-name-refused",
            Self::TimeZone(_) => "time-zone-refused",
            Self::Address(_) => "address-refused",
            Self::EmailYours => "email-yours",
            Self::EmailTaken => "email-taken",
            Self::TooManyEmails => "too-many-emails",
            Self::NotVerified => "address-not-verified",
            Self::Suspended => "address-suspended",
            Self::AlreadyPrimary => "email-already-primary",
            Self::IsPrimary => "email-primary",
            Self::FormerPrimary(_) => "email-former-primary",
            Self::LastEmail => "address-last",
        }
    }
}

impl From<NameRefusal> for ProfileRefusal {
    fn from(refusal: NameRefusal) -> Self {
        Self::Name(refusal)
    }
}

impl From<EmailRefusal> for ProfileRefusal {
    fn from(refusal: EmailRefusal) -> Self {
        Self::Address(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_whole_sentence() {
        let at = ProfileRefusal::from(NameRefusal::At).to_string();
        assert_eq!(at, "A username cannot contain `@`.");
        let shape = ProfileRefusal::from(EmailRefusal::Shape).to_string();
        assert_eq!(shape, "An email address looks like name@example.org.");
        let local = ProfileRefusal::from(EmailRefusal::Local).to_string();
        assert!(local.contains("!#$%&'*+/=?^_`{|}~- and single dots"), "{local}");
    }

    #[test]
    fn what_changes_how_the_account_is_reached_or_named_is_sensitive() {
        let address = || "ada@example.org".to_owned();
        let set = |changes| ProfileRequest::Set { changes: Box::new(changes), seen: None };
        for (ask, is_sensitive) in [
            (ProfileRequest::Show, false),
            (set(Changes { display_name: Some("Ada".into()), ..Changes::default() }), false),
            (set(Changes { name: Some("ada2".into()), ..Changes::default() }), true),
            (ProfileRequest::AddEmail { address: address() }, true),
            (ProfileRequest::SetPrimary { address: address() }, true),
            (ProfileRequest::RemoveEmail { address: address() }, true),
            (ProfileRequest::SendCode { address: address() }, false),
            (ProfileRequest::VerifyEmail { address: address(), code: Secret::new("x") }, false),
        ] {
            assert_eq!(ask.is_sensitive(), is_sensitive, "{ask:?}");
        }
    }
}
