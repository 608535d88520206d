//! The two lines, JSON objects that end with a line feed. Version 1:
//!
//! ```text
//! {"version":1,"service":"imap","user":"ada","password":"…","remote_host":"192.0.2.7"}
//! {"version":1,"result":"accepted","user":"ada"}
//! {"version":1,"result":"refused","reason":"wrong-credentials"}
//! {"version":1,"result":"later","reason":"try-later","retry_after_s":12}
//! {"version":1,"result":"invalid","reason":"unknown-service"}
//! ```
//!
//! `remote_host` may be left out. Keys that are not known are passed over, so that a later version may add some.

use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::accounts::request::{Refusal, Reply};
use crate::domain::secret::Secret;

/// The version of the protocol.
pub const VERSION: u32 = 1;
/// The most bytes of a line, with its end: a password of [`MAX_PASSWORD`] bytes, each written as an escape of six.
pub const MAX_LINE: usize = 32 * 1024;
/// The most bytes of a password that are asked about: more than any account's has.
pub const MAX_PASSWORD: usize = 4 * 1024;
/// The most bytes of a name.
pub const MAX_USER: usize = 1024;

/// What is asked.
#[derive(Debug, Deserialize)]
pub struct Question {
    version: u32,
    /// The service's name.
    pub service: String,
    /// Username or address, as typed.
    pub user: String,
    /// The password, as typed.
    #[serde(deserialize_with = "secret")]
    pub password: Secret,
    /// Where they come from, as the service knows it.
    #[serde(default)]
    pub remote_host: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// Why a question has no answer. The ids are API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Invalid {
    /// It is no line of this protocol.
    #[error("the request is not one of version {VERSION} of the protocol")]
    Malformed,
    /// The settings have no such service.
    #[error("the service is not in verify.services")]
    UnknownService,
    /// Whoever asks is no user of the settings.
    #[error("this user of the machine is not in verify.users or verify.groups")]
    PeerNotAllowed,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Outcome {
    /// The password is right.
    Accepted {
        /// The username, whatever was typed.
        user: String,
    },
    /// The password is wrong, the account does not exist, or more is needed. Deliberately not told apart.
    Refused {
        /// The stable id of the refusal.
        reason: String,
    },
    /// Nothing was decided; the same may work later.
    Later {
        /// The stable id of the refusal.
        reason: String,
        /// After so many seconds, where that is known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        retry_after_s: Option<i64>,
    },
    /// It was not understood, or is not for whoever asks.
    Invalid {
        /// Why.
        reason: Invalid,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct OutcomeLine {
    version: u32,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
struct QuestionLine<'a> {
    version: u32,
    service: &'a str,
    user: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_host: Option<&'a str>,
}

impl Question {
    /// Reads a line.
    pub fn read(line: &[u8]) -> Result<Self, Invalid> {
        let question: Self = serde_json::from_slice(line).map_err(|_| Invalid::Malformed)?;
        let Self { version, user, password, .. } = &question;
        let fits = (1..=MAX_USER).contains(&user.len()) && password.expose().len() <= MAX_PASSWORD;
        if *version == VERSION && fits && !password.is_empty() {
            Ok(question)
        } else {
            Err(Invalid::Malformed)
        }
    }

    /// The line of one that is asked.
    ///
    /// # Errors
    /// Never: strings can be written as JSON.
    pub fn line(
        service: &str,
        user: &str,
        password: &Secret,
        remote_host: Option<&str>,
    ) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        let asked =
            QuestionLine { version: VERSION, service, user, password: password.expose(), remote_host };
        let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
        serde_json::to_writer(&mut *line, &asked)?;
        line.push(b'\n');
        Ok(line)
    }
}

impl Outcome {
    /// What the service's reply means to whoever asked.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        let later =
            |refusal: &Refusal, retry_after_s| Self::Later { reason: refusal.id().to_owned(), retry_after_s };
        match reply {
            Reply::Verified(account) => Self::Accepted { user: account.name().to_owned() },
            Reply::Refused(refusal) => match refusal {
                Refusal::TryLater(wait) => later(refusal, wait.told_at.map(|now| wait.seconds_from(now))),
                Refusal::Busy(seconds) => later(refusal, Some(*seconds)),
                Refusal::Unavailable(_) | Refusal::OutcomeUnknown(_) => later(refusal, None),
                refusal => Self::Refused { reason: refusal.id().to_owned() },
            },
            _ => Self::unavailable(),
        }
    }

    /// Nothing could be decided.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::Later { reason: "unavailable".to_owned(), retry_after_s: None }
    }

