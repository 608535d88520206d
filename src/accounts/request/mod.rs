//! The closed list of what may be asked of the service, and what it may answer.
//!
//! What a stranger can ask is the part of [`Request`] without a proof in it. A proof ([`SignedIn`],
//! [`ResetGrant`]) is made only inside `accounts`, by the check that earns it, and is passed by
//! value to what it allows. Each area of the portal has a list of its own, one file an area:
//! [`Request::Profile`] holds a [`profile::ProfileRequest`], and its answer is a [`profile::ProfileReply`].

pub mod activity;
pub mod deletion;
pub mod join;
pub mod keys;
pub mod ldap;
pub mod profile;
mod proof;
pub mod reset_address;
pub mod review;
pub mod second_factor;
pub mod sessions;
pub mod setup;
pub mod support;
pub mod teams;
pub mod undo;
pub mod verify;

use strum::IntoStaticStr;

use crate::domain::capabilities::Capabilities;
use crate::domain::case::CaseRefusal;
use crate::domain::id;
use crate::domain::input::CodeForm;
use crate::domain::password::PasswordRefusal;
use crate::domain::requester::Requester;
use crate::domain::secret::Secret;
use crate::domain::source::Source;
use crate::domain::ssh_key::{KeyRefusal, ProvenKey};
use crate::domain::timestamp::Timestamp;
use crate::domain::wait::Wait;
use crate::message;
use crate::messages::Message;
use crate::store::Priority;
pub use deletion::DeletionRefusal;
pub use join::{JoinGrant, JoinRefusal};
pub(in crate::accounts) use proof::{DuePassword, FirstFactorKind};
pub use proof::{Enrolment, FRESH_MS, FirstFactor, ResetGrant, SignedIn, WRONG_ANSWERS};
pub use teams::{TeamDetail, TeamRefusal};

/// What may be asked.
#[derive(Debug, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Request {
    /// Prove by password who one is. `name` is a username or an address, as typed.
    SignIn {
        /// Username or address, as typed.
        name: String,
        /// The password, as typed.
        password: Secret,
    },
    /// Be who a key says that the connection has proven to hold.
    SignInWithKey {
        /// The proof, which the wire made.
        key: ProvenKey,
        /// The username or address that the key must belong to; `None` when none was given.
        name: Option<String>,
    },
    /// Ask for a one-time code by mail. The answer is the same whether the account exists or not.
    RequestCode {
        /// Username or address, as typed.
        name: String,
    },
    /// Prove that one holds the code from the email.
    ProveCode {
        /// Username or address, as typed.
        name: String,
        /// The requests this session made, oldest first, or those whose ids were brought: when one was answered, only
        /// their codes are compared.
        requests: Vec<RequestId>,
        /// The code, as typed.
        code: Secret,
    },
    /// Set a new password with the code from the email, both at once or neither. Where a rule refuses the password, or
    /// the second factor is to be shown too, the code is not used up.
    ResetPassword {
        /// Username or address, as typed.
        name: String,
        /// The requests whose ids were brought, as with [`Request::ProveCode`].
        requests: Vec<RequestId>,
        /// The code, as typed.
        code: Secret,
        /// The new password, as typed.
        password: Secret,
        /// The code of the second factor, as typed, once it was asked for.
        second_factor: Option<Secret>,
    },
    /// Set a new password with the right that a proven code gave.
    SetPassword {
        /// The right to do so; used up by success, handed back by a refusal.
        grant: ResetGrant,
        /// The new password, as typed.
        password: Secret,
    },
    /// Change the password of a signed-in member.
    ChangePassword {
        /// Who asks.
        member: SignedIn,
        /// The current password, as typed; the check that elevates.
        current: Secret,
        /// The new password, as typed.
        new: Secret,
    },
    /// Prove once more, by the password or the second factor, that it is this member.
    Reauthenticate {
        /// Who asks.
        member: SignedIn,
        /// The password or a code, as typed.
        password: Secret,
        /// True when only the second factor will do: [`Request::wants_second_factor`].
        second_factor: bool,
    },
    /// The member's teams.
    Teams(SignedIn, teams::TeamsRequest),
    /// Profile and contact addresses.
    Profile(SignedIn, profile::ProfileRequest),
    /// Second factor and recovery codes of a member.
    SecondFactor(SignedIn, second_factor::SecondFactorRequest),
    /// The member's SSH keys.
    Keys(SignedIn, keys::KeysRequest),
    /// Everything that the member can get in by, and where it came from.
    Review {
        /// Who asks.
        member: SignedIn,
    },
    /// Where the member is signed in.
    Sessions(SignedIn, sessions::SessionsRequest),
    /// What happened to the account, and its own records.
    Activity(SignedIn, activity::ActivityRequest),
    /// The member's support cases.
    Support(SignedIn, support::SupportRequest),
    /// Deleting the account.
    Deletion(SignedIn, deletion::DeletionRequest),
    /// Which address a code for a forgotten password goes to.
    ResetAddress(reset_address::ResetAddressRequest),
    /// What a guest asks with an invitation, or to sign up.
    Join(join::JoinRequest),
    /// What whoever has the setup code asks while there is no account.
    Setup(setup::SetupRequest),
    /// What a guest asks of support.
    GuestSupport(support::GuestSupportRequest),
    /// What somebody asks with the code from a notification, to undo the change that it tells of.
    Undo(undo::UndoRequest),
    /// What somebody asks who has shown a password and not yet the second factor.
    ProveSecondFactor(second_factor::SecondFactorAttempt),
    /// Somebody's public SSH keys.
    PublicKeys {
        /// A username, as typed.
        name: String,
    },
    /// A service of this machine asks whether a password is right.
    Verify(verify::VerifyRequest),
    /// What the LDAP server asks for whoever is bound to it.
    Ldap(Box<ldap::LdapRequest>),
    /// Whether the service and its store can be used now.
    Status,
    /// Sign out.
    SignOut {
        /// Who asks.
        member: SignedIn,
    },
}

