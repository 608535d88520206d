//! The events that are kept for the person and the operator. Ids are API.

use super::{Accounts, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::id::new_id;
use crate::domain::timestamp::Timestamp;

/// The client of what an operator's command did.
pub(super) const OPERATOR: &str = "operator";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Signed in by password.
    SignIn,
    /// Signed in with a proven SSH key.
    SignInWithKey,
    /// A password was wrong, or there is nothing to sign in to.
    SignInFailed,
    /// The password was locked after too many wrong ones.
    PasswordLocked,
    /// A code was made and its email is on the way.
    CodeIssued,
    /// A code was right.
    CodeProven,
    /// A code was wrong, used, dead or too old.
    CodeRefused,
    /// The password was set with a proven code.
    PasswordReset,
    /// The password was changed by the signed-in member.
    PasswordChanged,
    /// The current password was wrong when a change was asked for.
    PasswordChangeRefused,
    /// An SSH key was registered.
    KeyAdded,
    /// An SSH key was taken off the account.
    KeyRemoved,
    /// The username was changed.
    NameChanged,
    /// Display name, language, time zone or another preference was changed.
    ProfileChanged,
    /// An address was added, and is not verified yet.
    EmailAdded,
    /// An address was proven by a code.
    EmailVerified,
    /// An address was taken off the account.
    EmailRemoved,
    /// Another address became the primary one.
    PrimaryEmailChanged,
    /// The recovery details were looked at and found right.
    RecoveryReviewed,
    /// The member confirmed by password or second factor that it is them.
    Reauthenticated,
    /// So many wrong answers to the question whether it is still them that the session was ended.
    WrongTooOften,
    /// The second factor was turned on.
    TwoFactorOn,
    /// The second factor was turned off.
    TwoFactorOff,
    /// A password or a key was right, and the second factor was asked for.
    TwoFactorAsked,
    /// A code of the second factor was wrong.
    TwoFactorRefused,
    /// New recovery codes were made.
    RecoveryCodesCreated,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// An SSH key got another comment.
    KeyRenamed,
    /// A connection proved that it holds a registered SSH key.
    KeyProven,
    /// A session was ended from another one.
    SessionEnded,
    /// All other sessions were ended.
    SessionsEnded,
    /// The account's own records were taken out.
    RecordsExported,
    /// A support case was opened.
    SupportOpened,
    /// A member wrote again to a support case.
    SupportMessage,
    /// Support answered a case.
    SupportReply,
    /// Support closed a case.
    SupportClosed,
    /// Support made a code that resets the password.
    ResetCodeIssued,
    /// A team's description or links were changed.
    TeamChanged,
    /// Somebody was invited to a team.
    TeamInvited,
    /// An invitation was taken back.
    TeamInvitationWithdrawn,
    /// Came into a team.
    TeamJoined,
    /// Left a team, or was removed from it.
    TeamLeft,
    /// The role in a team was changed.
    TeamRoleChanged,
    /// Made the account by an invitation or by signing up.
    SignedUp,
    /// Said goodbye.
    SignOut,
    /// An operator made the account.
    AccountAdded,
    /// An operator shut the account.
    AccountDisabled,
    /// An operator opened the account again.
    AccountEnabled,
}

/// What a row of the activity is about, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Somebody came in, tried to, or left.
    SignIns,
    /// Something of the account is not as it was.
    Changes,
    /// What leaves the account as it is.
    Others,
}

impl EventKind {
    /// Every kind, in the order of the list above. Its length is checked, so that none is left out.
    pub const ALL: [Self; Self::AccountEnabled as usize + 1] = [
        Self::SignIn,
        Self::SignInWithKey,
        Self::SignInFailed,
        Self::PasswordLocked,
        Self::CodeIssued,
        Self::CodeProven,
        Self::CodeRefused,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::PasswordChangeRefused,
        Self::KeyAdded,
        Self::KeyRemoved,
        Self::NameChanged,
        Self::ProfileChanged,
        Self::EmailAdded,
        Self::EmailVerified,
        Self::EmailRemoved,
        Self::PrimaryEmailChanged,
        Self::RecoveryReviewed,
        Self::Reauthenticated,
        Self::WrongTooOften,
        Self::TwoFactorOn,
        Self::TwoFactorOff,
        Self::TwoFactorAsked,
        Self::TwoFactorRefused,
        Self::RecoveryCodesCreated,
        Self::RecoveryCodeUsed,
        Self::KeyRenamed,
        Self::KeyProven,
        Self::SessionEnded,
        Self::SessionsEnded,
        Self::RecordsExported,
        Self::SupportOpened,
        Self::SupportMessage,
        Self::SupportReply,
        Self::SupportClosed,
        Self::ResetCodeIssued,
        Self::TeamChanged,
        Self::TeamInvited,
        Self::TeamInvitationWithdrawn,
        Self::TeamJoined,
        Self::TeamLeft,
        Self::TeamRoleChanged,
        Self::SignedUp,
        Self::SignOut,
        Self::AccountAdded,
        Self::AccountDisabled,
        Self::AccountEnabled,
    ];

