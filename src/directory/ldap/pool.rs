//! The servers of a directory, and the connections of the service account to them.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::connection::{Connection, SearchResult};
use super::message::{Code, Search};
use super::settings::{LdapSettings, LdapSettingsFault};
use super::url::Url;
use crate::directory::{DirectoryFault, is_for_stranger};
use crate::domain::secret::Secret;

/// How long a connection may stay idle. Firewalls silently drop connections that are idle for longer.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// The servers of a directory, and the connections of the service account to them.
pub(in crate::directory) struct Pool {
    urls: Vec<Url>,
    starttls: bool,
    tls: Arc<ClientConfig>,
    /// Which server answered last.
    current: AtomicUsize,
    bind_dn: String,
    bind_password: Secret,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
    /// Permits that questions of strangers need as well: one fewer than connections, so one stays free for others.
    permits_of_strangers: Semaphore,
}

/// What is held while the service account asks.
type PoolPermit<'a> = (Option<SemaphorePermit<'a>>, SemaphorePermit<'a>);

impl Pool {
    pub(in crate::directory) fn new(settings: &LdapSettings) -> Result<Self, LdapSettingsFault> {
        let urls: Vec<Url> = settings
            .urls
            .iter()
            .map(|url| Url::parse(url).map_err(|reason| LdapSettingsFault::new("urls", reason)))
            .collect::<Result<_, _>>()?;
        if urls.is_empty() {
            return Err(LdapSettingsFault::new("urls", "there must be one"));
        }
        if let Some(url) = urls.iter().find(|url| !url.is_tls && !settings.starttls && !url.is_local()) {
            let reason = format!("{url} would send passwords in plain text; use ldaps:// or set starttls");
            return Err(LdapSettingsFault::new("urls", reason));
        }
        if !settings.bind_dn.is_empty() && settings.bind_password.is_empty() {
            return Err(LdapSettingsFault::new("bind_password", "a service account needs a password"));
        }
        if settings.connections == 0 {
            return Err(LdapSettingsFault::new("connections", "there must be one"));
        }
        Ok(Self {
            urls,
            starttls: settings.starttls,
            tls: Arc::new(tls(settings.ca_file.as_deref())?),
            current: AtomicUsize::new(0),
            bind_dn: settings.bind_dn.clone(),
            bind_password: settings.bind_password.clone(),
            idle: Mutex::default(),
            permits: Semaphore::new(settings.connections),
            permits_of_strangers: Semaphore::new(settings.connections.saturating_sub(1).max(1)),
        })
    }

    pub(in crate::directory) fn urls(&self) -> &[Url] {
        &self.urls
    }

    pub(in crate::directory) fn starttls(&self) -> bool {
        self.starttls
    }

    /// Whether there is a service account.
    pub(in crate::directory) fn has_account(&self) -> bool {
        !self.bind_dn.is_empty()
    }

    /// Connects to the server that answered last, or to another.
    pub(in crate::directory) async fn connect(
        &self,
        deadline: Instant,
    ) -> Result<Connection, DirectoryFault> {
        self.connect_and(false, deadline).await
    }

    /// A new connection of the service account, for what must not be asked twice: a connection that has been idle may turn
    /// out to be dead only when something was sent on it.
    pub(in crate::directory) async fn connect_as_service(
        &self,
        deadline: Instant,
    ) -> Result<Connection, DirectoryFault> {
        self.connect_and(true, deadline).await
    }

    /// Connects to one server and nothing else.
    pub(in crate::directory) async fn connect_to(
        &self,
        server: usize,
        deadline: Instant,
    ) -> Result<Connection, DirectoryFault> {
        let url = self.urls.get(server).ok_or_else(|| DirectoryFault::Unreachable("no server".to_owned()))?;
        Connection::open(url, self.starttls, &self.tls, server, deadline).await
    }

