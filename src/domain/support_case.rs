//! Support cases and their messages.

use std::fmt;

use serde::Serialize;

use super::timestamp::Timestamp;
use crate::messages::Language;

/// A support case. Serialised, it is what the member sees; the operator's view adds who it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// UUID.
    #[serde(skip)]
    pub id: String,
    /// What people call it by.
    pub number: i64,
    /// The account it is about; `None` for a guest's.
    #[serde(skip)]
    pub account: Option<String>,
    /// That account's username.
    #[serde(skip)]
    pub name: Option<String>,
    /// For a guest's: the row of `contacts`.
    #[serde(skip)]
    pub contact: Option<String>,
    /// For a guest's: where they want answers.
    #[serde(skip)]
    pub address: Option<String>,
    /// For a guest's: the name or address that they say is theirs. Nobody has checked it.
    #[serde(skip)]
    pub claimed: String,
    /// For a guest's: when they proved that emails to the contact reach them.
    #[serde(skip)]
    pub verified_at: Option<Timestamp>,
    /// One line, safe to print.
    pub subject: String,
    /// Open until it is closed.
    pub state: CaseState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What support is told besides the messages, line by line.
    pub facts: Vec<String>,
    /// What the session spoke that opened it.
    #[serde(skip)]
    pub language: Language,
    /// The messages, oldest first. Empty in lists.
    pub messages: Vec<CaseMessage>,
}

/// A message of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseMessage {
    /// When.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Author,
    /// Harmless lines with line feeds between them.
    pub text: String,
}

/// Whether a case takes more messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// It does.
    Open,
    /// It does not.
    Closed,
}

/// Who wrote a message of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// The member whose case it is.
    Member,
    /// Somebody who was not signed in.
    Guest,
    /// The operator's support.
    Support,
}

impl Author {
    /// As the store and every output have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Guest => "guest",
            Self::Support => "support",
        }
    }

    /// What is printed as [`Author::as_str`].
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Member, Self::Guest, Self::Support].into_iter().find(|author| author.as_str() == word)
    }
}

impl fmt::Display for CaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Open { "open" } else { "closed" })
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
impl Case {
    pub(crate) fn for_test(subject: &str, opened_at: Timestamp, closed_at: Option<Timestamp>) -> Self {
        Self {
            id: "case-1".into(),
            number: 1042,
            account: None,
            name: None,
            contact: None,
            address: None,
            claimed: String::new(),
            verified_at: None,
            subject: subject.into(),
            state: if closed_at.is_some() { CaseState::Closed } else { CaseState::Open },
            opened_at,
            changed_at: opened_at,
            closed_at,
            facts: Vec::new(),
            language: Language::default(),
            messages: Vec::new(),
        }
    }
}
