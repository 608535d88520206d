//! Reads settings from the file, the environment and flags, in that order; later ones override earlier ones.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::fault::{ConfigError, ConfigProblem, Origin};
use super::print::without_password;
use super::private::Exposed;
use super::sections::{KEYS, SECTIONS, SettingKey, Settings, database};
use super::value::{DirectoryKind, MailTransport, Raw, SignUp, TeamCreation};
use crate::domain::input;
use crate::domain::ldap_tls::LdapTls;
use crate::domain::relay::RelayTls;

/// Read if no other file is given.
pub const DEFAULT_FILE: &str = "doorkey.toml";
/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Prefix of all environment variables.
const PREFIX: &str = "DOORKEY__";

impl Settings {
    /// The settings of this process: `file` (or `doorkey.toml` in the working directory, if it exists),
    /// then the environment.
    ///
    /// # Errors
    /// All problems, each with its origin.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Reading::of(file_or_default(file), std::env::vars_os(), &[]).finished()
    }

    /// The same, but the URL of the database stays in its file, which only the service may be given. For commands that do
    /// without the database, or say by themselves that they were not given its URL.
    pub fn load_without_database(file: Option<&Path>) -> Result<Self, ConfigError> {
        let reading = Reading::of(file_or_default(file), std::env::vars_os(), &[]);
        if reading.settings.credential_of_database().is_some() {
            return reading.checked();
        }
        reading.finished()
    }

    /// The settings from the given file, environment and flags such as `("ssh.port", "2222")`.
    pub fn load_from(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        Reading::of(file, environment, flags).finished()
    }

    /// A problem with `key`, with its origin.
    #[must_use]
    pub fn problem(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let origin = self.origins.get(key).cloned().unwrap_or_default();
        ConfigError::of(origin, key, reason)
    }
}

#[derive(Default)]
struct Reading {
    settings: Settings,
    problems: Vec<ConfigProblem>,
    /// Who else can read the settings file.
    exposed: Option<Exposed>,
}

impl Reading {
    fn of(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &[(&str, String)],
    ) -> Self {
        let mut reading = Self::default();
        if let Some(path) = file {
            reading.file(path);
        }
        reading.environment(environment);
        for (key, value) in flags {
            reading.set(key, Origin::Flag, &Raw::Untyped(value));
        }
        reading
    }

    fn finished(mut self) -> Result<Settings, ConfigError> {
        if self.problems.is_empty() {
            self.url_from_file();
        }
        self.checked()
    }

    fn checked(mut self) -> Result<Settings, ConfigError> {
        if self.problems.is_empty() {
            self.check_consistency();
        }
        if self.problems.is_empty() {
            Ok(self.settings)
        } else {
            Err(ConfigError { problems: self.problems })
        }
    }

    fn report(&mut self, origin: Origin, key: &str, reason: impl Into<String>) {
        self.problems.push(ConfigProblem { origin, key: key.to_owned(), reason: reason.into() });
    }

