//! Prints settings: the sample file, the documentation, and the effective settings without secrets.

use std::fmt::{self, Write as _};

use super::sections::{KEYS, SECTIONS, SettingKey, Settings};
use super::value::quoted;

/// A settings file with every key commented out at its default, and its description.
#[must_use]
pub fn sample() -> String {
    written(&Settings::default())
}

/// The same with what is not at its default in `settings` set, and not commented out.
pub(super) fn written(settings: &Settings) -> String {
    let defaults = Settings::default();
    let mut out = String::from(
        "# Settings of a Doorkey portal. A key behind a `#` has its default value; remove the `#` to change it.\n\
         # Environment variables override this file: DOORKEY__SSH__PORT=22.\n",
    );
    for (section, about) in SECTIONS {
        let _ = write!(out, "\n#{}\n[{section}]\n", about.join("\n#"));
        for key in KEYS.iter().filter(|key| key.section == *section) {
            let (value, default) = ((key.show)(settings), (key.show)(&defaults));
            let mark = if value == default { "#" } else { "" };
            let value = value.unwrap_or_else(|| "\"\"".to_owned());
            let _ = writeln!(out, "#{}\n{mark}{} = {value}", key.says.join("\n#"), key.name);
        }
    }
    out
}

/// All settings by section, in Markdown: key, default, description.
#[must_use]
pub fn reference() -> String {
    let defaults = Settings::default();
    let mut out = String::new();
    for (section, about) in SECTIONS {
        let _ = write!(out, "\n### `[{section}]`\n\n{}\n\n", joined(about));
        out.push_str("| setting | default | meaning |\n|---|---|---|\n");
        for key in KEYS.iter().filter(|key| key.section == *section) {
            let value = (key.show)(&defaults).map_or_else(String::new, |value| format!("`{value}`"));
            let _ = writeln!(out, "| `{section}.{}` | {value} | {} |", key.name, joined(key.says));
        }
    }
    out
}

/// The usernames that open a page: setting, default, meaning.
pub fn page_users() -> impl Iterator<Item = (String, String, String)> {
    let defaults = Settings::default();
    let users = KEYS.iter().filter(|key| key.section == "ssh" && key.name.ends_with("_user"));
    users.map(move |key| {
        let user = (key.show)(&defaults).unwrap_or_default();
        (format!("ssh.{}", key.name), user.trim_matches('"').to_owned(), joined(key.says))
    })
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

impl Settings {
    /// The settings that are not the same in `other`, `limits.cases_per_source`.
    pub fn different_from(&self, other: &Self) -> impl Iterator<Item = String> {
        let differ = |key: &&SettingKey| (key.show)(self) != (key.show)(other);
        KEYS.iter().filter(differ).map(|key| format!("{}.{}", key.section, key.name))
    }

    /// These settings as a file for an operator to go on with: every key with its description, those at their default
    /// commented out.
    #[must_use]
    pub fn commented(&self) -> String {
        written(self)
    }

    /// The effective settings as a settings file, without the password of the database.
    #[must_use]
    pub fn effective(&self) -> String {
        let mut out = String::new();
        for (section, _) in SECTIONS {
            let _ = writeln!(out, "{}[{section}]", if out.is_empty() { "" } else { "\n" });
            for key in KEYS.iter().filter(|key| key.section == *section) {
                let shown = match (key.section, key.name) {
                    // It is in another file, and one of both is to be set.
                    ("store", "url") if self.store.url_file.is_some() => None,
                    ("store", "url") => Some(quoted(&without_password(&self.store.url))),
                    _ => (key.show)(self),
                };
                let _ = match shown {
                    Some(value) => writeln!(out, "{} = {value}", key.name),
                    None => writeln!(out, "#{} is not set", key.name),
                };
            }
        }
        out
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.effective())
    }
}

/// `url` with any password replaced by `***`, before the `@` and in the query.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (base, query) = rest.split_once('?').map_or((rest, None), |(base, query)| (base, Some(query)));
    let base = match base.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => format!("{login}@{host}"),
        },
        None => base.to_owned(),
    };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{base}{}", query.map_or_else(String::new, |query| format!("?{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uncommented_sample_equals_the_defaults() {
        let uncommented: String = sample()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let directory = tempfile::tempdir().unwrap();
        for text in [uncommented, sample(), Settings::default().effective()] {
            let file = directory.path().join("doorkey.toml");
            std::fs::write(&file, &text).unwrap();
            let mut read =
                Settings::load_from(Some(&file), [], &[]).unwrap_or_else(|e| panic!("{e}\n{text}"));
            read.origins.clear();
            assert_eq!(read, Settings::default());
        }
    }

    #[test]
    fn every_key_is_explained_in_the_reference() {
        let rows = reference().lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, KEYS.len());
        assert!(reference().contains("| `password.memory_kib` | `65536` | Argon2id memory in KiB. |"));
    }

    #[test]
    fn no_password_is_printed() {
        let mut settings = Settings::default();
        for url in [
            "postgres://doorkey:hunter2@db.example/doorkey?sslmode=require",
            "postgres://db.example/doorkey?user=doorkey&password=hunter2",
            "postgres://doorkey:hunt@er2hunter2@db.example/doorkey",
        ] {
            settings.store.url = url.to_owned();
            let shown = settings.effective();
            assert!(!shown.contains("hunter2") && shown.contains("db.example/doorkey"), "{shown}");
            assert!(!format!("{settings:?}").contains("hunter2"));
        }
    }
}
