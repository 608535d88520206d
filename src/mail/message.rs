//! What an email tells, before it has words.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::notification::Notification;
use super::support_notice::SupportNotice;
use crate::domain::timestamp::Timestamp;

/// What an email tells. Its sealed JSON waits in the outbox; no field is text that a stranger chose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EmailMessage {
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
        /// From which ip, `192.0.2.7`.
        ip: String,
    },
    /// The one-time code that verifies an address. It names nobody: whoever reads it may be a stranger to the
    /// account, and a username is a text that somebody chose.
    VerificationCode {
        /// The code in its groups, `WDJB-MJHT`.
        code: String,
        /// How long it is valid, in minutes.
        valid_minutes: i64,
        /// When it was asked for, epoch milliseconds.
        requested_at: i64,
        /// From which ip, `192.0.2.7`.
        ip: String,
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
        ip: String,
    },
    /// Somebody wanted to sign up with an address that has an account.
    SignUpKnown {
        /// Username of the account.
        name: String,
        /// When, epoch milliseconds.
        at: i64,
        /// From which source.
        ip: String,
    },
    /// Something happened to the account.
    Notification(Notification),
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
        ip: String,
        /// With which client, inert.
        client: String,
    },
    /// For the operator: something is to be looked at with `doorkey support show`.
    SupportDesk {
        /// The case's number.
        number: i64,
        /// What happened, in words of ours.
        what: SupportNotice,
        /// When, epoch milliseconds.
        at: i64,
    },
}

/// The values that templates are filled in with; empty where a kind of email has none.
#[derive(Default)]
pub(super) struct TemplateContext<'a> {
    pub(super) name: &'a str,
    pub(super) when: Timestamp,
    pub(super) ip: &'a str,
    pub(super) client: &'a str,
    /// A one-time code in its groups; empty in news.
    pub(super) code: &'a str,
    pub(super) valid_minutes: i64,
    pub(super) detail: &'a str,
    /// A support case's number.
    pub(super) number: i64,
}

impl EmailMessage {
    /// The kind, as the template files name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ResetCode { .. } => "reset-code",
            Self::VerificationCode { .. } => "verification-code",
            Self::Invitation { .. } => "invitation",
            Self::SignUpCode { .. } => "sign-up-code",
            Self::SignUpKnown { .. } => "sign-up-known",
            Self::Notification(notification) => notification.about.as_str(),
            Self::SupportCode { is_answer: false, .. } => "support-code",
            Self::SupportCode { is_answer: true, .. } => "support-answer",
            Self::SupportDesk { .. } => "support-desk",
        }
    }

    pub(super) fn facts(&self) -> TemplateContext<'_> {
        match self {
            Self::SupportCode { number, code, at, ip, client, .. } => TemplateContext {
                when: Timestamp::from_epoch_ms(*at),
                ip,
                client,
                code,
                number: *number,
                ..TemplateContext::default()
            },
            Self::SupportDesk { number, what, at } => TemplateContext {
                when: Timestamp::from_epoch_ms(*at),
                detail: what.words(),
                number: *number,
                ..TemplateContext::default()
            },
            Self::ResetCode { name, code, valid_minutes, requested_at, ip } => TemplateContext {
                name,
                when: Timestamp::from_epoch_ms(*requested_at),
                ip,
                code,
                valid_minutes: *valid_minutes,
                ..TemplateContext::default()
            },
            Self::VerificationCode { code, valid_minutes, requested_at, ip } => TemplateContext {
                when: Timestamp::from_epoch_ms(*requested_at),
                ip,
                code,
                valid_minutes: *valid_minutes,
                ..TemplateContext::default()
            },
            Self::Invitation { team, code, valid_minutes, at } => TemplateContext {
                when: Timestamp::from_epoch_ms(*at),
                code,
                valid_minutes: *valid_minutes,
                detail: team,
                ..TemplateContext::default()
            },
            Self::SignUpCode { code, valid_minutes, at, ip } => TemplateContext {
                when: Timestamp::from_epoch_ms(*at),
                ip,
                code,
                valid_minutes: *valid_minutes,
                ..TemplateContext::default()
            },
            Self::SignUpKnown { name, at, ip } => TemplateContext {
                name,
                when: Timestamp::from_epoch_ms(*at),
                ip,
                ..TemplateContext::default()
            },
            Self::Notification(notification) => TemplateContext {
                name: &notification.name,
                when: Timestamp::from_epoch_ms(notification.at),
                ip: &notification.ip,
                client: &notification.client,
                detail: &notification.detail,
                ..TemplateContext::default()
            },
        }
    }
}

/// Names the kind and the account only: the code is never printed.
impl fmt::Debug for EmailMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({} for {:?})", self.kind(), self.facts().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_survives_its_way_through_the_outbox() {
        for email in EmailMessage::samples() {
            let json = serde_json::to_string(&email).unwrap();
            let is_answer = email.kind() == "support-answer";
            assert!(is_answer || json.contains(&format!(":\"{}\"", email.kind())), "{json}");
            assert_eq!(serde_json::from_str::<EmailMessage>(&json).unwrap(), email);
        }
    }

    #[test]
    fn debug_shows_no_code() {
        assert!(!format!("{:?}", EmailMessage::samples()[0]).contains("WDJB"));
    }
}