impl Request {
    /// True for what changes how the account is protected or reached: it needs a proof that is at most
    /// [`FRESH_MS`] old. The only place that says so.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Teams(_, ask) => ask.is_sensitive(),
            Self::Profile(_, ask) => ask.is_sensitive(),
            Self::SecondFactor(_, ask) => ask.is_sensitive(),
            Self::Activity(_, ask) => ask.is_sensitive(),
            Self::Keys(_, ask) => ask.is_sensitive(),
            Self::Sessions(_, ask) => ask.is_sensitive(),
            Self::Deletion(_, ask) => ask.is_sensitive(),
            _ => false,
        }
    }

    /// True when the member must still be in the directory, where there is one: for what is sensitive, and for what
    /// proves that it is them.
    pub(in crate::accounts) fn asks_directory(&self) -> bool {
        self.is_sensitive() || matches!(self, Self::Reauthenticate { .. } | Self::ChangePassword { .. })
    }

    /// True when only the second factor confirms it, where there is one, and not the password: a thief who has
    /// that and an open session must not take the second factor away, nor the account.
    #[must_use]
    pub fn wants_second_factor(&self) -> bool {
        match self {
            Self::SecondFactor(member, ask) => member.has_second_factor() && ask.is_sensitive(),
            Self::Deletion(member, ask) => member.has_second_factor() && ask.is_sensitive(),
            _ => false,
        }
    }

    /// True when it may be carried out with the proof that it holds.
    pub(in crate::accounts) fn is_fresh(&self, now: Timestamp) -> bool {
        let holds = |member: &SignedIn| {
            if self.wants_second_factor() {
                member.has_shown_second_factor(now)
            } else {
                member.is_fresh(now)
            }
        };
        !self.is_sensitive() || self.member().is_some_and(holds)
    }

    /// Whether what is asked for can be done where accounts and passwords live.
    pub(in crate::accounts) fn is_possible_with(&self, can: Capabilities) -> bool {
        match self {
            Self::ChangePassword { .. } => can.change,
            Self::RequestCode { .. }
            | Self::ProveCode { .. }
            | Self::ResetPassword { .. }
            | Self::Undo(_) => can.reset,
            Self::Deletion(..) | Self::Join(_) | Self::Setup(_) => can.accounts,
            Self::Profile(_, request) => can.accounts || !request.is_about_account(),
            Self::Teams(_, request) => !can.groups || !request.is_change(),
            _ => true,
        }
    }

    /// How the request waits for the database where many do. Who turns out to be at a place that the account knows, or to
    /// hold a right code, goes on as [`Priority::Known`].
    pub(in crate::accounts) fn waits_as(&self, source: Source) -> (Priority, Requester) {
        let account = match self {
            Self::SetPassword { grant, .. } => Some(grant.account.as_str()),
            Self::ProveSecondFactor(attempt) => Some(attempt.half.account()),
            Self::Ldap(request) => match request.as_ref() {
                ldap::LdapRequest::ChangePassword { member, .. } => Some(member.member().account()),
                ldap::LdapRequest::People(reader, _) | ldap::LdapRequest::Teams(reader, _) => {
                    return (Priority::SignIn, Requester::known(reader.id(), source));
                }
                ldap::LdapRequest::BindService { .. } => None,
            },
            _ => self.member().map(SignedIn::account),
        };
        if let Some(account) = account {
            return (Priority::Known, Requester::known(account, source));
        }
        let proves_something = matches!(
            self,
            Self::SignIn { .. }
                | Self::Verify(_)
                | Self::Ldap(_)
                | Self::SignInWithKey { .. }
                | Self::ProveCode { .. }
                | Self::ResetPassword { .. }
                | Self::Undo(_)
                | Self::Setup(setup::SetupRequest::Prove { .. } | setup::SetupRequest::Create(_))
                | Self::Join(join::JoinRequest::Prove { .. } | join::JoinRequest::SignUp { .. })
                | Self::GuestSupport(
                    support::GuestSupportRequest::Read { .. } | support::GuestSupportRequest::Write { .. },
                )
        );
        let priority = if proves_something { Priority::SignIn } else { Priority::Guest };
        (priority, Requester::unknown(source))
    }

    /// The member who asks, when it is one.
    #[must_use]
    pub fn member(&self) -> Option<&SignedIn> {
        match self {
            Self::ChangePassword { member, .. }
            | Self::Reauthenticate { member, .. }
            | Self::SignOut { member }
            | Self::Review { member }
            | Self::Teams(member, _)
            | Self::Profile(member, _)
            | Self::SecondFactor(member, _)
            | Self::Keys(member, _)
            | Self::Sessions(member, _)
            | Self::Activity(member, _)
            | Self::Deletion(member, _)
            | Self::Support(member, _) => Some(member),
            _ => None,
        }
    }

    /// Puts a newer proof of the same member in the place of the old one.
    pub fn set_member(&mut self, newer: &SignedIn) {
        if let Self::ChangePassword { member, .. }
        | Self::Reauthenticate { member, .. }
        | Self::SignOut { member }
        | Self::Review { member }
        | Self::Teams(member, _)
        | Self::Profile(member, _)
        | Self::SecondFactor(member, _)
        | Self::Keys(member, _)
        | Self::Sessions(member, _)
        | Self::Activity(member, _)
        | Self::Deletion(member, _)
        | Self::Support(member, _) = self
        {
            *member = newer.clone();
        }
    }
}

