//! One line of the log, as text or as JSON with the same keys in the same order.
//!
//! ```text
//! 2026-11-22T14:05:09.120Z INFO event=refused source=192.0.2.7 session=0198… request=sign-in reason=wrong-credentials
//! 2026-11-22T14:05:09.120Z WARN message="cannot delete old rows; trying again" fault="…" target=doorkey::accounts
//! ```
//!
//! The head is made here alone, and every value is one word or in quotes, with everything escaped that could end the
//! line or the quotes, move a cursor, turn the writing direction or hide. So no value can be taken for another line, nor
//! for a field.

use std::fmt::{self, Write as _};

use tracing::Level;
use tracing::field::{Field, Visit};

use crate::domain::text::escaped;
use crate::domain::timestamp::Timestamp;

/// Maximum characters of one value.
const VALUE_CHARS: usize = 512;

/// What fields come first, in this order; others follow as they were declared.
const HEAD: [&str; 4] = ["event", "message", "source", "session"];

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `key=value`.
    Text,
    /// One JSON object a line.
    Json,
}

/// A value as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Whatever it may hold.
    Text(String),
    /// A number, `true` or `false`.
    Plain(String),
}

impl Value {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Plain(text) => text,
        }
    }
}

/// Fields with their values, each name once; an empty value is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn set(&mut self, name: &'static str, value: Value) {
        self.0.retain(|(known, _)| *known != name);
        if !value.as_str().is_empty() {
            self.0.push((name, value));
        }
    }

    /// Adds those that are not there yet.
    pub(super) fn add(&mut self, others: &Self) {
        for (name, value) in &others.0 {
            if self.get(name).is_none() {
                self.0.push((name, value.clone()));
            }
        }
    }

    /// Takes one out.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let index = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.remove(index).1)
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), Value::Text(value.chars().take(VALUE_CHARS + 1).collect()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), Value::Plain(value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), Value::Plain(value.to_string()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), Value::Plain(value.to_string()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = Bounded(String::new(), VALUE_CHARS + 1);
        // The error that it is full.
        let _ = write!(text, "{value:?}");
        self.set(field.name(), Value::Text(text.0));
    }
}

/// Text that takes no more than so many characters, however long what is written is.
struct Bounded(String, usize);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.1 = self.1.checked_sub(1).ok_or(fmt::Error)?;
            self.0.push(c);
        }
        Ok(())
    }
}

/// The whole line, with its line feed.
pub(super) fn line(format: Format, at: Timestamp, level: Level, fields: &Fields) -> String {
    let first = HEAD.iter().filter_map(|name| fields.0.iter().find(|(known, _)| known == name));
    let rest = fields.0.iter().filter(|(name, _)| !HEAD.contains(name));
    let fields = first.chain(rest);
    let mut out = String::with_capacity(256);
    match format {
        Format::Text => {
            out.push_str(&at.millis());
            out.push(' ');
            out.push_str(level.as_str());
            for (name, value) in fields {
                out.push(' ');
                out.push_str(name);
                out.push('=');
                push_text(&mut out, value);
            }
        }
        Format::Json => {
            out.push_str("{\"time\":\"");
            out.push_str(&at.millis());
            out.push_str("\",\"level\":\"");
            out.push_str(level.as_str());
            out.push('"');
            for (name, value) in fields {
                out.push_str(",\"");
                out.push_str(name);
                out.push_str("\":");
                push_json(&mut out, value);
            }
            out.push('}');
        }
    }
    out.push('\n');
    out
}

fn push_text(out: &mut String, value: &Value) {
    let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/@+,%~".contains(&b));
    match value {
        Value::Plain(text) => out.push_str(text),
        Value::Text(text) if is_word(text) && text.len() <= VALUE_CHARS => out.push_str(text),
        Value::Text(text) => push_quoted(out, text, |out, c| {
            let _ = match c {
                '\n' => out.write_str("\\n"),
                '\r' => out.write_str("\\r"),
                '\t' => out.write_str("\\t"),
                c => write!(out, "\\u{{{:x}}}", u32::from(c)),
            };
        }),
    }
}

