//! What the service does. Each story is a file or a folder of its own; [`request`] is the closed list of what may
//! be asked, and `shared` is the machinery that stories have in common.
//!
//! [`Accounts::handle`] is the one way in for sessions, [`Accounts::run_workers`] is what goes on beside
//! them, and [`admin`] is what an operator's commands may do.

// Stories.
mod activity;
pub mod admin;
mod change_password;
mod deletion;
mod directory;
mod directory_password;
mod directory_tries;
mod directory_visibility;
mod export;
mod forgot_password;
mod guest_support;
mod health;
mod join;
mod keys;
mod ldap;
mod profile;
mod reauthenticate;
mod review;
mod second_factor;
mod sessions;
mod setup;
mod sign_in;
mod sign_out;
mod status;
mod support;
mod teams;
mod undo;
mod verify;

// What may be asked, and the machinery behind the stories.
mod event_kind;
mod notifications;
pub mod request;
mod shared;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::field::Empty;
use tracing::{Instrument, Span};

pub use event_kind::{EventKind, OPERATOR};
pub use keys::{public_keys_in, public_keys_of_entry_in};
pub use profile::Preferences;
pub use sessions::{NODE_LIFE_MS, SessionEnd, SessionGuard};
pub use shared::error::{Error, Fault};
pub use shared::hashing;
pub use shared::revocation::Revocation;
pub use shared::source_limits::SourceLimits;
pub use shared::timekeeping::{begin_clock, clock_warnings};
pub use verify::ServiceRules;

use self::directory::DirectoryAccess;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::domain::entropy::Entropy;
use crate::domain::id::new_id;
use crate::domain::keyring::SharedKeyring;
use crate::domain::name::NamePolicy;
use crate::domain::password::Policy;
use crate::domain::portal::PortalInfo;
use crate::domain::refusals::{Lookups, Refusals};
use crate::domain::requester::Requester;
use crate::domain::service::LDAP;
use crate::domain::source::Source;
use crate::domain::ssh_key::{ProvenKey, SshKey};
use crate::domain::text::inert;
use crate::domain::throttle::{ACTIVITY_DAYS, DIRECTORY_TRIES, Limit, SESSIONS_PER_ACCOUNT};
use crate::log::{GUESSES, record};
use crate::mail::outbox::Outbox;
use crate::mail::templates::Templates;
use crate::mail::{MailFault, Mailer};
use crate::messages::Language;
use crate::metrics::metrics;
use crate::store::{Priority, Store, within_deadline};
use hashing::Hasher;
use request::{Refusal, Reply, Request, WRONG_GUESSES};
use sessions::LiveSessions;
use shared::early_tries::BucketTurns;
use shared::revocation::Revocations;

/// Who makes a request, as the connection knows it.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// What throttles count by.
    pub source: Source,
    /// The client's own version line, bounded and inert.
    pub client: String,
    /// The session's id.
    pub session: String,
    /// The key that the connection has proven to hold, if any.
    pub proven: Option<ProvenKey>,
    /// Keys that the client has offered and not proven: good for filling in forms, for nothing else.
    pub offered_keys: Arc<[SshKey]>,
    /// True when the session goes on after signing in and so belongs in the list of sessions. A command does not:
    /// it ends with its answer.
    pub is_interactive: bool,
    /// What the client speaks; emails are in it where no profile says otherwise.
    pub language: Language,
}

/// What the service is made of.
#[derive(Debug)]
pub struct AccountsParts {
    /// Where everything is kept.
    pub store: Store,
    /// The secret keys outside the store.
    pub keyring: Arc<SharedKeyring>,
    /// The threads that hash passwords.
    pub hasher: Hasher,
    /// What carries emails.
    pub mailer: Mailer,
    /// What reads the time.
    pub clock: Clock,
    /// What draws random bytes.
    pub entropy: Entropy,
    /// Which new passwords are taken.
    pub policy: Policy,
    /// The rules that an operator may set.
    pub rules: Rules,
    /// Where accounts and passwords live, if not in the store.
    pub directory: Option<Arc<dyn Directory>>,
    /// The id of this process among those on the store; best the same as before a restart, never one that another
    /// process has.
    pub node: String,
}

