//! What a letter tells, before it has words.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::moment::Moment;

/// What a letter tells. Its sealed JSON waits in the outbox; no field is text that a stranger chose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Letter {
    /// The one-time code for a reset.
    ResetCode {
        /// User name of the account.
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
    /// The password was set through a reset.
    PasswordReset {
        /// User name of the account.
        name: String,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source.
        source: String,
    },
    /// The password was changed by the signed-in member.
    PasswordChanged {
        /// User name of the account.
        name: String,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source.
        source: String,
    },
    /// The password was locked after too many wrong tries.
    PasswordLocked {
        /// User name of the account.
        name: String,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source the last try came.
        source: String,
    },
    /// An SSH key was registered.
    KeyAdded {
        /// User name of the account.
        name: String,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source.
        source: String,
        /// Its fingerprint, `SHA256:…`.
        key: String,
    },
    /// An SSH key was taken off the account.
    KeyRemoved {
        /// User name of the account.
        name: String,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source.
        source: String,
        /// Its fingerprint, `SHA256:…`.
        key: String,
    },
}

/// The values that every kind of letter has.
pub(super) struct Facts<'a> {
    pub(super) name: &'a str,
    pub(super) when: Moment,
    pub(super) source: &'a str,
}

impl Letter {
    /// The kind, as the JSON and the template files name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ResetCode { .. } => "reset-code",
            Self::PasswordReset { .. } => "password-reset",
            Self::PasswordChanged { .. } => "password-changed",
            Self::PasswordLocked { .. } => "password-locked",
            Self::KeyAdded { .. } => "key-added",
            Self::KeyRemoved { .. } => "key-removed",
        }
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        let (name, when, source) = match self {
            Self::ResetCode { name, requested_at, source, .. } => (name, requested_at, source),
            Self::PasswordReset { name, at, source }
            | Self::PasswordChanged { name, at, source }
            | Self::PasswordLocked { name, at, source }
            | Self::KeyAdded { name, at, source, .. }
            | Self::KeyRemoved { name, at, source, .. } => (name, at, source),
        };
        Facts { name, when: Moment::from_epoch_ms(*when), source }
    }

    /// One letter of each kind, for trying templates out.
    pub(super) fn samples() -> [Self; 6] {
        let (name, at, source) = ("ada".to_owned(), 0, "192.0.2.7".to_owned());
        let key = "SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8".to_owned();
        [
            Self::ResetCode {
                name: name.clone(),
                code: "WDJB-MJHT".to_owned(),
                valid_minutes: 10,
                requested_at: at,
                source: source.clone(),
            },
            Self::PasswordReset { name: name.clone(), at, source: source.clone() },
            Self::PasswordChanged { name: name.clone(), at, source: source.clone() },
            Self::PasswordLocked { name: name.clone(), at, source: source.clone() },
            Self::KeyAdded { name: name.clone(), at, source: source.clone(), key: key.clone() },
            Self::KeyRemoved { name, at, source, key },
        ]
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
            assert!(json.contains(&format!("\"kind\":\"{}\"", letter.kind())), "{json}");
            assert_eq!(serde_json::from_str::<Letter>(&json).unwrap(), letter);
        }
    }

    #[test]
    fn debug_shows_no_code() {
        assert!(!format!("{:?}", Letter::samples()[0]).contains("WDJB"));
    }
}
