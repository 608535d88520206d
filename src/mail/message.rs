//! Every email there is, declared once, and the values that one is filled in with.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::client::EmailClient;
use crate::domain::email_class::EmailClass;
use crate::domain::timestamp::Timestamp;
use crate::messages::Language;

/// Declares every email with its template, `templates/NAME.txt.j2`.
macro_rules! emails {
    ($($(#[$doc:meta])* $kind:ident = $name:tt,)*) => {
        /// Which email it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum EmailKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl EmailKind {
            /// Every email.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The name of its template.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            pub(super) const fn template(self) -> &'static str {
                match self {
                    $(Self::$kind => include_str!(concat!("templates/", $name, ".txt.j2")),)*
                }
            }
        }
    };
}

emails! {
    /// The code that resets a password.
    ResetCode = "reset-code",
    /// The code that verifies an address. It names nobody: its reader may be a stranger to the account, and a
    /// username is text that somebody chose.
    VerificationCode = "verification-code",
    /// The code to sign up with, to an address without an account.
    SignUpCode = "sign-up-code",
    /// Instead of that code, to an address that has an account.
    AccountExists = "account-exists",
    /// The code of an invitation; `detail` is the team's name. The recipient may have no account.
    Invitation = "invitation",
    /// The password was reset.
    PasswordReset = "password-reset",
    /// A signed-in member changed the password.
    PasswordChanged = "password-changed",
    /// The password was locked after too many failed attempts.
    PasswordLocked = "password-locked",
    /// A wrong two-factor code; `detail` is what was right before it: `password`, `key`, `code`, `undo` or `session`.
    TwoFactorRefused = "two-factor-refused",
    /// The authenticator is locked; `detail` says for which places: `elsewhere`, `here` or `anywhere`.
    TwoFactorLocked = "two-factor-locked",
    /// Somebody signed in from a source that the account has not used lately.
    NewSignIn = "new-sign-in",
    /// An SSH key was added; `detail` is its fingerprint.
    KeyAdded = "key-added",
    /// An SSH key that a reset had suspended was kept; `detail` is its fingerprint.
    KeyKept = "key-kept",
    /// An SSH key was removed; `detail` is its fingerprint.
    KeyRemoved = "key-removed",
    /// Another account proved that it holds an SSH key, so it was removed here; `detail` is its fingerprint.
    KeyClaimed = "key-claimed",
    /// An address was added and verified; `detail` is the address.
    EmailAdded = "email-added",
    /// An address that a reset had suspended was kept; `detail` is the address.
    EmailKept = "email-kept",
    /// An address was removed; `detail` is the address.
    EmailRemoved = "email-removed",
    /// Another address became the primary one; `detail` is that address.
    PrimaryEmailChanged = "primary-email-changed",
    /// The username was changed; `detail` is the new one.
    NameChanged = "name-changed",
    /// Two-factor authentication was turned on.
    TwoFactorOn = "two-factor-on",
    /// Two-factor authentication was turned off; `detail` is set when the password was removed with it.
    TwoFactorOff = "two-factor-off",
    /// New recovery codes were created.
    RecoveryCodesCreated = "recovery-codes-created",
    /// A recovery code was used; `detail` is how many are left.
    RecoveryCodeUsed = "recovery-code-used",
    /// A change was undone with a code from its notification, and everything after it; `detail` is the id of its event.
    ChangeUndone = "change-undone",
    /// The account is to be deleted; `until` is when.
    AccountDeletionRequested = "account-deletion-requested",
    /// The account is not to be deleted any more.
    AccountDeletionCancelled = "account-deletion-cancelled",
    /// The account was deleted.
    AccountDeleted = "account-deleted",
    /// Support made a reset code.
    ResetCodeIssued = "reset-code-issued",
    /// A member opened a support case; `detail` is its number, here and below.
    SupportOpened = "support-opened",
    /// Support replied to a member's case.
    SupportReply = "support-reply",
    /// A member's case was closed.
    SupportClosed = "support-closed",
    /// A guest opened a case: the code verifies the address.
    GuestCaseOpened = "guest-case-opened",
    /// Support replied to a guest's case or closed it: the code opens the case.
    GuestCaseUpdated = "guest-case-updated",
    /// For the operator: something happened in a case; `note` is what.
    SupportNotice = "support-notice",
    /// The account was added to a team; `detail` is the team's name.
    TeamJoined = "team-joined",
    /// The account left a team or was removed from it; `detail` is the team's name.
    TeamLeft = "team-left",
    /// The role in a team was changed; `detail` is the team's name, `note` the role.
    TeamRoleChanged = "team-role-changed",
    /// For the operator, who asked for it to see whether emails arrive.
    Test = "test",
}

impl EmailKind {
    /// True for an email about a change of how the account is protected or reached: it may carry an undo code.
    pub(crate) const fn may_carry_undo_code(self) -> bool {
        match self {
            Self::PasswordReset
            | Self::PasswordChanged
            | Self::KeyAdded
            | Self::EmailAdded
            | Self::EmailRemoved
            | Self::PrimaryEmailChanged
            | Self::TwoFactorOn
            | Self::TwoFactorOff
            | Self::RecoveryCodesCreated
            | Self::AccountDeletionRequested => true,
            Self::ResetCode
            | Self::VerificationCode
            | Self::SignUpCode
            | Self::AccountExists
            | Self::Invitation
            | Self::PasswordLocked
            | Self::TwoFactorRefused
            | Self::TwoFactorLocked
            | Self::NewSignIn
            | Self::KeyKept
            | Self::KeyClaimed
            | Self::KeyRemoved
            | Self::EmailKept
            | Self::NameChanged
            | Self::RecoveryCodeUsed
            | Self::AccountDeletionCancelled
            | Self::AccountDeleted
            | Self::ResetCodeIssued
            | Self::SupportOpened
            | Self::SupportReply
            | Self::SupportClosed
            | Self::GuestCaseOpened
            | Self::GuestCaseUpdated
            | Self::SupportNotice
            | Self::TeamJoined
            | Self::TeamLeft
            | Self::TeamRoleChanged
            | Self::Test
            | Self::ChangeUndone => false,
        }
    }

