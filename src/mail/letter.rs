//! What a letter tells, before it has words.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::desk::DeskNews;
use super::news::News;
use crate::domain::moment::Moment;

/// What a letter tells. Its sealed JSON waits in the outbox; no field is text that a stranger chose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Letter {
    /// The one-time code for a reset.
    ResetCode {
        /// Username of the account.
        name: String,
        /// The code in its groups, `WDJB-MJHT`.
        code: String,
        /// How long it is valid, in minutes.
        valid_minutes: i64,
        /// When it was asked for, epoch milliseconds.
        requested_at: i64,
        /// From which source, `192.0.2.7`.
        source: String,
    },
    /// The one-time code that verifies an address. It names nobody: whoever reads it may be a stranger to the
    /// account, and a username is a text that somebody chose.
    AddressCode {
        /// The code in its groups, `WDJB-MJHT`.
        code: String,
        /// How long it is valid, in minutes.
        valid_minutes: i64,
        /// When it was asked for, epoch milliseconds.
        requested_at: i64,
        /// From which source, `192.0.2.7`.
        source: String,
    },
    /// The one-time code of an invitation to a team. It goes to somebody who may have no account.
    Invitation {
        /// The team's name, which the operator chose.
        team: String,
        /// The code in its groups.
        code: String,
        /// How long it is valid, in minutes.
        valid_minutes: i64,
        /// When it was sent, epoch milliseconds.
        at: i64,
    },
    /// The one-time code to sign up with, to an address without an account.
    SignUpCode {
        /// The code in its groups.
        code: String,
        /// How long it is valid, in minutes.
        valid_minutes: i64,
        /// When it was asked for, epoch milliseconds.
        at: i64,
        /// From which source.
        source: String,
    },
    /// Somebody wanted to sign up with an address that has an account.
    SignUpKnown {
        /// Username of the account.
        name: String,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source.
        source: String,
    },
    /// Something happened to the account.
    News(News),
    /// A guest's way to their support case: the code shows that the address is reached.
    SupportCode {
        /// The case's number.
        number: i64,
        /// The code in its groups.
        code: String,
        /// True when support answered or closed the case, false when it was just opened.
        is_answer: bool,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source.
        source: String,
        /// With which client, inert.
        client: String,
    },
    /// For the operator: something is to be looked at with `doorkey support show`.
    SupportDesk {
        /// The case's number.
        number: i64,
        /// What happened, in words of ours.
        what: DeskNews,
        /// When, epoch milliseconds.
        at: i64,
    },
}

/// The values that templates are filled in with; empty where a kind of letter has none.
#[derive(Default)]
pub(super) struct Facts<'a> {
    pub(super) name: &'a str,
    pub(super) when: Moment,
    pub(super) source: &'a str,
    pub(super) client: &'a str,
    /// A one-time code in its groups; empty in news.
    pub(super) code: &'a str,
    pub(super) valid_minutes: i64,
    pub(super) detail: &'a str,
    /// A support case's number.
    pub(super) number: i64,
}

impl Letter {
    /// The kind, as the template files name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ResetCode { .. } => "reset-code",
            Self::AddressCode { .. } => "address-code",
            Self::Invitation { .. } => "invitation",
            Self::SignUpCode { .. } => "sign-up-code",
            Self::SignUpKnown { .. } => "sign-up-known",
            Self::News(news) => news.about.as_str(),
            Self::SupportCode { is_answer: false, .. } => "support-code",
            Self::SupportCode { is_answer: true, .. } => "support-answer",
            Self::SupportDesk { .. } => "support-desk",
        }
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        match self {
            Self::SupportCode { number, code, at, source, client, .. } => Facts {
                when: Moment::from_epoch_ms(*at),
                source,
                client,
                code,
                number: *number,
                ..Facts::default()
            },
            Self::SupportDesk { number, what, at } => Facts {
                when: Moment::from_epoch_ms(*at),
                detail: what.words(),
                number: *number,
                ..Facts::default()
            },
            Self::ResetCode { name, code, valid_minutes, requested_at, source } => Facts {
                name,
                when: Moment::from_epoch_ms(*requested_at),
                source,
                code,
                valid_minutes: *valid_minutes,
                ..Facts::default()
            },
            Self::AddressCode { code, valid_minutes, requested_at, source } => Facts {
                when: Moment::from_epoch_ms(*requested_at),
                source,
                code,
                valid_minutes: *valid_minutes,
                ..Facts::default()
            },
            Self::Invitation { team, code, valid_minutes, at } => Facts {
                when: Moment::from_epoch_ms(*at),
                code,
                valid_minutes: *valid_minutes,
                detail: team,
                ..Facts::default()
            },
            Self::SignUpCode { code, valid_minutes, at, source } => Facts {
                when: Moment::from_epoch_ms(*at),
                source,
                code,
                valid_minutes: *valid_minutes,
                ..Facts::default()
            },
            Self::SignUpKnown { name, at, source } => {
                Facts { name, when: Moment::from_epoch_ms(*at), source, ..Facts::default() }
            }
            Self::News(news) => Facts {
                name: &news.name,
                when: Moment::from_epoch_ms(news.at),
                source: &news.source,
                client: &news.client,
                detail: &news.detail,
                ..Facts::default()
            },
        }
    }
}

/// Names the kind and the account only: the code is never printed.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({} for {:?})", self.kind(), self.facts().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_survives_its_way_through_the_outbox() {
        for letter in Letter::samples() {
            let json = serde_json::to_string(&letter).unwrap();
            let is_answer = letter.kind() == "support-answer";
            assert!(is_answer || json.contains(&format!(":\"{}\"", letter.kind())), "{json}");
            assert_eq!(serde_json::from_str::<Letter>(&json).unwrap(), letter);
        }
    }

    #[test]
    fn debug_shows_no_code() {
        assert!(!format!("{:?}", Letter::samples()[0]).contains("WDJB"));
    }
}
