//! What happened to the account, and the account's own records: what may be asked, and the answers.

use crate::domain::moment::Moment;

pub use crate::accounts::happened::{Group, Happened};

/// What may be asked.
#[derive(Debug)]
pub enum Ask {
    /// Some of what happened, newest first.
    Page(Wanted),
    /// All of the account's own records.
    Export,
}

impl Ask {
    /// See [`super::Request::is_sensitive`]: whoever takes all records out must be the member.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::Export)
    }
}

/// Which rows are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Only these.
    pub which: Which,
    /// None that is older.
    pub since: Option<Moment>,
    /// Where to begin.
    pub from: From,
    /// At most so many.
    pub limit: usize,
}

/// Which kinds of rows are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those of one group.
    Group(Group),
    /// Those that said no.
    Refusals,
    /// Those of one kind.
    Kind(Happened),
}

/// Where a page of rows begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// At the newest row.
    #[default]
    Newest,
    /// Right below this row.
    Below(Place),
    /// Right above this row.
    Above(Place),
    /// Right below the row with this id, which was read somewhere.
    BelowId(String),
}

/// Where a row stands in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(in crate::accounts) at: Moment,
    pub(in crate::accounts) id: String,
}

/// What is answered.
#[derive(Debug)]
pub enum Answer {
    /// The rows.
    Page(Rows),
    /// The records.
    Records(Records),
}

/// Some of what happened, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<Row>,
    /// True when there are newer ones of the same kind.
    pub has_newer: bool,
    /// True when there are older ones of the same kind.
    pub has_older: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// UUID.
    pub id: String,
    /// When.
    pub at: Moment,
    /// What, `sign-in-failed`.
    pub kind: String,
    /// The same; `None` for a kind that this program does not know (another version wrote it).
    pub happened: Option<Happened>,
    /// From which source; empty for an operator's command.
    pub source: String,
    /// The client's version line, safe to print.
    pub client: String,
}

impl Row {
    /// Where it stands in the list.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { at: self.at, id: self.id.clone() }
    }

    /// True when the answer was no.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.happened.is_some_and(Happened::is_refusal)
    }
}

/// An account's own records, section by section.
#[derive(Clone, Debug)]
pub struct Records(pub(in crate::accounts) serde_json::Map<String, serde_json::Value>);

impl Records {
    /// The sections by their names.
    #[must_use]
    pub fn sections(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.0
    }
}