    fn file(&mut self, path: &Path) {
        let origin = |line| Origin::File { path: path.to_owned(), line };
        let text = match read_bounded(path) {
            Ok((text, exposed)) => {
                self.exposed = exposed;
                text
            }
            Err(reason) => return self.report(origin(0), "", reason),
        };
        let line_of = |at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count() + 1);
        let table = match DeTable::parse(&text) {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(0, |span| line_of(span.start));
                return self.report(origin(line), "", error.message());
            }
        };
        for (section, value) in table.get_ref() {
            let at = origin(line_of(section.span().start));
            let section = section.get_ref().as_ref();
            if let Some(reason) = no_section(section, value.get_ref()) {
                self.report(at, section, reason);
                continue;
            }
            let Some(keys) = value.get_ref().as_table() else { continue };
            for (name, value) in keys {
                let at = origin(line_of(name.span().start));
                self.set(&format!("{section}.{}", name.get_ref()), at, &raw(value.get_ref()));
            }
        }
    }

    fn environment(&mut self, environment: impl IntoIterator<Item = (OsString, OsString)>) {
        let mut ours: Vec<(OsString, OsString)> = environment
            .into_iter()
            .filter(|(name, _)| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
            .collect();
        ours.sort();
        for (name, value) in ours {
            let name = name.to_string_lossy().into_owned();
            let key = name[PREFIX.len()..].to_lowercase().replacen("__", ".", 1);
            match value.to_str() {
                Some(value) => self.set(&key, Origin::Environment(name), &Raw::Untyped(value)),
                None => self.report(Origin::Environment(name), &key, "is not UTF-8"),
            }
        }
    }

    /// Sets the key `section.name`, or reports why it cannot.
    fn set(&mut self, dotted: &str, origin: Origin, raw: &Raw<'_>) {
        let Some(key) = find(dotted) else {
            return self.report(origin, dotted, unknown(dotted));
        };
        match (key.set)(&mut self.settings, raw) {
            Ok(()) => {
                self.settings.origins.insert(dotted.to_owned(), origin);
            }
            Err(reason) => self.report(origin, dotted, reason),
        }
    }

    /// Takes the URL of the database from its file.
    fn url_from_file(&mut self) {
        const KEY: &str = "store.url_file";
        let Some(path) = self.settings.store.url_file.clone() else { return };
        if self.settings.origins.contains_key("store.url") {
            let reason = "url is set as well; remove one of them";
            return self.problems.extend(self.settings.problem(KEY, reason).problems);
        }
        if let Some(reason) = self.settings.credential_of_database() {
            return self.problems.extend(self.settings.problem(KEY, reason).problems);
        }
        let read = self.settings.secret(KEY, &path).and_then(|url| match database(url.expose()) {
            Ok(()) => Ok(url.expose().to_owned()),
            Err(reason) => Err(self.settings.problem(KEY, format!("{}: {reason}", path.display()))),
        });
        match read {
            Ok(url) => self.settings.store.url = url,
            Err(fault) => self.problems.extend(fault.problems),
        }
    }

    /// Reports settings that are valid alone but contradict each other.
    fn check_consistency(&mut self) {
        let Settings { ssh, mail, password, store, portal, directory, origins, .. } = &self.settings;
        let mut found: Vec<(&str, String)> = Vec::new();
        let users = [
            &ssh.account_user,
            &ssh.forgot_user,
            &ssh.reset_user,
            &ssh.undo_user,
            &ssh.guest_user,
            &ssh.join_user,
            &ssh.keys_user,
            &ssh.support_user,
            &ssh.setup_user,
        ];
        if users.iter().enumerate().any(|(n, user)| users[..n].contains(user)) {
            let reason =
                "account, forgot, reset, undo, guest, join, keys, support and setup need different names";
            found.push(("ssh.account_user", reason.to_owned()));
        }
        if password.min_length_with_two_factor > password.min_length {
            let reason = format!("more than password.min_length, which is {}", password.min_length);
            found.push(("password.min_length_with_two_factor", reason));
        }
        if directory.kind != DirectoryKind::Own {
            let elsewhere = "accounts are made in the directory of directory.kind";
            if portal.sign_up == SignUp::Open {
                found.push(("portal.sign_up", format!("expected \"closed\": {elsewhere}")));
            }
            if self.settings.account.deletion {
                found.push(("account.deletion", format!("expected false: {elsewhere}")));
            }
            if directory.groups && self.settings.teams.create == TeamCreation::Members {
                let reason = "expected \"operator\": the directory says which teams there are";
                found.push(("teams.create", reason.to_owned()));
            }
        }
        if matches!(directory.kind, DirectoryKind::Ldap | DirectoryKind::ActiveDirectory) {
            let needs = |setting, is_there: bool| (!is_there).then(|| (setting, "is missing".to_owned()));
            let has_account = directory.bind_dn.is_some();
            let missing = [
                needs("directory.urls", !directory.urls.is_empty()),
                needs("directory.user_base", !directory.user_base.is_empty()),
                needs("directory.group_base", directory.group_base.is_some() || !directory.groups),
                needs("directory.bind_dn", has_account || !directory.reset),
                needs("directory.bind_password_file", directory.bind_password_file.is_some() || !has_account),
            ];
            found.extend(missing.into_iter().flatten());
        }
        if directory.kind == DirectoryKind::Command && directory.command.is_none() {
            found.push((
                "directory.command",
                "is missing: the program that directory.kind asks for".to_owned(),
            ));
        }
        if mail.transport == MailTransport::Smtp {
            let here = ["localhost", "127.0.0.1", "::1"];
            match mail.host.as_deref() {
                None => {
                    found.push((
                        "mail.host",
                        "transport \"smtp\" needs the host name of the relay".to_owned(),
                    ));
                }
                Some(host) if mail.tls == RelayTls::None && !here.contains(&host) => {
                    let reason = format!("\"none\" is only for a relay on this machine, not for `{host}`");
                    found.push(("mail.tls", reason));
                }
                Some(_) => {}
            }
            if mail.username.is_some() != mail.password_file.is_some() {
                found.push(("mail.username", "username and password_file go together".to_owned()));
            }
        }
        found.extend(contradictions_of_ldap(&self.settings));
        if let Some(exposed) = &self.exposed
            && matches!(origins.get("store.url"), Some(Origin::File { .. }))
            && without_password(&store.url) != store.url
        {
            found.push(("store.url", format!("has a password, in a file that is not private: {exposed}")));
        }
        for (key, reason) in found {
            self.problems.extend(self.settings.problem(key, reason).problems);
        }
    }
}

