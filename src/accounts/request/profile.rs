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
use crate::messages::LanguageChoice;

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
pub enum ProfileRefusal {
    /// The text is no username.
    #[error("{}", sentence(.0))]
    Name(NameRefusal),
    /// Somebody has that name or one that looks like it, or had it recently.
    #[error("That username cannot be taken: it is in use, looks like one in use, or was released recently.")]
    NameTaken,
    /// The text is no display name.
    #[error(transparent)]
    DisplayName(#[from] DisplayNameRefusal),
    /// The text names no time zone.
    #[error(transparent)]
    TimeZone(#[from] TimeZoneRefusal),
    /// The text is no address.
    #[error("{}", sentence(.0))]
    Address(EmailRefusal),
    /// The account has that address already, verified.
    #[error("That address is verified for your account already.")]
    EmailYours,
    /// Another account has verified it. Told only to whoever reads its emails.
    #[error(
        "That address cannot be used: an address belongs to one account only, and this one does already."
    )]
    EmailTaken,
    /// The account has as many addresses as one may have.
    #[error("An account has at most {EMAILS_PER_ACCOUNT} addresses. Remove one that you no longer use.")]
    TooManyEmails,
    /// Only a verified address can be the primary one.
    #[error("Only a verified address can be the primary one. Type the code from its email first.")]
    NotVerified,
    /// A suspended address cannot become the primary one.
    #[error("That address has been suspended since your password was reset. Keep it first.")]
    Suspended,
    /// It is the primary address already.
    #[error("That is your primary address already.")]
    AlreadyPrimary,
    /// The primary address is not removed.
    #[error("That is your primary address. Make another one the primary one first.")]
    IsPrimary,
    /// It was the primary address until lately; it can be removed from then on.
    #[error("{}", former_primary(&.0.date_minute()))]
    FormerPrimary(Timestamp),
    /// Without it the account could not be recovered.
    #[error("That is your only verified address. Add and verify another one first.")]
    LastEmail,
}

/// Since when a former primary address can be removed.
fn former_primary(from: &str) -> String {
    format!(
        "That was your primary address until lately, so it stays for a while: it can be removed from {from}."
    )
}

impl ProfileRefusal {
    /// The sentences for somebody who reads times in `zone`.
    #[must_use]
    pub fn sentence_in(&self, zone: &TimeZone) -> String {
        match self {
            Self::FormerPrimary(at) => former_primary(&zone.date_minute(*at)),
            other => other.to_string(),
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

/// What an operator reads behind a colon, as a sentence of its own.
fn sentence(words: &impl ToString) -> String {
    let words = words.to_string();
    let mut rest = words.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", rest.as_str())
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
