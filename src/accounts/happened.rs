//! The events that are kept for the person and the operator. Ids are API.

use super::{Accounts, Knock};
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::store::Event;

/// The client of what an operator's command did.
pub(super) const OPERATOR: &str = "operator";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Signed in by password.
    SignIn,
    /// Signed in with a proven SSH key.
    SignInWithKey,
    /// A password was wrong, or there is nothing to sign in to.
    SignInFailed,
    /// The password was locked after too many wrong ones.
    PasswordLocked,
    /// A code was made and its letter is on the way.
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
    AddressAdded,
    /// An address was proven by a code.
    AddressVerified,
    /// An address was taken off the account.
    AddressRemoved,
    /// Another address became the main one.
    MainAddressChanged,
    /// The recovery details were looked at and found right.
    RecoveryReviewed,
    /// The member confirmed by password or second step that it is them.
    Confirmed,
    /// So many wrong answers to the question whether it is still them that the visit was ended.
    WrongTooOften,
    /// The second step was turned on.
    SecondStepOn,
    /// The second step was turned off.
    SecondStepOff,
    /// A password or a key was right, and the second step was asked for.
    SecondStepAsked,
    /// A code of the second step was wrong.
    SecondStepRefused,
    /// New recovery codes were made.
    RecoveryCodesCreated,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// An SSH key got another comment.
    KeyRenamed,
    /// A connection proved that it holds a registered SSH key.
    KeyProven,
    /// A visit was ended from another one.
    VisitEnded,
    /// All other visits were ended.
    VisitsEnded,
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

impl Happened {
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
        Self::AddressAdded,
        Self::AddressVerified,
        Self::AddressRemoved,
        Self::MainAddressChanged,
        Self::RecoveryReviewed,
        Self::Confirmed,
        Self::WrongTooOften,
        Self::SecondStepOn,
        Self::SecondStepOff,
        Self::SecondStepAsked,
        Self::SecondStepRefused,
        Self::RecoveryCodesCreated,
        Self::RecoveryCodeUsed,
        Self::KeyRenamed,
        Self::KeyProven,
        Self::VisitEnded,
        Self::VisitsEnded,
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
        Self::ALL.into_iter().find(|happened| happened.as_str() == id)
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
                | Self::SecondStepRefused
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
            | Self::SecondStepAsked
            | Self::SecondStepRefused
            | Self::RecoveryCodeUsed
            | Self::KeyProven
            | Self::Confirmed
            | Self::WrongTooOften
            | Self::VisitEnded
            | Self::VisitsEnded
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
            Self::AddressAdded => "address-added",
            Self::AddressVerified => "address-verified",
            Self::AddressRemoved => "address-removed",
            Self::MainAddressChanged => "main-address-changed",
            Self::RecoveryReviewed => "recovery-reviewed",
            Self::Confirmed => "confirmed",
            Self::WrongTooOften => "wrong-too-often",
            Self::SecondStepOn => "second-step-on",
            Self::SecondStepOff => "second-step-off",
            Self::SecondStepAsked => "second-step-asked",
            Self::SecondStepRefused => "second-step-refused",
            Self::RecoveryCodesCreated => "recovery-codes-created",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::KeyRenamed => "key-renamed",
            Self::KeyProven => "key-proven",
            Self::VisitEnded => "visit-ended",
            Self::VisitsEnded => "visits-ended",
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
pub(super) enum Whom<'a> {
    /// An account, by id.
    Account(&'a str),
    /// A name that nobody has, by its keyed hash.
    Nobody(&'a str),
}

impl Whom<'_> {
    fn columns(self) -> (Option<String>, Option<String>) {
        match self {
            Whom::Account(id) => (Some(id.to_owned()), None),
            Whom::Nobody(mac) => (None, Some(mac.to_owned())),
        }
    }
}

impl Accounts {
    /// The row for something that `knock` made happen.
    pub(super) fn event(&self, happened: Happened, whom: Whom<'_>, knock: &Knock, now: Moment) -> Event {
        let (account, subject) = whom.columns();
        Event {
            id: new_id(now, &self.chance),
            account,
            subject,
            kind: happened.as_str().to_owned(),
            at: now,
            source: knock.source.to_string(),
            client: knock.client.clone(),
            visit: knock.visit.clone(),
        }
    }

    /// The row for something that an operator's command did.
    pub(super) fn operator_event(&self, happened: Happened, account: &str, now: Moment) -> Event {
        self.operator_event_about(happened, Whom::Account(account), now)
    }

    /// The same, perhaps about a name that nobody has.
    pub(super) fn operator_event_about(&self, happened: Happened, whom: Whom<'_>, now: Moment) -> Event {
        let (account, subject) = whom.columns();
        Event {
            id: new_id(now, &self.chance),
            account,
            subject,
            kind: happened.as_str().to_owned(),
            at: now,
            source: String::new(),
            client: OPERATOR.to_owned(),
            visit: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_once_and_found_by_its_id() {
        for (place, happened) in Happened::ALL.into_iter().enumerate() {
            assert_eq!(happened as usize, place, "{happened:?} stands elsewhere in the list");
            assert_eq!(Happened::of(happened.as_str()), Some(happened));
            assert!(happened.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
        assert_eq!(Happened::of("sign-in-"), None);
    }
}
