//! What every page and email may say about this portal: its name, its contact, its rules.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Facts about the portal that a person is told. Made once from the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalInfo {
    /// The product name in the title line, `Doorkey`.
    pub name: String,
    /// The organisation or host that runs it, `acme.example`.
    pub organisation: String,
    /// Where to ask for help: an address or a short sentence.
    pub support: String,
    /// The address that emails come from.
    pub sender: String,
    /// How long a code is valid after its email was sent, in minutes.
    pub code_ttl_minutes: i64,
    /// The fewest characters a password may have (for an account without a second factor).
    pub password_min: usize,
    /// The fewest for an account with one.
    pub password_min_length_with_two_factor: usize,
    /// The most characters a password may have.
    pub password_max: usize,
    /// Where people reach it, when somebody has said so.
    pub address: Option<PortalAddress>,
    /// The user name that takes an invitation.
    pub join_user: String,
    /// The user name that resets a password in ssh's own prompts.
    pub reset_user: String,
    /// The user name that opens support.
    pub support_user: String,
    /// True when people may make an account without an invitation.
    pub sign_up: bool,
}

impl PortalInfo {
    #[cfg(test)]
    pub(crate) fn for_test() -> Self {
        Self {
            name: "Doorkey".into(),
            organisation: "acme.example".into(),
            support: "support@acme.example".into(),
            sender: "portal@acme.example".into(),
            code_ttl_minutes: 10,
            password_min: 15,
            password_min_length_with_two_factor: 8,
            password_max: 256,
            address: None,
            join_user: "join".into(),
            reset_user: "reset".into(),
            support_user: "support".into(),
            sign_up: false,
        }
    }

    /// The command that comes there as `user`, `ssh -t -p 2222 ada@portal.example.org`, with `options` such as
    /// `-t ` in it; with a placeholder where nobody has said where the portal is reached.
    #[must_use]
    pub fn ssh(&self, options: &str, user: &str) -> String {
        match &self.address {
            None => format!("ssh {options}{user}@HOST"),
            Some(PortalAddress { host, port: USUAL_PORT }) => format!("ssh {options}{user}@{host}"),
            Some(PortalAddress { host, port }) => format!("ssh {options}-p {port} {user}@{host}"),
        }
    }
}

/// The port that ssh takes when none is given.
const USUAL_PORT: u16 = 22;

/// Where people reach the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalAddress {
    /// A host name or an address.
    host: String,
    port: u16,
}

/// Not where anything is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a host name or an address, and perhaps a port: portal.example.org:2222")]
pub struct InvalidPortalAddress;

impl FromStr for PortalAddress {
    type Err = InvalidPortalAddress;

    fn from_str(text: &str) -> Result<Self, InvalidPortalAddress> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self { host: ip.to_string(), port: USUAL_PORT });
        }
        if let Ok(both) = text.parse::<SocketAddr>() {
            return Self::at(both.ip().to_string(), both.port());
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| InvalidPortalAddress)?),
            None => (text, USUAL_PORT),
        };
        let is_label = |label: &str| {
            let is_plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            is_plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
        };
        if host.len() > 253 || !host.split('.').all(is_label) {
            return Err(InvalidPortalAddress);
        }
        Self::at(host.to_owned(), port)
    }
}

impl PortalAddress {
    fn at(host: String, port: u16) -> Result<Self, InvalidPortalAddress> {
        if port == 0 { Err(InvalidPortalAddress) } else { Ok(Self { host, port }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ssh(address: &str) -> Option<String> {
        let address = Some(address.parse().ok()?);
        Some(PortalInfo { address, ..PortalInfo::for_test() }.ssh("-t ", "ada"))
    }

    #[test]
    fn the_command_names_the_port_where_it_is_another_than_ssh_takes() {
        for (address, command) in [
            ("portal.example.org", "ssh -t ada@portal.example.org"),
            ("portal.example.org:22", "ssh -t ada@portal.example.org"),
            ("portal.example.org:2222", "ssh -t -p 2222 ada@portal.example.org"),
            ("localhost:2222", "ssh -t -p 2222 ada@localhost"),
            ("192.0.2.7:2222", "ssh -t -p 2222 ada@192.0.2.7"),
            ("2001:db8::7", "ssh -t ada@2001:db8::7"),
            ("[2001:db8::7]:2222", "ssh -t -p 2222 ada@2001:db8::7"),
        ] {
            assert_eq!(ssh(address).as_deref(), Some(command), "{address}");
        }
        assert_eq!(PortalInfo::for_test().ssh("", "ada"), "ssh ada@HOST");
    }

    #[test]
    fn what_could_say_something_else_in_a_shell_or_an_email_is_no_address() {
        for address in [
            "",
            ":22",
            "a b",
            "a\nb",
            "a\u{1b}[2J",
            "-oProxyCommand=x",
            "host:",
            "host:0",
            "host:65536",
            "host:x",
            "user@host",
            "https://host",
            "host/path",
            "a..b",
            "a_b",
            "ex\u{e4}mple.org",
            "$(x)",
            "a;b",
            ".",
            "a.",
        ] {
            assert_eq!(ssh(address), None, "{address:?}");
        }
        assert_eq!(ssh(&"a".repeat(254)), None);
    }
}
