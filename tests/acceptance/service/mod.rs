//! The service without a user interface: every story on both engines, emails in memory, a manual clock.

mod activity;
mod addresses;
mod after_reset;
mod audit_log;
mod authenticator;
mod chain_cost;
mod clock;
mod code_holders;
mod codes;
mod counted_refusals;
mod deletion;
mod directory;
mod email_language;
mod email_limits;
mod export;
mod former_primary;
mod guest_cases;
mod hash_queue;
mod imports;
mod invitations;
mod keys;
mod keys_proven;
mod limits;
mod lock_order;
mod lost_commits;
mod matrix;
mod names;
mod operators;
mod operators_help;
mod outbox;
mod passwords;
mod profile;
mod refusals;
mod reset_addresses;
mod reset_at_once;
mod reset_order;
mod restores;
mod revocation;
mod same_work;
mod secret_keys;
mod sessions;
mod setup;
mod shared_codes;
mod shared_sources;
mod sign_ins;
mod sign_up;
mod stores;
mod stranger_emails;
mod support;
mod team_members;
mod two_factor;
mod two_factor_guesses;
mod two_factor_off;
mod two_factor_reset;
mod undo;
mod verify;
mod wrong_answers;

use std::sync::Arc;

use doorkey::accounts::admin::NewUser;
use doorkey::accounts::hashing::Hasher;
use doorkey::accounts::request::{
    CodeRequested, Refusal, Reply, Request, RequestId, ResetGrant, SignedIn, teams,
};
use doorkey::accounts::{Accounts, AccountsParts, RequestContext, Rules, SourceLimits};
use doorkey::clock::Clock;
use doorkey::directory::Directory;
use doorkey::domain::capabilities::Capabilities;
use doorkey::domain::entropy::Entropy;
use doorkey::domain::hash::HashParams;
use doorkey::domain::id::new_id;
use doorkey::domain::keyring::{Keyring, SharedKeyring};
use doorkey::domain::name::NamePolicy;
use doorkey::domain::password::Policy;
use doorkey::domain::portal::PortalInfo;
use doorkey::domain::secret::Secret;
use doorkey::domain::source::Source;
use doorkey::domain::throttle::Limit;
use doorkey::domain::timestamp::Timestamp;
use doorkey::mail::Mailer;
use doorkey::mail::memory::MemoryTransport;
use doorkey::mail::templates::Templates;
use doorkey::mail::transport::{SentEmail, Transport};
use doorkey::messages::Language;

use crate::engine::{Engine, Fresh};
use crate::fixture::portal;

/// The password that sample accounts begin with.
pub(crate) const FIRST: &str = "violet engine numbers";
/// The one they get later.
pub(crate) const SECOND: &str = "orange bonds resonate";
/// Where the clock stands at the beginning: 2026-11-22 10:05:09 UTC.
pub(crate) const START: Timestamp = Timestamp::from_epoch_ms(1_795_341_909_000);
pub(crate) const MINUTE: i64 = 60_000;

/// A service on a database of its own.
pub(crate) struct Service {
    pub(crate) fresh: Fresh,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) clock: Clock,
    pub(crate) emails: Arc<MemoryTransport>,
    keyring: Arc<SharedKeyring>,
    /// The file that `keyring` began as.
    key_file: String,
    rules: Rules,
    params: HashParams,
    /// Where accounts and passwords live, if not in the store.
    directory: Option<Arc<dyn Directory>>,
}

/// Rules under which a test's one source may ask as often as it likes.
pub(crate) fn patient() -> Rules {
    let many = Limit { count: 1_000_000, window_ms: MINUTE };
    let limits = SourceLimits {
        tries_per_source: many,
        requests_per_source: many,
        identifiers_per_source: many,
        key_lookups_per_source: many,
        accounts_per_source: 1,
        ..SourceLimits::default()
    };
    let reserved = vec!["support".to_owned(), "forgot".to_owned()];
    let names = NamePolicy { reserved, ..NamePolicy::default() };
    Rules {
        limits,
        emails_per_minute: 1_000_000,
        names,
        public_keys: true,
        members_create_teams: true,
        account_deletion: true,
        ..Rules::default()
    }
}

