//! What the service does, one file per story; `request` is the closed list of what may be asked.
//!
//! [`Accounts::handle`] is the one way in for visits, [`Accounts::run_workers`] is what goes on beside
//! them, and `admin` is what an operator's commands may do.

mod activity;
pub mod admin;
mod change_password;
mod confirm;
mod endings;
mod entrance;
mod export;
mod fault;
mod forgot_password;
mod guest_support;
mod happened;
pub mod hashing;
mod housekeeping;
mod join;
mod keys;
mod outbox;
mod passwords;
mod person;
mod postage;
mod profile;
pub mod request;
mod second_step;
mod sign_in;
mod sign_out;
mod status;
mod support;
mod teams;
mod visits;

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use endings::Ending;
pub use fault::Fault;
pub use happened::Happened;
pub use keys::public_keys_in;
pub use profile::Preferences;
pub use visits::Presence;

use crate::clock::Clock;
use crate::domain::chance::Chance;
use crate::domain::id::new_id;
use crate::domain::keyring::Keyring;
use crate::domain::password::Policy;
use crate::domain::source::Source;
use crate::domain::ssh_key::{ProvenKey, SshKey};
use crate::domain::text::inert;
use crate::domain::throttle::{self, Limit};
use crate::mail::Post;
use crate::store::Store;
use endings::Endings;
use hashing::Hasher;
use postage::Postage;
use request::{Refusal, Reply, Request};
use visits::Visits;

/// Who knocks, as the wire tells it.
#[derive(Clone, Debug)]
pub struct Knock {
    /// What throttles count by.
    pub source: Source,
    /// The client's own version line, bounded and inert.
    pub client: String,
    /// The visit's id.
    pub visit: String,
    /// The key that the connection has proven to hold, if any.
    pub proven: Option<ProvenKey>,
    /// Keys that the client has shown and not proven: nothing but a help with typing.
    pub shown: Arc<[SshKey]>,
    /// It stays once it is signed in, so it stands in the list of visits. A command does not: it is over
    /// with its answer.
    pub stays: bool,
}

/// What the service is made of.
#[derive(Debug)]
pub struct Setup {
    /// Where everything is kept.
    pub store: Store,
    /// The secret keys outside the store.
    pub keyring: Arc<Keyring>,
    /// The threads that hash passwords.
    pub hasher: Hasher,
    /// What carries letters.
    pub post: Post,
    /// What reads the time.
    pub clock: Clock,
    /// What draws random bytes.
    pub chance: Chance,
    /// Which new passwords are taken.
    pub policy: Policy,
    /// The rules that an operator may set.
    pub rules: Rules,
}

/// The rules that an operator may set.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long a code is valid after its letter was sent, in minutes.
    pub code_ttl_minutes: i64,
    /// How many letters may leave this node in a minute.
    pub letters_per_minute: i64,
    /// Whether a reset signs the person in.
    pub sign_in_after_reset: bool,
    /// Whether people may make an account without an invitation.
    pub sign_up: bool,
    /// How much one source may ask.
    pub limits: Limits,
    /// Usernames that nobody can take: they open pages of the portal.
    pub reserved_names: Vec<String>,
    /// Whether anybody may read anybody's public keys.
    pub public_keys: bool,
}

/// How much one source may ask. Demos and tests, where everybody is one source, raise these.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Password and code tries from a source that the account does not know.
    pub tries_per_source: Limit,
    /// Wishes for a code.
    pub requests_per_source: Limit,
    /// Different names in wishes for a code.
    pub identifiers_per_source: Limit,
    /// Looks at somebody's public keys.
    pub looks_per_source: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tries_per_source: throttle::TRIES_PER_SOURCE,
            requests_per_source: throttle::REQUESTS_PER_SOURCE,
            identifiers_per_source: throttle::IDENTIFIERS_PER_SOURCE,
            looks_per_source: throttle::LOOKS_PER_SOURCE,
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        let pages = ["account", "guest", "forgot", "reset", "join", "keys", "support"];
        Self {
            code_ttl_minutes: 10,
            letters_per_minute: 60,
            sign_in_after_reset: true,
            sign_up: false,
            limits: Limits::default(),
            reserved_names: pages.map(str::to_owned).to_vec(),
            public_keys: true,
        }
    }
}

/// The service. One for the whole program, shared by all visits.
#[derive(Debug)]
pub struct Accounts {
    store: Store,
    keyring: Arc<Keyring>,
    hasher: Hasher,
    post: Post,
    clock: Clock,
    chance: Chance,
    policy: Policy,
    rules: Rules,
    endings: Endings,
    visits: Visits,
    /// Rung when a wish for a code was written down.
    reset_requested: Notify,
    /// Rung when a letter was committed.
    letter_written: Notify,
    postage: Postage,
}

