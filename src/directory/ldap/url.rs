//! Addresses of servers: the part of LDAP URLs (RFC 4516) that says where a server is.

use std::fmt;
use std::net::IpAddr;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::directory) struct Url {
    /// Whether TLS comes first.
    pub(in crate::directory) is_tls: bool,
    /// A name, or an address without brackets.
    pub(in crate::directory) host: String,
    pub(in crate::directory) port: u16,
}

impl Url {
    pub(in crate::directory) fn parse(text: &str) -> Result<Self, String> {
        let fault = |why: &str| format!("{text:?} {why}");
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| fault("begins with no ldap:// or ldaps://"))?;
        let (is_tls, usual) = match scheme.to_ascii_lowercase().as_str() {
            "ldap" => (false, 389),
            "ldaps" => (true, 636),
            _ => return Err(fault("begins with no ldap:// or ldaps://")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', ' ']) {
            return Err(fault("has more than a host and a port"));
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or_else(|| fault("has a [ without ]"))?;
                host.parse::<std::net::Ipv6Addr>()
                    .map_err(|_| fault("has no IPv6 address in its brackets"))?;
                (host, port)
            }
            None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
        };
        if host.is_empty() {
            return Err(fault("has no host"));
        }
        let port = match port.strip_prefix(':') {
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(|| fault("has no port after its colon"))?,
            None if port.is_empty() => usual,
            None => return Err(fault("has something else than a port after its host")),
        };
        Ok(Self { is_tls, host: host.to_owned(), port })
    }

    /// Whether it is on this machine.
    pub(in crate::directory) fn is_local(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "ldaps" } else { "ldap" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_usual_port_unless_it_says_another() {
        for (text, shown, is_local) in [
            ("ldap://localhost", "ldap://localhost:389", true),
            ("ldaps://ldap.example.org/", "ldaps://ldap.example.org:636", false),
            ("LDAPS://ldap.example.org:1636", "ldaps://ldap.example.org:1636", false),
            ("ldap://[::1]:390", "ldap://[::1]:390", true),
            ("ldap://127.0.0.1", "ldap://127.0.0.1:389", true),
            ("ldap://10.0.0.1", "ldap://10.0.0.1:389", false),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.to_string().as_str(), url.is_local()), (shown, is_local), "{text}");
        }
    }

    #[test]
    fn an_address_that_says_more_or_less_is_refused() {
        for text in [
            "ldap.example.org",
            "http://ldap.example.org",
            "ldap://",
            "ldap://:389",
            "ldap://host:port",
            "ldap://host:0",
            "ldap://host/dc=example",
            "ldap://user@host",
            "ldap://[::1",
            "ldap://[x]",
            "ldap://[::1]x",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }
}
