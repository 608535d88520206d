//! Every kind of rate-limit bucket, declared once: what it counts, and its owner. The keys in the store, what operators read of a
//! limit in force, and how much most of them let through are derived from it. A [`Bucket`] is made of its kind alone, so
//! nothing can be counted that `doorkey limits list` does not know.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::throttle::{self, Limit};

/// How a bucket counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Failures in a row, with waits between them that grow.
    Failures,
    /// At a pace, with some at once.
    Rate,
    /// In sliding windows.
    Windows,
}

/// The owner of a bucket, which tells it apart from others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketOwner {
    /// An account, or the keyed hash of a name that nobody has; perhaps at one place.
    Account,
    /// A source or a network, by its keyed hash.
    Source,
    /// A mailbox, by its keyed hash.
    Mailbox,
    /// Everybody together.
    Everybody,
}

/// How much a kind lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketLimits {
    /// So much.
    Fixed(&'static [Limit]),
    /// What [`throttle::delay_ms`] says.
    Delays,
    /// What a setting says, for each account that is known at the source.
    PerSource,
    /// What a setting says.
    Setting,
}

/// Declares every kind of bucket: how it counts and for whom, how much it lets through, and what is not possible while it
/// is full; `silent` where nobody waits for it. The id is the name in kebab case.
macro_rules! buckets {
    ($($kind:ident $counting:ident $owner:ident $limits:expr, $what:expr;)*) => {
        /// What is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, EnumString, VariantArray)]
        #[strum(serialize_all = "kebab-case")]
        pub enum BucketKind {
            $($kind,)*
        }

        impl BucketKind {
            /// How.
            #[must_use]
            pub const fn counting(self) -> Counting {
                match self { $(Self::$kind => Counting::$counting,)* }
            }

            /// The kind of its owner.
            #[must_use]
            pub const fn owner(self) -> BucketOwner {
                match self { $(Self::$kind => BucketOwner::$owner,)* }
            }

            /// How much.
            #[must_use]
            pub const fn limits(self) -> BucketLimits {
                match self { $(Self::$kind => $limits,)* }
            }

            /// What is not possible while it is full, for operators; `None` where nobody waits for it.
            #[must_use]
            pub const fn keeps_from(self) -> Option<&'static str> {
                match self { $(Self::$kind => $what,)* }
            }
        }
    };
}

use BucketLimits::{Delays, Fixed, PerSource, Setting};

const SILENT: Option<&str> = None;

/// What a try at a shared code is: one of a guest's case, of an invitation, or from support.
const TRY_CODES: Option<&str> = Some("try codes that nobody in particular holds");
const GUEST_CASE: Option<&str> = Some("open a support case as a guest");
const EMAIL_WITHOUT_ACCOUNT: Option<&str> = Some("send emails to addresses without an account");

