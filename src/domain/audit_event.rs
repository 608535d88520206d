//! One row of the audit log.

use serde::Serialize;

use super::service::ServiceName;
use super::timestamp::Timestamp;

/// Events of one series become one row an hour.
const SERIES_MS: i64 = 3_600_000;

/// Something that happened. Serialised, it is what the account's owner sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEvent {
    /// UUID.
    pub id: String,
    /// The account it is about; `None` for a name that nobody has.
    #[serde(skip)]
    pub account: Option<String>,
    /// The account's username, for the log alone.
    #[serde(skip)]
    pub name: Option<String>,
    /// For a name that nobody has: its keyed hash.
    #[serde(skip)]
    pub subject: Option<String>,
    /// What happened, `sign-in-failed`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The client's IP address; empty for an operator's command.
    pub ip: String,
    /// The client's version line, safe to print.
    pub client: String,
    /// The session's id.
    #[serde(skip)]
    pub session: String,
    /// For refusals and sign-ins to services, what those that become one row have in common; `None` for whatever has a row
    /// of its own.
    #[serde(skip)]
    pub series: Option<String>,
    /// How often it happened: more than once in a series only.
    pub count: i64,
    /// When it happened last.
    pub last_at: Timestamp,
}

impl AuditEvent {
    /// The same refusal, to be counted in the row of its kind, source, account or name, and hour.
    #[must_use]
    pub fn in_series(self) -> Self {
        let about = self.account.as_deref().or(self.subject.as_deref()).unwrap_or_default();
        let hour = self.at.epoch_ms().div_euclid(SERIES_MS);
        let series = Some(format!("{hour}:{}:{}:{about}", self.kind, self.ip));
        Self { series, ..self }
    }

    /// The same event at a service, to be counted in the row of its kind, service, source, account or name, and hour:
    /// programs sign in every few minutes.
    #[must_use]
    pub fn in_series_of(self, service: &ServiceName) -> Self {
        let Self { series, .. } = self.clone().in_series();
        Self { series: series.map(|series| format!("{series}:{service}")), ..self }
    }
}