fn push_json(out: &mut String, value: &Value) {
    match value {
        Value::Plain(text) => out.push_str(text),
        Value::Text(text) => push_quoted(out, text, |out, c| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }),
    }
}

fn push_quoted(out: &mut String, text: &str, escape: impl Fn(&mut String, char)) {
    let whole = escaped(text, VALUE_CHARS, |out, c| match c {
        '"' | '\\' => out.extend(['\\', c]),
        c => escape(out, c),
    });
    out.push('"');
    out.push_str(&whole);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::is_inert;
    use proptest::prelude::*;

    const AT: Timestamp = Timestamp::from_epoch_ms(1_795_000_000_007);

    fn shown(format: Format, values: &[(&'static str, Value)]) -> String {
        let mut fields = Fields::default();
        for (name, value) in values {
            fields.set(name, value.clone());
        }
        line(format, AT, Level::INFO, &fields)
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn both_formats_have_the_same_keys_in_the_same_order() {
        let values = [
            ("reason", text("wrong-credentials")),
            ("attempt", Value::Plain("2".into())),
            ("source", text("2001:db8:1:200::/56")),
            ("event", text("refused")),
            ("account", text("")),
        ];
        assert_eq!(
            shown(Format::Text, &values),
            "2026-11-18T11:06:40.007Z INFO event=refused source=2001:db8:1:200::/56 reason=wrong-credentials attempt=2\n"
        );
        assert_eq!(
            shown(Format::Json, &values),
            "{\"time\":\"2026-11-18T11:06:40.007Z\",\"level\":\"INFO\",\"event\":\"refused\",\
             \"source\":\"2001:db8:1:200::/56\",\"reason\":\"wrong-credentials\",\"attempt\":2}\n"
        );
    }

    #[test]
    fn no_value_ends_its_line_or_its_quotes() {
        let forged = "x\n2026-11-18T11:06:40.007Z INFO event=\"refused\"\r\\\u{85}\u{2028}\u{202e}\u{200b}\x1b[2J\u{e0041}";
        assert_eq!(
            shown(Format::Text, &[("client", text(forged))]),
            "2026-11-18T11:06:40.007Z INFO client=\"x\\n2026-11-18T11:06:40.007Z INFO event=\\\"refused\\\"\\r\\\\\
             \\u{85}\\u{2028}\\u{202e}\\u{200b}\\u{1b}[2J\\u{e0041}\"\n"
        );
        let json = shown(Format::Json, &[("client", text(forged))]);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["client"], forged);
        assert!(json.ends_with("\\u001b[2J\\udb40\\udc41\"}\n"), "{json}");
    }

    #[test]
    fn a_value_has_an_end() {
        let long = shown(Format::Text, &[("client", text(&"x".repeat(100_000)))]);
        assert!(long.len() < 600 && long.ends_with("x…\"\n"), "{long}");
        let mut text = Bounded(String::new(), 3);
        let _ = write!(text, "{:?}", "x".repeat(100_000));
        assert_eq!(text.0, "\"xx");
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_inert_whatever_is_in_it(value in "\\PC*|[\\x00-\\x9f\"\\\\=]*|[a \u{301}\u{94d}\u{1100}\u{1161}\u{200d}\u{202e}\u{2028}]*") {
            for format in [Format::Text, Format::Json] {
                let line = shown(format, &[("event", text("refused")), ("client", text(&value)), ("a", text("b"))]);
                let body = line.strip_suffix('\n').unwrap();
                prop_assert!(is_inert(body), "{:?}", body);
                if format == Format::Json {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{}", body);
                } else {
                    prop_assert!(body.ends_with(" a=b"));
                }
            }
        }
    }
}