buckets! {
    // Wrong answers in a row.
    Password          Failures Account   Delays, Some("sign in with the password");
    Change            Failures Account   Delays, Some("confirm a change with the password");
    SecondFactor      Failures Account   Delays, Some("type a two-factor code");
    Service           Failures Account   Delays, Some("sign in to a service with the password");
    // Of strangers, of the places that the account knows, and of those at services.
    DirectoryTries    Failures Account   Setting, Some("have a password checked by the directory");

    // What a source tries that nothing but its own pace bounds.
    // Passwords, codes from emails, codes of guests' cases.
    Tries             Rate     Source    PerSource, Some("try passwords and codes");
    Setup             Rate     Source    PerSource, Some("try setup codes");
    Undo              Rate     Source    PerSource, Some("try undo codes");

    // What a service of this machine asks, and about one source.
    ServiceTries      Rate     Everybody Setting, Some("have passwords checked");
    ServiceTriesOfSource Rate  Source    Setting, Some("have passwords checked");

    // What one account does.
    PasswordChanges   Windows  Account   Fixed(&throttle::PASSWORD_CHANGES_PER_ACCOUNT), Some("change the password");
    Reauthentications Windows  Account   Fixed(&throttle::REAUTHENTICATIONS_PER_PLACE), Some("confirm a change");
    Rename            Windows  Account   Fixed(&throttle::RENAMES_PER_ACCOUNT), Some("change the username");
    Primary           Windows  Account   Fixed(&throttle::PRIMARY_CHANGES_PER_ACCOUNT), Some("change the primary address");
    Addresses         Windows  Account   Fixed(&throttle::VERIFICATION_CODES_PER_ACCOUNT), Some("get a verification code");
    VerificationCode  Windows  Account   Fixed(&throttle::WRONG_CODES_PER_ACCOUNT), Some("type a verification code");
    Keys              Windows  Account   Fixed(&throttle::KEYS_ADDED_PER_ACCOUNT), Some("add an SSH key");
    Deletion          Windows  Account   Fixed(&throttle::DELETION_REQUESTS_PER_ACCOUNT), Some("ask for the account to be deleted");
    Teams             Windows  Account   Fixed(&throttle::TEAMS_CREATED_PER_ACCOUNT), Some("create a team");
    // Of one member, by one owner.
    Roles             Windows  Account   Fixed(&throttle::ROLES_PER_MEMBER), Some("change the role of a team member");
    Invitations       Windows  Account   Fixed(&throttle::INVITATIONS_PER_OWNER), Some("invite somebody");
    TwoFactor         Windows  Account   Fixed(&throttle::TWO_FACTOR_CHANGES_PER_ACCOUNT), Some("turn two-factor authentication on or off");
    RecoveryCodes     Windows  Account   Fixed(&throttle::RECOVERY_CODES_PER_ACCOUNT), Some("create recovery codes");
    Cases             Windows  Account   Fixed(&throttle::CASES_PER_ACCOUNT), Some("open a support case");
    CaseMessages      Windows  Account   Fixed(&throttle::CASE_MESSAGES), Some("write to support");
    Send              Windows  Account   Fixed(&throttle::CODES_PER_ACCOUNT), Some("get a reset code by email");
    Code              Windows  Account   Fixed(&throttle::WRONG_CODES_PER_ACCOUNT), Some("type a reset code");
    NewSource         Windows  Account   Fixed(&throttle::NEW_SOURCE_EMAILS), SILENT;
    TwoFactorRefused  Windows  Account   Fixed(&throttle::FACTOR_REFUSED_EMAILS), SILENT;

    // What one source does.
    Requests          Windows  Source    PerSource, Some("ask for a reset code");
    Names             Windows  Source    PerSource, Some("ask for a reset code in another name");
    Codes             Windows  Source    Fixed(&throttle::CODES_PER_ACCOUNT), Some("ask for a reset code in one name");
    Emails            Windows  Source    PerSource, Some("get a verification code");
    CasesOfSource     Windows  Source    PerSource, Some("open a support case");
    GuestCases        Windows  Source    PerSource, GUEST_CASE;
    GuestCasesNarrow  Windows  Source    Fixed(throttle::GUEST_CASES_PER_NETWORK.split_at(1).0), GUEST_CASE;
    GuestCasesWide    Windows  Source    Fixed(throttle::GUEST_CASES_PER_NETWORK.split_at(1).1), GUEST_CASE;

    // Tries at codes that nobody in particular holds: of a source at one of them, of networks, and of all together.
    Support           Windows  Source    Fixed(&[throttle::SHARED_CODE_TRIES_PER_SOURCE]), Some("type a reset code from support");
    Join              Windows  Source    Fixed(&[throttle::SHARED_CODE_TRIES_PER_SOURCE]), Some("type an invitation code");
    Case              Windows  Source    Fixed(&[throttle::SHARED_CODE_TRIES_PER_SOURCE]), Some("type the code of a support case");
    CaseOpener        Windows  Everybody Fixed(&[throttle::SHARED_CODE_TRIES_OF_OPENER]), Some("type the code of a support case where it was opened");
    FirstTriesNarrow  Windows  Source    Fixed(throttle::FIRST_TRIES_PER_NETWORK.split_at(1).0), SILENT;
    FirstTriesWide    Windows  Source    Fixed(throttle::FIRST_TRIES_PER_NETWORK.split_at(1).1), SILENT;
    FirstTries        Rate     Everybody Fixed(&[throttle::FIRST_TRIES]), TRY_CODES;
    OtherTriesNarrow  Rate     Source    Fixed(throttle::OTHER_TRIES_PER_NETWORK.split_at(1).0), TRY_CODES;
    OtherTriesWide    Rate     Source    Fixed(throttle::OTHER_TRIES_PER_NETWORK.split_at(1).1), TRY_CODES;
    OtherTries        Rate     Everybody Fixed(&[throttle::OTHER_TRIES]), TRY_CODES;

    // Emails to one mailbox.
    Mailbox           Windows  Mailbox   Fixed(&throttle::VERIFICATION_CODES_PER_EMAIL), Some("get a verification code");
    ResetCodesTo      Windows  Mailbox   Fixed(&throttle::RESET_CODES_PER_MAILBOX), Some("get a reset code that a stranger asked for");
    InvitationsTo     Windows  Mailbox   Fixed(&throttle::INVITATIONS_PER_MAILBOX), Some("get an invitation");
    SignUpsTo         Windows  Mailbox   Fixed(&throttle::SIGN_UP_EMAILS_PER_MAILBOX), Some("get a sign-up code");
    GuestCasesTo      Windows  Mailbox   Fixed(&throttle::GUEST_CASES_PER_ADDRESS), Some("be the contact of a guest's support case");
    KnownPlaceGuestCasesTo Windows Mailbox Fixed(&throttle::KNOWN_PLACE_GUEST_CASES_PER_ADDRESS), Some("be the contact of a guest's support case from a known place");
    LocksTo           Windows  Mailbox   Fixed(&throttle::LOCK_EMAILS_PER_MAILBOX), SILENT;

    // Of everybody together.
    FirstGuestCases   Windows  Everybody Fixed(&throttle::FIRST_GUEST_CASES), Some("open a first support case as a guest");
    FurtherGuestCases Windows  Everybody Fixed(&throttle::FURTHER_GUEST_CASES), Some("open a further support case as a guest");
    KnownPlaceGuestCases Windows Everybody Fixed(&throttle::GUEST_CASES_OF_KNOWN_SOURCES), SILENT;
    GuestNotices      Windows  Everybody Fixed(&throttle::GUEST_NOTICES_TO_SUPPORT), SILENT;
    SignUpEmails      Windows  Everybody Setting, EMAIL_WITHOUT_ACCOUNT;
    GuestCaseEmails   Windows  Everybody Setting, EMAIL_WITHOUT_ACCOUNT;
    KnownPlaceGuestCaseEmails Windows Everybody Setting, EMAIL_WITHOUT_ACCOUNT;
    VerificationEmails Windows Everybody Setting, EMAIL_WITHOUT_ACCOUNT;
    InvitationEmails  Windows  Everybody Setting, EMAIL_WITHOUT_ACCOUNT;
}

