//! Characters that may be shown, and word wrapping.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::text::is_disarmed;
use crate::terminal::capabilities::Charset;

/// Maximum characters of one grapheme; more is Zalgo text.
const GRAPHEME_MAX: usize = 8;

/// Whether `c` is never painted: controls, directional and zero-width formatting, variation
/// selectors, tags, noncharacters. They can be typed, for a password may have them and a name is judged in every
/// face alike, but terminals disagree about them and they serve to deceive.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    ) || c as u32 & 0xfffe == 0xfffe
}

/// Whether `c` is never shown: what the sanitiser takes away, and noncharacters.
fn is_unsafe(c: char) -> bool {
    is_invisible(c) || is_disarmed(c)
}

/// Whether `c` is safe, alone in its grapheme and one column wide in every terminal: ASCII, the letters of western European
/// languages, common punctuation, and what boxes are drawn with. Most text has nothing else.
pub(super) const fn is_simple(c: char) -> bool {
    matches!(c,
        ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{17f}' | '\u{2010}'..='\u{2027}' | '\u{2500}'..='\u{259f}'
    )
}

/// `text` without anything that a terminal with this `charset` cannot show safely. Most text is borrowed unchanged.
pub(super) fn clean(text: &str, charset: Charset) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    match charset {
        Charset::Ascii => Cow::Owned(ascii(text)),
        Charset::Utf8 if text.chars().all(is_simple) => Cow::Borrowed(text),
        Charset::Utf8 if is_clean(text) => Cow::Borrowed(text),
        Charset::Utf8 => Cow::Owned(
            text.graphemes(true)
                .flat_map(|g| g.chars().filter(|c| !is_unsafe(*c)).take(GRAPHEME_MAX))
                .collect(),
        ),
    }
}

fn is_clean(text: &str) -> bool {
    !text.chars().any(is_unsafe) && text.graphemes(true).all(|g| g.chars().nth(GRAPHEME_MAX).is_none())
}

fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_unsafe(*c)) {
        match c {
            '…' => out.push_str("..."),
            '·' | '–' | '—' | '‐' | '‑' | '─' => out.push('-'),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '•' => out.push('*'),
            '\u{a0}' => out.push(' '),
            c => out.push(if c.is_ascii() { c } else { '?' }),
        }
    }
    out
}

/// Display width in columns of `text` as it is shown, without joiners and selectors: terminals disagree about their width.
pub(super) fn columns(text: &str) -> u16 {
    if text.chars().all(is_simple) {
        return u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    }
    u16::try_from(clean(text, Charset::Utf8).width()).unwrap_or(u16::MAX)
}

/// Wraps `text` at `width` columns, between words where possible.
pub(super) fn wrap(text: &str, width: u16) -> impl Iterator<Item = &str> {
    let width = usize::from(width.max(2));
    text.split('\n').flat_map(move |paragraph| WrappedLines { rest: Some(paragraph), width })
}

struct WrappedLines<'a> {
    rest: Option<&'a str>,
    width: usize,
}

impl<'a> Iterator for WrappedLines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.take()?;
        let Some(cut) = first_overflow(rest, self.width) else {
            return Some(rest.trim_end());
        };
        let end = match rest[..cut].rfind(' ') {
            _ if rest[cut..].starts_with(' ') => cut,
            Some(space) if !rest[..space].trim().is_empty() => space,
            _ => cut,
        };
        let (line, more) = rest.split_at(end);
        let more = more.trim_start();
        self.rest = (!more.is_empty()).then_some(more);
        Some(line.trim_end())
    }
}

/// Byte offset of the first character that does not fit into `width` columns.
fn first_overflow(text: &str, width: usize) -> Option<usize> {
    let mut used = 0;
    text.char_indices().find_map(|(at, c)| {
        used += c.width().unwrap_or(0);
        (used > width).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &str, width: u16) -> Vec<&str> {
        wrap(text, width).collect()
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
        assert_eq!(lines("one two three", 80), ["one two three"]);
        assert_eq!(lines("one two three", 8), ["one two", "three"]);
        assert_eq!(lines("", 8), [""]);
        assert_eq!(lines("a\nb", 8), ["a", "b"]);
    }

    #[test]
    fn a_word_that_is_too_long_is_cut() {
        assert_eq!(lines("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(lines("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(lines("x 漢字", 2), ["x", "漢", "字"]);
    }

    #[test]
    fn deceptive_characters_are_removed() {
        assert_eq!(clean("a\u{202e}b\u{200b}c\x1b[2Jd", Charset::Utf8), "abc[2Jd");
        let zalgo = format!("x{}y", "\u{301}".repeat(50));
        assert_eq!(clean(&zalgo, Charset::Utf8).chars().count(), GRAPHEME_MAX + 1);
        assert!(matches!(clean("Zoë 漢 👍", Charset::Utf8), Cow::Borrowed(_)));
    }

    /// Every character that is taken for simple.
    fn simple() -> impl Iterator<Item = char> {
        ('\0'..=char::MAX).filter(|c| is_simple(*c))
    }

    #[test]
    fn simple_characters_are_what_they_are_taken_for() {
        assert!(simple().count() > 500);
        for c in simple() {
            assert_eq!((is_unsafe(c), c.width()), (false, Some(1)), "{c:?}");
        }
        let all: String = simple().flat_map(|c| simple().step_by(7).flat_map(move |d| [c, d])).collect();
        assert!(all.graphemes(true).all(|grapheme| grapheme.chars().count() == 1));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_the_sanitiser_lets_pass(text in "\\PC*|[\\x00-\\x9f]*|[\u{600}\u{6dd}\u{8e2}\u{110bd}\u{13430}\u{202e}\u{200d}\u{fe0f}a]*") {
            for charset in [Charset::Utf8, Charset::Ascii] {
                let shown = clean(&text, charset);
                prop_assert!(shown.chars().all(|c| !is_disarmed(c)), "{:?} of {:?}", shown, text);
            }
        }
    }

    #[test]
    fn ascii_terminals_get_ascii() {
        assert_eq!(clean("Please wait… “Zoë” · x", Charset::Ascii), "Please wait... \"Zo?\" - x");
    }
}