/// The rules that an operator may set.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long a code is valid after its email was sent, in minutes.
    pub code_ttl_minutes: i64,
    /// How many emails may leave this node in a minute.
    pub emails_per_minute: i64,
    /// How many emails may go to addresses without an account in a day, from all nodes.
    pub emails_per_day_without_account: i64,
    /// Whether a reset signs the person in.
    pub sign_in_after_reset: bool,
    /// Whether people may make an account without an invitation.
    pub sign_up: bool,
    /// Whether members may create teams.
    pub members_create_teams: bool,
    /// Whether people may delete their accounts.
    pub account_deletion: bool,
    /// How much one source may ask.
    pub limits: SourceLimits,
    /// Which usernames can be chosen.
    pub names: NamePolicy,
    /// Whether anybody may read anybody's public keys.
    pub public_keys: bool,
    /// Whether a key and the second factor sign in to the portal without a password.
    pub key_sign_in: bool,
    /// How many sessions one account may be signed in to, at all nodes together.
    pub max_sessions_per_account: i64,
    /// For how many days the audit log is kept.
    pub activity_days: i64,
    /// What services of this machine may ask.
    pub services: ServiceRules,
    /// The same for the LDAP server, which is a service too.
    pub ldap: ServiceRules,
    /// Wrong passwords for one name that a directory is asked about, of strangers and at known places each.
    pub directory_tries: Limit,
    /// The longest that anything which is asked of a directory may take, whatever its own deadlines say.
    pub directory_deadline: Duration,
}

impl Rules {
    /// What the service of this name may ask.
    fn of_service(&self, service: &str) -> &ServiceRules {
        if service == LDAP { &self.ldap } else { &self.services }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            code_ttl_minutes: 10,
            emails_per_minute: 60,
            emails_per_day_without_account: 2_000,
            sign_in_after_reset: true,
            sign_up: false,
            members_create_teams: false,
            account_deletion: false,
            limits: SourceLimits::default(),
            names: NamePolicy::default(),
            public_keys: false,
            key_sign_in: false,
            max_sessions_per_account: SESSIONS_PER_ACCOUNT,
            activity_days: ACTIVITY_DAYS,
            services: ServiceRules::default(),
            ldap: ServiceRules::default(),
            directory_tries: DIRECTORY_TRIES,
            directory_deadline: directory::LONGEST,
        }
    }
}

/// The service. One for the whole program, shared by all sessions.
#[derive(Debug)]
pub struct Accounts {
    store: Store,
    keyring: Arc<SharedKeyring>,
    hasher: Hasher,
    outbox: Outbox,
    clock: Clock,
    entropy: Entropy,
    /// Replaced by [`Accounts::reload`], as the limits are.
    policy: RwLock<Arc<Policy>>,
    limits: RwLock<Arc<SourceLimits>>,
    rules: Rules,
    revocations: Revocations,
    sessions: LiveSessions,
    /// Where accounts and passwords live, if not in the store.
    directory: Option<DirectoryAccess>,
    /// When a write was last tried for somebody who asked whether the service works, and did work.
    last_write: tokio::sync::Mutex<Option<std::time::Instant>>,
    /// When the gauges were last brought up to date, and whether the store worked.
    observed: tokio::sync::Mutex<Option<(std::time::Instant, bool)>>,
    /// Whose try is under way in each bucket of sign-ins.
    turns: BucketTurns,
    /// What sources were refused lately.
    refusals: Mutex<Refusals>,
    /// How often each source has looked public keys up.
    lookups: Mutex<Lookups>,
    /// Rung when a reset request was written down.
    reset_requested: Notify,
    /// The requests under way, also those whose session is gone.
    requests: TaskTracker,
}

