//! The words for a row of the activity: on pages in their language, in commands in English.

use crate::accounts::request::activity::ActivityRow;
use crate::messages::Speaks;
use crate::text;

/// The sentence for a row; of a kind that this program does not know, its id.
#[must_use]
pub fn of_row<'a>(row: &'a ActivityRow, speaks: &impl Speaks) -> &'a str {
    row.event_kind.map_or(row.event.kind.as_str(), |event_kind| event_kind.sentence().to(speaks))
}

/// `ok`, or `refused` and how often.
#[must_use]
pub fn counted_result(row: &ActivityRow, speaks: &impl Speaks) -> String {
    match (row.is_refusal(), row.event.count) {
        (false, ..=1) => text!(speaks, "activity-row-ok").to_owned(),
        (false, times) => text!(speaks, "activity-row-ok-times", times = times),
        (true, ..=1) => text!(speaks, "activity-row-refused").to_owned(),
        (true, times) => text!(speaks, "activity-row-refused-times", times = times),
    }
}

/// `ok` or `refused`, for scripts.
#[must_use]
pub fn result(row: &ActivityRow) -> &'static str {
    if row.is_refusal() { "refused" } else { "ok" }
}

/// From where: a source, or who it was instead of one.
#[must_use]
pub fn source<'a>(row: &'a ActivityRow, speaks: &impl Speaks) -> &'a str {
    source_of(&row.event.ip, speaks)
}

/// The same for an IP address by itself.
#[must_use]
pub fn source_of<'a>(ip: &'a str, speaks: &impl Speaks) -> &'a str {
    if ip.is_empty() { text!(speaks, "the-operator") } else { ip }
}
