//! Emails that tell what happened to an account.

use serde::{Deserialize, Serialize};

/// Something that happened to an account, as an email tells it. `detail` is never text that another person
/// chose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// What happened.
    pub about: NotificationKind,
    /// Username of the account.
    pub name: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// From which ip, `192.0.2.7`; empty when an operator did it.
    pub ip: String,
    /// With which client, `SSH-2.0-OpenSSH_9.2`, inert.
    pub client: String,
    /// What it was done to; what that is says [`NotificationKind`]. Empty where there is nothing to say.
    pub detail: String,
}

/// What an email of news is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotificationKind {
    /// The password was set through a reset.
    PasswordReset,
    /// The password was changed by the signed-in member.
    PasswordChanged,
    /// The password was locked after too many wrong tries.
    PasswordLocked,
    /// Somebody signed in from a ip that the account did not know.
    SignInNewSource,
    /// An SSH key was registered; `detail` is its fingerprint.
    KeyAdded,
    /// An SSH key was taken off the account; `detail` is its fingerprint.
    KeyRemoved,
    /// A registered SSH key was proven by another account, so it was taken off this one; `detail` is its
    /// fingerprint.
    KeyClaimed,
    /// An address was added and verified; `detail` is the address.
    EmailAdded,
    /// An address was taken off the account; `detail` is the address.
    EmailRemoved,
    /// Another address is the primary one; `detail` is that address.
    PrimaryEmailChanged,
    /// The username was changed; `detail` is the new one.
    NameChanged,
    /// The second factor was turned on.
    TwoFactorOn,
    /// The second factor was turned off; `detail` says so when the password went with it.
    TwoFactorOff,
    /// New recovery codes were made.
    RecoveryCodesCreated,
    /// A recovery code was used; `detail` is how many are left.
    RecoveryCodeUsed,
    /// Support made a code that resets the password.
    ResetCodeIssued,
    /// A support case was opened; `detail` is its number.
    SupportOpened,
    /// Support answered a case; `detail` is its number.
    SupportReply,
    /// Support closed a case; `detail` is its number.
    SupportClosed,
    /// The account is in another team; `detail` is the team's name.
    TeamJoined,
    /// The account is in a team no more; `detail` is the team's name.
    TeamLeft,
    /// The role in a team was changed; `detail` is the team's name and the role.
    TeamRoleChanged,
}

impl NotificationKind {
    /// Every kind of news.
    pub const ALL: [Self; 22] = [
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::PasswordLocked,
        Self::SignInNewSource,
        Self::KeyAdded,
        Self::KeyRemoved,
        Self::KeyClaimed,
        Self::EmailAdded,
        Self::EmailRemoved,
        Self::PrimaryEmailChanged,
        Self::NameChanged,
        Self::TwoFactorOn,
        Self::TwoFactorOff,
        Self::RecoveryCodesCreated,
        Self::RecoveryCodeUsed,
        Self::ResetCodeIssued,
        Self::SupportOpened,
        Self::SupportReply,
        Self::SupportClosed,
        Self::TeamJoined,
        Self::TeamLeft,
        Self::TeamRoleChanged,
    ];

    /// The kind, as the template files name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password-reset",
            Self::PasswordChanged => "password-changed",
            Self::PasswordLocked => "password-locked",
            Self::SignInNewSource => "sign-in-new-source",
            Self::KeyAdded => "key-added",
            Self::KeyRemoved => "key-removed",
            Self::KeyClaimed => "key-claimed",
            Self::EmailAdded => "email-added",
            Self::EmailRemoved => "email-removed",
            Self::PrimaryEmailChanged => "primary-email-changed",
            Self::NameChanged => "name-changed",
            Self::TwoFactorOn => "two-factor-on",
            Self::TwoFactorOff => "two-factor-off",
            Self::RecoveryCodesCreated => "recovery-codes-created",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::ResetCodeIssued => "reset-code-issued",
            Self::SupportOpened => "support-opened",
            Self::SupportReply => "support-reply",
            Self::SupportClosed => "support-closed",
            Self::TeamJoined => "team-joined",
            Self::TeamLeft => "team-left",
            Self::TeamRoleChanged => "team-role-changed",
        }
    }
}