impl Accounts {
    /// Puts the service together. Nothing runs before [`Accounts::run_workers`].
    #[must_use]
    pub fn open(parts: AccountsParts) -> Arc<Self> {
        let AccountsParts { store, keyring, hasher, mailer, clock, entropy, policy, rules, directory, node } =
            parts;
        let store = store.chained(keyring.clone(), entropy.clone());
        let sessions = LiveSessions::new(new_id(clock.now(), &entropy));
        let outbox = Outbox::new(
            store.clone(),
            keyring.clone(),
            mailer,
            (clock.clone(), entropy.clone()),
            node,
            rules.emails_per_minute,
        );
        let directory = directory.map(|directory| DirectoryAccess::new(directory, rules.directory_deadline));
        Arc::new(Self {
            store,
            keyring,
            hasher,
            turns: BucketTurns::default(),
            outbox,
            clock,
            entropy,
            policy: RwLock::new(Arc::new(policy)),
            limits: RwLock::new(Arc::new(rules.limits.clone())),
            rules,
            revocations: Revocations::default(),
            sessions,
            directory,
            last_write: tokio::sync::Mutex::default(),
            observed: tokio::sync::Mutex::default(),
            refusals: Mutex::default(),
            lookups: Mutex::default(),
            reset_requested: Notify::new(),
            requests: TaskTracker::new(),
        })
    }

    /// From now on what is checked goes by these; all or, with an error, nothing of it.
    ///
    /// # Errors
    /// A template cannot be used.
    pub fn reload(
        &self,
        policy: Policy,
        limits: SourceLimits,
        templates: Templates,
    ) -> Result<(), MailFault> {
        self.outbox.replace_templates(templates)?;
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(limits);
        Ok(())
    }

