//! Support cases: limits and sanitising of subjects and messages.

use unicode_normalization::char::is_combining_mark;

use crate::message;
use crate::messages::Message;

use super::email::EmailRefusal;
use super::text::{inert, without_gaps};

/// Maximum characters of a subject.
pub const SUBJECT_MAX: usize = 100;
/// Maximum characters of one message.
pub const TEXT_MAX: usize = 2_000;
/// Maximum messages of one case.
pub const MESSAGES_MAX: i64 = 200;

/// Why a case or a message was refused. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum CaseRefusal {
    NoSubject,
    /// More than [`SUBJECT_MAX`].
    SubjectTooLong,
    NoText,
    /// More than [`TEXT_MAX`].
    TextTooLong,
    /// More than [`MESSAGES_MAX`].
    Full,
    /// A guest's contact address is invalid.
    Contact(EmailRefusal),
    /// A guest did not name their account.
    NoName,
}

impl CaseRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::NoSubject => message!("refused-case-no-subject"),
            Self::SubjectTooLong => message!("refused-case-subject-too-long", max = SUBJECT_MAX),
            Self::NoText => message!("refused-case-no-text"),
            Self::TextTooLong => message!("refused-case-text-too-long", max = TEXT_MAX),
            Self::Full => message!("refused-case-full"),
            Self::Contact(why) => message!("refused-case-contact", why = why.message()),
            Self::NoName => message!("refused-case-no-name"),
        }
    }
}

/// Sanitises `typed` as a subject: one line, without control or invisible characters.
pub fn subject(typed: &str) -> Result<String, CaseRefusal> {
    if typed.len() > 16 * SUBJECT_MAX {
        return Err(CaseRefusal::SubjectTooLong);
    }
    let line = inert(typed, typed.len());
    let line = trimmed(&line);
    match line.chars().nth(SUBJECT_MAX) {
        _ if line.is_empty() => Err(CaseRefusal::NoSubject),
        Some(_) => Err(CaseRefusal::SubjectTooLong),
        None => Ok(line.to_owned()),
    }
}

/// Without spaces around it. A combining mark behind leading spaces would be drawn over whatever precedes the text.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || is_combining_mark(c)).trim_end()
}

/// Sanitises `typed` as a message: lines without control or invisible characters, joined by line feeds, with
/// at most one empty line in a row.
pub fn text(typed: &str) -> Result<String, CaseRefusal> {
    // First, because it bounds the work: nothing this long becomes short enough.
    if typed.len() > 16 * TEXT_MAX {
        return Err(CaseRefusal::TextTooLong);
    }
    let typed = typed.replace("\r\n", "\n");
    let clean = without_gaps(typed.split(['\n', '\r']).map(|line| inert(line, line.len())));
    let clean = trimmed(&clean);
    match clean.chars().nth(TEXT_MAX) {
        _ if clean.is_empty() => Err(CaseRefusal::NoText),
        Some(_) => Err(CaseRefusal::TextTooLong),
        None => Ok(clean.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::is_inert;
    use proptest::prelude::*;

    #[test]
    fn line_breaks_are_preserved_and_control_and_invisible_characters_removed() {
        assert_eq!(text(" one\r\ntwo\r\n\r\n\r\n\r\nthree \n").as_deref(), Ok("one\ntwo\n\nthree"));
        assert_eq!(text("a\u{1b}[2J\u{202e}b").as_deref(), Ok("a[2Jb"));
        assert_eq!(subject(" My\nauthenticator\u{200b} "), Ok("My authenticator".to_owned()));
    }

    #[test]
    fn empty_and_overlong_texts_are_refused() {
        assert_eq!(text(" \n\u{200b}\n "), Err(CaseRefusal::NoText));
        assert_eq!(subject("\u{202e}"), Err(CaseRefusal::NoSubject));
        assert!(text(&"x".repeat(TEXT_MAX)).is_ok() && subject(&"x".repeat(SUBJECT_MAX)).is_ok());
        assert_eq!(text(&"x".repeat(TEXT_MAX + 1)), Err(CaseRefusal::TextTooLong));
        assert_eq!(text(&"x".repeat(1_000_000)), Err(CaseRefusal::TextTooLong));
        assert_eq!(subject(&"x".repeat(SUBJECT_MAX + 1)), Err(CaseRefusal::SubjectTooLong));
        let marks = format!("a{}", "\u{301}".repeat(100_000));
        assert_eq!(text(&marks), Err(CaseRefusal::TextTooLong));
        assert_eq!(
            CaseRefusal::Contact(EmailRefusal::Shape).to_string(),
            "Where should we reply? An email address looks like name@example.org."
        );
    }

    #[test]
    fn a_combining_mark_after_leading_spaces_is_removed() {
        assert_eq!(text("\u{2000}\u{1122c}Hello").as_deref(), Ok("Hello"));
        assert_eq!(subject(" \u{302}Hello").as_deref(), Ok("Hello"));
        assert_eq!(subject(" \u{302}"), Err(CaseRefusal::NoSubject));
    }

    proptest! {
        #[test]
        fn every_accepted_line_is_inert(typed in "[\\PC\\n\\r\u{1b}\u{202e}\u{301}]{0,200}") {
            if let Ok(text) = text(&typed) {
                prop_assert!(text.split('\n').all(is_inert), "{text:?}");
                prop_assert_eq!(super::text(&text), Ok(text.clone()));
            }
        }
    }
}
