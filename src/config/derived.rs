//! Values that other modules need, derived from the settings and the files they name.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::fault::{ConfigError, Origin};
use super::private;
use super::sections::Settings;
use super::value::{DirectoryKind, MailTransport, SignUp, TeamCreation};
use crate::domain::capabilities::Capabilities;
use crate::domain::email::Email;
use crate::domain::hash::HashParams;
use crate::domain::input::{self, NotText};
use crate::domain::ldap_tls::LdapTls;
use crate::domain::password::{Blocklist, MAX_CHARS, Policy};
use crate::domain::portal::PortalInfo;
use crate::domain::relay::{Relay, RelayTls};
use crate::domain::secret::Secret;
use crate::messages::Language;

/// Maximum size of a blocklist (a few million passwords).
const MAX_BLOCKLIST_BYTES: u64 = 64 << 20;
/// Maximum size of a certificate file.
const MAX_CERTIFICATES_BYTES: u64 = 4 << 20;

/// A certificate with those of its issuers, and its key, as they are in their files.
#[derive(Debug)]
pub struct CertificateFiles {
    /// The file of the certificate.
    pub path: PathBuf,
    /// The certificates, PEM.
    pub chain: Vec<u8>,
    /// The file of the key.
    pub key_path: PathBuf,
    /// The key, PEM.
    pub key: Zeroizing<String>,
}

impl Settings {
    /// The facts about the portal that pages and emails show.
    #[must_use]
    pub fn portal(&self) -> PortalInfo {
        PortalInfo {
            language: Language::English,
            follows_profile: false,
            name: self.portal.name.clone(),
            organisation: self.portal.organisation.clone(),
            support: self.portal.support.clone(),
            accent: self.portal.accent,
            art: self.portal.art.clone(),
            help: self.portal.help.clone(),
            footer: self.portal.footer.clone(),
            sender: self.mail.from.clone(),
            code_ttl_minutes: self.code.ttl_minutes,
            password_min: self.password.min_length,
            password_min_length_with_two_factor: self.password.min_length_with_two_factor,
            password_max: MAX_CHARS,
            address: self.portal.address.as_deref().and_then(|address| address.parse().ok()),
            join_user: self.ssh.join_user.clone(),
            reset_user: self.ssh.reset_user.clone(),
            undo_user: self.ssh.undo_user.clone(),
            support_user: self.ssh.support_user.clone(),
            setup_user: self.ssh.setup_user.clone(),
            capabilities: self.capabilities(),
            sign_up: self.portal.sign_up == SignUp::Open,
            members_create_teams: self.teams.create == TeamCreation::Members,
            account_deletion: self.account.deletion,
            activity_days: self.audit.retention_days,
        }
    }

    /// The program that the directory is behind, if it is behind one.
    #[must_use]
    pub fn directory_command(&self) -> Option<&Path> {
        self.directory.command.as_deref().filter(|_| self.directory.kind == DirectoryKind::Command)
    }

    /// The password of the service account of the directory. Reads its file.
    pub fn directory_password(&self) -> Result<Secret, ConfigError> {
        match &self.directory.bind_password_file {
            Some(path) => self.secret("directory.bind_password_file", path),
            None => Ok(Secret::default()),
        }
    }

    /// A setting of the directory that cannot be used: its name below `directory.`, and why.
    #[must_use]
    pub fn problem_of_directory(&self, setting: &str, reason: String) -> ConfigError {
        // The names of attributes are settings of their own.
        let name = setting.strip_prefix("attributes.").map(|name| format!("{name}_attribute"));
        let name = name.unwrap_or_else(|| setting.replace("bind_password", "bind_password_file"));
        self.problem(&format!("directory.{name}"), reason)
    }

