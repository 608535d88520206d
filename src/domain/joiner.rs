//! Where characters that nobody sees change how others are drawn, and so belong to a text: variation selectors and
//! joiners in emoji (UTS #51), the non-joiner between letters that would join, and both joiners in Indic conjuncts
//! (UAX #31 section 2.3, rules A1, A2 and B). Anywhere else they only make two texts differ that look the same.

use icu_properties::props::{
    BinaryProperty, Emoji, EmojiModifier, EnumeratedProperty, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, IndicSyllabicCategory, JoiningType,
};
use unicode_normalization::char::canonical_combining_class;

const NON_JOINER: char = '\u{200c}';
pub(super) const JOINER: char = '\u{200d}';
const TEXT_STYLE: char = '\u{fe0e}';
const EMOJI_STYLE: char = '\u{fe0f}';
/// What makes a digit a keycap, as in 1️⃣.
const KEYCAP: char = '\u{20e3}';
/// The combining class of viramas, which take the vowel off a consonant.
const VIRAMA: u8 = 9;

/// Whether `c` is one of the characters that this module is about.
#[must_use]
pub(super) const fn is_joiner(c: char) -> bool {
    is_style(c) || matches!(c, NON_JOINER | JOINER)
}

const fn is_style(c: char) -> bool {
    matches!(c, TEXT_STYLE | EMOJI_STYLE)
}

/// Whether every joiner and selector in `text` has something to do.
pub(super) fn all_in_place(text: &str) -> bool {
    misplaced(text, is_joiner).next().is_none()
}

/// `text` without the joiners and selectors that have nothing to do.
pub(super) fn without_misplaced(text: &str) -> String {
    // Selectors first: what is left of them, a joiner may stand behind.
    let mut left = without(&without(text, is_style), is_joiner);
    // Once more, because a joiner that was removed may have kept the one before it from a vowel sign.
    while !all_in_place(&left) {
        left = without(&left, is_joiner);
    }
    left
}

fn without(text: &str, kind: impl Fn(char) -> bool) -> String {
    let (mut kept, mut from) = (String::with_capacity(text.len()), 0);
    for (at, c) in misplaced(text, kind) {
        kept.push_str(&text[from..at]);
        from = at + c.len_utf8();
    }
    kept.push_str(&text[from..]);
    kept
}

fn misplaced(text: &str, kind: impl Fn(char) -> bool) -> impl Iterator<Item = (usize, char)> {
    text.char_indices()
        .filter(move |(at, c)| kind(*c) && !is_in_place(&text[..*at], *c, &text[at + c.len_utf8()..]))
}

fn is_in_place(before: &str, c: char, after: &str) -> bool {
    match c {
        NON_JOINER => {
            is_between_joining_letters(before, after)
                || (ends_in_virama(before) && next_base(after).is_some_and(is_letter))
        }
        JOINER => {
            is_between_emoji(before, after) || (ends_in_virama(before) && !begins_with_vowel_sign(after))
        }
        _ => match before.chars().next_back() {
            Some('0'..='9' | '#' | '*') => c == EMOJI_STYLE && after.starts_with(KEYCAP),
            base => base.is_some_and(Emoji::for_char),
        },
    }
}

fn is_between_emoji(before: &str, after: &str) -> bool {
    let base = before.chars().rev().find(|c| !is_style(*c) && !EmojiModifier::for_char(*c));
    base.is_some_and(ExtendedPictographic::for_char)
        && after.chars().next().is_some_and(ExtendedPictographic::for_char)
}

/// Rule A1, and also behind a letter that joins on its right side only: there the non-joiner changes nothing, but
/// Persian keyboards type it.
fn is_between_joining_letters(before: &str, after: &str) -> bool {
    let is_base = |c: &char| JoiningType::for_char(*c) != JoiningType::Transparent;
    let joins = |c: char| {
        let joining = JoiningType::for_char(c);
        [JoiningType::DualJoining, JoiningType::LeftJoining, JoiningType::RightJoining].contains(&joining)
    };
    before.chars().rev().find(is_base).is_some_and(joins) && after.chars().find(is_base).is_some_and(joins)
}

/// `$L $M* $V $M₁*` at the end of `before`, in the notation of UAX #31.
fn ends_in_virama(before: &str) -> bool {
    let mut back = before.chars().rev().skip_while(|c| !matches!(canonical_combining_class(*c), 0 | VIRAMA));
    back.next().is_some_and(|c| canonical_combining_class(c) == VIRAMA)
        && back
            .find(|c| GeneralCategory::for_char(*c) != GeneralCategory::NonspacingMark)
            .is_some_and(is_letter)
}

/// The first character of `after` behind its combining marks.
fn next_base(after: &str) -> Option<char> {
    after.chars().find(|c| canonical_combining_class(*c) == 0)
}

fn is_letter(c: char) -> bool {
    GeneralCategoryGroup::Letter.contains(GeneralCategory::for_char(c))
}

/// Malayalam names end in consonant, virama and joiner, so the end of the text is no vowel sign either.
fn begins_with_vowel_sign(after: &str) -> bool {
    next_base(after)
        .is_some_and(|c| IndicSyllabicCategory::for_char(c) == IndicSyllabicCategory::VowelDependent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn joiners_and_selectors_belong_to_emoji_and_to_letters_that_join() {
        for text in [
            "Ada ❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "☎\u{fe0e}",
            "👩\u{200d}🔬",
            "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏽",
            "🏳\u{fe0f}\u{200d}🌈",
            // Persian.
            "علی\u{200c}رضا",
            "می\u{200c}خواهم",
            "کار\u{200c}آفرین",
            // Hindi, Malayalam and Sinhala.
            "क्\u{200d}ष",
            "क्\u{200c}ष",
            "മോഹന്\u{200d}",
            "ශ්\u{200d}රී",
        ] {
            assert!(all_in_place(text), "{text}");
            assert_eq!(without_misplaced(text), text);
        }
    }

    #[test]
    fn elsewhere_they_only_hide() {
        for text in [
            "ad\u{200c}a",
            "ad\u{200d}a",
            "ada\u{fe0f}",
            "1\u{fe0f}",
            "1\u{fe0e}\u{20e3}",
            "👩\u{200d}",
            "\u{200d}👩",
            "👩\u{200d}\u{200d}🔬",
            "علی\u{200c}\u{200c}رضا",
            "علی\u{200c}",
            "क\u{200d}ष",
            "क्\u{200d}ा",
            "❤\u{fe0f}\u{fe0f}",
            "漢\u{200d}字",
            // The first joiner is in place only as long as the second one keeps it from the vowel sign.
            "क्\u{200d}\u{200d}\u{93e}",
            "क्\u{200d}\u{200c}\u{93e}",
            "क्\u{200d}\u{301}\u{200d}\u{93e}",
        ] {
            assert!(!all_in_place(text), "{text}");
            assert!(all_in_place(&without_misplaced(text)), "{text}");
        }
        assert_eq!(without_misplaced("a\u{200d}b ❤\u{fe0f}\u{200d}"), "ab ❤\u{fe0f}");
    }

    proptest! {
        #[test]
        fn what_is_left_is_in_place(
            text in "[a1❤👩🏽علیक\u{94d}\u{93e}\u{301}\u{200c}\u{200d}\u{fe0e}\u{fe0f}\u{20e3}]{0,24}",
        ) {
            let left = without_misplaced(&text);
            prop_assert!(all_in_place(&left), "{:?} of {:?}", left, text);
            prop_assert_eq!(without_misplaced(&left), left);
        }
    }
}
