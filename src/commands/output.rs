//! What a command prints, as text or as JSON.

use std::fmt::Display;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::domain::text::inert;
use crate::flow::page::Notice;

/// The longest line of an answer, in characters. No list comes to that in one line of JSON, which would be JSON
/// no longer if it were cut.
const LINE_CHARS: usize = 4 * 1024 * 1024;

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
    /// The format that a line asks for, whatever else is wrong with it.
    pub(super) fn of(words: &[String]) -> Self {
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
    /// One of [`exit_code`](crate::domain::exit_code).
    pub exit_code: u32,
}

impl Printed {
    pub(super) fn done(out: String) -> Self {
        Self { out, ..Self::default() }
    }

    /// The same with a note on standard error, which is no failure.
    pub(super) fn with_note(mut self, format: OutputFormat, note: Option<Notice<'static>>) -> Self {
        if let Some(note) = note {
            let line = match format {
                OutputFormat::Text => format!("Note: {} [{}]\n", note.text, note.id),
                _ => line_of(&json!({ "note": { "id": note.id, "message": note.text } })),
            };
            self.err.push_str(&line);
        }
        self
    }

    pub(super) fn help(format: OutputFormat, text: String) -> Self {
        match format {
            OutputFormat::Text => Self::done(text),
            _ => Self::done(line_of(&json!({ "help": text }))),
        }
    }
}

/// `text` without anything that could drive a terminal, whoever wrote it.
#[must_use]
pub fn printable(text: &str, has_pty: bool) -> Vec<u8> {
    let end = if has_pty { "\r\n" } else { "\n" };
    text.lines().flat_map(|line| [inert(line, LINE_CHARS), end.to_owned()]).collect::<String>().into_bytes()
}

/// What a command prints: text for people, with line feeds, and JSON for programs.
#[derive(Debug)]
pub(super) struct Answer {
    text: String,
    /// `None` for a file that is the same for people and programs.
    json: Option<Value>,
}

impl Answer {
    pub(super) fn new(text: String, json: Value) -> Self {
        Self { text, json: Some(json) }
    }

    /// The answer of a command that changed something. `id` is API, `message` is not.
    pub(super) fn done(id: &'static str, message: impl Display, json: Value) -> Self {
        Self::new(format!("OK: {message} [{id}]\n"), json)
    }

    /// A table, or the line `empty` in place of one without rows.
    pub(super) fn table<const N: usize>(
        head: [&str; N],
        rows: impl ExactSizeIterator<Item = [String; N]>,
        empty: &str,
        json: Value,
    ) -> Self {
        Self::new(if rows.len() == 0 { format!("{empty}\n") } else { columns(head, rows) }, json)
    }

    pub(super) fn file(text: String) -> Self {
        Self { text, json: None }
    }

    /// Adds whole lines to the text.
    pub(super) fn with_details(mut self, details: &str) -> Self {
        self.text.push_str(details);
        self
    }

    /// `list` is the key of the list that `--jsonl` prints.
    pub(super) fn printed(self, format: OutputFormat, list: Option<&str>) -> Printed {
        Printed::done(match (self.json, format, list) {
            (None, ..) | (_, OutputFormat::Text, _) => self.text,
            (Some(json), OutputFormat::JsonLines, Some(list)) if json.get(list).is_some() => {
                json[list].as_array().into_iter().flatten().map(line_of).collect()
            }
            (Some(json), ..) => line_of(&json),
        })
    }
}

pub(super) fn line_of(value: &Value) -> String {
    format!("{value}\n")
}

/// A table with a head, columns two spaces apart.
pub(super) fn columns<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
