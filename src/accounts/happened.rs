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
