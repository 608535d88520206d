//! What DNS knows of the portal's names.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

/// How long to wait for an answer, and then once more.
const TIMEOUT: Duration = Duration::from_secs(2);
const DNS_PORT: u16 = 53;

/// A DNS server that is named by its address.
#[derive(Clone, Copy, Debug)]
pub(super) struct DnsServer(SocketAddr);

impl FromStr for DnsServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let with_port = || text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, DNS_PORT));
        let address = text.parse().or_else(|_| with_port());
        address.map(Self).map_err(|_| "expected an IP address with an optional port, such as 192.0.2.53")
    }
}

/// DNS gave no answer, neither yes nor no.
#[derive(Debug)]
pub(super) struct NoAnswer(String);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(reason) = self;
        write!(
            f,
            "DNS gave no answer: {reason}. Correct /etc/resolv.conf, or name another DNS server with --dns-server"
        )
    }
}

/// Asks DNS.
pub(super) struct Dns {
    resolver: TokioResolver,
    /// No server answered in time. Then none is waited for again.
    silent: OnceLock<()>,
}

impl Dns {
    /// Asks `server`, or those of the system.
    pub(super) fn new(server: Option<DnsServer>) -> Result<Self, NoAnswer> {
        let mut builder = match server {
            None => TokioResolver::builder_tokio().map_err(no_answer)?,
            Some(DnsServer(address)) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = address.port();
                    connection
                });
                let server = NameServerConfig::new(address.ip(), true, connections.into());
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        (builder.options_mut().timeout, builder.options_mut().attempts) = (TIMEOUT, 1);
        let resolver = builder.build().map_err(no_answer)?;
        Ok(Self { resolver, silent: OnceLock::new() })
    }

    /// Whether mail for `domain` has somewhere to go, so that receivers believe that it sends some: it has a mail server
    /// or an address (RFC 5321 section 5.1).
    pub(super) async fn takes_mail(&self, domain: &str) -> Result<bool, NoAnswer> {
        let has_mail_server = !self.ask(domain, RecordType::MX).await?.is_empty();
        Ok(has_mail_server || self.has_address(domain).await?)
    }

    /// The addresses of `host` as ssh finds them, in /etc/hosts first.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        self.require_answers()?;
        match self.resolver.lookup_ip(host).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(error) => self.none_or_no_answer(error).map(|()| Vec::new()),
        }
    }

    pub(super) async fn has_address(&self, host: &str) -> Result<bool, NoAnswer> {
        Ok(!self.ask(host, RecordType::A).await?.is_empty()
            || !self.ask(host, RecordType::AAAA).await?.is_empty())
    }

    /// Whether `domain` says which machines send its mail (RFC 7208).
    pub(super) async fn has_spf(&self, domain: &str) -> Result<bool, NoAnswer> {
        let texts = self.ask(domain, RecordType::TXT).await?;
        Ok(texts.iter().any(|text| {
            let RData::TXT(text) = text else { return false };
            text.to_string().to_ascii_lowercase().starts_with("v=spf1")
        }))
    }

    /// The SSHFP records of `host`, as [`crate::ssh::host_key::HostKey::sshfp`] writes them.
    pub(super) async fn sshfp(&self, host: &str) -> Result<Vec<String>, NoAnswer> {
        let records = self.ask(host, RecordType::SSHFP).await?;
        let written = records.iter().filter_map(|data| {
            let RData::SSHFP(record) = data else { return None };
            let head = format!("SSHFP {} {} ", u8::from(record.algorithm), u8::from(record.fingerprint_type));
            Some(record.fingerprint.iter().fold(head, |data, byte| format!("{data}{byte:02x}")))
        });
        Ok(written.collect())
    }

    /// The records of this type; none is an answer too.
    async fn ask(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, NoAnswer> {
        // From the root, so that no search domain of this machine is tried.
        let mut name = Name::from_str(name).map_err(|error| NoAnswer(error.to_string()))?;
        name.set_fqdn(true);
        self.require_answers()?;
        match self.resolver.lookup(name, kind).await {
            Ok(found) => {
                let of_kind = found.answers().iter().filter(|record| record.record_type() == kind);
                Ok(of_kind.map(|record| record.data.clone()).collect())
            }
            Err(error) => self.none_or_no_answer(error).map(|()| Vec::new()),
        }
    }

    fn require_answers(&self) -> Result<(), NoAnswer> {
        match self.silent.get() {
            None => Ok(()),
            Some(()) => Err(no_answer(NetError::Timeout)),
        }
    }

    /// That there is no such record is an answer.
    fn none_or_no_answer(&self, error: NetError) -> Result<(), NoAnswer> {
        if error.is_no_records_found() || error.is_nx_domain() {
            return Ok(());
        }
        if matches!(error, NetError::Timeout) {
            self.silent.get_or_init(|| ());
        }
        Err(no_answer(error))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn no_answer(error: NetError) -> NoAnswer {
    NoAnswer(error.to_string())
}
