//! A directory that speaks LDAP: OpenLDAP, 389-ds, FreeIPA, lldap.
//!
//! People are found by the service account, their passwords are checked and changed as they themselves, on a connection of
//! their own, and set by the service account when they were forgotten. What the password policy says comes in a control.
//!
//! The client is our own, because of what it must hold out: an answer of any size, of any content, or none, without a
//! panic; and to know whether a change may have been made. It has four operations of LDAP and the three controls, and
//! asks one thing after the other.

mod ber;
mod client;
mod connection;
mod filter;
mod message;
mod moment;
mod policy;
mod pool;
mod settings;
mod try_out;
mod url;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

pub use self::settings::{Attributes, LdapSettings, LdapSettingsFault, PasswordChange, ResetAs};

pub(super) use self::client::{Client, Dialect};
pub(super) use self::connection::{Broken, Connection};
pub(super) use self::message::{Change, Code, Outcome};
pub(super) use self::policy::verdict_of_code;
pub(super) use self::try_out::TryOut;

use super::{
    Capabilities, Directory, DirectoryFault, Entry, EntryRef, Finding, LOCATION_CHARS, MustChange,
    PasswordNotSet, PolicyRefusal, Shown, Verdict,
};
use crate::domain::entropy::Entropy;
use crate::domain::password::random_password;
use crate::domain::secret::Secret;
use crate::domain::text::inert;

/// The attribute that passwords are written to.
const PASSWORD: &str = "userPassword";
/// What is said to have been answered with an unexpected code.
pub(super) const PERSON_BIND: &str = "a bind as a person";
/// The moment of `pwdAccountLockedTime` that says: for good, by an administrator.
const LOCKED_FOR_GOOD: &[u8] = b"000001010000Z";

/// A directory that speaks LDAP.
#[derive(Debug)]
pub struct Ldap {
    client: Client,
    password_change: PasswordChange,
    reset_as: ResetAs,
    entropy: Entropy,
    /// Entries any of whose passwords the server has called expired, and when it was asked. A wrong one is then not followed
    /// by another one, which counts in the directory too.
    always_expired: Mutex<HashMap<String, Instant>>,
}

/// How long that is remembered. All it can do is to keep calling a password wrong that the server calls expired.
const ALWAYS_EXPIRED_FOR: Duration = Duration::from_hours(1);
/// How many entries are remembered.
const ALWAYS_EXPIRED_MAX: usize = 1_000;

/// How a password is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Exop,
    Modify,
}

const DIALECT: Dialect = Dialect {
    extra: &[
        "nsAccountLock",
        "pwdAccountLockedTime",
        moment::SHADOW_EXPIRE,
        moment::PRINCIPAL_EXPIRATION,
        moment::END_TIME,
    ],
    is_disabled: |found| {
        let is_true = |value: &&[u8]| value.eq_ignore_ascii_case(b"true");
        found.values("nsAccountLock").iter().any(is_true)
            || found.values("pwdAccountLockedTime").contains(&LOCKED_FOR_GOOD)
    },
    expires_at: moment::expires_at,
    id_to_text: |value| {
        let text = std::str::from_utf8(value).ok()?;
        (!text.is_empty() && text.len() <= 254 && !text.contains(char::is_control)).then(|| text.to_owned())
    },
    id_from_text: |text| Some(text.as_bytes().to_vec()),
};

impl Ldap {
    /// Reads the certificates and checks the settings; asks the directory for nothing.
    pub fn new(settings: &LdapSettings, entropy: Entropy) -> Result<Self, LdapSettingsFault> {
        Ok(Self {
            client: Client::new(settings, DIALECT)?,
            password_change: settings.password_change,
            reset_as: settings.reset_as,
            entropy,
            always_expired: Mutex::default(),
        })
    }

    /// Whether a failed bind that calls the password expired says so because the password was right: a server may look at
    /// its age first, and then says the same of any other.
    async fn is_of_password(&self, dn: &str, deadline: Instant) -> Result<bool, DirectoryFault> {
        let is_remembered = |asked_at: &Instant| asked_at.elapsed() < ALWAYS_EXPIRED_FOR;
        if self.always_expired().get(dn).is_some_and(is_remembered) {
            return Ok(false);
        }
        let (_, answer) = self.bind(dn, &random_password(&self.entropy), deadline).await?;
        let other = policy::verdict(&answer).ok_or_else(|| unexpected(PERSON_BIND, answer.code))?;
        if matches!(other, Verdict::MustChange(_)) {
            let mut always_expired = self.always_expired();
            always_expired.retain(|_, asked_at| is_remembered(asked_at));
            if always_expired.len() < ALWAYS_EXPIRED_MAX {
                always_expired.insert(dn.to_owned(), Instant::now());
            }
        }
        // Anything else, such as a lock that this one has set off, tells nothing of the first one.
        Ok(other == Verdict::Wrong)
    }

