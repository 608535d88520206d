//! The events that are kept for the person and the operator. Ids are API.

use super::{Accounts, Knock};
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::store::Event;

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
    /// The user name was changed.
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
    /// The second step was turned on.
    SecondStepOn,
    /// The second step was turned off.
    SecondStepOff,
    /// A code of the second step was wrong.
    SecondStepRefused,
    /// New saved codes were made.
    SavedCodesMade,
    /// A saved code was used.
    SavedCodeUsed,
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
    RecoveryCodeIssued,
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

impl Happened {
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
            Self::SecondStepOn => "second-step-on",
            Self::SecondStepOff => "second-step-off",
            Self::SecondStepRefused => "second-step-refused",
            Self::SavedCodesMade => "saved-codes-made",
            Self::SavedCodeUsed => "saved-code-used",
            Self::KeyRenamed => "key-renamed",
            Self::KeyProven => "key-proven",
            Self::VisitEnded => "visit-ended",
            Self::VisitsEnded => "visits-ended",
            Self::RecordsExported => "records-exported",
            Self::SupportOpened => "support-opened",
            Self::SupportMessage => "support-message",
            Self::SupportReply => "support-reply",
            Self::SupportClosed => "support-closed",
            Self::RecoveryCodeIssued => "recovery-code-issued",
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

impl Accounts {
    /// The row for something that `knock` made happen.
    pub(super) fn event(&self, happened: Happened, whom: Whom<'_>, knock: &Knock, now: Moment) -> Event {
        let (account, subject) = match whom {
            Whom::Account(id) => (Some(id.to_owned()), None),
            Whom::Nobody(mac) => (None, Some(mac.to_owned())),
        };
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
        Event {
            id: new_id(now, &self.chance),
            account: Some(account.to_owned()),
            subject: None,
            kind: happened.as_str().to_owned(),
            at: now,
            source: String::new(),
            client: "operator".to_owned(),
            visit: String::new(),
        }
    }
}