/// Settings of the LDAP server that contradict each other, or lack others.
fn contradictions_of_ldap(settings: &Settings) -> Vec<(&'static str, String)> {
    let (ldap, mut found) = (&settings.ldap, Vec::new());
    let Some(at) = ldap.listen else { return found };
    if settings.directory.kind != DirectoryKind::Own {
        let reason =
            "serves the portal's own accounts alone: programs ask the directory of directory.kind itself";
        found.push(("ldap.listen", reason.to_owned()));
    }
    if ldap.base_dn.is_none() {
        found.push(("ldap.base_dn", "ldap.listen needs it: dc=example,dc=org".to_owned()));
    }
    if ldap.tls == LdapTls::None && !at.ip().is_loopback() {
        let reason = format!("\"none\" is only for a loopback address, not for {}", at.ip());
        found.push(("ldap.tls", reason));
    }
    if ldap.tls != LdapTls::None {
        let without = "without TLS, on a loopback address alone, write tls = \"none\"";
        match (&ldap.certificate, &ldap.certificate_key) {
            (Some(_), Some(_)) => {}
            (None, None) => {
                let needs = "is missing: TLS needs ldap.certificate and ldap.certificate_key";
                found.push(("ldap.certificate", format!("{needs}; {without}")));
            }
            (None, Some(_)) => {
                let reason = "is missing: the certificate of the key in ldap.certificate_key";
                found.push(("ldap.certificate", reason.to_owned()));
            }
            (Some(_), None) => {
                let reason = "is missing: the key of the certificate in ldap.certificate";
                found.push(("ldap.certificate_key", reason.to_owned()));
            }
        }
    }
    found
}

/// If the existence of the default cannot be determined, reading it fails with an error that names the file.
fn file_or_default(file: Option<&Path>) -> Option<&Path> {
    let default = Path::new(DEFAULT_FILE);
    file.or_else(|| default.try_exists().unwrap_or(true).then_some(default))
}

fn find(dotted: &str) -> Option<&'static SettingKey> {
    let (section, name) = dotted.split_once('.')?;
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// What is wrong with this at the top of a settings file, and what to write, unless it is a section.
fn no_section(name: &str, value: &DeValue<'_>) -> Option<String> {
    let is_known = SECTIONS.iter().any(|(known, _)| *known == name);
    let is_several = value.as_array().is_some_and(|all| all.iter().any(|one| one.get_ref().is_table()));
    match (is_known, value.is_table()) {
        (true, true) => None,
        (true, false) if is_several => Some(format!("write [{name}], with one bracket on either side, and once")),
        (true, false) => Some(format!("expected a section: write [{name}], and its keys below")),
        // As it is written in the file of hooks.
        (false, _) if name == "hook" => Some(
            "hooks have a file of their own: name it with `file` in [hooks], and write each of them there below `[[hook]]`"
                .to_owned(),
        ),
        (false, true) => Some(format!("unknown section; {}", known_sections())),
        (false, false) => {
            let of_name = KEYS.iter().filter(|key| key.name == name);
            let sections: Vec<_> = of_name.map(|key| format!("[{}]", key.section)).collect();
            Some(match sections.join(" or ") {
                sections if sections.is_empty() => format!("is in no section; {}", known_sections()),
                sections => format!("is in no section; write it below {sections}"),
            })
        }
    }
}

/// The error for the unknown key `dotted`, with the valid names.
fn unknown(dotted: &str) -> String {
    let section = dotted.split('.').next().unwrap_or_default();
    let names: Vec<&str> = KEYS.iter().filter(|key| key.section == section).map(|key| key.name).collect();
    if names.is_empty() {
        format!("unknown section; {}", known_sections())
    } else {
        format!("unknown key; [{section}] has {}", names.join(", "))
    }
}

fn known_sections() -> String {
    let names: Vec<String> = SECTIONS.iter().map(|(name, _)| format!("[{name}]")).collect();
    format!("there are {}", names.join(", "))
}

fn raw<'a>(value: &'a DeValue<'_>) -> Raw<'a> {
    match value {
        DeValue::String(text) => Raw::Text(text),
        DeValue::Integer(number) => {
            let parsed = i128::from_str_radix(number.as_str(), number.radix());
            parsed.map_or(Raw::Other("number that is too large"), Raw::Integer)
        }
        DeValue::Boolean(truth) => Raw::Boolean(*truth),
        other => Raw::Other(other.type_str()),
    }
}

/// The text of a file, and whether others can read it.
fn read_bounded(path: &Path) -> Result<(String, Option<Exposed>), String> {
    let file = std::fs::File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    // Of the open file, because the path could point to another file by now (CWE-367).
    let metadata = file.metadata().map_err(|error| format!("cannot be read: {error}"))?;
    let mut bytes = Vec::new();
    let read = file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err("is larger than 1 MiB, so it cannot be a settings file".to_owned());
    }
    let text = input::text(&bytes).map_err(|error| error.to_string())?.to_owned();
    Ok((text, Exposed::of(path, &metadata)))
}

#[cfg(test)]
mod tests;