    /// Searches as the service account. A connection that was left over and is dead now is replaced once.
    pub(in crate::directory) async fn search(
        &self,
        search: &Search<'_>,
        deadline: Instant,
    ) -> Result<SearchResult, DirectoryFault> {
        let _permit = self.permit(deadline).await?;
        if let Some(mut connection) = self.take_idle() {
            // Half of the time where there is another server to ask: a search may take a while at one that is well.
            let share = share_of(deadline, self.urls.len().min(2));
            if let Ok(result) = connection.search(search, share).await {
                self.give_back(connection);
                return Ok(result);
            }
            // One that was closed may lead to a server that is well.
            if Instant::now() >= share {
                self.is_bad(connection.server());
            }
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        let mut connection = self.connect_as_service(deadline).await?;
        match connection.search(search, deadline).await {
            Ok(result) => {
                self.give_back(connection);
                Ok(result)
            }
            Err(broken) => {
                self.is_bad(connection.server());
                Err(self.named(connection.server(), broken.while_reading()))
            }
        }
    }

    /// Notes that a connected server gave no answer, so that the next question goes to another one.
    pub(in crate::directory) fn is_bad(&self, server: usize) {
        let next = (server + 1) % self.urls.len();
        let _ = self.current.compare_exchange(server, next, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Puts the address of the server into a fault.
    pub(in crate::directory) fn named(&self, server: usize, fault: DirectoryFault) -> DirectoryFault {
        let Some(url) = self.urls.get(server) else { return fault };
        match fault {
            DirectoryFault::Unreachable(why) => DirectoryFault::Unreachable(format!("{url}: {why}")),
            DirectoryFault::Unanswered(why) => DirectoryFault::Unanswered(format!("{url}: {why}")),
            DirectoryFault::OutcomeUnknown(why) => DirectoryFault::OutcomeUnknown(format!("{url}: {why}")),
            other => other,
        }
    }

    /// Binds as the service account.
    pub(in crate::directory) async fn bind_as_service(
        &self,
        connection: &mut Connection,
        deadline: Instant,
    ) -> Result<(), DirectoryFault> {
        if !self.has_account() {
            return Ok(());
        }
        let outcome = connection
            .bind(&self.bind_dn, self.bind_password.expose(), deadline)
            .await
            .map_err(|broken| self.named(connection.server(), broken.while_reading()))?;
        match outcome.code {
            Code::SUCCESS => Ok(()),
            Code::BUSY | Code::UNAVAILABLE => Err(DirectoryFault::Unreachable(format!(
                "it does not let the service account in for now: {}",
                outcome.code
            ))),
            Code::INVALID_CREDENTIALS => Err(DirectoryFault::Misconfigured(
                "bind_dn or bind_password is wrong, or the service account is locked: invalidCredentials (49)"
                    .to_owned(),
            )),
            code => Err(DirectoryFault::Misconfigured(format!("the service account is not let in: {code}"))),
        }
    }

    async fn permit(&self, deadline: Instant) -> Result<PoolPermit<'_>, DirectoryFault> {
        let permit = async {
            let of_strangers =
                if is_for_stranger() { Some(self.permits_of_strangers.acquire().await?) } else { None };
            Ok::<_, AcquireError>((of_strangers, self.permits.acquire().await?))
        };
        match timeout_at(deadline, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(DirectoryFault::Unreachable(
                "all connections of the service account are in use".to_owned(),
            )),
        }
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| connection.used_at.elapsed() < IDLE_MAX);
        idle.pop()
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    async fn connect_and(&self, as_service: bool, deadline: Instant) -> Result<Connection, DirectoryFault> {
        let count = self.urls.len();
        let first = self.current.load(Ordering::Relaxed) % count;
        let order = std::iter::once(first).chain((0..count).filter(|server| *server != first));
        let mut faults = Vec::new();
        for (tried, server) in order.enumerate() {
            let share = share_of(deadline, count - tried);
            let connected = async {
                let mut connection = self.connect_to(server, share).await?;
                if as_service {
                    self.bind_as_service(&mut connection, share).await?;
                }
                Ok(connection)
            };
            match connected.await {
                Ok(connection) => {
                    self.current.store(server, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(fault) => faults.push(fault),
            }
        }
        Err(together(faults))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("urls", &self.urls)
            .field("bind_dn", &self.bind_dn)
            .finish_non_exhaustive()
    }
}

/// When one of so many servers must have answered: one that does not leaves time for those behind it.
fn share_of(deadline: Instant, servers_left: usize) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / u32::try_from(servers_left).unwrap_or(1).max(1)
}

/// The fault of a directory none of whose servers could be used: what is wrong with each. That one of them may come back
/// counts for more than what is wrong with the others.
fn together(faults: Vec<DirectoryFault>) -> DirectoryFault {
    let is_unreachable = faults.iter().any(|fault| matches!(fault, DirectoryFault::Unreachable(_)));
    let whys = faults.into_iter().map(|fault| match fault {
        DirectoryFault::Unreachable(why)
        | DirectoryFault::Unanswered(why)
        | DirectoryFault::OutcomeUnknown(why)
        | DirectoryFault::Misconfigured(why)
        | DirectoryFault::BadEntry(why) => why,
        nobody @ DirectoryFault::ShowsNobody => nobody.to_string(),
    });
    let why = whys.collect::<Vec<_>>().join("; ");
    if is_unreachable { DirectoryFault::Unreachable(why) } else { DirectoryFault::Misconfigured(why) }
}

/// TLS with the system's authorities and those of the file.
fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, LdapSettingsFault> {
    let fault = |reason: String| LdapSettingsFault::new("ca_file", reason);
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let shown = path.display();
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| fault(format!("{shown} cannot be read: {error}")))?;
        if certificates.is_empty() {
            return Err(fault(format!("{shown} has no certificate in it")));
        }
        for certificate in certificates {
            roots
                .add(certificate)
                .map_err(|error| fault(format!("{shown} has a certificate that cannot be used: {error}")))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::directory::for_stranger;

    #[tokio::test]
    async fn strangers_together_leave_a_connection_to_who_is_known() {
        for connections in 2..6 {
            let urls = vec!["ldaps://ldap.example.org".to_owned()];
            let pool = Pool::new(&LdapSettings { urls, connections, ..LdapSettings::default() }).unwrap();
            let deadline = Instant::now() + Duration::from_mins(1);
            let ask = || for_stranger(pool.permit(deadline)).now_or_never();
            let strangers: Vec<_> = (0..10).filter_map(|_| ask()).collect();
            assert_eq!(strangers.len(), connections - 1);
            let known = pool.permit(deadline).now_or_never();
            assert!(known.is_some_and(|permit| permit.is_ok()), "{connections}");
            drop(strangers);
            let all: Vec<_> = (0..10).filter_map(|_| pool.permit(deadline).now_or_never()).collect();
            assert_eq!(all.len(), connections, "known people have them all");
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_idle_for_too_long_is_closed_and_not_used_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldap://{}", listener.local_addr().unwrap());
        let settings = LdapSettings { urls: vec![url], ..LdapSettings::default() };
        let pool = Pool::new(&settings).unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        let (connection, accepted) = tokio::join!(pool.connect(deadline), listener.accept());
        let mut connection = connection.unwrap();
        pool.give_back(connection);
        connection = pool.take_idle().expect("one that was used a moment ago is used again");
        connection.used_at =
            Instant::now().checked_sub(IDLE_MAX).expect("the machine runs for longer than that");
        pool.give_back(connection);
        assert!(pool.take_idle().is_none());
        // The server sees its end.
        let (mut stream, _) = accepted.unwrap();
        let mut byte = [0];
        let ended = tokio::io::AsyncReadExt::read(&mut stream, &mut byte);
        assert_eq!(timeout_at(deadline, ended).await.unwrap().unwrap(), 0);
    }
}
