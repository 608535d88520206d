//! Builds the parts of the service from the settings.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use strum::VariantArray as _;
use tokio::sync::mpsc;

use super::node;
use crate::accounts::hashing::Hasher;
use crate::accounts::{Accounts, AccountsParts, EventKind, Rules, ServiceRules, SourceLimits, begin_clock};
use crate::clock::Clock;
use crate::config::keys::KeysFault;
use crate::config::{
    self, AfterReset, ConfigError, DirectoryKind, DirectoryPasswordChange, DirectoryResetAs, LogFormat,
    Settings, SignUp, TeamCreation,
};
use crate::directory::Directory;
use crate::directory::active_directory::ActiveDirectory;
use crate::directory::command::Command;
use crate::directory::ldap::{Attributes, Ldap, LdapSettings, PasswordChange, ResetAs};
use crate::domain::entropy::Entropy;
use crate::domain::hook::{DeliveryPriority, Hook, HookTarget, SharedHooks};
use crate::domain::keyring::{Keyring, SharedKeyring};
use crate::domain::name::NamePolicy;
use crate::domain::relay::Relay;
use crate::domain::service::{AllowedPeers, PeerFault};
use crate::domain::throttle::{self, CODE_LIFE_CAP_MS, Limit};
use crate::domain::timestamp::Timestamp;
use crate::hooks::Hooks;
use crate::ldap::tls::TlsIdentity;
use crate::log::{self, Log, LogOptions};
use crate::mail::Mailer;
use crate::mail::smtp::Smtp;
use crate::mail::templates::Templates;
use crate::mail::transport::{SentEmail, Transport};
use crate::programs::{Programs, trouble_with};
use crate::session::{PageUsers, SessionLimits};
use crate::ssh;
use crate::ssh::host_key::{self, HostKey, HostKeyError, HostKeyFile};
use crate::store::Store;

/// Longest session of a guest.
const SESSION_GUEST: Duration = Duration::from_mins(30);
/// Added to every time limit before the connection itself is cut, so that the session ends first and can say why.
const SAFETY_NET: Duration = Duration::from_mins(1);

/// How long closing the store may take: as long as a transaction may.
const CLOSING: Duration = Duration::from_secs(6);

/// The service of an operator's command. It commits emails, and leaves sending them to a server: the relay's password may
/// be the server's alone to read.
pub(super) async fn accounts(settings: &Settings) -> anyhow::Result<Arc<Accounts>> {
    let mailer = mailer_without_login(settings)?;
    let directory = directory(settings, directory_programs(settings)?)?;
    let node = node::fresh_id(&Entropy::System);
    let mut parts = parts_with(settings, mailer, source_limits(settings), directory, node).await?;
    parts.store = parts.store.telling(shared(hooks_without_secrets(settings)?));
    Ok(Accounts::open(parts))
}

/// The service of a server that listens at `address`, and its hooks.
pub(super) async fn accounts_of_a_server(
    settings: &Settings,
    address: SocketAddr,
    programs: ProgramRunners,
) -> anyhow::Result<(Arc<Accounts>, Arc<Hooks>)> {
    let node = node::id_at(address, &Entropy::System);
    let hooks = shared(hooks(settings)?);
    let directory = directory(settings, programs.directory)?;
    let mut parts = parts_with(settings, mailer(settings)?, source_limits(settings), directory, node).await?;
    parts.store = parts.store.telling(hooks.clone());
    let means = (parts.clock.clone(), parts.entropy.clone());
    let hooks = Hooks::new(parts.store.clone(), means, parts.node.clone(), hooks, programs.hooks);
    Ok((Accounts::open(parts), Arc::new(hooks)))
}

/// The hooks of a portal as an operator's command has them.
pub(super) async fn hooks_of_a_portal(settings: &Settings, hooks: Vec<Hook>) -> anyhow::Result<Hooks> {
    refuse_an_empty_database(settings).await?;
    let hooks = shared(hooks);
    let store = Store::open_with(&settings.store.url, settings.store.prepared_statements).await?;
    let means = (begin_clock(&store).await?, Entropy::System);
    Ok(Hooks::new(store, means, node::fresh_id(&Entropy::System), hooks, hook_programs(settings)?))
}

