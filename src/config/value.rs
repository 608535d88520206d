//! The types of settings: how each is parsed, printed and bounded.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::private::CREDENTIALS;
use crate::domain::accent::Accent;
use crate::domain::algorithms::{CipherList, HostKeyList, KexList, MacList};
use crate::domain::branding::{Art, HelpText};
use crate::domain::dn::Dn;
use crate::domain::ldap_tls::LdapTls;
use crate::domain::max_startups::MaxStartups;
use crate::domain::metrics_address::MetricsAddress;
use crate::domain::networks::Networks;
use crate::domain::penalty_rules::PenaltyRules;
use crate::domain::relay::RelayTls;
use crate::domain::service::{PeerNames, SecondFactorAtServices, ServiceNames};
use crate::domain::trusted_networks::TrustedNetworks;

/// A value before parsing.
#[derive(Clone, Debug)]
pub(super) enum Raw<'a> {
    /// A string in the file.
    Text(&'a str),
    /// An integer in the file.
    Integer(i128),
    /// A boolean in the file.
    Boolean(bool),
    /// Any other TOML type, by name.
    Other(&'static str),
    /// The text of an environment variable or a flag, which can represent any type.
    Untyped(&'a str),
}

/// A type that settings can have.
pub(super) trait SettingValue: Sized {
    /// Parses a value, or says what was expected.
    fn read(raw: &Raw<'_>) -> Result<Self, String>;
    /// The TOML form; `None` if the setting is not set.
    fn show(&self) -> Option<String>;
}

impl Raw<'_> {
    fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Ok(text),
            Self::Integer(_) => Err("expected text in quotes, found a number".to_owned()),
            Self::Boolean(_) => Err("expected text in quotes, found a boolean".to_owned()),
            Self::Other(kind) => Err(format!("expected text in quotes, found a {kind}")),
        }
    }

    fn integer(&self) -> Result<i128, String> {
        match self {
            Self::Integer(number) => Ok(*number),
            Self::Untyped(text) => {
                text.trim().parse().map_err(|_| format!("expected a whole number, found `{text}`"))
            }
            Self::Text(_) => Err("expected a whole number without quotes, found text".to_owned()),
            Self::Boolean(_) => Err("expected a whole number, found a boolean".to_owned()),
            Self::Other(kind) => Err(format!("expected a whole number, found a {kind}")),
        }
    }
}

/// `text` as a TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            _ if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