    fn policy(&self) -> Arc<Policy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn limits(&self) -> Arc<SourceLimits> {
        self.limits.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What pages and emails say of the portal.
    #[must_use]
    pub fn portal(&self) -> &PortalInfo {
        self.outbox.portal()
    }

    /// The context of a new session. `client` is made inert and cut to 64 characters.
    #[must_use]
    pub fn request_context(&self, source: Source, client: &str) -> RequestContext {
        RequestContext {
            source,
            client: inert(client, 64),
            session: new_id(self.clock.now(), &self.entropy),
            proven: None,
            offered_keys: Arc::default(),
            is_interactive: false,
            language: Language::default(),
        }
    }

    /// The same with a new session id: signing out and in again begins another session.
    #[must_use]
    pub fn renewed_context(&self, cx: &RequestContext) -> RequestContext {
        RequestContext { session: new_id(self.clock.now(), &self.entropy), ..cx.clone() }
    }

    /// Carries out one request in a task of its own, to its end even if the caller does not wait for it.
    pub fn start(self: &Arc<Self>, cx: &RequestContext, request: Request) -> JoinHandle<Reply> {
        let (accounts, cx) = (self.clone(), cx.clone());
        let carried_out = async move {
            tracing::debug!("a request began");
            accounts.handle(&cx, request).await
        };
        // What is found out of whom the request is about.
        let span = tracing::error_span!("request", account = Empty, name_hash = Empty);
        self.requests.spawn(carried_out.instrument(span))
    }

    /// Resolves when every request that was started has its reply. Call it when nobody starts any more.
    pub async fn requests_done(&self) {
        self.requests.close();
        self.requests.wait().await;
    }

    /// Carries out one request. Never fails: a fault is logged and becomes [`Refusal::Unavailable`] with the id
    /// that the log has too. All of it together waits for the database no longer than one transaction may.
    pub async fn handle(&self, cx: &RequestContext, request: Request) -> Reply {
        let kind = (&request).into();
        if let Some(member) = request.member() {
            Span::current().record("account", member.name());
        }
        let (priority, requester) = request.waits_as(cx.source);
        let reply = within_deadline(priority, requester, self.answer(cx, request)).await;
        log_reply(kind, &reply);
        reply
    }

    /// Carries out a lookup for somebody at `source` who is about to authenticate: it waits for the database as sign-ins
    /// do, and not as the service's own work.
    pub async fn of_stranger<T>(&self, source: Source, lookup: impl Future<Output = T>) -> T {
        within_deadline(Priority::SignIn, Requester::unknown(source), lookup).await
    }

    async fn answer(&self, cx: &RequestContext, request: Request) -> Reply {
        if !request.is_possible_with(self.capabilities()) {
            return Reply::Refused(Refusal::KeptInDirectory);
        }
        if !request.is_fresh(self.clock.now()) {
            return Reply::ReauthenticateFirst(Box::new(request));
        }
        if let Some(member) = request.asks_directory().then(|| request.member()).flatten()
            && let Err(error) = Box::pin(self.require_in_directory(member)).await
        {
            return Reply::Refused(self.refusal_of(error));
        }
        // Each story's future is boxed: an idle session should not carry room for the largest.
        let done = match request {
            Request::SignIn { name, password } => Box::pin(self.sign_in(cx, &name, &password)).await,
            Request::SignInWithKey { key, name } => {
                Box::pin(self.sign_in_with_key(cx, &key, name.as_deref())).await
            }
            Request::RequestCode { name } => Box::pin(self.request_code(cx, &name)).await,
            Request::ProveCode { name, requests, code } => {
                Box::pin(self.prove_code(cx, &name, &requests, &code)).await
            }
            Request::ResetPassword { name, requests, code, password, second_factor } => {
                let meant = (name.as_str(), requests.as_slice());
                Box::pin(self.reset_password(cx, meant, &code, &password, second_factor.as_ref())).await
            }
            Request::SetPassword { grant, password } => {
                Ok(Box::pin(self.set_password(cx, grant, &password)).await)
            }
            Request::ChangePassword { member, current, new } => {
                Box::pin(self.change_password(cx, &member, &current, &new)).await.map(Reply::PasswordChanged)
            }
            Request::Reauthenticate { member, password, second_factor } => {
                Box::pin(self.reauthenticate(cx, &member, &password, second_factor))
                    .await
                    .map(Reply::Reauthenticated)
            }
            Request::Teams(member, request) => {
                Box::pin(self.teams(cx, &member, request)).await.map(Reply::Teams)
            }
            Request::Deletion(member, request) => {
                Box::pin(self.deletion(cx, &member, request)).await.map(Reply::Deletion)
            }
            Request::SecondFactor(member, request) => {
                Box::pin(self.second_factor(cx, &member, request)).await.map(Reply::SecondFactor)
            }
            Request::ProveSecondFactor(attempt) => Box::pin(self.prove_second_factor(cx, attempt)).await,
            Request::Profile(member, request) => {
                Box::pin(self.profile(cx, &member, request)).await.map(Reply::Profile)
            }
            Request::Activity(member, request) => {
                Box::pin(self.activity(cx, &member, request)).await.map(Reply::Activity)
            }
            Request::Support(member, request) => {
                Box::pin(self.support(cx, &member, request)).await.map(Reply::Support)
            }
            Request::GuestSupport(request) => {
                Box::pin(self.guest_support(cx, request)).await.map(Reply::GuestSupport)
            }
            Request::Keys(member, request) => {
                Box::pin(self.keys(cx, &member, request)).await.map(Reply::Keys)
            }
            Request::Review { member } => {
                Box::pin(self.review_account(cx, &member)).await.map(Box::new).map(Reply::Review)
            }
            Request::Sessions(member, request) => {
                Box::pin(self.sessions(cx, &member, request)).await.map(Reply::Sessions)
            }
            Request::ResetAddress(request) => Box::pin(self.reset_address(cx, request)).await,
            Request::Join(request) => Box::pin(self.join(cx, request)).await.map(Reply::Join),
            Request::Setup(request) => Box::pin(self.set_up(cx, request)).await.map(Reply::Setup),
            Request::Undo(request) => Box::pin(self.undo(cx, request)).await.map(Reply::Undo),
            Request::PublicKeys { name } => {
                Box::pin(self.public_keys(cx, &name)).await.map(Reply::PublicKeys)
            }
            Request::Verify(request) => Box::pin(self.verify(cx, request)).await,
            Request::Ldap(request) => Box::pin(self.ldap(cx, *request)).await,
            Request::Status => Box::pin(self.status()).await.map(Reply::Status),
            Request::SignOut { member } => {
                Box::pin(self.sign_out(cx, &member)).await.map(|()| Reply::SignedOut)
            }
        };
        done.unwrap_or_else(|error| Reply::Refused(self.refusal_of(error)))
    }

    /// Runs everything that goes on beside the sessions until `stop`: resolving reset requests, sending emails,
    /// ending sessions that were revoked elsewhere or whose owner has left the directory, keeping the list of sessions true, deleting what is old, continuing the
    /// chain of the audit log.
    pub async fn run_workers(self: Arc<Self>, stop: CancellationToken) {
        tokio::join!(
            self.resolve_reset_requests_until(&stop),
            self.outbox.run_until(&stop),
            self.watch_revocations_until(&stop),
            self.run_housekeeping_until(&stop),
            self.link_waiting_events_until(&stop),
            self.keep_sessions_until(&stop),
            self.check_sessions_in_directory_until(&stop),
            self.void_due_passwords_until(&stop),
        );
    }

    /// The refusal that an error is answered with.
    fn refusal_of(&self, error: Error) -> Refusal {
        match error {
            Error::Refused(Refusal::TryLater(wait)) => Refusal::TryLater(wait.told_at(self.clock.now())),
            Error::Refused(refusal) => refusal,
            Error::Fault(fault) if fault.is_of_unknown_outcome() => {
                Refusal::OutcomeUnknown(self.log_fault(&fault))
            }
            Error::Fault(fault) => self.unavailable(&fault),
        }
    }

    /// The refusal that an unexpected failure is answered with; it quotes the id in the log.
    pub(crate) fn unavailable(&self, fault: &impl std::fmt::Display) -> Refusal {
        Refusal::Unavailable(self.log_fault(fault))
    }

    /// Logs an unexpected failure and gives its fresh id.
    pub(crate) fn log_fault(&self, fault: &impl std::fmt::Display) -> String {
        metrics().request_faults.add();
        let id = format!("{:08x}", u32::from_be_bytes(self.entropy.bytes()));
        tracing::error!(id, %fault, "a request failed");
        id
    }
}

/// Every refusal is a line, and every request for a reset code: it leaves no other trace before it is resolved. What was
/// done is logged as it is committed, what failed where it failed.
fn log_reply(request: &'static str, reply: &Reply) {
    match reply {
        Reply::Refused(Refusal::Unavailable(_) | Refusal::OutcomeUnknown(_))
        | Reply::PasswordNotSet(_, Refusal::Unavailable(_) | Refusal::OutcomeUnknown(_)) => {}
        Reply::Refused(refusal) | Reply::PasswordNotSet(_, refusal) => {
            metrics().refusals.add(refusal.id());
            // With a budget of their own: cheap lines must not crowd wrong guesses out of the log.
            if WRONG_GUESSES.iter().any(|guess| guess.id() == refusal.id()) {
                record!(to GUESSES; Refused, request, reason = refusal.id());
            } else {
                record!(Refused, request, reason = refusal.id());
            }
        }
        Reply::CodeRequested(requested) => {
            metrics().reset_requests.add();
            record!(ResetRequested, request, reset_request = requested.request.as_str());
        }
        _ => {}
    }
}