/// The hooks without their secrets, which may be the service's alone to read.
pub(super) fn hooks_without_secrets(settings: &Settings) -> Result<Vec<Hook>, ConfigError> {
    settings.hooks_without_secrets(&event_kinds())
}

/// The hooks that the settings name, with their secrets.
pub(super) fn hooks(settings: &Settings) -> Result<Vec<Hook>, ConfigError> {
    settings.hooks(&event_kinds())
}

fn shared(hooks: Vec<Hook>) -> SharedHooks {
    SharedHooks::new(hooks, |kind| {
        kind.parse().map_or(DeliveryPriority::Normal, EventKind::delivery_priority)
    })
}

/// The kinds of events that hooks are told of.
pub(super) fn event_kinds() -> Vec<&'static str> {
    EventKind::VARIANTS.iter().filter(|kind| kind.is_told_to_hooks()).map(|kind| kind.as_str()).collect()
}

pub(super) fn source_limits(settings: &Settings) -> SourceLimits {
    let set = &settings.limits;
    let limit = |count, limit: Limit| Limit { count, ..limit };
    SourceLimits {
        tries_per_source: limit(set.tries_per_source, throttle::TRIES_PER_SOURCE),
        requests_per_source: limit(set.reset_requests_per_source, throttle::REQUESTS_PER_SOURCE),
        identifiers_per_source: limit(set.reset_names_per_source, throttle::IDENTIFIERS_PER_SOURCE),
        verification_codes_per_source: limit(
            set.verification_codes_per_source,
            throttle::VERIFICATION_CODES_PER_SOURCE,
        ),
        cases_per_source: limit(set.cases_per_source, throttle::CASES_PER_SOURCE),
        guest_cases_per_source: limit(set.guest_cases_per_source, throttle::GUEST_CASES_PER_SOURCE),
        key_lookups_per_source: limit(set.key_lookups_per_source, throttle::KEY_LOOKUPS_PER_SOURCE),
        accounts_per_source: set.accounts_per_source,
        trusted_networks: set.trusted_networks.clone(),
    }
}

fn service_rules(settings: &Settings) -> ServiceRules {
    let set = &settings.verify;
    ServiceRules {
        second_factor: set.second_factor,
        tries_per_service: Limit { count: set.tries_per_service, ..throttle::TRIES_PER_SERVICE },
        tries_per_source: Limit { count: set.tries_per_source, ..throttle::SERVICE_TRIES_PER_SOURCE },
    }
}

fn ldap_rules(settings: &Settings) -> ServiceRules {
    let set = &settings.ldap;
    ServiceRules {
        second_factor: set.second_factor,
        tries_per_service: Limit { count: set.tries_per_service, ..throttle::TRIES_PER_SERVICE },
        tries_per_source: Limit { count: set.tries_per_source, ..throttle::SERVICE_TRIES_PER_SOURCE },
    }
}

/// Wrong passwords that a directory is asked about.
fn directory_tries(settings: &Settings) -> Limit {
    let set = &settings.directory;
    let window_ms = i64::try_from(set.wrong_passwords_window.as_millis()).unwrap_or(i64::MAX);
    Limit { count: set.max_wrong_passwords, window_ms }
}

/// The certificate of the LDAP server and its key, where it has TLS.
pub(super) fn ldap_identity(settings: &Settings) -> Result<Option<TlsIdentity>, ConfigError> {
    let Some(files) = settings.ldap_certificate()? else { return Ok(None) };
    let read = TlsIdentity::read(&files.chain, files.key.as_bytes());
    Ok(Some(read.map_err(|fault| {
        let (setting, path) = if fault.is_about_key() {
            ("ldap.certificate_key", files.key_path)
        } else {
            ("ldap.certificate", files.path)
        };
        settings.problem(setting, format!("{}: {fault}", path.display()))
    })?))
}

/// Who may ask for passwords to be checked, from the users and groups of this machine.
pub(super) fn verify_peers(settings: &Settings) -> Result<AllowedPeers, PeerFault> {
    // A machine without these files has no names, and numbers are found all the same.
    let read = |file| std::fs::read_to_string(file).unwrap_or_default();
    let set = &settings.verify;
    AllowedPeers::resolve(&set.users, &set.groups, &read("/etc/passwd"), &read("/etc/group"))
}

