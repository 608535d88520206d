//! The one sanitiser for untrusted text before it reaches a terminal, an email, a
//! command's output or a log (CWE-150).

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::joiner::{JOINER, all_in_place, is_joiner, without_misplaced};

/// Maximum code points of one visible character, against stacks of combining marks.
const PER_GRAPHEME: usize = 8;
/// The same with joiners: a kiss of two people, each with a skin tone, has ten.
const PER_JOINED_GRAPHEME: usize = 10;

/// Joins lines, each followed by a line feed, without trailing spaces and with at most one empty line in a row.
#[must_use]
pub fn without_gaps(lines: impl Iterator<Item = impl AsRef<str>>) -> String {
    let (mut text, mut empty) = (String::new(), 0);
    for line in lines {
        let line = line.as_ref().trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// `text` without anything that could move the cursor, change the writing direction, hide, or overlap
/// other lines, truncated to `max_chars` code points. Line breaks and tabs become spaces. Joiners and variation
/// selectors stay where they change how others are drawn ([`super::joiner`]).
#[must_use]
pub fn inert(text: &str, max_chars: usize) -> String {
    let kept = |c| if is_joiner(c) { Some(c) } else { sanitised(c) };
    let mut clean: String = text.chars().filter_map(kept).take(max_chars).collect();
    // A leading combining mark would be drawn over whatever precedes the text.
    let start = clean.find(|c| !is_dependent(c)).unwrap_or(clean.len());
    clean.drain(..start);
    if !clean.contains(is_joiner) {
        return flattened(&clean);
    }
    let joined = flattened(&without_misplaced(&clean));
    if is_inert(&joined) {
        return joined;
    }
    // Cut in the middle of what was joined.
    clean.retain(|c| !is_joiner(c));
    flattened(&clean)
}

/// A sentence as operators read it behind a colon: ``a username cannot contain `@` ``.
#[must_use]
pub fn behind_colon(sentence: &str) -> String {
    let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
    let mut chars = sentence.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}

/// Whether [`inert`] would leave `text` unchanged, apart from its length.
#[must_use]
pub fn is_inert(text: &str) -> bool {
    text.chars().all(|c| is_joiner(c) || sanitised(c) == Some(c))
        && !text.starts_with(is_dependent)
        && all_in_place(text)
        && flattened(text).len() == text.len()
}

/// Whether `c` belongs to the character before it, so that none may begin a text.
fn is_dependent(c: char) -> bool {
    is_combining_mark(c) || is_joiner(c)
}

/// `text` with what [`inert`] would not leave as it is written out by `escape`, as well as quotes and backslashes, so
/// that it stays readable, and is one line, between quotes. Truncated to `max_chars` code points and an ellipsis.
#[must_use]
pub fn escaped(text: &str, max_chars: usize, escape: impl Fn(&mut String, char)) -> String {
    let mut out = String::with_capacity(text.len().min(max_chars));
    // A mark that begins the text would be drawn over the quote before it.
    let mut marks = PER_GRAPHEME;
    for (at, c) in text.chars().enumerate() {
        if at == max_chars {
            out.push('…');
            break;
        }
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if c != '"' && c != '\\' && sanitised(c) == Some(c) && marks < PER_GRAPHEME {
            out.push(c);
        } else {
            escape(&mut out, c);
        }
    }
    // Clusters of other kinds than marks.
    if is_inert(&out) { out } else { inert(&out, usize::MAX) }
}

/// Whether [`inert`] leaves `c` out when it stands alone, or puts a space in its place.
#[must_use]
pub fn is_disarmed(c: char) -> bool {
    sanitised(c) != Some(c)
}

/// `c` itself, a space for white space that moves the cursor, or nothing.
fn sanitised(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ if c.is_control() || is_invisible(c) => None,
        _ => Some(c),
    }
}

/// `text` with every grapheme cluster truncated to [`PER_GRAPHEME`] code points, or a few more if it has joiners. In one
/// pass, however it is made: what
/// would be one cluster with the rest of a truncated one is left out, instead of looking through the text again.
fn flattened(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    // Where the last cluster begins, if it was truncated.
    let mut truncated: Option<usize> = None;
    for cluster in text.graphemes(true) {
        if let Some(start) = truncated {
            let rest = flat.get(start..).unwrap_or_default();
            let joined: String = rest.chars().chain(cluster.chars().take(1)).collect();
            if joined.graphemes(true).count() == 1 {
                continue;
            }
        }
        let start = flat.len();
        let most = if cluster.contains(JOINER) { PER_JOINED_GRAPHEME } else { PER_GRAPHEME };
        flat.extend(cluster.chars().take(most));
        truncated = (flat.len() - start < cluster.len()).then_some(start);
    }
    flat
}

/// Format characters (Unicode general category Cf) and the other characters with the property
/// `Default_Ignorable_Code_Point`: bidi controls, zero-width characters, fillers, tags.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x0600..=0x0605 | 0x061C | 0x06DD | 0x070F | 0x0890..=0x0891 | 0x08E2
        | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E
        | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
        | 0x110BD | 0x110CD | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_are_disarmed() {
        assert_eq!(inert("a\x1b]0;owned\x07b\u{9b}2Jc\x7f", 99), "a]0;ownedb2Jc");
        assert_eq!(inert("one\r\ntwo\tthree", 99), "one  two three");
    }

    #[test]
    fn a_sentence_goes_on_behind_a_colon() {
        assert_eq!(behind_colon("A name has 3 to 5 characters."), "a name has 3 to 5 characters");
        assert_eq!(behind_colon(""), "");
    }

    #[test]
    fn direction_marks_and_invisible_characters_are_removed() {
        assert_eq!(inert("ab\u{202e}txt\u{200b}.\u{feff}e\u{e0041}xe\u{ad}", 99), "abtxt.exe");
        assert!(!is_inert("a\u{2066}b"));
    }

    #[test]
    fn stacked_marks_are_truncated_and_leading_ones_removed() {
        let zalgo = format!("a{}b", "\u{0301}".repeat(500));
        assert_eq!(inert(&zalgo, 1_000).chars().count(), 9);
        assert_eq!(inert("\u{0301}\u{0302}ada", 99), "ada");
    }

    #[test]
    fn what_joins_the_rest_of_a_truncated_character_takes_one_pass() {
        // U+0D4E goes before what follows it, U+1100 joins others of its kind, a virama joins two consonants.
        for joining in ["\u{d4e}".repeat(8), "\u{1100}".repeat(9), "\u{915}\u{94d}".repeat(5)] {
            for text in [format!("{joining}{}", "a".repeat(30_000)), joining.repeat(2_000)] {
                let clean = inert(&text, usize::MAX);
                assert!(is_inert(&clean), "{joining}");
                assert_eq!(inert(&clean, usize::MAX), clean, "{joining}");
            }
        }
    }

    #[test]
    fn ordinary_names_in_any_script_are_unchanged() {
        for name in ["Ada Lovelace", "Zoë Ångström", "渡辺", "Владимир", "عائشة", "नमस्ते", "👩🏽"]
        {
            assert!(is_inert(name), "{name}");
            assert_eq!(inert(name, 99), name);
        }
    }

    #[test]
    fn lines_have_no_spaces_behind_and_one_empty_line_between_at_most() {
        assert_eq!(without_gaps(["one ", "", " \t", "", "two", "", "three"].iter()), "one\n\ntwo\n\nthree\n");
        assert_eq!(without_gaps([""; 0].iter()), "");
    }

    #[test]
    fn what_moves_the_cursor_or_hides_is_told_from_text() {
        assert!(['\x1b', '\n', '\u{202e}', '\u{200b}'].into_iter().all(is_disarmed));
        assert!(!['a', ' ', '渡', '\u{301}'].into_iter().any(is_disarmed));
    }

    #[test]
    fn the_length_is_capped_in_code_points() {
        assert_eq!(inert("äöüß", 3), "äöü");
        assert_eq!(inert("abc", 0), "");
    }

    proptest! {
        #[test]
        fn what_comes_out_is_always_inert(text in "\\PC*|[\\x00-\\x9f]*|[a\u{301}\u{94d}\u{915}\u{1100}\u{1161}\u{1f1e6}\u{200d}]*", max in 0_usize..64) {
            let out = inert(&text, max);
            prop_assert!(is_inert(&out));
            prop_assert!(out.chars().count() <= max);
            prop_assert_eq!(inert(&out, max), out);
        }
    }
}