/// What may be answered.
#[derive(Debug)]
pub enum Reply {
    /// The password was right, or the key is registered.
    SignedIn(SignedIn),
    /// If there is such an account, a code is on its way.
    CodeRequested(CodeRequested),
    /// The code was right, or the password is and the directory wants another one.
    MaySetPassword(ResetGrant),
    /// The new password is set; `Some` when the portal signs in at once (setting `after_reset`). So many keys and
    /// addresses are suspended.
    PasswordSet(Option<SignedIn>, i64),
    /// The new password was not set; the grant comes back unless it is used up or too old.
    PasswordNotSet(Option<ResetGrant>, Refusal),
    /// The answer to [`Request::Teams`].
    Teams(teams::TeamsReply),
    /// The password was changed; the old proof is void, this one goes on.
    PasswordChanged(SignedIn),
    /// It is them.
    Reauthenticated(SignedIn),
    /// This is sensitive, and the last proof is too old: confirm, then ask the same again.
    ReauthenticateFirst(Box<Request>),
    /// The answer to [`Request::Profile`].
    Profile(profile::ProfileReply),
    /// The answer to [`Request::SecondFactor`].
    SecondFactor(second_factor::SecondFactorReply),
    /// The answer to [`Request::Keys`].
    Keys(keys::KeysReply),
    /// The answer to [`Request::Review`].
    Review(Box<review::Review>),
    /// The answer to [`Request::Sessions`].
    Sessions(sessions::SessionsReply),
    /// The answer to [`Request::Activity`].
    Activity(activity::ActivityReply),
    /// The answer to [`Request::Support`].
    Support(support::SupportReply),
    /// The answer to [`Request::Deletion`].
    Deletion(deletion::DeletionReply),
    /// The answer to [`Request::ResetAddress`].
    ResetAddress(reset_address::ResetAddressReply),
    /// The answer to [`Request::Join`].
    Join(join::JoinReply),
    /// The answer to [`Request::Setup`].
    Setup(setup::SetupReply),
    /// The answer to [`Request::GuestSupport`].
    GuestSupport(support::GuestSupportReply),
    /// The answer to [`Request::Undo`].
    Undo(undo::UndoReply),
    /// The public keys, a line each, the oldest first.
    PublicKeys(Vec<String>),
    /// The password is right, and whose.
    Verified(verify::VerifiedAccount),
    /// The answer to [`Request::Ldap`].
    Ldap(ldap::LdapReply),
    /// They can; it is this late.
    Status(Timestamp),
    /// Goodbye was noted.
    SignedOut,
    /// No, and why. Nothing was changed.
    Refused(Refusal),
}

