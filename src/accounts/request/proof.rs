//! Proofs of what a visit has shown. Only `accounts` makes one, by the check that earns it.

use std::sync::Arc;

use crate::domain::moment::Moment;

/// How long a proof by password or second step is good for what is sensitive, in milliseconds (OWASP ASVS 5.0,
/// 7.5.1: a full re-authentication before sensitive changes).
pub const CONFIRMED_MS: i64 = 5 * 60 * 1_000;

/// Proof that this visit has shown which account it is. Only `accounts` makes one.
#[derive(Clone, Debug)]
pub struct SignedIn(Arc<Identity>);

#[derive(Debug)]
struct Identity {
    account: String,
    name: String,
    epoch: i64,
    confirmed_at: Option<Moment>,
    is_review_due: bool,
}

impl SignedIn {
    /// `confirmed_at` is when the password, or the second step, was shown last; `None` after a key alone.
    pub(in crate::accounts) fn new(
        account: String,
        name: String,
        epoch: i64,
        confirmed_at: Option<Moment>,
    ) -> Self {
        Self(Arc::new(Identity { account, name, epoch, confirmed_at, is_review_due: false }))
    }

    /// The same member, to be reminded of the recovery details on arrival or not.
    pub(in crate::accounts) fn with_review_due(&self, is_review_due: bool) -> Self {
        let Identity { account, name, epoch, confirmed_at, .. } = &*self.0;
        let (account, name) = (account.clone(), name.clone());
        let (epoch, confirmed_at) = (*epoch, *confirmed_at);
        Self(Arc::new(Identity { account, name, epoch, confirmed_at, is_review_due }))
    }

    /// The same member under another user name.
    pub(in crate::accounts) fn named(&self, name: &str) -> Self {
        Self::new(self.0.account.clone(), name.to_owned(), self.0.epoch, self.0.confirmed_at)
    }

    /// The same member after a change that raised the epoch.
    pub(in crate::accounts) fn at_epoch(&self, epoch: i64) -> Self {
        Self::new(self.0.account.clone(), self.0.name.clone(), epoch, self.0.confirmed_at)
    }

    /// The same member, confirmed at `now`.
    pub(in crate::accounts) fn confirmed(&self, now: Moment) -> Self {
        Self::new(self.0.account.clone(), self.0.name.clone(), self.0.epoch, Some(now))
    }

    /// True when the last proof by password or second step is fresh enough for what is sensitive.
    pub(in crate::accounts) fn is_fresh(&self, now: Moment) -> bool {
        self.0.confirmed_at.is_some_and(|at| now.ms_since(at) <= CONFIRMED_MS)
    }

    /// The account's id (a UUID).
    #[must_use]
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// The user name, safe to print.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// True when, at the moment of coming in, nobody had looked at the recovery details for long.
    #[must_use]
    pub fn is_review_due(&self) -> bool {
        self.0.is_review_due
    }

    /// The account's `auth_epoch` when the proof was made; each privileged transaction checks it.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.0.epoch
    }
}

/// The right to set one account's password once, earned by a proven code. Not `Clone` on purpose.
#[derive(Debug)]
pub struct ResetGrant {
    pub(in crate::accounts) id: String,
    pub(in crate::accounts) account: String,
    pub(in crate::accounts) name: String,
}

impl ResetGrant {
    /// The user name of the account, safe to print.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod for_test {
    //! Proofs for tests of flows, which have no service to earn them from.

    use super::{ResetGrant, SignedIn};

    impl SignedIn {
        pub(crate) fn for_test(name: &str) -> Self {
            Self::new("account-1".into(), name.into(), 1, None)
        }

        pub(crate) fn to_be_reminded(name: &str) -> Self {
            Self::for_test(name).with_review_due(true)
        }
    }

    impl ResetGrant {
        pub(crate) fn for_test(name: &str) -> Self {
            Self { id: "grant-1".into(), account: "account-1".into(), name: name.into() }
        }
    }
}
