//! What an account says of itself and prefers.

use serde::Serialize;

use super::appearance::Appearance;
use super::email_address::EmailAddress;
use super::timestamp::Timestamp;
use crate::messages::LanguageChoice;

/// The profile of an account. Every text is safe to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Username.
    pub name: String,
    /// May be empty.
    pub display_name: String,
    /// Of pages and emails.
    pub language: LanguageChoice,
    /// IANA name or offset.
    pub time_zone: String,
    /// Line mode instead of the screen.
    pub plain: bool,
    /// No colours.
    pub no_color: bool,
    /// For a dark or a light background.
    pub appearance: Appearance,
    /// The primary address first, then the verified ones.
    pub emails: Vec<EmailAddress>,
    /// When the owner last confirmed that the addresses are right.
    pub emails_reviewed_at: Option<Timestamp>,
    /// Rises with every change, so that two edits at once do not overwrite each other.
    #[serde(skip)]
    pub version: i64,
    /// When the account was created. Only exported records show it.
    #[serde(skip)]
    pub created_at: Timestamp,
}