    fn always_expired(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.always_expired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn reset_at(&self, dn: &str, new: &Secret, deadline: Instant) -> Result<(), PasswordNotSet> {
        if !self.client.pool.has_account() {
            let why = "bind_dn: a forgotten password is set by a service account, and there is none";
            return Err(DirectoryFault::Misconfigured(why.to_owned()).into());
        }
        let method = self.method(deadline).await?;
        let mut service = self.client.pool.connect_as_service(deadline).await?;
        if self.reset_as == ResetAs::Service {
            return self.set(&mut service, dn, None, new, method, deadline).await;
        }
        if new.is_empty() {
            return Err(PasswordNotSet::Refused(PolicyRefusal::TooShort));
        }
        let random = random_password(&self.entropy);
        self.set(&mut service, dn, None, &random, method, deadline).await?;
        self.change_from(dn, &random, new, method, deadline).await.map_err(|fault| match fault {
            PasswordNotSet::Fault(fault) => DirectoryFault::OutcomeUnknown(format!(
                "the password is a random one now, and the wanted one was not set: {fault}"
            ))
            .into(),
            PasswordNotSet::WrongCurrent => DirectoryFault::Misconfigured(
                "reset_as: the password that the service account has set does not let the person in"
                    .to_owned(),
            )
            .into(),
            PasswordNotSet::Refused(why) => PasswordNotSet::RefusedAfterReset(why),
            refused @ PasswordNotSet::RefusedAfterReset(_) => refused,
        })
    }

    /// Sets a password as the person, who was given the current one a moment ago.
    async fn change_from(
        &self,
        dn: &str,
        current: &Secret,
        new: &Secret,
        method: Method,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        let (mut connection, outcome) = self.bind(dn, current, deadline).await?;
        if !outcome.is_success() {
            return Err(PasswordNotSet::WrongCurrent);
        }
        self.set(&mut connection, dn, Some(current), new, method, deadline).await
    }

    /// Sets a password on a connection whose account may do so.
    async fn set(
        &self,
        connection: &mut Connection,
        dn: &str,
        current: Option<&Secret>,
        new: &Secret,
        method: Method,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        // A server would make one up.
        if new.is_empty() {
            return Err(PasswordNotSet::Refused(PolicyRefusal::TooShort));
        }
        let replace = [Change::Replace(new.expose().as_bytes())];
        let outcome = match method {
            Method::Exop => {
                let current = current.map(Secret::expose);
                connection.password_modify(dn, current, new.expose(), deadline).await
            }
            Method::Modify => connection.modify(dn, PASSWORD, &replace, deadline).await,
        };
        let mut outcome = outcome.map_err(|broken| self.broken(connection, broken))?;
        // 389-ds has the operation and refuses it without TLS, on this machine too.
        if method == Method::Exop
            && self.password_change == PasswordChange::Auto
            && outcome.code == Code::CONFIDENTIALITY_REQUIRED
        {
            outcome = connection
                .modify(dn, PASSWORD, &replace, deadline)
                .await
                .map_err(|broken| self.broken(connection, broken))?;
        }
        if let (Some(current), true) = (current, policy::wants_current(&outcome)) {
            let current = current.expose().as_bytes();
            let changes = [Change::Delete(current), Change::Add(new.expose().as_bytes())];
            outcome = connection
                .modify(dn, PASSWORD, &changes, deadline)
                .await
                .map_err(|broken| self.broken(connection, broken))?;
        }
        if outcome.is_success() {
            return Ok(());
        }
        if let Some(refusal) = policy::refusal(&outcome) {
            return Err(PasswordNotSet::Refused(refusal));
        }
        Err(match outcome.code {
            Code::INVALID_CREDENTIALS if current.is_some() => PasswordNotSet::WrongCurrent,
            Code::NO_SUCH_OBJECT => gone(dn).into(),
            code => unexpected("a new password", code).into(),
        })
    }

    /// How passwords are to be sent to this server.
    async fn method(&self, deadline: Instant) -> Result<Method, DirectoryFault> {
        Ok(match self.password_change {
            PasswordChange::Exop => Method::Exop,
            PasswordChange::Auto if self.client.root(deadline).await?.has_password_modify => Method::Exop,
            PasswordChange::Auto | PasswordChange::Modify => Method::Modify,
        })
    }

    /// Binds as a person, on a connection of their own.
    async fn bind(
        &self,
        dn: &str,
        password: &Secret,
        deadline: Instant,
    ) -> Result<(Connection, Outcome), DirectoryFault> {
        self.client.bind(dn, password.expose(), deadline).await
    }

    fn broken(&self, connection: &Connection, broken: Broken) -> DirectoryFault {
        self.client.pool.is_bad(connection.server());
        self.client.pool.named(connection.server(), broken.while_writing())
    }

    /// An entry that cannot exist, for which the same is asked as for one that does.
    fn nobody(&self) -> EntryRef {
        let id = "00000000-0000-0000-0000-000000000000";
        EntryRef { id: id.to_owned(), at: format!("uid={id},{}", self.client.user_base) }
    }
}

impl Client {
    /// Binds as a person, on a connection of their own. The password is not empty.
    pub(super) async fn bind(
        &self,
        name: &str,
        password: &str,
        deadline: Instant,
    ) -> Result<(Connection, Outcome), DirectoryFault> {
        let mut connection = self.pool.connect(deadline).await?;
        match connection.bind(name, password, deadline).await {
            Ok(outcome) => Ok((connection, outcome)),
            Err(broken) => {
                self.pool.is_bad(connection.server());
                Err(self.pool.named(connection.server(), broken.while_checking()))
            }
        }
    }
}

impl SpeaksLdap for Ldap {
    fn client(&self) -> &Client {
        &self.client
    }

