//! What is known about the mail relay: plain facts, from the settings to the transport.

use super::secret::Secret;

/// How to reach the mail relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Its host name; certificates are checked against it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub tls: RelayTls,
    /// Username and password, when it asks for them.
    pub login: Option<(String, Secret)>,
    /// Certificates (PEM) that are trusted besides the system's.
    pub extra_roots: Option<Vec<u8>>,
}

/// How the way to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayTls {
    /// A plain connection that must become a TLS one before anything is said (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// None at all; only to this very machine.
    None,
}