    /// There are too many who ask.
    #[must_use]
    pub fn busy() -> Self {
        Self::Later { reason: "busy".to_owned(), retry_after_s: Some(1) }
    }

    /// The word for it, in metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Later { .. } => "later",
            Self::Invalid { .. } => "invalid",
        }
    }

    /// The line of the answer.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        let answer = OutcomeLine { version: VERSION, outcome: self.clone() };
        let mut line = serde_json::to_vec(&answer).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Reads the line of an answer; `None` for what no portal of this version says.
    #[must_use]
    pub fn read(line: &[u8]) -> Option<Self> {
        let answer: OutcomeLine = serde_json::from_slice(line).ok()?;
        (answer.version == VERSION).then_some(answer.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::verify::VerifiedAccount;
    use crate::domain::timestamp::Timestamp;
    use crate::domain::wait::{Wait, WaitLimit};

    fn read(line: &str) -> Result<Question, Invalid> {
        Question::read(line.as_bytes())
    }

    #[test]
    fn a_question_is_read_as_it_was_written() {
        let password = Secret::new("plüm \"tractor\"\u{7f}\\");
        let line = Question::line("imap", "ada", &password, Some("192.0.2.7")).unwrap();
        let question = Question::read(&line).unwrap();
        assert_eq!((question.service.as_str(), question.user.as_str()), ("imap", "ada"));
        assert_eq!(question.password, password);
        assert_eq!(question.remote_host.as_deref(), Some("192.0.2.7"));
        assert!(!format!("{question:?}").contains("tractor"));
        let longest = Secret::new("\u{1}".repeat(MAX_PASSWORD));
        let line = Question::line("imap", &"a".repeat(MAX_USER), &longest, None).unwrap();
        assert!(line.len() <= MAX_LINE && Question::read(&line).is_ok());
    }

    #[test]
    fn what_is_no_question_is_malformed() {
        let good = r#"{"version":1,"service":"imap","user":"ada","password":"x","later":true}"#;
        assert!(read(good).is_ok());
        for wrong in [
            "",
            "GET / HTTP/1.1",
            "[]",
            "null",
            r#"{"version":2,"service":"imap","user":"ada","password":"x"}"#,
            r#"{"version":1,"service":"imap","user":"","password":"x"}"#,
            r#"{"version":1,"service":"imap","user":"ada","password":""}"#,
            r#"{"version":1,"service":"imap","user":"ada"}"#,
            r#"{"version":1,"service":"imap","user":"ada","password":7}"#,
        ] {
            assert_eq!(read(wrong).err(), Some(Invalid::Malformed), "{wrong}");
        }
        assert!(read(&good.replace("\"x\"", &format!("\"{}\"", "x".repeat(MAX_PASSWORD + 1)))).is_err());
        assert!(
            Question::read(b"{\"version\":1,\"service\":\"a\",\"user\":\"a\",\"password\":\"\xff\"}")
                .is_err()
        );
        assert!(Question::read(&b"[".repeat(MAX_LINE)).is_err(), "however deep it is");
    }

    #[test]
    fn an_answer_is_a_line_that_is_read_again() {
        let now = Timestamp::from_epoch_ms(1_000);
        let wait = Wait::until(now.plus_ms(11_001), WaitLimit::Name).told_at(now);
        for (reply, line) in [
            (
                Reply::Verified(VerifiedAccount::for_test("ada")),
                r#"{"version":1,"result":"accepted","user":"ada"}"#,
            ),
            (
                Reply::Refused(Refusal::WrongCredentials),
                r#"{"version":1,"result":"refused","reason":"wrong-credentials"}"#,
            ),
            (
                Reply::Refused(Refusal::TryLater(wait)),
                r#"{"version":1,"result":"later","reason":"try-later","retry_after_s":12}"#,
            ),
            (
                Reply::Refused(Refusal::Unavailable("0a".to_owned())),
                r#"{"version":1,"result":"later","reason":"unavailable"}"#,
            ),
        ] {
            let outcome = Outcome::of(&reply);
            assert_eq!(String::from_utf8(outcome.line()).unwrap(), format!("{line}\n"));
            assert_eq!(Outcome::read(line.as_bytes()), Some(outcome));
        }
        let invalid = Outcome::Invalid { reason: Invalid::PeerNotAllowed };
        assert!(String::from_utf8(invalid.line()).unwrap().contains("\"reason\":\"peer-not-allowed\""));
        assert_eq!(Outcome::read(br#"{"version":2,"result":"accepted","user":"ada"}"#), None);
        assert_eq!(Outcome::read(b"accepted"), None);
    }
}