impl Accounts {
    /// Puts the service together. Nothing runs before [`Accounts::run_workers`].
    #[must_use]
    pub fn open(setup: Setup) -> Arc<Self> {
        let Setup { store, keyring, hasher, post, clock, chance, policy, rules } = setup;
        let visits = Visits::new(new_id(clock.now(), &chance));
        Arc::new(Self {
            store,
            keyring,
            hasher,
            post,
            clock,
            chance,
            policy,
            rules,
            endings: Endings::default(),
            visits,
            reset_requested: Notify::new(),
            letter_written: Notify::new(),
            postage: Postage::default(),
        })
    }

    /// Who knocks, under a fresh visit's id. `client` is made inert and cut to 64 characters.
    #[must_use]
    pub fn knock(&self, source: Source, client: &str) -> Knock {
        Knock {
            source,
            client: inert(client, 64),
            visit: new_id(self.clock.now(), &self.chance),
            proven: None,
            shown: Arc::default(),
            stays: false,
        }
    }

    /// The same under another fresh visit's id: who signs out and in again begins another visit.
    #[must_use]
    pub fn knock_again(&self, knock: &Knock) -> Knock {
        Knock { visit: new_id(self.clock.now(), &self.chance), ..knock.clone() }
    }

    /// Carries out one request. Never fails: an unexpected failure is logged and becomes
    /// [`Refusal::Unavailable`] with the id that stands in the log.
    pub async fn handle(&self, knock: &Knock, request: Request) -> Reply {
        if !request.is_confirmed(self.clock.now()) {
            return Reply::ConfirmFirst(Box::new(request));
        }
        // Each story's future is boxed: a visit that asks nothing should not carry room for the largest.
        let done = match request {
            Request::SignIn { name, password } => Box::pin(self.sign_in(knock, &name, &password)).await,
            Request::SignInWithKey { key, name } => {
                Box::pin(self.sign_in_with_key(knock, &key, name.as_deref())).await
            }
            Request::RequestCode { name } => Box::pin(self.request_code(knock, &name)).await,
            Request::ProveCode { name, requests, code } => {
                Box::pin(self.prove_code(knock, &name, &requests, &code, None)).await
            }
            Request::ProveCodeFor { name, code, password } => {
                Box::pin(self.prove_code(knock, &name, &[], &code, Some(&password))).await
            }
            Request::SetPassword { grant, password } => {
                Ok(Box::pin(self.set_password(knock, grant, &password)).await)
            }
            Request::ChangePassword { member, current, new } => {
                Box::pin(self.change_password(knock, &member, &current, &new)).await
            }
            Request::Confirm { member, password, second_step } => {
                Box::pin(self.confirm(knock, &member, &password, second_step)).await
            }
            Request::Teams(member, ask) => Box::pin(self.teams(knock, &member, ask)).await,
            Request::Security(member, ask) => Box::pin(self.security(knock, &member, ask)).await,
            Request::SecondStep(ask) => Box::pin(self.second_step(knock, ask)).await,
            Request::Profile(member, ask) => Box::pin(self.profile(knock, &member, ask)).await,
            Request::Activity(member, ask) => Box::pin(self.activity(knock, &member, ask)).await,
            Request::Support(member, ask) => Box::pin(self.support(knock, &member, ask)).await,
            Request::GuestSupport(ask) => Box::pin(self.guest_support(knock, ask)).await,
            Request::Keys(member, ask) => Box::pin(self.keys(knock, &member, ask)).await,
            Request::Visits(member, ask) => Box::pin(self.visits(knock, &member, ask)).await,
            Request::ResetAddress(ask) => Box::pin(self.reset_address(knock, ask)).await,
            Request::Join(ask) => Box::pin(self.join(knock, ask)).await,
            Request::PublicKeys { name } => Box::pin(self.public_keys(knock, &name)).await,
            Request::Status => Box::pin(self.status()).await,
            Request::SignOut { member } => Box::pin(self.sign_out(knock, &member)).await,
        };
        done.unwrap_or_else(|fault| Reply::Refused(self.unavailable(&fault)))
    }

    /// Runs everything that goes on beside the visits until `stop`: resolving wishes for codes, sending
    /// letters, ending visits whose account changed elsewhere or that were ended there, keeping
    /// the list of visits true, forgetting what is old.
    pub async fn run_workers(self: Arc<Self>, stop: CancellationToken) {
        tokio::join!(
            self.resolve_reset_requests_until(&stop),
            self.send_letters_until(&stop),
            self.watch_endings_until(&stop),
            self.keep_house_until(&stop),
            self.keep_visits_until(&stop),
        );
    }

    /// Logs an unexpected failure under a fresh id and gives the refusal that quotes it.
    fn unavailable(&self, fault: &Fault) -> Refusal {
        let id = format!("{:08x}", u32::from_be_bytes(self.chance.bytes()));
        tracing::error!(id, %fault, "a request failed");
        Refusal::Unavailable(id)
    }
}
