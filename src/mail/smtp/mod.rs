//! Emails to a mail relay (RFC 5321), over TLS with verified certificates and no fallback to plain text.
//!
//! The conversation is led command by command, because what a refusal means depends on where it comes: only RCPT is
//! about the one recipient. Everything else that goes wrong is the relay's or the operator's and passes.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::SendError;
use crate::domain::relay::{Relay, RelayTls};
use crate::domain::text::inert;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// From connecting to the relay's go-ahead for the text. RFC 5321 section 4.5.3.2 would wait 5 minutes for each
/// command; but a code is waited for, and the next try may meet a relay that is well again.
const CONVERSATION_TIMEOUT: Duration = Duration::from_secs(30);
/// From the text's last byte to the relay's answer. Twice as long, because giving up here may make a copy (RFC 1047);
/// and no longer, because the next try is due then ([`super::outbox`]).
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// How long to wait for the answer to QUIT, on which nothing depends.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Stages of a conversation, as the log names them.
const CONNECTING: &str = "connecting";
const STARTTLS: &str = "STARTTLS";
const AUTH: &str = "AUTH";
const MAIL: &str = "MAIL";

/// A mail relay.
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    login: Option<Credentials>,
    /// What this machine calls itself in EHLO.
    helo: ClientId,
    conversation_timeout: Duration,
    answer_timeout: Duration,
}

/// How the connection is encrypted, with what a certificate must fulfil.
enum Encryption {
    None,
    StartTls(TlsParameters),
    Implicit(TlsParameters),
}

/// A relay that cannot be used as described. `Display` says what to correct.
#[derive(Debug, thiserror::Error)]
pub enum RelayFault {
    /// Plain text is only for a relay on this machine.
    #[error("tls = \"none\" is only for a relay on this machine (localhost, 127.0.0.1, ::1), not for `{0}`")]
    PlainToElsewhere(String),
    /// The certificates or the name cannot be used.
    #[error("{0}")]
    Tls(String),
}

/// A relay that does not take emails, found by [`Smtp::try_out`]. `Display` is what it or the machine said.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct RelayRefusal {
    /// How far the conversation went.
    pub stage: RelayStage,
    reason: String,
}

/// The stages of a conversation, as far as an operator has something else to do at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayStage {
    /// Nobody answers there, or not in time.
    Connecting,
    /// The relay refuses this machine in its greeting, or the name in EHLO.
    Ehlo,
    /// The connection cannot be encrypted, or the certificate is not to be trusted.
    Tls,
    /// The login is refused.
    Auth,
    /// The sender is refused, or a login is demanded.
    Mail,
}

