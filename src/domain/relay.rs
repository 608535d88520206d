//! Where the mail relay is and how to talk to it, as the settings hand it to the transport.

use super::secret::Secret;

/// Connection details of the mail relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Host name; the server certificate must match it.
    pub host: String,
    pub port: u16,
    pub tls: RelayTls,
    /// Username and password, if the relay requires them.
    pub login: Option<(String, Secret)>,
    /// PEM certificates trusted in addition to the system's.
    pub extra_roots: Option<Vec<u8>>,
    /// What this machine calls itself to the relay, if the settings say so.
    pub helo_name: Option<String>,
    /// Domain of the sender's address, in ASCII.
    pub sender_domain: String,
}

/// Encryption of the connection to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayTls {
    /// Connects in the clear and requires STARTTLS before anything else is sent (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// No encryption; accepted only for a relay on this host.
    None,
}
