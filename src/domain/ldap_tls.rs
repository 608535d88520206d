//! How connections to the LDAP server are encrypted.

/// When TLS begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LdapTls {
    /// With the first byte: `ldaps://`.
    #[default]
    Ldaps,
    /// With the request for it; nothing else is answered before.
    StartTls,
    /// Never. For a loopback address alone.
    None,
}
