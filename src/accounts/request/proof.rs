//! Proofs of what a session has shown. Only `accounts` makes one, by the check that earns it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::domain::capabilities::PasswordExpiry;
use crate::domain::secret::Secret;
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::TotpSecret;
use crate::messages::LanguageChoice;

/// How long a proof by password or second factor is good for what is sensitive, in milliseconds (OWASP ASVS 5.0,
/// 7.5.1: a full re-authentication before sensitive changes).
pub const FRESH_MS: i64 = 5 * 60 * 1_000;

/// Wrong answers to the question whether it is still them that end a session.
pub const WRONG_ANSWERS: u32 = 10;

/// How long the second factor is waited for, in milliseconds.
const HALF_LIFE_MS: i64 = 10 * 60 * 1_000;
/// How often it may be tried before all begins anew.
const HALF_TRIES: u32 = 5;

/// Proof that this session has shown which account it is. Only `accounts` makes one.
#[derive(Clone, Debug)]
pub struct SignedIn(Arc<MemberIdentity>);

#[derive(Clone, Debug)]
struct MemberIdentity {
    account: String,
    name: String,
    epoch: i64,
    reauthenticated_at: Option<Timestamp>,
    /// When the second factor, or what stands for it, was shown last; without one it means nothing.
    second_factor_at: Option<Timestamp>,
    /// Wrong answers to the question whether it is still them; all clones share it.
    wrong_answers: Arc<AtomicU32>,
    /// Recovery codes left when they came in; `None` without a second factor, which holds as long as the epoch.
    recovery_codes: Option<i64>,
    is_review_due: bool,
    method: SignInMethod,
    /// Keys and addresses that were suspended when they came in.
    suspended: i64,
    /// They came in by a reset, and the account has more than the one address that the code went to.
    has_review: bool,
    /// The account was to be deleted, and coming in has cancelled that.
    has_cancelled_deletion: bool,
    /// Until when a directory still takes the password that they came in with, where that is not for much longer.
    password_expiry: Option<PasswordExpiry>,
    /// What they read times in.
    time_zone: TimeZone,
    /// What they read pages in.
    language: LanguageChoice,
}

/// What a member has shown to come in, as far as it decides what reauthenticates them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignInMethod {
    /// The password, or what stands for it.
    Password,
    /// A key and the second factor: only the password reauthenticates them, where it would do.
    KeyAndSecondFactor,
}

impl SignedIn {
    /// `reauthenticated_at` is when the password, and the second factor where there is one, was shown last; `None`
    /// after a key alone.
    pub(in crate::accounts) fn new(
        account: String,
        name: String,
        epoch: i64,
        reauthenticated_at: Option<Timestamp>,
    ) -> Self {
        Self(Arc::new(MemberIdentity {
            account,
            name,
            epoch,
            reauthenticated_at,
            second_factor_at: reauthenticated_at,
            wrong_answers: Arc::default(),
            recovery_codes: None,
            is_review_due: false,
            method: SignInMethod::Password,
            suspended: 0,
            has_review: false,
            has_cancelled_deletion: false,
            password_expiry: None,
            time_zone: TimeZone::default(),
            language: LanguageChoice::default(),
        }))
    }