    async fn verify_within(
        &self,
        entry: Option<&EntryRef>,
        password: &Secret,
        deadline: Instant,
    ) -> Result<Verdict, DirectoryFault> {
        // A server takes a name without a password for nobody, and lets nobody in.
        if password.is_empty() {
            return Ok(Verdict::Wrong);
        }
        let nobody = self.nobody();
        let dn = self.client.locate(entry.unwrap_or(&nobody), deadline).await?;
        let (_, outcome) = self.bind(dn.as_deref().unwrap_or(&nobody.at), password, deadline).await?;
        let verdict = policy::verdict(&outcome);
        log_refused_bind(dn.as_deref(), &outcome, verdict);
        match verdict {
            Some(Verdict::MustChange(_)) if !outcome.is_success() => match &dn {
                Some(dn) if self.is_of_password(dn, deadline).await? => {
                    Ok(Verdict::MustChange(MustChange::Expired))
                }
                _ => Ok(Verdict::Wrong),
            },
            Some(verdict) if dn.is_some() => Ok(verdict),
            Some(_) => Ok(Verdict::Wrong),
            None => Err(unexpected(PERSON_BIND, outcome.code)),
        }
    }

    async fn change_within(
        &self,
        entry: &EntryRef,
        current: &Secret,
        new: &Secret,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        if current.is_empty() {
            return Err(PasswordNotSet::WrongCurrent);
        }
        let dn = self.client.locate(entry, deadline).await?.ok_or(PasswordNotSet::WrongCurrent)?;
        let method = self.method(deadline).await?;
        let (mut connection, outcome) = self.bind(&dn, current, deadline).await?;
        match policy::verdict(&outcome) {
            Some(Verdict::Right | Verdict::RightUntil(_)) => {}
            Some(Verdict::MustChange(_)) if outcome.is_success() => {}
            // It was the right one, and opens nothing any more, a change neither.
            Some(Verdict::MustChange(_)) if self.is_of_password(&dn, deadline).await? => {
                return self.reset_at(&dn, new, deadline).await;
            }
            Some(Verdict::MustChange(_) | Verdict::Wrong) => return Err(PasswordNotSet::WrongCurrent),
            Some(Verdict::Locked | Verdict::Disabled) => {
                return Err(PasswordNotSet::Refused(PolicyRefusal::NotAllowed));
            }
            None => return Err(unexpected(PERSON_BIND, outcome.code).into()),
        }
        self.set(&mut connection, &dn, Some(current), new, method, deadline).await
    }

