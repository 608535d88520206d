//! The words for a row of the activity, the same on pages and in commands.

use crate::accounts::request::activity::ActivityRow;

/// The sentence for a row; of a kind that this program does not know, its id.
#[must_use]
pub fn of_row(row: &ActivityRow) -> &str {
    row.event_kind.map_or(row.event.kind.as_str(), |event_kind| event_kind.sentence())
}

/// `ok`, or `refused` and how often.
#[must_use]
pub fn counted_result(row: &ActivityRow) -> String {
    match row.event.count {
        ..=1 => result(row).to_owned(),
        count => format!("{} {count} times", result(row)),
    }
}

/// `ok` or `refused`.
#[must_use]
pub fn result(row: &ActivityRow) -> &'static str {
    if row.is_refusal() { "refused" } else { "ok" }
}

/// From where: a source, or who it was instead of one.
#[must_use]
pub fn source(row: &ActivityRow) -> &str {
    source_of(&row.event.ip)
}

/// The same for an IP address by itself.
#[must_use]
pub fn source_of(ip: &str) -> &str {
    if ip.is_empty() { "the operator" } else { ip }
}
