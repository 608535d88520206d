//! `keys …`: the SSH keys of the one who asks, and what is told of them.

use crate::domain::registered_key::RegisteredKey;
use clap::Subcommand;
use serde_json::{Value, json};

use super::examples;
use super::output::{OutputFormat, Printed, Render, columns};
use super::parse::{Command, Invocation};

/// `keys …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum KeysCommand {
    /// List your keys
    #[command(after_help = examples::KEYS_LIST)]
    List,
    /// Add the public key on standard input, one line as in a .pub file
    ///
    /// Needs your password: with --password-stdin in the first line, before the key. Connect once with the
    /// new key under your own name (ssh -i KEY NAME@HOST) to prove that it is yours: from then on it also
    /// tells who you are where no name is given.
    #[command(after_help = examples::KEYS_ADD)]
    Add,
    /// Change the comment of a key
    #[command(after_help = examples::KEYS_RENAME)]
    Rename {
        /// Its id or its fingerprint, SHA256:...
        key: String,
        /// The new comment
        comment: String,
    },
    /// Remove a key; every other session of yours ends. Needs your password
    #[command(after_help = examples::KEYS_REMOVE)]
    Remove {
        /// Its id or its fingerprint, SHA256:...
        key: String,
    },
}

/// What is told.
#[derive(Debug)]
pub enum KeysOutput {
    /// `keys list`
    List(Vec<RegisteredKey>),
    /// `keys add`
    Added(RegisteredKey),
    /// `keys rename`
    Renamed(RegisteredKey),
    /// `keys remove`
    Removed(RegisteredKey),
    /// Somebody's public keys, as servers read them: lines and nothing else.
    Public(Vec<String>),
}

impl Invocation {
    /// The line at the door of keys: a single word is a username, except for what opens or explains the
    /// portal; anything else is a command as at any door.
    ///
    /// # Errors
    /// See [`Invocation::read`].
    pub fn read_at_keys(line: &str) -> Result<Self, Printed> {
        let is_name = |word: &str| !word.starts_with('-') && !matches!(word, "plain" | "help");
        match shlex::split(line).as_deref() {
            Some([word]) if is_name(word) => Ok(Self {
                command: Command::PublicKeys { name: word.clone() },
                manner: OutputFormat::Text,
                password_stdin: false,
                second_factor_stdin: false,
                name: None,
            }),
            _ => Self::read(line),
        }
    }
}

impl Render for KeysOutput {
    fn text(&self) -> String {
        match self {
            Self::List(keys) if keys.is_empty() => {
                "You have no key here. Add one: keys add < id_ed25519.pub\n".to_owned()
            }
            Self::List(keys) => columns(
                &["FINGERPRINT", "ALGORITHM", "ADDED", "LAST USED", "PROVEN", "COMMENT"],
                keys.iter().map(row),
            ),
            Self::Added(key) => format!("OK: {} is registered [key-added]\n", key.fingerprint),
            Self::Renamed(key) => format!("OK: {} has another comment [key-renamed]\n", key.fingerprint),
            Self::Removed(key) => format!("OK: {} is no longer registered [key-removed]\n", key.fingerprint),
            Self::Public(lines) => lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::List(keys) => json!({ "keys": keys }),
            Self::Added(key) => json!({ "added": key }),
            Self::Renamed(key) => json!({ "renamed": key }),
            Self::Removed(key) => json!({ "removed": key }),
            Self::Public(lines) => json!({ "public_keys": lines }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::List(keys) => Some(keys.iter().map(|key| json!(key)).collect()),
            _ => None,
        }
    }
}

fn row(key: &RegisteredKey) -> Vec<String> {
    let used = key.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let proven = if key.verified_at.is_some() { "yes" } else { "not yet" };
    let (fingerprint, algorithm) = (key.fingerprint.to_string(), key.algorithm.clone());
    vec![fingerprint, algorithm, key.added_at.to_string(), used, proven.to_owned(), key.comment.clone()]
}