    /// The kind with this id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event_kind| event_kind.as_str() == id)
    }

    /// True when somebody was told no.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::SignInFailed
                | Self::PasswordLocked
                | Self::CodeRefused
                | Self::PasswordChangeRefused
                | Self::WrongTooOften
                | Self::TwoFactorRefused
        )
    }

    /// What it is about, roughly.
    #[must_use]
    pub const fn group(self) -> Group {
        match self {
            Self::SignIn
            | Self::SignInWithKey
            | Self::SignInFailed
            | Self::PasswordLocked
            | Self::CodeIssued
            | Self::CodeProven
            | Self::CodeRefused
            | Self::TwoFactorAsked
            | Self::TwoFactorRefused
            | Self::RecoveryCodeUsed
            | Self::KeyProven
            | Self::Reauthenticated
            | Self::WrongTooOften
            | Self::SessionEnded
            | Self::SessionsEnded
            | Self::ResetCodeIssued
            | Self::SignedUp
            | Self::SignOut => Group::SignIns,
            Self::RecordsExported
            | Self::RecoveryReviewed
            | Self::SupportOpened
            | Self::SupportMessage
            | Self::SupportReply
            | Self::SupportClosed => Group::Others,
            _ => Group::Changes,
        }
    }

    /// The stable id, `sign-in-failed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignInWithKey => "sign-in-with-key",
            Self::SignInFailed => "sign-in-failed",
            Self::PasswordLocked => "password-locked",
            Self::CodeIssued => "code-issued",
            Self::CodeProven => "code-proven",
            Self::CodeRefused => "code-refused",
            Self::PasswordReset => "password-reset",
            Self::PasswordChanged => "password-changed",
            Self::PasswordChangeRefused => "password-change-refused",
            Self::KeyAdded => "key-added",
            Self::KeyRemoved => "key-removed",
            Self::NameChanged => "name-changed",
            Self::ProfileChanged => "profile-changed",
            Self::EmailAdded => "email-added",
            Self::EmailVerified => "email-verified",
            Self::EmailRemoved => "email-removed",
            Self::PrimaryEmailChanged => "primary-email-changed",
            Self::RecoveryReviewed => "recovery-reviewed",
            Self::Reauthenticated => "confirmed",
            Self::WrongTooOften => "wrong-too-often",
            Self::TwoFactorOn => "two-factor-on",
            Self::TwoFactorOff => "two-factor-off",
            Self::TwoFactorAsked => "two-factor-asked",
            Self::TwoFactorRefused => "two-factor-refused",
            Self::RecoveryCodesCreated => "recovery-codes-created",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::KeyRenamed => "key-renamed",
            Self::KeyProven => "key-proven",
            Self::SessionEnded => "session-ended",
            Self::SessionsEnded => "sessions-revoked",
            Self::RecordsExported => "records-exported",
            Self::SupportOpened => "support-opened",
            Self::SupportMessage => "support-message",
            Self::SupportReply => "support-reply",
            Self::SupportClosed => "support-closed",
            Self::ResetCodeIssued => "reset-code-issued",
            Self::TeamChanged => "team-changed",
            Self::TeamInvited => "team-invited",
            Self::TeamInvitationWithdrawn => "team-invitation-withdrawn",
            Self::TeamJoined => "team-joined",
            Self::TeamLeft => "team-left",
            Self::TeamRoleChanged => "team-role-changed",
            Self::SignedUp => "signed-up",
            Self::SignOut => "sign-out",
            Self::AccountAdded => "account-added",
            Self::AccountDisabled => "account-disabled",
            Self::AccountEnabled => "account-enabled",
        }
    }
}

/// Whom an event is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// An account, by id.
    Account(&'a str),
    /// A name that nobody has, by its keyed hash.
    Nobody(&'a str),
}

impl Subject<'_> {
    fn columns(self) -> (Option<String>, Option<String>) {
        match self {
            Subject::Account(id) => (Some(id.to_owned()), None),
            Subject::Nobody(mac) => (None, Some(mac.to_owned())),
        }
    }
}

impl Accounts {
    /// The row for something that `cx` made happen.
    pub(super) fn event(
        &self,
        event_kind: EventKind,
        subject: Subject<'_>,
        cx: &RequestContext,
        now: Timestamp,
    ) -> AuditEvent {
        let (account, subject) = subject.columns();
        AuditEvent {
            id: new_id(now, &self.entropy),
            account,
            subject,
            kind: event_kind.as_str().to_owned(),
            at: now,
            ip: cx.source.to_string(),
            client: cx.client.clone(),
            session: cx.session.clone(),
        }
    }

    /// The row for something that an operator's command did.
    pub(super) fn operator_event(&self, event_kind: EventKind, account: &str, now: Timestamp) -> AuditEvent {
        self.operator_event_about(event_kind, Subject::Account(account), now)
    }

    /// The same, perhaps about a name that nobody has.
    pub(super) fn operator_event_about(
        &self,
        event_kind: EventKind,
        subject: Subject<'_>,
        now: Timestamp,
    ) -> AuditEvent {
        let (account, subject) = subject.columns();
        AuditEvent {
            id: new_id(now, &self.entropy),
            account,
            subject,
            kind: event_kind.as_str().to_owned(),
            at: now,
            ip: String::new(),
            client: OPERATOR.to_owned(),
            session: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_once_and_found_by_its_id() {
        for (place, event_kind) in EventKind::ALL.into_iter().enumerate() {
            assert_eq!(event_kind as usize, place, "{event_kind:?} stands elsewhere in the list");
            assert_eq!(EventKind::of(event_kind.as_str()), Some(event_kind));
            assert!(event_kind.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
        assert_eq!(EventKind::of("sign-in-"), None);
    }
}