    /// What can be done where accounts and passwords live.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let set = &self.directory;
        match set.kind {
            DirectoryKind::Own => Capabilities::OWN,
            DirectoryKind::Ldap | DirectoryKind::ActiveDirectory | DirectoryKind::Command => Capabilities {
                accounts: false,
                change: set.change,
                reset: set.reset,
                ssh_keys: set.ssh_keys,
                groups: set.groups,
            },
        }
    }

    /// The password policy. Reads the blocklist file.
    pub fn policy(&self) -> Result<Policy, ConfigError> {
        let blocklist = match &self.password.blocklist_file {
            None => Blocklist::default(),
            Some(path) => {
                let bytes = self.read("password.blocklist_file", path, MAX_BLOCKLIST_BYTES)?;
                let not_text = |fault: NotText| {
                    self.problem("password.blocklist_file", format!("{}: {fault}", path.display()))
                };
                Blocklist::from_lines(input::text(&bytes).map_err(not_text)?)
            }
        };
        Ok(Policy {
            min: self.password.min_length,
            min_length_with_two_factor: self.password.min_length_with_two_factor,
            max: MAX_CHARS,
            blocklist,
            portal_words: vec![self.portal.name.clone(), self.portal.organisation.clone()],
        })
    }

    /// The cost of new password hashes.
    #[must_use]
    pub fn hash_params(&self) -> HashParams {
        HashParams {
            memory_kib: self.password.memory_kib,
            passes: self.password.passes,
            lanes: self.password.lanes,
            is_peppered: self.password.pepper,
        }
    }

    /// Number of hashing threads on a machine with `cores` cores.
    #[must_use]
    pub fn hash_workers(&self, cores: usize) -> usize {
        match self.password.workers {
            0 => cores.clamp(1, 8),
            workers => workers,
        }
    }

    /// The mail relay, if the transport is SMTP. Reads the password and certificate files.
    pub fn relay(&self) -> Result<Option<Relay>, ConfigError> {
        let Some(mut relay) = self.relay_without_login()? else { return Ok(None) };
        if let (Some(user), Some(path)) = (&self.mail.username, &self.mail.password_file) {
            relay.login = Some((user.clone(), self.secret("mail.password_file", path)?));
        }
        Ok(Some(relay))
    }

    /// Whether the relay's password is a credential of systemd, which only the service is given, and this is not the service.
    #[must_use]
    pub fn relay_login_is_the_services(&self) -> bool {
        self.mail.password_file.as_deref().and_then(private::credential_not_given).is_some()
    }

    /// The same of the URL of the database, as a sentence with what to do.
    #[must_use]
    pub fn credential_of_database(&self) -> Option<String> {
        let path = self.store.url_file.as_deref()?;
        private::credential_not_given(path)?;
        Some(format!(
            "{} is a credential of the service, which this command is not given. As root, type: {}. Or write the URL \
             without the password into store.url, and the password into the file .pgpass of the service's user, which \
             needs nothing of the kind",
            path.display(),
            self.command_with_credentials("COMMAND")
        ))
    }

    /// What root types to run `command` as the service's user with all credentials that the settings name, from where the
    /// service has them.
    #[must_use]
    pub fn command_with_credentials(&self, command: &str) -> String {
        let paths = [&self.store.url_file, &self.mail.password_file];
        let names = paths.into_iter().filter_map(|path| private::credential_not_given(path.as_deref()?));
        let given = names.map(|name| format!("--property=LoadCredential={name}:/etc/doorkey/{name} "));
        let file = self.origins.values().find_map(|origin| match origin {
            Origin::File { path, .. } => std::path::absolute(path).ok(),
            _ => None,
        });
        let config = file.map_or_else(String::new, |path| format!("--config {} ", path.display()));
        format!(
            "systemd-run --quiet --pty --pipe --wait --collect --uid=doorkey {}doorkey {config}{command}",
            given.collect::<String>()
        )
    }

    /// The mail relay for those who commit emails and send none. Reads the certificate file.
    pub fn relay_without_login(&self) -> Result<Option<Relay>, ConfigError> {
        let mail = &self.mail;
        let (MailTransport::Smtp, Some(host)) = (mail.transport, &mail.host) else {
            return Ok(None);
        };
        let extra_roots = match &mail.ca_file {
            Some(path) => Some(self.read("mail.ca_file", path, MAX_CERTIFICATES_BYTES)?),
            None => None,
        };
        let default_port = match mail.tls {
            RelayTls::StartTls => 587,
            RelayTls::Implicit => 465,
            RelayTls::None => 25,
        };
        let port = mail.port.unwrap_or(default_port);
        let sender = Email::parse(&mail.from).map(|from| from.as_str().to_owned()).unwrap_or_default();
        Ok(Some(Relay {
            host: host.clone(),
            port,
            tls: mail.tls,
            login: None,
            extra_roots,
            helo_name: mail.helo_name.clone(),
            sender_domain: sender.rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned()),
        }))
    }

    /// The certificate of the LDAP server and its key, where it listens and has TLS.
    pub fn ldap_certificate(&self) -> Result<Option<CertificateFiles>, ConfigError> {
        let ldap = &self.ldap;
        let (Some(_), Some(path), Some(key)) = (ldap.listen, &ldap.certificate, &ldap.certificate_key) else {
            return Ok(None);
        };
        if ldap.tls == LdapTls::None {
            return Ok(None);
        }
        let chain = self.read("ldap.certificate", path, MAX_CERTIFICATES_BYTES)?;
        let text = String::from_utf8_lossy(&chain);
        if text.contains("PRIVATE KEY-----") && !text.contains("-----BEGIN CERTIFICATE-----") {
            // Before it is said of the certificate that others can read it.
            let reason = format!(
                "{}: has a private key and no certificate: are ldap.certificate and ldap.certificate_key swapped?",
                path.display()
            );
            return Err(self.problem("ldap.certificate", reason));
        }
        let refused = |fault| self.problem("ldap.certificate_key", format!("{}: {fault}", key.display()));
        let (path, key_path) = (path.clone(), key.clone());
        Ok(Some(CertificateFiles { path, chain, key: private::read(key).map_err(refused)?, key_path }))
    }

    /// The first line of a private file.
    pub(super) fn secret(&self, key: &str, path: &Path) -> Result<Secret, ConfigError> {
        let text =
            private::read(path).map_err(|fault| self.problem(key, format!("{}: {fault}", path.display())))?;
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Secret::new(line)),
            _ => Err(self.problem(key, format!("{}: is empty", path.display()))),
        }
    }

    fn read(&self, key: &str, path: &Path, max: u64) -> Result<Vec<u8>, ConfigError> {
        let problem = |reason: String| self.problem(key, format!("{}: {reason}", path.display()));
        let metadata = std::fs::metadata(path).map_err(|error| problem(error.to_string()))?;
        if !metadata.is_file() || metadata.len() > max {
            return Err(problem(format!("is not a file of at most {} MiB", max >> 20)));
        }
        std::fs::read(path).map_err(|error| problem(error.to_string()))
    }
}
