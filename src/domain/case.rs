//! What may stand in a support case.

use unicode_normalization::char::is_combining_mark;

use super::email::EmailRefusal;
use super::text::{inert, without_gaps};

/// The most characters of a subject.
pub const SUBJECT_MAX: usize = 100;
/// The most characters of one message.
pub const TEXT_MAX: usize = 2_000;
/// The most messages of one case; who has more to say opens another one.
pub const MESSAGES_MAX: i64 = 200;

/// Why a case is not taken as it is. `Display` is the sentence that a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseRefusal {
    /// Nothing to call it by.
    #[error("A case needs a subject.")]
    NoSubject,
    /// More than [`SUBJECT_MAX`].
    #[error("A subject has at most 100 characters.")]
    SubjectTooLong,
    /// Nothing is said.
    #[error("Type what support should know.")]
    NoText,
    /// More than [`TEXT_MAX`].
    #[error("A message has at most 2000 characters.")]
    TextTooLong,
    /// More than [`MESSAGES_MAX`].
    #[error("This case is full. Open another one and name its number.")]
    Full,
    /// Where a guest wants answers is no address.
    #[error("Where should answers go? {}.", sentence(*.0))]
    Contact(EmailRefusal),
    /// A guest did not say whose account it is.
    #[error("Type the email or username of your account, as far as you know it.")]
    NoName,
}

fn sentence(refusal: EmailRefusal) -> String {
    let text = refusal.to_string();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Takes `typed` as a subject: one harmless line.
pub fn subject(typed: &str) -> Result<String, CaseRefusal> {
    if typed.len() > 16 * SUBJECT_MAX {
        return Err(CaseRefusal::SubjectTooLong);
    }
    let line = inert(typed, typed.len());
    let line = line.trim();
    match line.chars().nth(SUBJECT_MAX) {
        _ if line.is_empty() => Err(CaseRefusal::NoSubject),
        Some(_) => Err(CaseRefusal::SubjectTooLong),
        None => Ok(line.to_owned()),
    }
}

/// Takes `typed` as a message: harmless lines, line feeds between them, no more than one empty line at once.
pub fn text(typed: &str) -> Result<String, CaseRefusal> {
    // Before anything costly: nothing that is this long becomes short enough.
    if typed.len() > 16 * TEXT_MAX {
        return Err(CaseRefusal::TextTooLong);
    }
    let typed = typed.replace("\r\n", "\n");
    let kept = without_gaps(typed.split(['\n', '\r']).map(|line| inert(line, line.len())));
    // A mark that stood behind the blanks would be drawn onto whatever comes before the message.
    let kept = kept.trim_start_matches(|c: char| c.is_whitespace() || is_combining_mark(c)).trim_end();
    match kept.chars().nth(TEXT_MAX) {
        _ if kept.is_empty() => Err(CaseRefusal::NoText),
        Some(_) => Err(CaseRefusal::TextTooLong),
        None => Ok(kept.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::is_inert;
    use proptest::prelude::*;

    #[test]
    fn lines_stay_lines_and_what_moves_or_hides_goes() {
        assert_eq!(text(" one\r\ntwo\r\n\r\n\r\n\r\nthree \n").as_deref(), Ok("one\ntwo\n\nthree"));
        assert_eq!(text("a\u{1b}[2J\u{202e}b").as_deref(), Ok("a[2Jb"));
        assert_eq!(subject(" My\nauthenticator\u{200b} "), Ok("My authenticator".to_owned()));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
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
            "Where should answers go? An address has the form name@example.org."
        );
    }

    #[test]
    fn a_mark_behind_blanks_does_not_come_to_the_front() {
        assert_eq!(text("\u{2000}\u{1122c}Hello").as_deref(), Ok("Hello"));
    }

    proptest! {
        #[test]
        fn every_line_that_is_taken_is_inert(typed in "[\\PC\\n\\r\u{1b}\u{202e}\u{301}]{0,200}") {
            if let Ok(text) = text(&typed) {
                prop_assert!(text.split('\n').all(is_inert), "{text:?}");
                prop_assert_eq!(super::text(&text), Ok(text.clone()));
            }
        }
    }
}
