//! Facts about this portal that pages and emails show: its name, its contact, its rules.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use super::accent::Accent;
use super::branding::{Art, HelpText};
use super::capabilities::Capabilities;
use crate::messages::{Language, LanguageChoice, Speaks};

/// Facts about the portal, built once from the settings.
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalInfo {
    /// The language of the session that they are for.
    pub language: Language,
    /// Whether a member's profile decides otherwise. Not in line mode and in commands, which scripts read.
    pub follows_profile: bool,
    /// Product name in the title line, `Doorkey`.
    pub name: String,
    /// Organisation or host that runs it, `acme.example`.
    pub organisation: String,
    /// Where to get help: an email address or a short sentence.
    pub support: String,
    /// The colour of what has the focus.
    pub accent: Accent,
    /// Above the sign-in.
    pub art: Art,
    /// At the end of the help.
    pub help: HelpText,
    /// Below every page; may be empty.
    pub footer: String,
    /// Sender address of emails.
    pub sender: String,
    /// Minutes that a code is valid after its email was sent.
    pub code_ttl_minutes: i64,
    /// Minimum characters of a password without a second factor.
    pub password_min: usize,
    /// Minimum characters of a password with a second factor.
    pub password_min_length_with_two_factor: usize,
    /// Maximum characters of a password.
    pub password_max: usize,
    /// Public address of the portal, if configured.
    pub address: Option<PortalAddress>,
    /// SSH user name that opens an invitation.
    pub join_user: String,
    /// SSH user name that resets a password in keyboard-interactive prompts.
    pub reset_user: String,
    /// SSH user name that takes an undo code in keyboard-interactive prompts.
    pub undo_user: String,
    /// SSH user name that opens support.
    pub support_user: String,
    /// SSH user name that takes the setup code.
    pub setup_user: String,
    /// What can be done where accounts and passwords live.
    pub capabilities: Capabilities,
    /// Whether people can sign up without an invitation.
    pub sign_up: bool,
    /// Whether members can create teams.
    pub members_create_teams: bool,
    /// Whether people can delete their accounts.
    pub account_deletion: bool,
    /// For how many days people's activity is kept.
    pub activity_days: i64,
}

impl PortalInfo {
    #[cfg(test)]
    pub(crate) fn for_test() -> Self {
        Self {
            language: Language::English,
            follows_profile: true,
            name: "Doorkey".into(),
            organisation: "acme.example".into(),
            support: "support@acme.example".into(),
            accent: Accent::default(),
            art: Art::default(),
            help: HelpText::default(),
            footer: String::new(),
            sender: "portal@acme.example".into(),
            code_ttl_minutes: 10,
            password_min: 15,
            password_min_length_with_two_factor: 8,
            password_max: 256,
            address: None,
            join_user: "join".into(),
            reset_user: "reset".into(),
            undo_user: "undo".into(),
            support_user: "support".into(),
            setup_user: "setup".into(),
            capabilities: Capabilities::OWN,
            sign_up: false,
            members_create_teams: false,
            account_deletion: false,
            activity_days: 90,
        }
    }

    /// The same portal in `language`, whatever a member's profile says.
    #[must_use]
    pub fn always_in(self: &Arc<Self>, language: Language) -> Arc<Self> {
        self.speaking(language, false)
    }

    /// The same portal in `language`, unless a member's profile says otherwise.
    #[must_use]
    pub fn first_in(self: &Arc<Self>, language: Language) -> Arc<Self> {
        self.speaking(language, true)
    }

    /// The same portal for a member who prefers that language.
    #[must_use]
    pub fn preferring(self: &Arc<Self>, choice: LanguageChoice) -> Arc<Self> {
        match choice {
            LanguageChoice::Chosen(language) if self.follows_profile => self.speaking(language, true),
            _ => Arc::clone(self),
        }
    }

    /// Shared by all sessions that speak as it does.
    fn speaking(self: &Arc<Self>, language: Language, follows_profile: bool) -> Arc<Self> {
        if (self.language, self.follows_profile) == (language, follows_profile) {
            return Arc::clone(self);
        }
        Arc::new(Self { language, follows_profile, ..Self::clone(self) })
    }

    /// The command that connects as `user`, such as `ssh -t -p 2222 ada@portal.example.org` for the `options`
    /// `"-t "`. The host is a placeholder if no address is configured.
    #[must_use]
    pub fn ssh(&self, options: &str, user: &str) -> String {
        match &self.address {
            None => format!("ssh {options}{user}@HOST"),
            Some(PortalAddress { host, port: DEFAULT_PORT }) => format!("ssh {options}{user}@{host}"),
            Some(PortalAddress { host, port }) => format!("ssh {options}-p {port} {user}@{host}"),
        }
    }
}

impl Speaks for PortalInfo {
    fn language(&self) -> Language {
        self.language
    }
}

/// The default port of ssh.
const DEFAULT_PORT: u16 = 22;

/// The public address of the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalAddress {
    /// Host name or IP address.
    host: String,
    port: u16,
}

/// Neither a host name nor an IP address, or an invalid port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a host name or IP address with an optional port, such as portal.example.org:2222")]
pub struct InvalidPortalAddress;

impl FromStr for PortalAddress {
    type Err = InvalidPortalAddress;

    fn from_str(text: &str) -> Result<Self, InvalidPortalAddress> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self { host: ip.to_string(), port: DEFAULT_PORT });
        }
        if let Ok(both) = text.parse::<SocketAddr>() {
            return Self::at(both.ip().to_string(), both.port());
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| InvalidPortalAddress)?),
            None => (text, DEFAULT_PORT),
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
    /// Host name or IP address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

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
    fn the_command_names_any_port_but_the_default() {
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
    fn addresses_that_a_shell_or_an_email_could_misread_are_refused() {
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