/// An expected "no". Ids are API, wording is the flow's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No account with this name and password. Says no more on purpose.
    WrongCredentials,
    /// Too many tries; how long the next one has to wait.
    TryLater(Wait),
    /// All hashing threads, or all connections that write to the database, are taken; nothing was counted. It should work
    /// after so many seconds.
    Busy(i64),
    /// The code is wrong, used, dead or too old. Says no more on purpose.
    CodeRefused,
    /// There is no code in what was typed. It was compared with nothing and counts as no try.
    CodeMalformed(CodeForm),
    /// The code is right and was used a moment ago. Only whoever holds it hears this.
    CodeUsed,
    /// The code has had all its tries. Only whoever holds it hears this, or has the account that it is for.
    CodeTriesUsed,
    /// The undo code is wrong, used, void or too old. Says no more on purpose.
    UndoCodeRefused,
    /// The setup code is wrong or has expired. Says no more on purpose.
    SetupCodeRefused,
    /// There is an account, so nobody sets the portal up any more.
    AlreadySetUp,
    /// The right to set a password is too old or used up.
    GrantExpired,
    /// The current password is wrong.
    WrongCurrentPassword,
    /// The new password breaks the policy.
    Password(PasswordRefusal),
    /// The account changed since this session signed in; this session may do nothing any more.
    SignedOutElsewhere,
    /// The proven key is on no open account, or not on the one that was named.
    KeyNotRegistered,
    /// The client offered more keys than are looked at, and none that is registered.
    TooManyKeysOffered,
    /// A key and the second factor sign nobody in to this portal, or not to an account without one.
    KeySignInOff,
    /// The text is not a key that is taken.
    Key(KeyRefusal),
    /// The key is registered already. Says no more on purpose.
    KeyTaken,
    /// The account has as many keys as one may have.
    TooManyKeys,
    /// The key or address that is to be kept is not suspended.
    NotSuspended,
    /// There is no such thing, or none that this member may see.
    NotFound,
    /// An unexpected failure; the id is also in the log.
    Unavailable(String),
    /// The database did not say whether it did it; the id is also in the log.
    OutcomeUnknown(String),
    /// The code of the second factor is wrong, or was used. Says no more on purpose.
    SecondFactorRefused,
    /// The first half was too long ago, tried too often, or is void; begin again.
    SecondFactorExpired,
    /// Too many wrong codes in a row: the authenticator is locked.
    SecondFactorLocked,
    /// Ten wrong answers to the question whether it is still them: this session is over.
    WrongTooOften,
    /// The password is good only beside the second factor, so that cannot go.
    PasswordTooShortAlone,
    /// The second factor is on already, or off already.
    SecondFactorUnchanged,
    /// No secret of an authenticator waits for a code, or not any more.
    EnrolmentExpired,
    /// About the profile or an address.
    Profile(profile::ProfileRefusal),
    /// The support case, or what was to be said in it, is not taken as it is.
    Case(CaseRefusal),
    /// The support case is closed; nothing more is said in it.
    CaseClosed,
    /// This portal does not show public keys.
    PublicKeysOff,
    /// Something is not done to a team.
    Team(TeamRefusal),
    /// An account is not made.
    Join(JoinRefusal),
    /// An account is not deleted.
    Deletion(DeletionRefusal),
    /// A directory has what was to be changed, and the portal does not change it there.
    KeptInDirectory,
    /// The directory does not let the account in any more: it is disabled, has expired or is gone there.
    ClosedInDirectory,
    /// The password is right, and the directory wants another one, which the portal cannot set there.
    PasswordDueInDirectory,
}

