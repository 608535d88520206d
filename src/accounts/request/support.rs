//! Support cases: what may be asked, and the answers.

use serde::Serialize;

use crate::domain::secret::Secret;
use crate::domain::support_case::{Case, CaseState};
use crate::domain::timestamp::Timestamp;

/// What a member may ask. A case is always the member's own: another's number gets the same answer as none.
#[derive(Debug)]
pub enum SupportRequest {
    /// The cases of the account.
    List,
    /// What support would be told besides the words.
    Facts,
    /// Open a case.
    Open {
        /// One line, as typed.
        subject: String,
        /// As typed.
        text: String,
        /// What the member was shown.
        facts: CaseFacts,
    },
    /// One case with all that was said.
    Show(i64),
    /// Say something in an open case.
    Write {
        /// [`CaseSummary::number`].
        number: i64,
        /// As typed.
        text: String,
    },
    /// Close a case.
    Close(i64),
}

/// What a member is answered.
#[derive(Debug)]
pub enum SupportReply {
    /// The cases, the last changed first.
    Cases(Vec<CaseSummary>),
    /// What support would be told.
    Facts(CaseFacts),
    /// The case is open, under its number.
    Opened(Case),
    /// The case, as it is now.
    Case(Case),
}

/// What a guest may ask. Nothing of the answers depends on whether there is an account.
#[derive(Debug)]
pub enum GuestSupportRequest {
    /// Open a case.
    Open {
        /// Username or address that is said to be theirs, as typed.
        name: String,
        /// Where answers should go, as typed.
        contact: String,
        /// As typed.
        text: String,
    },
    /// Show with the code from an email that the contact is reached, and see the case.
    Read {
        /// The case's number.
        number: i64,
        /// For whoever opened it in this session.
        opened: Option<GuestCase>,
        /// The code, as typed.
        code: Secret,
    },
    /// Say something in the case that was shown.
    Write {
        /// Which.
        reader: CaseReader,
        /// As typed.
        text: String,
    },
}

/// What a guest is answered.
#[derive(Debug)]
pub enum GuestSupportReply {
    /// The case is open; an email with a code is on its way to the contact.
    Opened(GuestCase),
    /// The code was right.
    Case(CaseReader, Case),
}

/// What support is told besides the words of a member: lines that were shown before they are sent. Only
/// `accounts` makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFacts(pub(in crate::accounts) Vec<String>);

impl CaseFacts {
    /// The lines, safe to print.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

/// A case that a guest opened in this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestCase {
    pub(in crate::accounts) id: String,
    pub(in crate::accounts) number: i64,
}

impl GuestCase {
    /// What to call it by.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }
}

/// Proof that a guest has shown the code of a case. Only `accounts` makes one.
#[derive(Clone, Debug)]
pub struct CaseReader(pub(in crate::accounts) String);

/// A case as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseSummary {
    /// What people call it by.
    pub number: i64,
    /// One line, safe to print.
    pub subject: String,
    /// Open until it is closed.
    pub state: CaseState,
    /// When it last changed.
    pub changed_at: Timestamp,
}

impl From<Case> for CaseSummary {
    fn from(Case { number, subject, state, changed_at, .. }: Case) -> Self {
        Self { number, subject, state, changed_at }
    }
}

#[cfg(test)]
mod for_test {
    //! Answers for tests of flows, which have no service to ask.

    use super::{CaseFacts, CaseReader, GuestCase};

    impl CaseFacts {
        pub(crate) fn for_test(lines: &[&str]) -> Self {
            Self(lines.iter().map(ToString::to_string).collect())
        }
    }

    impl GuestCase {
        pub(crate) fn for_test(number: i64) -> Self {
            Self { id: "case-1".into(), number }
        }
    }

    impl CaseReader {
        pub(crate) fn for_test() -> Self {
            Self("case-1".into())
        }
    }
}
