//! Who or what an email says that something was done with: one of a list. A client's version line is text that its
//! user chooses, and no text of a stranger stands in an email.

use serde::{Deserialize, Serialize};

use crate::messages::Speaks;
use crate::text;

/// The product names in version lines (RFC 4253 section 4.2), in lower case, and what emails call them.
const PRODUCTS: [(&str, EmailClient); 15] = [
    ("openssh", EmailClient::OpenSsh),
    ("putty", EmailClient::Putty),
    ("winscp", EmailClient::WinScp),
    ("dropbear", EmailClient::Dropbear),
    ("paramiko", EmailClient::Paramiko),
    ("asyncssh", EmailClient::AsyncSsh),
    ("libssh", EmailClient::LibSsh),
    ("libssh2", EmailClient::LibSsh2),
    ("go", EmailClient::Go),
    ("jsch", EmailClient::JSch),
    ("apache", EmailClient::Mina),
    ("russh", EmailClient::Russh),
    ("securecrt", EmailClient::SecureCrt),
    ("ttssh", EmailClient::TeraTerm),
    ("renci", EmailClient::SshNet),
];

/// What stands behind `Client:` or `By:` in an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailClient {
    /// An operator's command.
    Operator,
    /// An owner of the team that the email is about.
    TeamOwner,
    OpenSsh,
    Putty,
    WinScp,
    Dropbear,
    Paramiko,
    AsyncSsh,
    LibSsh,
    LibSsh2,
    Go,
    JSch,
    Mina,
    Russh,
    SecureCrt,
    TeraTerm,
    SshNet,
}

impl EmailClient {
    /// The client that calls itself by this version line, `SSH-2.0-OpenSSH_9.2p1 Debian-2`, if it is one of the list.
    #[must_use]
    pub fn of_version_line(line: &str) -> Option<Self> {
        let software = line.strip_prefix("SSH-2.0-")?;
        let product = software.split(|c: char| !c.is_ascii_alphanumeric()).next()?.to_ascii_lowercase();
        PRODUCTS.iter().find(|(name, _)| *name == product).map(|(_, client)| *client)
    }

    /// As emails call it. A product has its name in every language.
    #[must_use]
    pub fn to(self, speaks: &impl Speaks) -> &'static str {
        match self {
            Self::Operator => text!(speaks, "mail-client-operator"),
            Self::TeamOwner => text!(speaks, "mail-client-team-owner"),
            Self::OpenSsh => "OpenSSH",
            Self::Putty => "PuTTY",
            Self::WinScp => "WinSCP",
            Self::Dropbear => "Dropbear",
            Self::Paramiko => "Paramiko",
            Self::AsyncSsh => "AsyncSSH",
            Self::LibSsh => "libssh",
            Self::LibSsh2 => "libssh2",
            Self::Go => "Go",
            Self::JSch => "JSch",
            Self::Mina => "Apache MINA SSHD",
            Self::Russh => "russh",
            Self::SecureCrt => "SecureCRT",
            Self::TeraTerm => "Tera Term",
            Self::SshNet => "SSH.NET",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    #[test]
    fn a_known_client_is_named_and_nothing_else_of_its_line() {
        let named =
            |line: &str| EmailClient::of_version_line(line).map(|client| client.to(&Language::German));
        for (line, name) in [
            ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10", "OpenSSH"),
            ("SSH-2.0-OpenSSH_for_Windows_9.5", "OpenSSH"),
            ("SSH-2.0-PuTTY_Release_0.78", "PuTTY"),
            ("SSH-2.0-WinSCP_release_6.3", "WinSCP"),
            ("SSH-2.0-dropbear_2022.83", "Dropbear"),
            ("SSH-2.0-paramiko_2.12.0", "Paramiko"),
            ("SSH-2.0-AsyncSSH_2.10.1", "AsyncSSH"),
            ("SSH-2.0-libssh2_1.11.0", "libssh2"),
            ("SSH-2.0-libssh_0.10.6", "libssh"),
            ("SSH-2.0-Go", "Go"),
            ("SSH-2.0-JSCH_0.2.17", "JSch"),
            ("SSH-2.0-APACHE-SSHD-2.12.1", "Apache MINA SSHD"),
            ("SSH-2.0-Renci.SshNet.SshClient.0.0.1", "SSH.NET"),
            ("SSH-2.0-OpenSSH Call +1-555-0100", "OpenSSH"),
        ] {
            assert_eq!(named(line), Some(name), "{line}");
        }
        for line in [
            "",
            "SSH-2.0-",
            "SSH-2.0-Call +1-555-0100",
            "OpenSSH_9.2",
            "SSH-1.99-OpenSSH",
            "SSH-2.0-OpenSSH2you",
        ] {
            assert_eq!(named(line), None, "{line}");
        }
    }
}
