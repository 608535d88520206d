//! The file of hooks (`hooks.file`): tables `[[hook]]`, which the sections of the settings have no place for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use super::fault::{ConfigError, Origin};
use super::private;
use super::sections::Settings;
use super::value::credential;
use crate::domain::hook::{EventChoice, Hook, HookTarget, MAX_SECRETS, SigningSecret, Webhook, WebhookUrl};
use crate::domain::input;

/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1 << 20;
const MAX_AUTHORITIES_BYTES: u64 = 4 << 20;
/// More hooks than this are a mistake.
const MAX_HOOKS: usize = 100;
/// Seconds that one try may take, if the file does not say.
const TIMEOUT_S: u64 = 15;
const MAX_TIMEOUT_S: u64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HookFile {
    #[serde(default)]
    hook: Vec<Spanned<RawHook>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHook {
    name: String,
    url: Option<String>,
    command: Option<PathBuf>,
    events: RawEvents,
    secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    timeout: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"all\" or a list of events")]
enum RawEvents {
    Word(String),
    List(Vec<String>),
}

/// Whether the secrets of webhooks are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secrets {
    Read,
    LeftOut,
}

/// A hook of the file, and its line.
struct FoundHook {
    raw: RawHook,
    line: usize,
}

impl Settings {
    /// The hooks of `hooks.file`, with the files that it names. `kinds` are the ids of all kinds of events.
    ///
    /// # Errors
    /// All problems of the file, each with its line.
    pub fn hooks(&self, kinds: &[&str]) -> Result<Vec<Hook>, ConfigError> {
        self.hooks_with(kinds, Secrets::Read)
    }

    /// The same without secrets and certificates, which may be the service's alone to read: enough to write down what hooks
    /// are to be told.
    ///
    /// # Errors
    /// All problems of the file, each with its line.
    pub fn hooks_without_secrets(&self, kinds: &[&str]) -> Result<Vec<Hook>, ConfigError> {
        self.hooks_with(kinds, Secrets::LeftOut)
    }

    fn hooks_with(&self, kinds: &[&str], secrets: Secrets) -> Result<Vec<Hook>, ConfigError> {
        let Some(path) = &self.hooks.file else { return Ok(Vec::new()) };
        let (mut hooks, mut problems) = (Vec::new(), Vec::new());
        for found in read(path)? {
            let line = found.line;
            let name = found.raw.name.clone();
            match resolve(found.raw, kinds, secrets) {
                Ok(hook) => hooks.push(hook),
                Err(reason) => {
                    problems.extend(fault_at(path, line, format!("hook `{name}`: {reason}")).problems);
                }
            }
        }
        if problems.is_empty() { Ok(hooks) } else { Err(ConfigError { problems }) }
    }

    /// The files that [`Settings::hooks`] reads.
    #[must_use]
    pub fn hook_files(&self) -> Vec<PathBuf> {
        let Some(path) = &self.hooks.file else { return Vec::new() };
        // A file that cannot be read is reported where its hooks are needed.
        let named = read(path).unwrap_or_default().into_iter();
        let named = named.flat_map(|found| [found.raw.secret_file, found.raw.ca_file]).flatten();
        std::iter::once(path.clone()).chain(named).collect()
    }
}

fn fault_at(path: &Path, line: usize, reason: String) -> ConfigError {
    ConfigError::of(Origin::File { path: path.to_owned(), line }, "", reason)
}

fn read(path: &Path) -> Result<Vec<FoundHook>, ConfigError> {
    let whole = |reason: String| fault_at(path, 0, reason);
    let bytes = bounded(path, MAX_FILE_BYTES).map_err(whole)?;
    let text = input::text(&bytes).map_err(|fault| whole(fault.to_string()))?;
    let line_of = |at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count() + 1);
    if let Some((at, reason)) = misplaced(text) {
        return Err(fault_at(path, line_of(at), reason));
    }
    let file: HookFile = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(span.start));
        fault_at(path, line, error.message().trim().to_owned())
    })?;
    let found: Vec<_> = file
        .hook
        .into_iter()
        .map(|hook| FoundHook { line: line_of(hook.span().start), raw: hook.into_inner() })
        .collect();
    if found.len() > MAX_HOOKS {
        return Err(whole(format!("has more than {MAX_HOOKS} hooks")));
    }
    let mut names = BTreeSet::new();
    for FoundHook { raw, line } in &found {
        if !is_name(&raw.name) {
            return Err(fault_at(path, *line, "a name is 1 to 32 of a-z, 0-9, `_`, `-`".to_owned()));
        }
        if !names.insert(&raw.name) {
            return Err(fault_at(path, *line, format!("there is another hook `{}`", raw.name)));
        }
    }
    Ok(found)
}

