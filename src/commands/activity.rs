//! `activity` and `export`: what can be asked, and what they tell.

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::output::{Render, columns};
use crate::accounts::request::activity::{
    ActivityFilter, ActivityPage, ActivityRow, EventKind, Group, Records,
};
use crate::domain::timestamp::Timestamp;
use crate::flow::event_kind;

/// Which rows are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ActivityArgs {
    /// Only what happened since then: RFC 3339 such as 2026-11-22T14:05:09Z, or days such as 7d
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Since>,
    /// Only one kind, such as sign-in-failed, or one of sign-ins, changes, refused
    #[arg(long, value_name = "KIND", value_parser = which)]
    pub kind: Option<ActivityFilter>,
    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Only those before the row with this id
    #[arg(long, value_name = "ID")]
    pub before: Option<String>,
}

/// From when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// From this moment.
    At(Timestamp),
    /// From so many days ago.
    Days(u16),
}

impl Since {
    /// The moment that is meant, seen from `now`.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Days(days) => now.plus_minutes(-i64::from(days) * 24 * 60),
        }
    }
}

fn since(word: &str) -> Result<Since, &'static str> {
    if let Some(days) = word.strip_suffix('d').and_then(|days| days.parse().ok()) {
        return Ok(Since::Days(days));
    }
    Timestamp::parse(word).map(Since::At).ok_or("neither RFC 3339 nor a number of days such as 7d")
}

fn which(word: &str) -> Result<ActivityFilter, &'static str> {
    match word {
        "sign-ins" => Ok(ActivityFilter::Group(Group::SignIns)),
        "changes" => Ok(ActivityFilter::Group(Group::Changes)),
        "refused" => Ok(ActivityFilter::Refusals),
        kind => EventKind::of(kind)
            .map(ActivityFilter::Kind)
            .ok_or("there is no such kind; see the kinds in your rows"),
    }
}

impl Render for ActivityPage {
    fn text(&self) -> String {
        if self.rows.is_empty() {
            return "Nothing of this kind has happened in that time.\n".to_owned();
        }
        columns(
            &["TIME", "WHAT", "RESULT", "FROM", "CLIENT"],
            self.rows.iter().map(|row| {
                let (what, result) = (event_kind::of_row(row).to_owned(), event_kind::result(row).to_owned());
                vec![
                    row.event.at.to_string(),
                    what,
                    result,
                    event_kind::source(row).to_owned(),
                    row.event.client.clone(),
                ]
            }),
        )
    }

    fn json(&self) -> Value {
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        json!({ "activity": rows, "has_older": self.has_older })
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        Some(self.rows.iter().map(|of| json!(row(of))).collect())
    }
}

/// A row with its sentence and its result, as pages show them.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    row: &'a ActivityRow,
    what: &'a str,
    result: &'static str,
}

fn row(row: &ActivityRow) -> Row<'_> {
    Row { row, what: event_kind::of_row(row), result: event_kind::result(row) }
}

impl Render for Records {
    /// The file itself: it is for a program, whoever reads it.
    fn text(&self) -> String {
        format!("{:#}\n", self.json())
    }

    fn json(&self) -> Value {
        Self::json(self).clone()
    }

    fn is_document(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_moment_or_days() {
        let now = Timestamp::from_epoch_ms(10 * 24 * 3_600_000);
        assert_eq!(since("7d").unwrap().moment(now), Timestamp::from_epoch_ms(3 * 24 * 3_600_000));
        let at = since("1970-01-02T00:00:00Z").unwrap();
        assert_eq!(at.moment(now), Timestamp::from_epoch_ms(24 * 3_600_000));
        for word in ["", "d", "-1d", "yesterday", "99999999d"] {
            assert!(since(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_kind_is_one_of_ours() {
        assert_eq!(which("key-added"), Ok(ActivityFilter::Kind(EventKind::KeyAdded)));
        assert_eq!(which("refused"), Ok(ActivityFilter::Refusals));
        assert!(which("%").is_err());
    }
}
