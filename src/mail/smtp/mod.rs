//! Emails to a mail relay (RFC 5321), over TLS with verified certificates and no fallback to plain text.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::Code;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::SendError;
use crate::domain::relay::{Relay, RelayTls};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// From the first packet to the relay's last reply.
const MESSAGE_TIMEOUT: Duration = Duration::from_mins(2);

/// A mail relay.
pub struct Smtp {
    relay: AsyncSmtpTransport<Tokio1Executor>,
    host: String,
    timeout: Duration,
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

impl Smtp {
    /// Does not connect yet.
    pub fn new(relay: &Relay) -> Result<Self, RelayFault> {
        let tls = match relay.tls {
            RelayTls::None if is_local(&relay.host) => Tls::None,
            RelayTls::None => return Err(RelayFault::PlainToElsewhere(relay.host.clone())),
            RelayTls::StartTls => Tls::Required(parameters(relay)?),
            RelayTls::Implicit => Tls::Wrapper(parameters(relay)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&relay.host)
            .port(relay.port)
            .tls(tls)
            .timeout(Some(CONNECT_TIMEOUT));
        if let Some((user, password)) = &relay.login {
            builder = builder
                .credentials(Credentials::new(user.clone(), password.expose().to_owned()))
                .authentication(vec![Mechanism::Plain, Mechanism::Login]);
        }
        Ok(Self { relay: builder.build(), host: relay.host.clone(), timeout: MESSAGE_TIMEOUT })
    }

    pub(super) async fn send(&self, envelope: &Envelope, raw: &[u8]) -> Result<(), SendError> {
        match tokio::time::timeout(self.timeout, self.relay.send_raw(envelope, raw)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.not_sent(&error)),
            Err(_) => Err(SendError::for_now(&format!(
                "mail relay {}: no answer within {} s",
                self.host,
                self.timeout.as_secs()
            ))),
        }
    }

    fn not_sent(&self, error: &lettre::transport::smtp::Error) -> SendError {
        let mut reason = format!("mail relay {}: {error}", self.host);
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            // The first cause is in lettre's own text already.
            let cause_text = cause.to_string();
            if !reason.contains(&cause_text) {
                reason = format!("{reason}: {cause_text}");
            }
            source = cause.source();
        }
        if error.status().is_some_and(is_about_the_email) {
            SendError::for_good(&reason)
        } else {
            SendError::for_now(&reason)
        }
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({})", self.host)
    }
}

/// True for the 5xx replies that are about this recipient or this email (RFC 5321 section 4.2.3, RFC 7504).
/// The others (500-504 syntax, 530-538 authentication) are about the portal's settings: once these are
/// corrected, the email can still be sent.
fn is_about_the_email(code: Code) -> bool {
    let digits = u16::from(code);
    matches!(digits, 521 | 550..=559)
}

fn parameters(relay: &Relay) -> Result<TlsParameters, RelayFault> {
    let fault = |error: lettre::transport::smtp::Error| RelayFault::Tls(error.to_string());
    let mut builder = TlsParameters::builder(relay.host.clone());
    if let Some(pem) = &relay.extra_roots {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(fault)?);
    }
    builder.build().map_err(fault)
}

/// True when `host` is spelled as this machine; names are not resolved.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