/// What is not `[[hook]]` at the top of the file, where it begins, and what to write instead. What cannot be read at all is
/// reported elsewhere.
fn misplaced(text: &str) -> Option<(usize, String)> {
    let table = DeTable::parse(text).ok()?;
    let misplaced = table.get_ref().iter().filter_map(|(key, value)| {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let is_table = value.get_ref().as_table().is_some();
        let is_tables = value.get_ref().as_array().is_some_and(|all| {
            !all.is_empty() && all.iter().all(|one| one.get_ref().as_table().is_some())
        });
        let reason = match name {
            "hook" if is_tables => return None,
            "hook" if is_table => "write `[[hook]]`, with two brackets on either side: there may be several hooks".to_owned(),
            "hook" => "write `[[hook]]` above the keys of each hook".to_owned(),
            "hooks" if is_table || is_tables => {
                "write `[[hook]]` above the keys of each hook: `[hooks]` belongs to the settings, where its `file` names this one"
                    .to_owned()
            }
            _ if is_table || is_tables => {
                format!("there is no table `{name}`: each hook is a table, `[[hook]]`")
            }
            _ => format!("`{name}` stands above the first `[[hook]]`: write that above the keys of each hook"),
        };
        Some((at, reason))
    });
    // The table is in the order of its keys.
    misplaced.min_by_key(|(at, _)| *at)
}

fn is_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    (1..=32).contains(&name.len()) && name.bytes().all(is_plain)
}

fn resolve(raw: RawHook, kinds: &[&str], wanted: Secrets) -> Result<Hook, String> {
    let RawHook { name, url, command, events, secret_file, ca_file, timeout } = raw;
    let target = match (url, command, secret_file) {
        (Some(url), None, Some(secret_file)) => HookTarget::Webhook(Webhook {
            url: WebhookUrl::parse(&url).map_err(|reason| format!("url: {reason}"))?,
            secrets: if wanted == Secrets::Read { secrets(&secret_file)? } else { Vec::new() },
            authorities: ca_file
                .filter(|_| wanted == Secrets::Read)
                .map(|path| {
                    bounded(&path, MAX_AUTHORITIES_BYTES)
                        .map_err(|reason| format!("ca_file: {}: {reason}", path.display()))
                })
                .transpose()?,
        }),
        (Some(_), None, None) => {
            return Err("has no secret_file, which its messages are signed with".to_owned());
        }
        (None, Some(command), None) if ca_file.is_none() => {
            if !command.is_absolute() {
                return Err("command: expected a path from the root, without arguments".to_owned());
            }
            HookTarget::Command(command)
        }
        (None, Some(_), _) => return Err("a command has neither secret_file nor ca_file".to_owned()),
        _ => return Err("expected either url or command".to_owned()),
    };
    let events = match events {
        RawEvents::Word(word) if word == "all" => EventChoice::All,
        RawEvents::Word(word) => return Err(format!("events: expected \"all\" or a list; found \"{word}\"")),
        RawEvents::List(list) => {
            if list.is_empty() {
                return Err("events: the list is empty".to_owned());
            }
            if let Some(unknown) = list.iter().find(|kind| !kinds.contains(&kind.as_str())) {
                return Err(format!(
                    "events: there is no event `{unknown}`; the chapter \"Hooks\" of the manual has all"
                ));
            }
            EventChoice::These(list.into_iter().collect())
        }
    };
    let seconds = timeout.unwrap_or(TIMEOUT_S);
    if !(1..=MAX_TIMEOUT_S).contains(&seconds) {
        return Err(format!("timeout: {seconds} is outside 1 to {MAX_TIMEOUT_S} seconds"));
    }
    Ok(Hook { name, target, events, timeout: Duration::from_secs(seconds) })
}

/// One secret a line, the new one first while both are known.
fn secrets(path: &Path) -> Result<Vec<SigningSecret>, String> {
    let problem = |reason: String| format!("secret_file: {}: {reason}", path.display());
    let credential = path.to_str().and_then(credential);
    let path = credential.as_deref().unwrap_or(path);
    let text = private::read(path).map_err(|fault| problem(fault.to_string()))?;
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if !(1..=MAX_SECRETS).contains(&lines.len()) {
        return Err(problem("expected one secret a line, one or two of them".to_owned()));
    }
    let parsed = lines.into_iter().map(SigningSecret::parse).collect::<Option<_>>();
    parsed.ok_or_else(|| {
        problem("a secret is `whsec_` and 24 to 64 random bytes in Base64: `echo whsec_$(openssl rand -base64 32)`".to_owned())
    })
}