    async fn reset_within(
        &self,
        entry: &EntryRef,
        new: &Secret,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        let dn = self.client.locate(entry, deadline).await?.ok_or_else(|| gone(&entry.at))?;
        self.reset_at(&dn, new, deadline).await
    }

    async fn try_out_all(&self) -> Vec<Finding> {
        self.try_out_settings().await
    }
}

/// A directory that speaks LDAP, whose people are found in the same way and whose passwords are its own affair.
pub(super) trait SpeaksLdap: fmt::Debug + Send + Sync {
    fn client(&self) -> &Client;

    /// See [`Directory::verify`].
    fn verify_within(
        &self,
        entry: Option<&EntryRef>,
        password: &Secret,
        deadline: Instant,
    ) -> impl Future<Output = Result<Verdict, DirectoryFault>> + Send;

    /// See [`Directory::change`].
    fn change_within(
        &self,
        entry: &EntryRef,
        current: &Secret,
        new: &Secret,
        deadline: Instant,
    ) -> impl Future<Output = Result<(), PasswordNotSet>> + Send;

    /// See [`Directory::reset`].
    fn reset_within(
        &self,
        entry: &EntryRef,
        new: &Secret,
        deadline: Instant,
    ) -> impl Future<Output = Result<(), PasswordNotSet>> + Send;

    /// See [`Directory::try_out`].
    fn try_out_all(&self) -> impl Future<Output = Vec<Finding>> + Send;
}

impl<T: SpeaksLdap> Directory for T {
    fn capabilities(&self) -> Capabilities {
        let client = self.client();
        Capabilities {
            accounts: false,
            change: true,
            reset: client.pool.has_account(),
            ssh_keys: client.has_ssh_keys(),
            groups: client.has_groups(),
        }
    }

    fn lookup<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        self.client().find(login, self.client().deadline()).boxed()
    }

    fn verify<'a>(
        &'a self,
        entry: Option<&'a EntryRef>,
        password: &'a Secret,
    ) -> BoxFuture<'a, Result<Verdict, DirectoryFault>> {
        self.verify_within(entry, password, self.client().deadline()).boxed()
    }

    fn change<'a>(
        &'a self,
        entry: &'a EntryRef,
        current: &'a Secret,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        self.change_within(entry, current, new, self.client().deadline()).boxed()
    }

    fn reset<'a>(
        &'a self,
        entry: &'a EntryRef,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>> {
        self.reset_within(entry, new, self.client().deadline()).boxed()
    }

    fn ssh_keys<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Vec<String>, DirectoryFault>> {
        self.client().ssh_keys(entry, self.client().deadline()).boxed()
    }

    fn attributes<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>> {
        self.client().read(entry, self.client().deadline()).boxed()
    }

    fn shows(&self, shown: Shown) -> BoxFuture<'_, Result<bool, DirectoryFault>> {
        self.client().shows(shown, self.client().deadline()).boxed()
    }

    fn try_out(&self) -> BoxFuture<'_, Vec<Finding>> {
        self.try_out_all().boxed()
    }
}

/// Says in the log with which code the bind of an entry was refused that is not let in with any password. A wrong password
/// is no news.
pub(super) fn log_refused_bind(dn: Option<&str>, outcome: &Outcome, verdict: Option<Verdict>) {
    let Some(dn) = dn else { return };
    if matches!(verdict, Some(Verdict::Locked | Verdict::Disabled)) {
        let entry = inert(dn, LOCATION_CHARS);
        tracing::info!(entry, code = %outcome.code, ?verdict, "a bind as a person was refused");
    }
}

/// The fault of an answer that says nothing of a password.
pub(super) fn unexpected(what: &str, code: Code) -> DirectoryFault {
    let why = format!("{what} is answered with {code}");
    match code {
        Code::BUSY
        | Code::UNAVAILABLE
        | Code::OTHER
        | Code::OPERATIONS_ERROR
        | Code::TIME_LIMIT_EXCEEDED
        | Code::ADMIN_LIMIT_EXCEEDED => DirectoryFault::Unreachable(why),
        _ => DirectoryFault::Misconfigured(why),
    }
}

/// The fault of an entry that is no longer there.
pub(super) fn gone(dn: &str) -> DirectoryFault {
    DirectoryFault::bad_entry(dn, "it is gone")
}