/// The processes that run the programs of the settings, where these name any: one for the directory and one for hooks, so
/// that none of the two waits for the other. A server starts them before it confines itself.
#[derive(Debug, Default)]
pub(super) struct ProgramRunners {
    directory: Option<Arc<Programs>>,
    hooks: Option<Arc<Programs>>,
}

impl ProgramRunners {
    pub(super) fn start(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(trouble) = settings.directory_command().and_then(trouble_with) {
            return Err(settings.problem("directory.command", trouble).into());
        }
        Ok(Self { directory: directory_programs(settings)?, hooks: hook_programs(settings)? })
    }
}

/// The process that runs the program of the directory, if that is behind one.
pub(super) fn directory_programs(settings: &Settings) -> anyhow::Result<Option<Arc<Programs>>> {
    start_programs(settings.directory_command().map(Path::to_owned).as_slice())
}

fn hook_programs(settings: &Settings) -> anyhow::Result<Option<Arc<Programs>>> {
    let commands = hooks_without_secrets(settings)?.into_iter().filter_map(|hook| match hook.target {
        HookTarget::Command(path) => Some(path),
        HookTarget::Webhook(_) => None,
    });
    start_programs(&commands.collect::<Vec<_>>())
}

fn start_programs(named: &[PathBuf]) -> anyhow::Result<Option<Arc<Programs>>> {
    if named.is_empty() {
        return Ok(None);
    }
    let programs = Programs::start(named).context("the process that runs programs does not start")?;
    Ok(Some(Arc::new(programs)))
}

/// Where accounts and passwords live, if not in the store.
pub(super) fn directory(
    settings: &Settings,
    programs: Option<Arc<Programs>>,
) -> anyhow::Result<Option<Arc<dyn Directory>>> {
    let (set, can) = (&settings.directory, settings.capabilities());
    Ok(match (set.kind, programs) {
        (DirectoryKind::Own, _) => None,
        (DirectoryKind::Ldap, _) => {
            let ldap = Ldap::new(&ldap_settings(settings, LdapSettings::default())?, Entropy::System);
            Some(Arc::new(ldap.map_err(|fault| settings.problem_of_directory(fault.setting, fault.reason))?))
        }
        (DirectoryKind::ActiveDirectory, _) => {
            let ad = ActiveDirectory::new(&ldap_settings(settings, LdapSettings::active_directory())?);
            Some(Arc::new(ad.map_err(|fault| settings.problem_of_directory(fault.setting, fault.reason))?))
        }
        (DirectoryKind::Command, programs) => {
            let none = "no process runs directory.command";
            let (programs, command) = programs.zip(set.command.clone()).context(none)?;
            Some(Arc::new(Command::new(programs, command, set.timeout, can)))
        }
    })
}

/// What the settings say, and `usual` where they say nothing.
fn ldap_settings(settings: &Settings, usual: LdapSettings) -> Result<LdapSettings, ConfigError> {
    let set = &settings.directory;
    let or = |said: &Option<String>, usual: String| said.clone().unwrap_or(usual);
    let urls = set.urls.split(',').map(str::trim).filter(|url| !url.is_empty()).map(str::to_owned).collect();
    let names = usual.attributes;
    let attributes = Attributes {
        id: or(&set.id_attribute, names.id),
        name: or(&set.name_attribute, names.name),
        email: or(&set.email_attribute, names.email),
        display_name: or(&set.display_name_attribute, names.display_name),
        ssh_key: if set.ssh_keys {
            or(&set.ssh_key_attribute, "sshPublicKey".to_owned())
        } else {
            String::new()
        },
        group_name: or(&set.group_name_attribute, names.group_name),
    };
    Ok(LdapSettings {
        urls,
        starttls: set.starttls,
        ca_file: set.ca_file.clone(),
        bind_dn: set.bind_dn.clone().unwrap_or_default(),
        bind_password: settings.directory_password()?,
        user_base: set.user_base.clone(),
        user_filter: or(&set.user_filter, usual.user_filter),
        group_base: set.group_base.clone().filter(|_| set.groups),
        group_filter: or(&set.group_filter, usual.group_filter),
        attributes,
        password_change: match set.password_change {
            DirectoryPasswordChange::Auto => PasswordChange::Auto,
            DirectoryPasswordChange::Exop => PasswordChange::Exop,
            DirectoryPasswordChange::Modify => PasswordChange::Modify,
        },
        reset_as: match set.reset_as {
            DirectoryResetAs::Service => ResetAs::Service,
            DirectoryResetAs::User => ResetAs::User,
        },
        timeout: set.timeout,
        connections: set.connections,
    })
}

