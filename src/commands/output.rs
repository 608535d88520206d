//! What a command prints, as text or as JSON.

use std::fmt::{self, Display};

use serde::Serialize;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::failure::{CommandError, Result};
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;

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

/// What the JSON of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Object,
    /// An object whose member of this name is a list, which `--jsonl` prints alone.
    List(&'static str),
    /// A file that is the same for people and programs: one object over many lines.
    Document,
}

/// What a command prints: `Display` for people, with line feeds, and `Serialize` for `--json`.
pub(super) trait Output: Display + Serialize + Send {
    const SHAPE: Shape = Shape::Object;
}

pub(super) fn print<T: Output>(output: &T, format: OutputFormat) -> Result<Printed> {
    if format == OutputFormat::Text || T::SHAPE == Shape::Document {
        return Ok(Printed::done(output.to_string()));
    }
    let json = serde_json::to_value(output).map_err(|error| {
        tracing::error!(%error, "an answer has no JSON");
        CommandError::internal()
    })?;
    let items = match (format, T::SHAPE) {
        (OutputFormat::JsonLines, Shape::List(name)) => json.get(name).and_then(Value::as_array),
        _ => None,
    };
    Ok(Printed::done(match items {
        Some(items) => items.iter().map(line_of).collect(),
        None => line_of(&json),
    }))
}

pub(super) fn line_of(value: &Value) -> String {
    format!("{value}\n")
}

/// What a command prints that changed something: `OK: message [id]`, and an object for programs.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Done {
    #[serde(skip)]
    id: &'static str,
    #[serde(skip)]
    message: String,
    /// Whole lines.
    #[serde(skip)]
    details: String,
    json: Value,
}

impl Done {
    /// `id` is API, `message` is not.
    pub(super) fn new(id: &'static str, message: impl Into<String>, json: Value) -> Self {
        Self { id, message: message.into(), details: String::new(), json }
    }

    pub(super) fn with_details(self, details: String) -> Self {
        Self { details, ..self }
    }
}

impl Output for Done {}

impl Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OK: {} [{}]\n{}", self.message, self.id, self.details)
    }
}

/// One line of a list.
pub(super) trait Row<const COLUMNS: usize>: Serialize + Send {
    /// The list's name in JSON.
    const NAME: &'static str;
    const HEAD: [&'static str; COLUMNS];
    /// What people read in place of an empty table.
    const EMPTY: &'static str;

    fn cells(&self) -> [String; COLUMNS];
}

/// What a command prints that lists something: a table, and an object with an array.
#[derive(Debug)]
pub(super) struct List<T, const COLUMNS: usize>(pub(super) Vec<T>);

impl<T: Row<COLUMNS>, const COLUMNS: usize> Output for List<T, COLUMNS> {
    const SHAPE: Shape = Shape::List(T::NAME);
}

impl<T: Row<COLUMNS>, const COLUMNS: usize> Serialize for List<T, COLUMNS> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(T::NAME, &self.0)])
    }
}

impl<T: Row<COLUMNS>, const COLUMNS: usize> Display for List<T, COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "{}", T::EMPTY);
        }
        f.write_str(&columns(T::HEAD, self.0.iter().map(Row::cells)))
    }
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

/// A moment in a table.
pub(super) fn or_never(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}
