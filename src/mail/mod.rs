//! Letters: what they say (templates that an operator can override) and how they leave (transports).
//! Knows neither the store nor the outbox; `accounts::outbox` decides when one is sent.

use serde::{Deserialize, Serialize};

/// What a letter tells. Its sealed JSON waits in the outbox; no field is text that a stranger chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}