impl BucketKind {
    /// All of them.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The stable id: what its buckets begin with.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// The bucket of whatever `parts` name, the narrowest last.
    #[must_use]
    pub fn of(self, parts: &[&str]) -> Bucket {
        let mut key = self.id().to_owned();
        for part in parts {
            key.push(':');
            key.push_str(part);
        }
        Bucket { kind: self, key }
    }

    /// The kind that a stored bucket is of.
    #[must_use]
    pub fn of_stored(bucket: &str) -> Option<Self> {
        bucket.split(':').next()?.parse().ok()
    }
}

/// The name of a counter in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    kind: BucketKind,
    key: String,
}

impl Bucket {
    /// The stored one, if it is of a kind that this program knows.
    #[must_use]
    pub fn stored(key: &str) -> Option<Self> {
        Some(Self { kind: BucketKind::of_stored(key)?, key: key.to_owned() })
    }

    /// What it counts.
    #[must_use]
    pub const fn kind(&self) -> BucketKind {
        self.kind
    }

    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// A bucket of the same kind for one more part, such as a place.
    #[must_use]
    pub fn at(&self, part: &str) -> Self {
        Self { kind: self.kind, key: format!("{}:{part}", self.key) }
    }

    /// How much it lets through where that is fixed; nothing else has a limit here.
    #[must_use]
    pub const fn fixed_limits(&self) -> &'static [Limit] {
        match self.kind.limits() {
            Fixed(limits) => limits,
            Delays | PerSource | Setting => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_bucket_is_told_by_its_id_alone() {
        let ids: BTreeSet<_> = BucketKind::ALL.iter().map(|kind| kind.id()).collect();
        assert_eq!(ids.len(), BucketKind::ALL.len());
        for kind in BucketKind::ALL {
            assert!(!kind.id().contains(':'), "{kind:?}");
            for bucket in [kind.of(&[]), kind.of(&["a", "b"]), kind.of(&["a"]).at("b")] {
                assert_eq!(Bucket::stored(bucket.as_str()).as_ref(), Some(&bucket));
            }
        }
        assert_eq!(Bucket::stored("no such kind:a"), None);
        assert_eq!(BucketKind::Setup.of(&["a", "b"]).as_str(), "setup:a:b");
    }

    #[test]
    fn what_is_counted_has_the_limits_for_it() {
        for kind in BucketKind::ALL {
            let fits = match (kind.counting(), kind.limits()) {
                (Counting::Failures, Delays | Setting) => kind.owner() == BucketOwner::Account,
                (Counting::Rate, Fixed(limits)) => limits.len() == 1,
                (Counting::Rate, Setting) => true,
                (Counting::Rate | Counting::Windows, PerSource) => kind.owner() == BucketOwner::Source,
                (Counting::Windows, Fixed(limits)) => !limits.is_empty(),
                (Counting::Windows, Setting) => kind.owner() == BucketOwner::Everybody,
                _ => false,
            };
            assert!(fits, "{kind:?}");
        }
    }
}