/// Carries out an operator's `work` on the service, and closes the store behind it.
pub(super) async fn with_accounts(
    settings: &Settings,
    work: impl AsyncFnOnce(&Arc<Accounts>) -> anyhow::Result<u32>,
) -> anyhow::Result<u32> {
    let accounts = accounts(settings).await?;
    let done = work(&accounts).await;
    close(settings, &accounts).await;
    done
}

/// Closes the store, so that the file of SQLite is whole by itself.
pub(super) async fn close(settings: &Settings, accounts: &Accounts) {
    if accounts.count_users().await.is_ok_and(|count| count > 0) {
        config::keys_in_use::note(&settings.keys.secret_keys);
    }
    if tokio::time::timeout(CLOSING, accounts.close()).await.is_err() {
        tracing::warn!("the database was not closed in time");
    }
}

/// What emails are made of and sent with.
pub(super) fn mailer(settings: &Settings) -> anyhow::Result<Mailer> {
    mailer_to(settings, settings.relay()?)
}

/// What emails are made of, and how to reach the relay but for the login.
pub(super) fn mailer_without_login(settings: &Settings) -> anyhow::Result<Mailer> {
    mailer_to(settings, settings.relay_without_login()?)
}

fn mailer_to(settings: &Settings, relay: Option<Relay>) -> anyhow::Result<Mailer> {
    let transport = match relay {
        Some(relay) => Transport::Smtp(Box::new(Smtp::new(&relay)?)),
        None => Transport::File { directory: settings.mail.directory.clone() },
    };
    mailer_on(settings, transport)
}

fn mailer_on(settings: &Settings, transport: Transport) -> anyhow::Result<Mailer> {
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    Ok(Mailer::new(settings.portal(), templates, transport)?)
}

/// The service of a demo: emails are also shown, and rate limits per source are high because everybody comes from this
/// machine.
pub(super) async fn accounts_of_a_demo(
    settings: &Settings,
    shown: mpsc::UnboundedSender<SentEmail>,
) -> anyhow::Result<Arc<Accounts>> {
    let plenty = Limit { count: 1_000, window_ms: 60_000 };
    let limits = SourceLimits {
        tries_per_source: plenty,
        requests_per_source: plenty,
        identifiers_per_source: plenty,
        key_lookups_per_source: plenty,
        ..source_limits(settings)
    };
    let transport = Transport::Print { directory: settings.mail.directory.clone(), shown };
    let node = node::fresh_id(&Entropy::System);
    Ok(Accounts::open(parts_with(settings, mailer_on(settings, transport)?, limits, None, node).await?))
}

async fn parts_with(
    settings: &Settings,
    mailer: Mailer,
    limits: SourceLimits,
    directory: Option<Arc<dyn Directory>>,
    node: String,
) -> anyhow::Result<AccountsParts> {
    refuse_an_empty_database(settings).await?;
    let store = Store::open_with(&settings.store.url, settings.store.prepared_statements).await?;
    let entropy = Entropy::System;
    let policy = settings.policy()?;
    let clock = begin_clock(&store).await?;
    let keyring = Arc::new(SharedKeyring::new(keyring(settings, &store, &entropy, clock.now()).await?));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = settings.hash_workers(cores);
    let hasher = Hasher::start(settings.hash_params(), keyring.clone(), entropy.clone(), workers)
        .context("the hashing threads did not start")?;
    let rules = Rules {
        code_ttl_minutes: settings.code.ttl_minutes,
        emails_per_minute: settings.mail.max_per_minute,
        emails_per_day_without_account: settings.mail.max_per_day_without_account,
        sign_in_after_reset: settings.portal.after_reset == AfterReset::Dashboard,
        sign_up: settings.portal.sign_up == SignUp::Open,
        members_create_teams: settings.teams.create == TeamCreation::Members,
        account_deletion: settings.account.deletion,
        limits,
        names: name_policy(settings),
        public_keys: settings.portal.public_keys,
        key_sign_in: settings.auth.key_sign_in,
        max_sessions_per_account: settings.ssh.max_sessions_per_account,
        activity_days: settings.audit.retention_days,
        services: service_rules(settings),
        ldap: ldap_rules(settings),
        directory_tries: directory_tries(settings),
        directory_deadline: Rules::default().directory_deadline,
    };
    Ok(AccountsParts { store, keyring, hasher, mailer, clock, entropy, policy, rules, directory, node })
}