impl SettingValue for String {
    fn read(raw: &Raw<'_>) -> Result<Self, String> {
        raw.text().map(str::to_owned)
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl SettingValue for bool {
    fn read(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::Boolean(value) => Ok(*value),
            Raw::Untyped("true") => Ok(true),
            Raw::Untyped("false") => Ok(false),
            _ => Err("expected true or false, without quotes".to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// The path of a credential of systemd, `$CREDENTIALS_DIRECTORY/NAME`; `None` for another one, and where there are none:
/// an operator's command may not need it.
pub(super) fn credential(path: &str) -> Option<PathBuf> {
    let name = path.strip_prefix('$')?.strip_prefix(CREDENTIALS)?.strip_prefix('/')?;
    Some(PathBuf::from(std::env::var_os(CREDENTIALS)?).join(name))
}

impl SettingValue for PathBuf {
    fn read(raw: &Raw<'_>) -> Result<Self, String> {
        match raw.text()? {
            "" => Err("expected a path, found nothing".to_owned()),
            path => Ok(credential(path).unwrap_or_else(|| Self::from(path))),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

impl SettingValue for IpAddr {
    fn read(raw: &Raw<'_>) -> Result<Self, String> {
        let text = raw.text()?;
        text.parse().map_err(|_| format!("expected an address such as 0.0.0.0 or ::, found `{text}`"))
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl SettingValue for SocketAddr {
    fn read(raw: &Raw<'_>) -> Result<Self, String> {
        let text = raw.text()?;
        text.parse()
            .map_err(|_| format!("expected an address and a port such as 127.0.0.1:389, found `{text}`"))
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

/// Empty text means `None`.
impl<T: SettingValue> SettingValue for Option<T> {
    fn read(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::Text("") | Raw::Untyped("") => Ok(None),
            _ => T::read(raw).map(Some),
        }
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(SettingValue::show)
    }
}

/// A type that is written as a whole number and can have bounds.
pub(super) trait Number: Copy {
    fn number(self) -> i128;
}

macro_rules! numbers {
    ($($type:ty),*) => { $(
        impl Number for $type {
            fn number(self) -> i128 {
                i128::try_from(self).unwrap_or(i128::MAX)
            }
        }

        impl SettingValue for $type {
            fn read(raw: &Raw<'_>) -> Result<Self, String> {
                let number = raw.integer()?;
                Self::try_from(number).map_err(|_| format!("{number} is outside {} to {}", Self::MIN, Self::MAX))
            }

            fn show(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )* };
}

numbers!(u16, u32, usize, i64);

/// Written as whole seconds.
impl SettingValue for Duration {
    fn read(raw: &Raw<'_>) -> Result<Self, String> {
        u32::read(raw).map(|seconds| Self::from_secs(u64::from(seconds)))
    }

    fn show(&self) -> Option<String> {
        Some(self.as_secs().to_string())
    }
}

impl Number for Duration {
    fn number(self) -> i128 {
        i128::from(self.as_secs())
    }
}

impl<T: Number> Number for Option<T> {
    /// `None` is within any bounds.
    fn number(self) -> i128 {
        self.map_or(1, Number::number)
    }
}

/// Written as text that the type itself parses and prints.
macro_rules! texts {
    ($($type:ty),*) => { $(
        impl SettingValue for $type {
            fn read(raw: &Raw<'_>) -> Result<Self, String> {
                raw.text()?.parse()
            }

            fn show(&self) -> Option<String> {
                Some(quoted(&self.to_string()))
            }
        }
    )* };
}

texts!(
    MaxStartups,
    MetricsAddress,
    ServiceNames,
    PeerNames,
    Dn,
    TrustedNetworks,
    Networks,
    PenaltyRules,
    KexList,
    CipherList,
    MacList,
    HostKeyList,
    Accent,
    Art,
    HelpText
);

/// An enum of fixed words.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $( $(#[$arm_doc:meta])* $arm:ident = $word:literal ),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$arm_doc])* $arm ),* }

        choice!(impl $name { $( $arm = $word ),* });
    };
    (impl $name:ident { $( $arm:ident = $word:literal ),* }) => {
        impl SettingValue for $name {
            fn read(raw: &Raw<'_>) -> Result<Self, String> {
                match raw.text()? {
                    $( $word => Ok(Self::$arm), )*
                    other => Err(format!("expected one of {}; found `{other}`", [$( $word ),*].join(", "))),
                }
            }

            fn show(&self) -> Option<String> {
                match self { $( Self::$arm => Some(quoted($word)) ),* }
            }
        }
    };
}

choice! {
    /// Where people land after a password reset.
    AfterReset {
        /// Signed in, on the page of teams.
        Dashboard = "dashboard",
        /// At the sign-in form.
        SignIn = "sign-in",
    }
}

choice! {
    /// Who can create an account.
    SignUp {
        /// Only people added by an operator or invited to a team.
        Closed = "closed",
        /// Anyone who can receive a code by email.
        Open = "open",
    }
}

choice! {
    /// Who can create a team.
    TeamCreation {
        /// Any member; whoever does is its owner.
        Members = "members",
        /// Only an operator.
        Operator = "operator",
    }
}

choice! {
    /// How emails are sent.
    MailTransport {
        /// As `.eml` files in a folder.
        File = "file",
        /// Through a mail relay.
        Smtp = "smtp",
    }
}

choice! {
    /// Format of log lines.
    LogFormat {
        Text = "text",
        /// One JSON object per line.
        Json = "json",
    }
}

choice! {
    /// The least severe level that is logged.
    LogLevel {
        Error = "error",
        /// Conditions that may become failures.
        Warn = "warn",
        Info = "info",
        Debug = "debug",
        Trace = "trace",
    }
}

choice!(impl RelayTls { StartTls = "starttls", Implicit = "implicit", None = "none" });

choice! {
    /// Where accounts and passwords live.
    DirectoryKind {
        /// In the portal's own database.
        Own = "own",
        /// In a server that speaks LDAP: OpenLDAP, 389-ds, lldap, FreeIPA.
        Ldap = "ldap",
        /// In Active Directory, Microsoft's or Samba's.
        ActiveDirectory = "active-directory",
        /// Behind a program.
        Command = "command",
    }
}

choice! {
    /// How passwords are set in a directory that speaks LDAP.
    DirectoryPasswordChange {
        /// As the server says that it can.
        Auto = "auto",
        /// By the operation that was made for it (RFC 3062).
        Exop = "exop",
        /// By writing `userPassword`.
        Modify = "modify",
    }
}

choice! {
    /// Who sets a password that was forgotten.
    DirectoryResetAs {
        /// The service account.
        Service = "service",
        /// The person, with a random password that the service account has set a moment before.
        User = "user",
    }
}
choice!(impl LdapTls { Ldaps = "ldaps", StartTls = "starttls", None = "none" });

choice!(impl SecondFactorAtServices { Refuse = "refuse", Append = "append" });

impl LogLevel {
    /// The name of the level in `tracing`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