/// Why a connection is not ready for an email: where, as the log has it, and the error.
type NotReady = (&'static str, lettre::transport::smtp::Error);

impl Smtp {
    /// Does not connect yet.
    pub fn new(relay: &Relay) -> Result<Self, RelayFault> {
        let encryption = match relay.tls {
            RelayTls::None if is_local(&relay.host) => Encryption::None,
            RelayTls::None => return Err(RelayFault::PlainToElsewhere(relay.host.clone())),
            RelayTls::StartTls => Encryption::StartTls(parameters(relay)?),
            RelayTls::Implicit => Encryption::Implicit(parameters(relay)?),
        };
        let login = relay.login.as_ref();
        Ok(Self {
            host: relay.host.clone(),
            port: relay.port,
            encryption,
            login: login.map(|(user, word)| Credentials::new(user.clone(), word.expose().to_owned())),
            helo: helo(relay, ClientId::default()),
            conversation_timeout: CONVERSATION_TIMEOUT,
            answer_timeout: ANSWER_TIMEOUT,
        })
    }

    /// Hands one email to the relay, unless `cut` comes first.
    pub(super) async fn send(
        &self,
        envelope: &Envelope,
        raw: &[u8],
        cut: &CancellationToken,
    ) -> Result<(), SendError> {
        let prepared = tokio::select! {
            prepared = self.prepare(envelope, raw) => prepared,
            () = tokio::time::sleep(self.conversation_timeout) => Err(self.no_answer(self.conversation_timeout)),
            () = cut.cancelled() => Err(SendError::stopped()),
        };
        let mut connection = prepared?;
        let began = Instant::now();
        let answer = tokio::select! {
            answer = connection.message(raw) => answer.map(drop).map_err(|error| {
                let failure = self.failed("text", envelope, &error);
                // Any reply means that the relay does not keep the email.
                if error.status().is_none() { failure.in_doubt_since(began) } else { failure }
            }),
            () = tokio::time::sleep(self.answer_timeout) => {
                Err(self.no_answer(self.answer_timeout).in_doubt_since(began))
            }
            () = cut.cancelled() => Err(SendError::stopped().in_doubt_since(began)),
        };
        quit(connection);
        answer
    }

    /// Leads the conversation as far as the relay's go-ahead for the text.
    async fn prepare(&self, envelope: &Envelope, raw: &[u8]) -> Result<AsyncSmtpConnection, SendError> {
        let connected = self.connect().await;
        let mut connection = connected.map_err(|(stage, error)| self.failed(stage, envelope, &error))?;
        match self.offer(&mut connection, envelope, raw).await {
            Ok(()) => Ok(connection),
            Err(failure) => {
                quit(connection);
                Err(failure)
            }
        }
    }

    async fn offer(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        raw: &[u8],
    ) -> Result<(), SendError> {
        let mail = Mail::new(envelope.from().cloned(), self.parameters_of(envelope, raw, connection)?);
        connection.command(mail).await.map_err(|error| self.failed(MAIL, envelope, &error))?;
        for to in envelope.to() {
            let rcpt = Rcpt::new(to.clone(), Vec::new());
            connection.command(rcpt).await.map_err(|error| {
                let failure = self.failed("RCPT", envelope, &error);
                if is_about_the_recipient(&error) {
                    SendError::recipient_refused(&failure.reason)
                } else {
                    failure
                }
            })?;
        }
        connection.command(Data).await.map_err(|error| self.failed("DATA", envelope, &error))?;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NotReady> {
        let (server, name, timeout) = ((self.host.as_str(), self.port), &self.helo, Some(CONNECT_TIMEOUT));
        let implicit = match &self.encryption {
            Encryption::Implicit(parameters) => Some(parameters.clone()),
            Encryption::None | Encryption::StartTls(_) => None,
        };
        let connected = AsyncSmtpConnection::connect_tokio1(server, timeout, name, implicit, None).await;
        let mut connection = connected.map_err(|error| (CONNECTING, error))?;
        if let Encryption::StartTls(parameters) = &self.encryption {
            let encrypted = connection.starttls(parameters.clone(), name).await;
            encrypted.map_err(|error| (STARTTLS, error))?;
        }
        if let Some(login) = &self.login {
            let proven = connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await;
            proven.map_err(|error| (AUTH, error))?;
        }
        Ok(connection)
    }

    /// Connects, encrypts, logs in and names `sender`, as for an email, and takes leave again.
    pub(super) async fn try_out(&self, sender: &Address) -> Result<(), RelayRefusal> {
        let conversation = async {
            let mut connection = self.connect().await?;
            let named = connection.command(Mail::new(Some(sender.clone()), Vec::new())).await;
            quit(connection);
            named.map(drop).map_err(|error| (MAIL, error))
        };
        match tokio::time::timeout(self.conversation_timeout, conversation).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err((stage, error))) => Err(self.refusal(stage, &error)),
            Err(_) => {
                let reason = self.no_answer(self.conversation_timeout).reason;
                Err(RelayRefusal { stage: RelayStage::Connecting, reason })
            }
        }
    }

    fn refusal(&self, stage: &str, error: &lettre::transport::smtp::Error) -> RelayRefusal {
        let reason = inert(&self.reason(stage, error), 300);
        let stage = match stage {
            // A reply came, so somebody is there.
            CONNECTING if error.status().is_some() => RelayStage::Ehlo,
            // With implicit encryption, that is a part of connecting.
            CONNECTING if reason.contains("certificate") || reason.contains("corrupt message") => {
                RelayStage::Tls
            }
            CONNECTING => RelayStage::Connecting,
            STARTTLS => RelayStage::Tls,
            AUTH => RelayStage::Auth,
            _ => RelayStage::Mail,
        };
        RelayRefusal { stage, reason }
    }

    /// Where the relay is, for a report.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The name that this machine gives in EHLO.
    pub(super) fn helo_name(&self) -> String {
        self.helo.to_string()
    }

    /// What MAIL has to announce: text or addresses that are not ASCII (RFC 6152, RFC 6531).
    fn parameters_of(
        &self,
        envelope: &Envelope,
        raw: &[u8],
        connection: &AsyncSmtpConnection,
    ) -> Result<Vec<MailParameter>, SendError> {
        let mut parameters = Vec::new();
        let mut addresses = envelope.to().iter().chain(envelope.from()).map(AsRef::<str>::as_ref);
        let ascii_addresses = addresses.all(str::is_ascii);
        for (needed, extension, parameter) in [
            (!ascii_addresses, Extension::SmtpUtfEight, MailParameter::SmtpUtfEight),
            (!raw.is_ascii(), Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime)),
        ] {
            if needed && !connection.server_info().supports_feature(extension) {
                let reason = format!("mail relay {}: it does not offer {extension}", self.host);
                return Err(SendError::deferred(&reason));
            }
            parameters.extend(needed.then_some(parameter));
        }
        Ok(parameters)
    }

    fn no_answer(&self, limit: Duration) -> SendError {
        SendError::deferred(&format!("mail relay {}: no answer within {} s", self.host, limit.as_secs()))
    }

    /// What went wrong at `stage`, to be tried again. Relays like to repeat the recipient, which is for nobody's log.
    fn failed(&self, stage: &str, envelope: &Envelope, error: &lettre::transport::smtp::Error) -> SendError {
        let to = envelope.to().iter().map(AsRef::<str>::as_ref);
        let reason = self.reason(stage, error);
        SendError::deferred(&to.fold(reason, |reason, to| reason.replace(to, "the recipient")))
    }

    fn reason(&self, stage: &str, error: &lettre::transport::smtp::Error) -> String {
        let mut reason = format!("mail relay {}: {stage}: {error}", self.host);
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            // The first cause is in lettre's own text already.
            let cause_text = cause.to_string();
            if !reason.contains(&cause_text) {
                reason = format!("{reason}: {cause_text}");
            }
            source = cause.source();
        }
        reason
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({})", self.host)
    }
}