/// Makes what a first start makes, the secret keys and the host keys, and closes the store again. What cannot be used, and
/// what is missing beside accounts, is left to be reported by whoever needs it.
pub(super) async fn make_keys(settings: &Settings) -> anyhow::Result<()> {
    refuse_an_empty_database(settings).await?;
    let store = Store::open_with(&settings.store.url, settings.store.prepared_statements).await?;
    let made = make_keys_of(settings, &store).await;
    store.close().await;
    made
}

async fn make_keys_of(settings: &Settings, store: &Store) -> anyhow::Result<()> {
    let now = begin_clock(store).await?.now();
    keyring(settings, store, &Entropy::System, now).await?;
    let has_accounts = store.has_accounts().await?;
    let made = host_key::load_or_make(&host_key_files(settings), has_accounts, &mut Entropy::System);
    if has_accounts { Ok(()) } else { Ok(made.map(|_| ())?) }
}

/// The secret keys, created on the first start. If the store already has accounts, new keys would make every password
/// wrong, so a missing file is an error then.
async fn keyring(
    settings: &Settings,
    store: &Store,
    entropy: &Entropy,
    now: Timestamp,
) -> anyhow::Result<Keyring> {
    let path = &settings.keys.secret_keys;
    let has_accounts = store.has_accounts().await?;
    if let Some(keyring) = config::keys::load(path)? {
        if has_accounts {
            config::keys_in_use::note(path);
        }
        let foreign = Box::pin(crate::accounts::admin::key_of_another_node(store, &keyring, now)).await?;
        return match foreign {
            None => Ok(keyring),
            Some(id) => {
                let reason = format!(
                    "lacks the key {id}, which is current at another node: copy the file from that node"
                );
                Err(KeysFault { path: path.clone(), reason }.into())
            }
        };
    }
    if has_accounts {
        return Err(lost_keys(path).into());
    }
    config::keys_in_use::forget(path);
    // Both kinds of keys are made together: accounts may be added before the portal is first served.
    host_key::load_or_make(&host_key_files(settings), false, &mut Entropy::System)?;
    Ok(config::keys::load_or_create(path, entropy, now)?)
}

pub(super) fn lost_keys(path: &Path) -> KeysFault {
    let reason = "is missing, but the database has accounts whose passwords need it: restore it from a backup, or set its \
                  path in keys.secret_keys";
    KeysFault { path: path.to_owned(), reason: reason.to_owned() }
}

/// Refuses a database without accounts beside keys that accounts were once kept with, before anything is made.
async fn refuse_an_empty_database(settings: &Settings) -> anyhow::Result<()> {
    let path = &settings.keys.secret_keys;
    if !config::keys_in_use::is_noted(path) {
        return Ok(());
    }
    let found = Store::open_existing(&settings.store.url, settings.store.prepared_statements).await?;
    let has_accounts = match found {
        Some(store) => {
            let has_accounts = store.has_accounts().await;
            // A journal left here would be taken for that of the restored backup.
            store.close().await;
            has_accounts?
        }
        None => false,
    };
    if has_accounts { Ok(()) } else { Err(keys_of_a_lost_database(path).into()) }
}

pub(super) fn keys_of_a_lost_database(path: &Path) -> KeysFault {
    let reason = format!(
        "the secret keys exist, but the database is empty: restore the backup, or correct store.url, or remove this file to \
         begin anew ({} says that there were accounts)",
        config::keys_in_use::note_of(path).display()
    );
    KeysFault { path: path.to_owned(), reason }
}

/// The files of the host keys, in the order of preference.
pub(super) fn host_key_files(settings: &Settings) -> Vec<HostKeyFile> {
    HostKeyFile::all(&settings.ssh.host_key, &settings.ssh.host_keys)
}

/// The host keys. Like the secret keys they are created on the first start, and an error when they are missing later.
pub(super) async fn host_keys(settings: &Settings, accounts: &Accounts) -> anyhow::Result<Vec<HostKey>> {
    let files = host_key_files(settings);
    let is_any_missing = files.iter().any(|file| !file.path.try_exists().unwrap_or(true));
    let has_accounts = is_any_missing && accounts.count_users().await? > 0;
    let mut keys = host_key::load_or_make(&files, has_accounts, &mut Entropy::System)?;
    certify(settings, &mut keys)?;
    Ok(keys)
}