/// The id of [`Refusal::CodeTriesUsed`].
pub const CODE_TRIES_USED: &str = "code-tries-used";

/// The refusals of a password or code that was wrong: whoever collects them is guessing.
pub const WRONG_GUESSES: [Refusal; 8] = [
    Refusal::WrongCredentials,
    Refusal::CodeRefused,
    Refusal::UndoCodeRefused,
    Refusal::SetupCodeRefused,
    Refusal::WrongCurrentPassword,
    Refusal::SecondFactorRefused,
    Refusal::SecondFactorLocked,
    Refusal::WrongTooOften,
];

impl Refusal {
    /// The stable id; scripts and the log rely on it.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong-credentials",
            Self::TryLater(_) => "try-later",
            Self::Busy(_) => "busy",
            Self::CodeRefused => "code-refused",
            Self::CodeMalformed(_) => "code-malformed",
            Self::CodeUsed => "code-used",
            Self::CodeTriesUsed => CODE_TRIES_USED,
            Self::UndoCodeRefused => "undo-code-refused",
            Self::SetupCodeRefused => "setup-code-refused",
            Self::AlreadySetUp => "already-set-up",
            Self::GrantExpired => "grant-expired",
            Self::WrongCurrentPassword => "wrong-current-password",
            Self::Password(_) => "password-refused",
            Self::SignedOutElsewhere => "signed-out",
            Self::KeyNotRegistered => "key-not-registered",
            Self::TooManyKeysOffered => "too-many-keys-offered",
            Self::KeySignInOff => "key-sign-in-off",
            Self::Key(_) => "key-refused",
            Self::KeyTaken => "key-taken",
            Self::TooManyKeys => "too-many-keys",
            Self::NotSuspended => "not-suspended",
            Self::NotFound => "not-found",
            Self::Unavailable(_) => "unavailable",
            Self::OutcomeUnknown(_) => "outcome-unknown",
            Self::SecondFactorRefused => "two-factor-refused",
            Self::SecondFactorExpired => "two-factor-expired",
            Self::SecondFactorLocked => "two-factor-locked",
            Self::WrongTooOften => "wrong-too-often",
            Self::PasswordTooShortAlone => "password-too-short-alone",
            Self::SecondFactorUnchanged => "two-factor-unchanged",
            Self::EnrolmentExpired => "enrolment-expired",
            Self::Profile(why) => why.id(),
            Self::Case(CaseRefusal::Contact(_)) => "contact-refused",
            Self::Case(_) => "case-refused",
            Self::CaseClosed => "case-closed",
            Self::PublicKeysOff => "public-keys-off",
            Self::Team(no) => no.id(),
            Self::Join(no) => no.id(),
            Self::Deletion(no) => no.id(),
            Self::KeptInDirectory => "kept-in-directory",
            Self::ClosedInDirectory => "closed-in-directory",
            Self::PasswordDueInDirectory => "password-due-in-directory",
        }
    }
}

/// What became of the reset request; the same for known and unknown names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRequested {
    /// Ties the code to this request.
    pub request: RequestId,
    /// When the next one is sent.
    pub next: NextCode,
}

/// From when on a code that is asked for is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextCode {
    /// When it was asked for one.
    pub asked_at: Timestamp,
    /// That was before one was due again, so none is sent.
    pub too_soon: bool,
    /// From when on another one can be asked for, and is sent.
    pub resend_at: Timestamp,
}

impl NextCode {
    /// `from 14:05 UTC`, with the date when that is on another day.
    #[must_use]
    pub fn from_when(&self) -> Message {
        let time = if self.resend_at.date() == self.asked_at.date() {
            self.resend_at.hour_minute()
        } else {
            self.resend_at.plus_ms(59_999).date_minute()
        };
        message!("when-from", time = time)
    }
}

/// Names one reset request (a UUID). Whoever brings it holds the code that answers it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub(in crate::accounts) String);

impl RequestId {
    /// One that was written down elsewhere; `None` when it cannot be one.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        id::parse(typed).map(Self)
    }

    /// The UUID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod for_test {
    //! Answers for tests of flows, which have no service to ask.

    use super::{CodeRequested, NextCode, RequestId, Timestamp};

    impl CodeRequested {
        pub(crate) fn for_test(resend_at: Timestamp) -> Self {
            let next = NextCode { asked_at: resend_at.plus_ms(-60_000), too_soon: false, resend_at };
            Self { request: RequestId("request-1".into()), next }
        }
    }
}