    /// What it competes with for being sent.
    #[must_use]
    pub const fn class(self) -> EmailClass {
        match self {
            Self::ResetCode => EmailClass::ResetCode,
            Self::VerificationCode => EmailClass::VerificationCode,
            Self::Invitation | Self::GuestCaseUpdated | Self::SupportNotice => EmailClass::Invitation,
            Self::SignUpCode | Self::AccountExists | Self::GuestCaseOpened => EmailClass::Stranger,
            _ => EmailClass::Notification,
        }
    }

    /// True when a one-time code is in it.
    pub(super) fn has_code(self) -> bool {
        self.template().contains("{{ code }}")
    }
}

/// An email before it is put into words. Its sealed JSON waits in the outbox. A value that does not apply is
/// empty; none is text that a stranger chose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailMessage {
    /// Which email it is.
    pub kind: EmailKind,
    /// When it happened, epoch milliseconds.
    pub at: i64,
    /// The recipient's username.
    pub name: String,
    /// The IP address that it was done from, `192.0.2.7`, or [`OPERATOR_PLACE`].
    pub ip: String,
    /// The client that it was done with, or who did it, from a list.
    pub client: Option<EmailClient>,
    /// The one-time code in its groups, `WDJB-MJHT`.
    pub code: String,
    /// The code in its groups that undoes what the email tells of; empty where there is nothing to undo or the
    /// recipient may not.
    #[serde(default)]
    pub undo_code: String,
    /// How long the code is valid.
    pub valid_minutes: i64,
    /// What it was done to; see [`EmailKind`].
    pub detail: String,
    /// More about that.
    pub note: String,
    /// Until when, or when it will happen, epoch milliseconds.
    #[serde(default)]
    pub until: i64,
    /// What the recipient reads times in; empty where that is not known, which means UTC.
    #[serde(default)]
    pub time_zone: String,
    /// What it is written in.
    #[serde(default)]
    pub language: Language,
    /// What was added shortly before.
    #[serde(default)]
    pub recent: Vec<RecentItem>,
}

/// Something that was added to an account shortly before its password was reset.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentItem {
    /// What it is.
    pub kind: RecentKind,
    /// The address or the fingerprint; empty of two-factor authentication.
    pub what: String,
    /// When it was added, epoch milliseconds.
    pub at: i64,
    /// The IP address that it was added from, or [`OPERATOR_PLACE`].
    pub ip: String,
}

/// What may be added to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecentKind {
    Email,
    Key,
    TwoFactor,
}

/// In place of the IP address of what an operator's command did. Emails have words for it.
pub const OPERATOR_PLACE: &str = "operator";

impl EmailMessage {
    /// An email about something that happened `at`, all other values empty.
    #[must_use]
    pub fn new(kind: EmailKind, at: Timestamp) -> Self {
        Self {
            kind,
            at: at.epoch_ms(),
            name: String::new(),
            ip: String::new(),
            client: None,
            code: String::new(),
            undo_code: String::new(),
            valid_minutes: 0,
            detail: String::new(),
            note: String::new(),
            until: 0,
            time_zone: String::new(),
            language: Language::default(),
            recent: Vec::new(),
        }
    }

    /// An email of this kind with every value set but the undo code, to try templates out.
    pub(super) fn sample(kind: EmailKind) -> Self {
        Self {
            kind,
            at: 0,
            name: "ada".to_owned(),
            ip: "192.0.2.7".to_owned(),
            client: Some(EmailClient::OpenSsh),
            code: "WDJB-MJHT".to_owned(),
            undo_code: String::new(),
            valid_minutes: 10,
            detail: "1042".to_owned(),
            note: "opened by a member".to_owned(),
            until: 0,
            time_zone: String::new(),
            language: Language::default(),
            recent: vec![RecentItem {
                kind: RecentKind::Email,
                what: "ada@home.example".to_owned(),
                at: 0,
                ip: "192.0.2.8".to_owned(),
            }],
        }
    }
}

/// An undo code for samples.
pub(super) const UNDO_CODE: &str = "BCDF-GHJK-LMNP-QRST";

/// Never prints the codes.
impl fmt::Debug for EmailMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailMessage({} for {:?})", self.kind.as_str(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_survives_its_way_through_the_outbox() {
        for kind in EmailKind::ALL {
            let email = EmailMessage::sample(*kind);
            let json = serde_json::to_string(&email).unwrap();
            assert!(json.contains(&format!(":\"{}\"", kind.as_str())), "{json}");
            assert_eq!(serde_json::from_str::<EmailMessage>(&json).unwrap(), email);
        }
    }

    #[test]
    fn debug_shows_no_code() {
        let email =
            EmailMessage { undo_code: UNDO_CODE.to_owned(), ..EmailMessage::sample(EmailKind::KeyAdded) };
        assert!(!format!("{email:?}").contains("BCDF"));
        assert!(!format!("{:?}", EmailMessage::sample(EmailKind::ResetCode)).contains("WDJB"));
    }
}