/// Gives the certificate that the settings name, if any, to its host key.
pub(super) fn certify(settings: &Settings, keys: &mut [HostKey]) -> Result<(), HostKeyError> {
    match &settings.ssh.host_certificate {
        Some(path) => host_key::certify(keys, path, Clock::wall_clock()),
        None => Ok(()),
    }
}

/// Reserved is also what opens a page of other portals: people are used to it.
fn name_policy(settings: &Settings) -> NamePolicy {
    let (ours, usual) = (page_users(settings), page_users(&Settings::default()));
    let reserved = ours.all().into_iter().chain(usual.all()).cloned().collect();
    NamePolicy { unicode: settings.portal.unicode_names, reserved }
}

pub(super) fn page_users(settings: &Settings) -> PageUsers {
    PageUsers {
        account: settings.ssh.account_user.clone(),
        guest: settings.ssh.guest_user.clone(),
        forgot: settings.ssh.forgot_user.clone(),
        reset: settings.ssh.reset_user.clone(),
        undo: settings.ssh.undo_user.clone(),
        join: settings.ssh.join_user.clone(),
        setup: settings.ssh.setup_user.clone(),
        keys: settings.ssh.keys_user.clone(),
        support: settings.ssh.support_user.clone(),
    }
}

pub(super) fn session_limits(settings: &Settings) -> SessionLimits {
    let ssh = &settings.ssh;
    SessionLimits {
        idle_guest: ssh.idle_timeout_guest,
        idle_waiting: Duration::from_millis(CODE_LIFE_CAP_MS.unsigned_abs()),
        idle_member: ssh.idle_timeout,
        session_guest: SESSION_GUEST.min(ssh.session_lifetime),
        session_member: ssh.session_lifetime,
    }
}

pub(super) fn ssh_settings(settings: &Settings) -> ssh::settings::SshSettings {
    let ssh = &settings.ssh;
    let defaults = ssh::settings::SshSettings::default();
    let limits = ssh::admission::AdmissionLimits {
        max_startups: ssh.max_startups,
        per_source_max_startups: ssh.per_source_max_startups,
        per_source_max: ssh.per_source_max,
        max_connections: ssh.max_connections,
        penalties: ssh.per_source_penalties.clone(),
        penalty_exempt: ssh.per_source_penalty_exempt_list.clone(),
        trusted_networks: settings.limits.trusted_networks.clone(),
    };
    ssh::settings::SshSettings {
        login_grace_time: ssh.login_grace_time,
        reset_grace_time: ssh.reset_grace_time,
        algorithms: ssh::settings::Algorithms {
            kex: ssh.kex.clone(),
            ciphers: ssh.ciphers.clone(),
            macs: ssh.macs.clone(),
            host_keys: ssh.host_keys.clone(),
        },
        max_sessions: ssh.max_sessions_per_connection,
        idle_connection: ssh.idle_timeout_guest,
        stall_limit: ssh.stall_time,
        client_alive_interval: ssh.client_alive_interval,
        client_alive_count_max: usize::try_from(ssh.client_alive_count_max).unwrap_or(usize::MAX),
        inactivity_limit: ssh.session_lifetime.max(ssh.reset_grace_time) + SAFETY_NET,
        usage: format!(
            "That is no command this portal can read. Type: {}",
            settings.portal().ssh("-t ", &ssh.account_user)
        ),
        guests: vec![ssh.guest_user.clone()],
        proxy_protocol_from: ssh.proxy_protocol_from.clone(),
        limits,
        ..defaults
    }
}

/// Starts the log on standard error. Once in a process.
pub(super) fn start_log(settings: &Settings) -> anyhow::Result<Log> {
    let set = &settings.log;
    let options = LogOptions {
        format: match set.format {
            LogFormat::Text => log::Format::Text,
            LogFormat::Json => log::Format::Json,
        },
        level: set.level.as_str().parse()?,
        limits: log::Limits { per_source: set.lines_per_source, in_all: set.lines_per_second },
        now: Clock::wall_clock,
    };
    Ok(log::start(options))
}