    /// The same member; `recovery_codes` are left beside the second factor, `None` when there is none.
    pub(in crate::accounts) fn with_second_factor(&self, recovery_codes: Option<i64>) -> Self {
        Self(Arc::new(MemberIdentity { recovery_codes, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, to be reminded of the recovery details on arrival or not.
    pub(in crate::accounts) fn with_review_due(&self, is_review_due: bool) -> Self {
        Self(Arc::new(MemberIdentity { is_review_due, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, some of whose keys and addresses are suspended.
    pub(in crate::accounts) fn with_suspended(&self, suspended: i64) -> Self {
        Self(Arc::new(MemberIdentity { suspended, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, who has come in by a reset, with a look at the account to begin with or not.
    pub(in crate::accounts) fn with_review(&self, has_review: bool) -> Self {
        Self(Arc::new(MemberIdentity { has_review, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, whose coming in has cancelled the deletion of the account or not.
    pub(in crate::accounts) fn with_cancelled_deletion(&self, has_cancelled_deletion: bool) -> Self {
        Self(Arc::new(MemberIdentity { has_cancelled_deletion, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, whose password a directory takes until then.
    pub(in crate::accounts) fn with_password_expiry(&self, password_expiry: Option<PasswordExpiry>) -> Self {
        Self(Arc::new(MemberIdentity { password_expiry, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, who reads times in this zone.
    pub(in crate::accounts) fn with_time_zone(&self, time_zone: TimeZone) -> Self {
        Self(Arc::new(MemberIdentity { time_zone, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, who reads pages in this language.
    pub(in crate::accounts) fn with_language(&self, language: LanguageChoice) -> Self {
        Self(Arc::new(MemberIdentity { language, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, who has come in by a key and the second factor and not shown the password.
    pub(in crate::accounts) fn without_password(&self) -> Self {
        let (reauthenticated_at, second_factor_at) = (None, None);
        let identity = MemberIdentity::clone(&self.0);
        let method = SignInMethod::KeyAndSecondFactor;
        Self(Arc::new(MemberIdentity { reauthenticated_at, second_factor_at, method, ..identity }))
    }

    /// True when a code of the authenticator does not stand for the password.
    pub(in crate::accounts) fn wants_password(&self) -> bool {
        self.0.method == SignInMethod::KeyAndSecondFactor
    }

    /// The same member under another username.
    pub(in crate::accounts) fn named(&self, name: &str) -> Self {
        Self(Arc::new(MemberIdentity { name: name.to_owned(), ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member after a change that raised the epoch.
    pub(in crate::accounts) fn at_epoch(&self, epoch: i64) -> Self {
        Self(Arc::new(MemberIdentity { epoch, ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, confirmed at `now` by the password.
    pub(in crate::accounts) fn confirmed(&self, now: Timestamp) -> Self {
        Self(Arc::new(MemberIdentity { reauthenticated_at: Some(now), ..MemberIdentity::clone(&self.0) }))
    }

    /// The same member, confirmed at `now` by the second factor.
    pub(in crate::accounts) fn reauthenticated_by_second_factor(&self, now: Timestamp) -> Self {
        let (reauthenticated_at, second_factor_at) = (Some(now), Some(now));
        Self(Arc::new(MemberIdentity {
            reauthenticated_at,
            second_factor_at,
            ..MemberIdentity::clone(&self.0)
        }))
    }

    /// Takes one of the answers that this session may get wrong, before it is compared: which one it is, or
    /// `None` when there is none left.
    pub(in crate::accounts) fn take_answer(&self) -> Option<u32> {
        let nth = self.0.wrong_answers.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        (nth <= WRONG_ANSWERS).then_some(nth)
    }

    /// Gives an answer back that was not wrong.
    pub(in crate::accounts) fn give_back_answer(&self) {
        self.0.wrong_answers.fetch_sub(1, Ordering::SeqCst);
    }

    /// True when the second factor was shown lately enough for what only it confirms.
    pub(in crate::accounts) fn has_shown_second_factor(&self, now: Timestamp) -> bool {
        self.0.second_factor_at.is_some_and(|at| (0..=FRESH_MS).contains(&now.ms_since(at)))
    }

    /// True when the last proof by password or second factor is fresh enough for what is sensitive.
    pub(in crate::accounts) fn is_fresh(&self, now: Timestamp) -> bool {
        self.0.reauthenticated_at.is_some_and(|at| (0..=FRESH_MS).contains(&now.ms_since(at)))
    }

    /// The account's id (a UUID).
    #[must_use]
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// The username, safe to print.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// True when, at the moment of coming in, nobody had looked at the recovery details for long.
    #[must_use]
    pub fn is_review_due(&self) -> bool {
        self.0.is_review_due
    }

    /// How many keys and addresses were suspended at the moment of coming in.
    #[must_use]
    pub fn suspended(&self) -> i64 {
        self.0.suspended
    }

    /// True when they came in by a reset and there is something to look through: another address, a key, a second
    /// factor.
    #[must_use]
    pub fn has_review(&self) -> bool {
        self.0.has_review
    }

    /// What the member reads times in: set in the profile, as of coming in or of a change in this session.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.0.time_zone
    }

    /// What the member reads pages in, as of coming in or of a change in this session.
    #[must_use]
    pub fn language(&self) -> LanguageChoice {
        self.0.language
    }

    /// True when the account was to be deleted, and coming in has cancelled that.
    #[must_use]
    pub fn has_cancelled_deletion(&self) -> bool {
        self.0.has_cancelled_deletion
    }

    /// Until when a directory still takes the password that they came in with, where that is not for much longer.
    #[must_use]
    pub fn password_expiry(&self) -> Option<PasswordExpiry> {
        self.0.password_expiry
    }

    /// The account's `auth_epoch` when the proof was made; each privileged transaction checks it.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.0.epoch
    }

    /// True when the account has a second factor.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.0.recovery_codes.is_some()
    }

    /// How many recovery codes were left when they came in; `None` without a second factor.
    #[must_use]
    pub fn recovery_codes_left(&self) -> Option<i64> {
        self.0.recovery_codes
    }
}

/// Proof of the first half of a sign-in or a reset whose account has a second factor: good for showing that, and
/// for nothing else. Clones share their tries.
#[derive(Clone, Debug)]
pub struct FirstFactor(Arc<FirstFactorState>);

#[derive(Debug)]
struct FirstFactorState {
    account: String,
    name: String,
    epoch: i64,
    at: Timestamp,
    shown: FirstFactorKind,
    tries: AtomicU32,
}

/// What the first half was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accounts) enum FirstFactorKind {
    /// The password, and until when a directory still takes it.
    Password(Option<PasswordExpiry>),
    /// A registered key.
    Key,
    /// The code from an email, which left the grant with this id.
    Code(String),
    /// The password, which the directory wants to be replaced: the grant with this id was left for that.
    PasswordDue {
        /// The grant.
        grant: String,
        /// The password.
        current: Secret,
    },
}

impl FirstFactorKind {
    pub(in crate::accounts) fn password_expiry(&self) -> Option<PasswordExpiry> {
        match self {
            Self::Password(expiry) => *expiry,
            Self::Key | Self::Code(_) | Self::PasswordDue { .. } => None,
        }
    }
}

impl FirstFactor {
    pub(in crate::accounts) fn new(
        account: String,
        name: String,
        epoch: i64,
        shown: FirstFactorKind,
        at: Timestamp,
    ) -> Self {
        Self(Arc::new(FirstFactorState { account, name, epoch, at, shown, tries: AtomicU32::new(0) }))
    }

    /// Takes one of the tries; `false` when there is none left, or it is too late.
    pub(in crate::accounts) fn take_try(&self, now: Timestamp) -> bool {
        (0..=HALF_LIFE_MS).contains(&now.ms_since(self.0.at))
            && self.0.tries.fetch_add(1, Ordering::SeqCst) < HALF_TRIES
    }

    /// Gives a try back that came to nothing.
    pub(in crate::accounts) fn give_back_try(&self) {
        self.0.tries.fetch_sub(1, Ordering::SeqCst);
    }

    pub(in crate::accounts) fn account(&self) -> &str {
        &self.0.account
    }

    pub(in crate::accounts) fn epoch(&self) -> i64 {
        self.0.epoch
    }

    pub(in crate::accounts) fn shown(&self) -> &FirstFactorKind {
        &self.0.shown
    }

    /// The username of the account, safe to print.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

/// A secret that a member was shown and no account has yet.
#[derive(Clone, Debug)]
pub struct Enrolment {
    pub(in crate::accounts) account: String,
    pub(in crate::accounts) secret: TotpSecret,
    name: String,
}

impl Enrolment {
    pub(in crate::accounts) fn new(member: &SignedIn, secret: TotpSecret) -> Self {
        Self { account: member.account().to_owned(), secret, name: member.name().to_owned() }
    }

    /// What an app reads from the picture.
    #[must_use]
    pub fn uri(&self, portal: &str) -> Secret {
        self.secret.uri(portal, &self.name)
    }

    /// The secret in groups of four, for those who type it.
    #[must_use]
    pub fn grouped(&self) -> Secret {
        self.secret.grouped()
    }
}

/// The right to set one account's password once, earned by a proven code, or by a password that must be replaced. Not
/// `Clone` on purpose.
#[derive(Debug)]
pub struct ResetGrant {
    pub(in crate::accounts) id: String,
    pub(in crate::accounts) account: String,
    pub(in crate::accounts) name: String,
    pub(in crate::accounts) has_second_factor: bool,
    /// The password that must be replaced.
    pub(in crate::accounts) current: Option<Box<DuePassword>>,
}

/// A password that the directory wants to be replaced.
#[derive(Debug)]
pub(in crate::accounts) enum DuePassword {
    /// As it was shown.
    Shown(Secret),
    /// The directory has a random one in its place: the next one is set as a forgotten one is.
    Gone,
}

impl ResetGrant {
    /// The password that must be replaced, as long as the directory has it.
    pub(in crate::accounts) fn current(&self) -> Option<&Secret> {
        match self.current.as_deref() {
            Some(DuePassword::Shown(current)) => Some(current),
            Some(DuePassword::Gone) | None => None,
        }
    }

    /// The directory has another password now than the one that was shown.
    pub(in crate::accounts) fn forget_current(&mut self) {
        if self.current.is_some() {
            self.current = Some(Box::new(DuePassword::Gone));
        }
    }

    /// True when the directory wants the password to be replaced, and it was shown.
    #[must_use]
    pub fn is_for_due_password(&self) -> bool {
        self.current.is_some()
    }

    /// True when the account has a second factor, which was shown beside the code.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.has_second_factor
    }

    /// The username of the account, safe to print.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod for_test {
    //! Proofs for tests of flows, which have no service to earn them from.

    use super::{Enrolment, FirstFactor, FirstFactorKind, ResetGrant, SignedIn};
    use crate::domain::entropy::Entropy;
    use crate::domain::time_zone::TimeZone;
    use crate::domain::timestamp::Timestamp;
    use crate::domain::totp::TotpSecret;
    use crate::messages::{Language, LanguageChoice};

    impl SignedIn {
        pub(crate) fn for_test(name: &str) -> Self {
            Self::new("account-1".into(), name.into(), 1, None)
        }

        pub(crate) fn with_recovery_codes_for_test(name: &str, recovery_codes: i64) -> Self {
            Self::for_test(name).with_second_factor(Some(recovery_codes))
        }

        pub(crate) fn with_suspended_for_test(name: &str, suspended: i64) -> Self {
            Self::for_test(name).with_suspended(suspended).with_review(true)
        }

        pub(crate) fn in_zone_for_test(name: &str, zone: &str) -> Self {
            Self::for_test(name).with_time_zone(TimeZone::parse(zone).unwrap())
        }

        pub(crate) fn in_language_for_test(name: &str, language: Language) -> Self {
            Self::for_test(name).with_language(LanguageChoice::Chosen(language))
        }

        pub(crate) fn kept_for_test(name: &str) -> Self {
            Self::for_test(name).with_cancelled_deletion(true)
        }

        pub(crate) fn to_be_reminded(name: &str) -> Self {
            Self::for_test(name).with_review_due(true)
        }
    }

    impl ResetGrant {
        pub(crate) fn for_test(name: &str) -> Self {
            Self {
                id: "grant-1".into(),
                account: "account-1".into(),
                name: name.into(),
                has_second_factor: false,
                current: None,
            }
        }
    }

    impl FirstFactor {
        pub(crate) fn for_test(name: &str) -> Self {
            let at = Timestamp::from_epoch_ms(0);
            Self::new("account-1".into(), name.into(), 1, FirstFactorKind::Password(None), at)
        }
    }

    impl Enrolment {
        pub(crate) fn for_test(name: &str) -> Self {
            Self::new(&SignedIn::for_test(name), TotpSecret::generate(&Entropy::seeded(1)))
        }
    }
}
