//! What a command answers, as text or as JSON.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::accounts::request::CodeRequested;
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// A list, one JSON object a line.
    JsonLines,
}

impl OutputFormat {
    /// The manner that the words of a line ask for, whatever else is wrong with them.
    #[must_use]
    pub fn of(words: &[String]) -> Self {
        let has = |option: &str| words.iter().any(|word| word == option);
        match (has("--jsonl"), has("--json")) {
            (true, _) => Self::JsonLines,
            (_, true) => Self::Json,
            _ => Self::Text,
        }
    }
}

/// What goes to the two streams, with line feeds as line ends, and the exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// One of [`super::exit`].
    pub exit_code: u32,
}

impl Printed {
    /// What was asked for.
    #[must_use]
    pub fn done(out: String) -> Self {
        Self { out, ..Self::default() }
    }

    pub(super) fn help(manner: OutputFormat, text: &str) -> Self {
        match manner {
            OutputFormat::Text => Self::done(text.to_owned()),
            _ => Self::done(line_of(&json!({ "help": text }))),
        }
    }
}

/// What a command tells that has a file of its own.
pub trait Render: std::fmt::Debug + Send {
    /// For people, with line feeds.
    fn text(&self) -> String;
    /// One object, for `--json`.
    fn json(&self) -> Value;
    /// One object a line, for `--jsonl`; `None` when it is no list.
    fn json_lines(&self) -> Option<Vec<Value>> {
        None
    }
    /// True for a file that is the same for people and programs, with one JSON object over many lines.
    fn is_document(&self) -> bool {
        false
    }
}

/// What a command that was carried out tells.
#[derive(Debug)]
pub enum CommandOutput {
    /// What has a file of its own.
    Of(Box<dyn Render>),
    /// `version`
    Version,
    /// `status`
    Status {
        /// What the portal says of itself.
        portal: PortalInfo,
        /// Its time.
        now: Timestamp,
        /// Whose the proven key is.
        key_of: Option<String>,
    },
    /// `whoami`
    WhoAmI {
        /// The account's id.
        account: String,
        /// Username.
        name: String,
        /// `key` or `password`.
        with: &'static str,
    },
    /// `passwd`
    PasswordChanged {
        /// Whose.
        name: String,
    },
    /// `forgot`
    CodeRequested {
        /// As typed.
        name: String,
        /// What the service answered.
        requested: CodeRequested,
        /// What the portal says of itself.
        portal: PortalInfo,
    },
    /// `forgot --code-stdin`
    PasswordReset {
        /// Whose, as typed.
        name: String,
    },
}

impl CommandOutput {
    /// As it is printed.
    #[must_use]
    pub fn answer(&self, manner: OutputFormat) -> Printed {
        Printed::done(match (manner, self) {
            (OutputFormat::Text, _) => self.text(),
            (_, Self::Of(told)) if told.is_document() => told.text(),
            (OutputFormat::JsonLines, Self::Of(told)) => match told.json_lines() {
                Some(lines) => lines.iter().map(line_of).collect(),
                None => line_of(&told.json()),
            },
            _ => line_of(&self.json()),
        })
    }

    fn json(&self) -> Value {
        match self {
            Self::Of(told) => told.json(),
            Self::Version => json!({ "version": env!("CARGO_PKG_VERSION") }),
            Self::Status { portal, now, key_of } => json!({
                "status": "ok",
                "portal": portal.name,
                "organisation": portal.organisation,
                "support": portal.support,
                "version": env!("CARGO_PKG_VERSION"),
                "time": now.to_string(),
                "key_of": key_of,
            }),
            Self::WhoAmI { account, name, with } => {
                json!({ "account": account, "name": name, "signed_in_with": with })
            }
            Self::PasswordChanged { name } => json!({ "changed": true, "name": name }),
            Self::CodeRequested { name, requested, portal } => json!({
                "name": inert(name, 254),
                "request": requested.request.as_str(),
                "resend_at": requested.resend_at.to_string(),
                "code_valid_minutes": portal.code_ttl_minutes,
                "sender": portal.sender,
            }),
            Self::PasswordReset { name } => json!({ "reset": true, "name": inert(name, 254) }),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Of(told) => told.text(),
            Self::Version => format!("doorkey {}\n", env!("CARGO_PKG_VERSION")),
            Self::Status { portal, key_of, .. } => {
                let whose =
                    key_of.as_ref().map_or_else(String::new, |name| format!("Your key is {name}'s.\n"));
                format!("{} at {} can be used.\n{whose}", portal.name, portal.organisation)
            }
            Self::WhoAmI { name, .. } => format!("{name}\n"),
            Self::PasswordChanged { .. } => {
                "OK: Your password has been changed [password-changed]\n".to_owned()
            }
            Self::CodeRequested { name, requested, portal } => requested_text(name, requested, portal),
            Self::PasswordReset { .. } => {
                "OK: Your password has been successfully reset [password-reset]\n".to_owned()
            }
        }
    }
}

/// The same words for known and unknown names.
fn requested_text(name: &str, requested: &CodeRequested, portal: &PortalInfo) -> String {
    let name = inert(name, 254);
    format!(
        "OK: If \"{name}\" has an account here, an email with a code is on its way from {} [code-requested]\n\
         Look in the spam or junk folder, and check the spelling above. The code is valid for {} minutes\n\
         after the email was sent. Another one can be asked for from {}.\n\
         Then: forgot NAME --code-stdin, with the code and the new password on standard input, a line each.\n",
        portal.sender,
        portal.code_ttl_minutes,
        requested.resend_at.hour_minute(),
    )
}

pub(super) fn line_of(value: &Value) -> String {
    format!("{value}\n")
}

/// A table with a head, columns two spaces apart.
pub(super) fn columns(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