impl Service {
    /// With limits on sources so high that they do not matter.
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::with(engine, patient()).await
    }

    pub(crate) async fn with(engine: Engine, rules: Rules) -> Self {
        Self::on(Fresh::with_tables(engine).await, rules).await
    }

    pub(crate) async fn on(fresh: Fresh, rules: Rules) -> Self {
        Self::before(fresh, rules, None).await
    }

    /// In front of `directory`, if that is something.
    pub(crate) async fn before(fresh: Fresh, rules: Rules, directory: Option<Arc<dyn Directory>>) -> Self {
        let key_file = Keyring::generate(&Entropy::System, START).to_string();
        let keyring = Arc::new(SharedKeyring::new(Keyring::parse(&key_file).unwrap()));
        let clock = Clock::manual(START);
        let emails = Arc::new(MemoryTransport::default());
        let params = HashParams { memory_kib: 256, passes: 1, ..HashParams::FLOOR };
        let kept = (&rules, directory.as_ref());
        let accounts = open(&fresh, &keyring, &clock, &emails, kept, params).await;
        Self { fresh, accounts, clock, emails, keyring, key_file, rules, params, directory }
    }

    /// Another process on the same database: the same keys, nothing else remembered.
    pub(crate) async fn another(&self) -> Arc<Accounts> {
        self.another_hashing_at(self.params).await
    }

    /// The same, hashing at another cost.
    pub(crate) async fn another_hashing_at(&self, params: HashParams) -> Arc<Accounts> {
        let kept = (&self.rules, self.directory.as_ref());
        open(&self.fresh, &self.keyring, &self.clock, &self.emails, kept, params).await
    }

    /// What a kill and a restart leave: a new process instead of the old one.
    pub(crate) async fn restart(&mut self) {
        self.accounts = self.another().await;
    }

    /// An account with [`FIRST`] as its password and `name@example.org` as its address.
    pub(crate) async fn add(&self, name: &str) {
        self.accounts
            .add_user(NewUser {
                name: name.into(),
                email: format!("{name}@example.org"),
                display_name: String::new(),
                password: Some(Secret::new(FIRST)),
            })
            .await
            .unwrap();
    }

    pub(crate) async fn ask(&self, request: Request) -> Reply {
        self.accounts.handle(&cx("192.0.2.7"), request).await
    }

    pub(crate) async fn try_sign_in(&self, name: &str, password: &str) -> Result<SignedIn, Refusal> {
        self.try_sign_in_from("192.0.2.7", name, password).await
    }

    pub(crate) async fn try_sign_in_from(
        &self,
        from: &str,
        name: &str,
        password: &str,
    ) -> Result<SignedIn, Refusal> {
        let request = Request::SignIn { name: name.into(), password: Secret::new(password) };
        match self.accounts.handle(&cx(from), request).await {
            Reply::SignedIn(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> SignedIn {
        self.try_sign_in(name, password).await.unwrap()
    }

    /// Asks for a code; the workers have not run yet.
    pub(crate) async fn request_code(&self, name: &str) -> CodeRequested {
        match self.ask(Request::RequestCode { name: name.into() }).await {
            Reply::CodeRequested(requested) => requested,
            other => panic!("{other:?}"),
        }
    }

    /// Lets the workers do what there is to do.
    pub(crate) async fn work(&self) {
        while self.accounts.resolve_reset_requests().await.unwrap() > 0 {}
        while self.accounts.send_due_emails().await.unwrap() > 0 {}
    }

    /// Asks for a code, and reads it from the email as a person would.
    pub(crate) async fn receive_code(&self, name: &str) -> (RequestId, String) {
        self.work().await;
        let before = self.emails.emails().len();
        let requested = self.request_code(name).await;
        self.work().await;
        let emails = self.emails.emails();
        assert_eq!(emails.len(), before + 1, "one email for {name}");
        (requested.request, code_in(emails.last().unwrap()))
    }

    pub(crate) async fn prove(
        &self,
        name: &str,
        request: Option<&RequestId>,
        code: &str,
    ) -> Result<ResetGrant, Refusal> {
        let code = Secret::new(code);
        let request =
            Request::ProveCode { name: name.into(), requests: request.cloned().into_iter().collect(), code };
        match self.ask(request).await {
            Reply::MaySetPassword(grant) => Ok(grant),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn set(
        &self,
        grant: ResetGrant,
        password: &str,
    ) -> Result<Option<SignedIn>, (Option<ResetGrant>, Refusal)> {
        match self.ask(Request::SetPassword { grant, password: Secret::new(password) }).await {
            Reply::PasswordSet(member, _) => Ok(member),
            Reply::PasswordNotSet(grant, refusal) => Err((grant, refusal)),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn change(
        &self,
        member: &SignedIn,
        current: &str,
        new: &str,
    ) -> Result<SignedIn, Refusal> {
        let (current, new) = (Secret::new(current), Secret::new(new));
        match self.ask(Request::ChangePassword { member: member.clone(), current, new }).await {
            Reply::PasswordChanged(member) => Ok(member),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// What a member may do while the proof holds.
    pub(crate) async fn teams(&self, member: &SignedIn) -> Result<usize, Refusal> {
        match self.ask(Request::Teams(member.clone(), teams::TeamsRequest::List)).await {
            Reply::Teams(teams::TeamsReply::List(teams)) => Ok(teams.len()),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn later(&self, ms: i64) {
        self.clock.advance_ms(ms);
    }
}

async fn open(
    fresh: &Fresh,
    keyring: &Arc<SharedKeyring>,
    clock: &Clock,
    emails: &Arc<MemoryTransport>,
    (rules, directory): (&Rules, Option<&Arc<dyn Directory>>),
    params: HashParams,
) -> Arc<Accounts> {
    let capabilities = directory.map_or(Capabilities::OWN, |directory| directory.capabilities());
    let portal = PortalInfo { code_ttl_minutes: rules.code_ttl_minutes, capabilities, ..portal() };
    let mailer = Mailer::new(portal, Templates::default(), Transport::Memory(emails.clone())).unwrap();
    Accounts::open(AccountsParts {
        directory: directory.cloned(),
        store: fresh.open().await,
        keyring: keyring.clone(),
        hasher: Hasher::start(params, keyring.clone(), Entropy::System, 2).unwrap(),
        mailer,
        clock: clock.clone(),
        entropy: Entropy::System,
        policy: Policy::default(),
        rules: rules.clone(),
        node: new_id(clock.now(), &Entropy::System),
    })
}

/// What the client of everybody in these tests calls itself: no email repeats what is no name of a client.
pub(crate) const VERSION_LINE: &str = "SSH-2.0-OpenSSH_9.2 Call +1-555-0100";

/// Somebody at `address`.
pub(crate) fn cx(address: &str) -> RequestContext {
    let source = Source::of(address.parse().unwrap());
    let (client, session) = (VERSION_LINE.into(), "a session".into());
    RequestContext {
        source,
        client,
        session,
        proven: None,
        offered_keys: Arc::default(),
        is_interactive: false,
        language: Language::default(),
    }
}

/// The code that stands alone on its line.
pub(crate) fn code_in(email: &SentEmail) -> String {
    find_code(email).expect("a code in the email")
}

/// The same, where the email may be of another kind.
pub(crate) fn find_code(email: &SentEmail) -> Option<String> {
    let is_code = |line: &&str| line.len() == 9 && line.as_bytes()[4] == b'-';
    email.text.lines().map(str::trim).find(is_code).map(str::to_owned)
}

/// A code that is none of `right`, of the right shape.
pub(crate) fn wrong(right: &str) -> String {
    let first = if right.starts_with('B') { 'C' } else { 'B' };
    format!("{first}{}", &right[1..])
}
