//! Commands over ssh, through the real OpenSSH client: what each prints, as text and as JSON, on which stream
//! and with which exit code.

mod activity;
mod answers;
mod audit;
mod backups;
mod by_key;
mod deletion;
mod disk_faults;
mod json_of_copies;
mod key_offers;
mod keys;
mod migrations;
mod operator;
mod passwords;
mod profile;
mod refusals;
mod review;
mod sessions;
mod setup;
mod shutdown;
mod support;
mod teams;
mod terminal;
pub(crate) mod two_factor;
mod undo;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use doorkey::commands::documentation;
use serde_json::Value;
use tempfile::TempDir;

use super::server::{ADAS_PASSWORD, Server};

/// What `ssh` printed and how it ended.
#[derive(Debug)]
pub(crate) struct CaseEntry {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl CaseEntry {
    /// The one JSON object on standard output, when all went well.
    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        assert_eq!(self.out.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.out).unwrap()
    }

    /// Nothing on standard output, and the error with this id on the other stream.
    #[track_caller]
    pub(crate) fn is_refused(&self, code: i32, id: &str) {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{self:?}");
        if self.err.starts_with('{') {
            let error: Value = serde_json::from_str(&self.err).unwrap();
            assert_eq!(error["error"]["id"], id, "{self:?}");
            let keys: Vec<_> = error["error"].as_object().unwrap().keys().collect();
            assert_eq!(keys, ["id", "message", "retry_after_s"]);
        } else {
            let first = self.err.lines().next().unwrap_or_default();
            assert!(first.starts_with("Error: ") && first.ends_with(&format!("[{id}]")), "{self:?}");
        }
    }
}

/// A machine with an SSH client, and perhaps a key.
pub(crate) struct Laptop<'a> {
    server: &'a Server,
    key: Option<PathBuf>,
    options: Vec<String>,
}

impl<'a> Laptop<'a> {
    pub(crate) fn without_key(server: &'a Server) -> Self {
        Self { server, key: None, options: Vec::new() }
    }

    pub(crate) fn with_key(server: &'a Server, key: &Key) -> Self {
        Self { server, key: Some(key.path()), options: Vec::new() }
    }

    fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// In batch mode nobody can be asked anything, not even nothing.
    pub(crate) fn in_batch_mode(self) -> Self {
        self.option("-oBatchMode=yes")
    }

    /// From a computer that is set to German.
    pub(crate) fn in_german(self) -> Self {
        self.option("-oSetEnv=LANG=de_DE.UTF-8")
    }

    /// With a terminal on the server's side, whatever standard input is.
    fn on_a_terminal(self) -> Self {
        self.option("-tt")
    }

    fn client_options(&self) -> Vec<String> {
        let key = self.key.as_ref().map_or_else(|| "none".to_owned(), |key| key.display().to_string());
        let fixed = [
            "-F",
            "none",
            "-oStrictHostKeyChecking=no",
            "-oUserKnownHostsFile=/dev/null",
            "-oLogLevel=ERROR",
            "-oIdentityAgent=none",
            "-oIdentitiesOnly=yes",
        ];
        let identity = format!("-oIdentityFile={key}");
        fixed.iter().map(ToString::to_string).chain([identity]).chain(self.options.clone()).collect()
    }

    fn ssh(&self, user: &str, line: &str) -> Command {
        let address = self.server.address();
        let mut command = Command::new("timeout");
        command.args(["60", "ssh"]).args(self.client_options());
        command.args(["-p", &address.port().to_string(), &format!("{user}@{}", address.ip()), line]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command with `input` on its standard input.
    pub(crate) fn pipes(&self, input: &str, user: &str, line: &str) -> CaseEntry {
        self.pipes_bytes(input.as_bytes(), user, line)
    }

    pub(crate) fn pipes_bytes(&self, input: &[u8], user: &str, line: &str) -> CaseEntry {
        let mut child = self.ssh(user, line).spawn().unwrap();
        // A command that does not read its input may be gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said =
            CaseEntry { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        let harmless = |c: char| !c.is_control() || c == '\n' || c == '\r';
        assert!(said.out.chars().all(harmless) && said.err.chars().all(harmless), "{said:?}");
        said
    }

    pub(crate) fn runs(&self, user: &str, line: &str) -> CaseEntry {
        self.pipes("", user, line)
    }
}

/// A key pair made by ssh-keygen.
pub(crate) struct Key {
    folder: TempDir,
}

impl Key {
    pub(crate) fn make() -> Self {
        Self::of_kind(&["-t", "ed25519"])
    }

    fn of_kind(kind: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-C", "ada@laptop", "-f"])
            .arg(&path)
            .args(kind)
            .status()
            .unwrap();
        assert!(made.success());
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("id")
    }

    fn public(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("id.pub")).unwrap()
    }

    /// As `ssh-keygen -l` shows it.
    fn fingerprint(&self) -> String {
        let path = self.folder.path().join("id.pub");
        let listed =
            Command::new("ssh-keygen").args(["-l", "-f", &path.display().to_string()]).output().unwrap();
        String::from_utf8(listed.stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    }

    /// Registers it on ada's account with her password, and proves that it is hers by connecting with it.
    pub(crate) fn registered_by_ada(self, server: &Server) -> Self {
        let said = self.added_by(server, "ada", ADAS_PASSWORD);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(Laptop::with_key(server, &self).runs("ada", "whoami").out, "ada\n");
        self
    }

    /// What registering it on an account with its password says.
    fn added_by(&self, server: &Server, name: &str, password: &str) -> CaseEntry {
        let input = format!("{password}\n{}", self.public());
        Laptop::without_key(server).pipes(&input, name, "keys add --password-stdin")
    }

    fn remove_private_half(&self) {
        std::fs::remove_file(self.path()).unwrap();
        assert!(Path::new(&self.folder.path().join("id.pub")).exists());
    }
}

/// Fails unless `real` has exactly the keys and types of the documented example of `command`.
#[track_caller]
fn is_as_documented(command: &str, real: &Value) {
    let documented = documentation().into_iter().find(|documented| documented.form == command);
    let example: Value = serde_json::from_str(documented.expect("a documented command").json).unwrap();
    assert!(same_shape(&example, real), "{command}: {real} is not like {example}");
}

fn same_shape(example: &Value, real: &Value) -> bool {
    match (example, real) {
        (Value::Object(example), Value::Object(real)) => {
            example.len() == real.len()
                && example
                    .iter()
                    .all(|(key, value)| real.get(key).is_some_and(|real| same_shape(value, real)))
        }
        (Value::Array(example), Value::Array(real)) => {
            real.iter().all(|real| example.iter().any(|example| same_shape(example, real)))
        }
        // A moment or a name that may not be there yet.
        (Value::Null, real) => real.is_null() || real.is_string(),
        (example, real) => std::mem::discriminant(example) == std::mem::discriminant(real),
    }
}