/// Takes leave of the relay; nobody waits for it.
fn quit(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move {
        let _ = tokio::time::timeout(QUIT_TIMEOUT, connection.abort()).await;
    });
}

/// True for the replies to RCPT that are about its mailbox (RFC 5321 section 4.2.3: 550 to 553), unless they say that
/// it is a matter of permission (RFC 3463: 5.7.x, "relaying denied"). 554 says neither.
fn is_about_the_recipient(error: &lettre::transport::smtp::Error) -> bool {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    error.status().is_some_and(|code| matches!(u16::from(code), 550..=553)) && !text.starts_with("5.7.")
}

fn parameters(relay: &Relay) -> Result<TlsParameters, RelayFault> {
    let fault = |error: lettre::transport::smtp::Error| RelayFault::Tls(error.to_string());
    let mut builder = TlsParameters::builder(relay.host.clone());
    if let Some(pem) = &relay.extra_roots {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(fault)?);
    }
    builder.build().map_err(fault)
}

/// What to call this machine, which calls itself `host`: a fully qualified name where there is one (RFC 5321 section
/// 4.1.1.1), because some relays refuse others.
fn helo(relay: &Relay, host: ClientId) -> ClientId {
    if let Some(name) = &relay.helo_name {
        return match name.parse() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(name.clone()),
        };
    }
    match host {
        ClientId::Domain(name) if is_qualified(&name) => ClientId::Domain(name),
        _ if is_qualified(&relay.sender_domain) => ClientId::Domain(relay.sender_domain.clone()),
        host => host,
    }
}

/// True for a host name with a domain that is more than this machine's own.
pub(crate) fn is_qualified(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    is_plain && name.split_once('.').is_some_and(|(_, domain)| domain != "localdomain")
}

/// True when `host` is spelled as this machine; names are not resolved.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