fn bounded(path: &Path, max: u64) -> Result<Vec<u8>, String> {
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() || found.len() > max {
        return Err(format!("is not a file of at most {} MiB", max >> 20));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// The hooks of a file with this text, in a folder with a file `secret`.
    fn hooks(text: &str) -> Result<Vec<Hook>, String> {
        let folder = tempfile::tempdir().unwrap();
        let within = |name: &str| folder.path().join(name);
        std::fs::write(within("secret"), format!("{SECRET}\n")).unwrap();
        std::fs::set_permissions(within("secret"), std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(within("shared"), format!("{SECRET}\n")).unwrap();
        std::fs::set_permissions(within("shared"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let text = text.replace('@', &format!("{}/", folder.path().display()));
        std::fs::write(within("hooks.toml"), text).unwrap();
        let mut settings = Settings::default();
        settings.hooks.file = Some(within("hooks.toml"));
        settings.hooks(&["sign-in", "password-changed"]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_webhook_and_a_command_are_read() {
        let read = hooks(
            "[[hook]]\nname = \"crm\"\nurl = \"https://example.org/h\"\nsecret_file = \"@secret\"\nevents = \"all\"\n\n\
             [[hook]]\nname = \"sync\"\ncommand = \"/usr/local/bin/sync\"\nevents = [\"sign-in\"]\ntimeout = 5\n",
        )
        .unwrap();
        assert_eq!(read.len(), 2);
        assert!(read[0].wants("anything") && read[1].wants("sign-in") && !read[1].wants("password-changed"));
        assert_eq!(read[1].timeout, Duration::from_secs(5));
        assert_eq!(hooks(""), Ok(Vec::new()));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let hook = |rest: &str| format!("# Hooks.\n[[hook]]\nname = \"crm\"\n{rest}");
        let whole = "url = \"https://example.org/h\"\nsecret_file = \"@secret\"\nevents = \"all\"\n";
        for (text, line, expected) in [
            (hook("url = \"https://example.org\"\nevents = \"all\"\n"), 2, "secret_file"),
            (hook("events = \"all\"\n"), 2, "either url or command"),
            (hook("command = \"bin/sync\"\nevents = \"all\"\n"), 2, "from the root"),
            (hook("command = \"/bin/sync\"\nevents = \"some\"\n"), 2, "expected \"all\""),
            (hook("command = \"/bin/sync\"\nevents = [\"sign-on\"]\n"), 2, "no event `sign-on`"),
            (hook("command = \"/bin/sync\"\nevents = []\n"), 2, "empty"),
            (hook("command = \"/bin/sync\"\nevents = \"all\"\ntimeout = 600\n"), 2, "1 to 60"),
            (hook("command = \"/bin/sync\"\nevents = \"all\"\nsecret_file = \"@secret\"\n"), 2, "neither"),
            (hook("command = \"/bin/sync\"\n"), 2, "events"),
            (
                hook("url = \"http://example.org\"\nsecret_file = \"@secret\"\nevents = \"all\"\n"),
                2,
                "not encrypted",
            ),
            (
                hook("url = \"https://a.org\"\nsecret_file = \"@shared\"\nevents = \"all\"\n"),
                2,
                "others can read it",
            ),
            (hook("url = \"https://a.org\"\nsecret_file = \"@none\"\nevents = \"all\"\n"), 2, "no such file"),
            (hook(&format!("colour = 1\n{whole}")), 4, "colour"),
            (hook("url = \n"), 4, ""),
            (hook(&format!("{whole}{}", &hook(whole)[9..])), 7, "another hook `crm`"),
            (format!("# Hooks.\n[hook]\nname = \"crm\"\n{whole}"), 2, "write `[[hook]]`, with two brackets"),
            (format!("[[hooks]]\nname = \"crm\"\n{whole}"), 1, "write `[[hook]]` above"),
            ("[hooks]\nfile = \"hooks.toml\"\n".to_owned(), 1, "belongs to the settings"),
            (format!("name = \"crm\"\n{whole}"), 1, "`name` stands above the first `[[hook]]`"),
            ("\nhook = [\"crm\"]\n".to_owned(), 2, "write `[[hook]]` above"),
            (format!("[[webhook]]\nname = \"crm\"\n{whole}"), 1, "no table `webhook`"),
            ("[[hook]]\nname = \"A b\"\nevents = \"all\"\n".to_owned(), 1, "a name is"),
        ] {
            let said = hooks(&text).unwrap_err();
            assert!(said.contains(&format!("hooks.toml: line {line}: ")), "{said}\n{text}");
            assert!(said.contains(expected), "{said}\n{text}");
            assert!(!said.contains(SECRET));
        }
    }
}
