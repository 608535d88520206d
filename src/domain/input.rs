//! What people type, paste and pipe in, and the one form that it has everywhere: on the screen, in line mode, in
//! commands, in keyboard-interactive prompts and in imported files.
//!
//! | what | its form |
//! |---|---|
//! | bytes of a file or a pipe | UTF-8 without a byte order mark; UTF-16 is named as such ([`text`]) |
//! | passwords | the very code points, in NFC ([`super::password`]); nothing is left out, control characters are refused |
//! | codes of any kind | the one code in the text, in NFKC, digits of any script ([`find_code`]) |
//! | email addresses, usernames and keys | without characters around them that nobody sees ([`trim_ignorable`]) |
//! | names that others read | as typed, if that can be shown safely ([`super::text::is_inert`]) |

use std::borrow::Cow;
use std::ops::Range;

use icu_properties::props::{
    BinaryProperty, Dash, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory,
};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::secret::SecretBytes;
use crate::message;
use crate::messages::Message;

/// The byte order mark of UTF-8 (Unicode 16.0 section 23.8), which Windows programs put before text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why bytes are no text. `Display` continues a sentence that names them: `people.csv: is UTF-16, not UTF-8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// UTF-16, which Windows programs call Unicode.
    #[error("is UTF-16, not UTF-8")]
    Utf16,
    /// Bytes that are not UTF-8, such as the `ü` of Latin-1.
    #[error("is not UTF-8")]
    Encoding,
    /// A control character.
    #[error("has control characters")]
    Control,
}

/// The text of a whole file or pipe.
pub fn text(bytes: &[u8]) -> Result<&str, NotText> {
    decoded(without_byte_order_mark(bytes))
}

/// The text of bytes from within a file or pipe.
pub fn decoded(bytes: &[u8]) -> Result<&str, NotText> {
    match std::str::from_utf8(bytes) {
        _ if is_utf16(bytes) => Err(NotText::Utf16),
        Ok(text) => Ok(text),
        Err(_) => Err(NotText::Encoding),
    }
}

/// `bytes`, the first of a file or pipe, without a byte order mark.
#[must_use]
pub fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// One line of a file or pipe, without control characters.
pub fn line(bytes: &[u8]) -> Result<&str, NotText> {
    let text = decoded(bytes)?;
    if text.chars().any(char::is_control) { Err(NotText::Control) } else { Ok(text) }
}

/// Whether `bytes` begin like UTF-16: with its byte order mark, or with pairs of bytes of which one is zero, as ASCII
/// has them there. A line of it that follows a line feed begins with the feed's second half.
#[must_use]
pub fn is_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let pairs = bytes.chunks_exact(2).take(32);
    let all = pairs.len();
    let halves = pairs.filter(|pair| (pair[0] == 0) != (pair[1] == 0)).count();
    all > 1 && halves > 0 && 2 * halves >= all
}

/// `text` without characters at its ends that nobody sees: byte order marks, zero-width characters, the direction marks
/// that address books put around what is copied from them.
#[must_use]
pub fn trim_ignorable(text: &str) -> &str {
    text.trim_matches(DefaultIgnorableCodePoint::for_char)
}

/// `text` without its characters that nobody sees or means: zero-width characters, direction marks, variation selectors,
/// soft hyphens (`Default_Ignorable_Code_Point` of UAX #44). To compare texts that look the same.
#[must_use]
pub fn without_ignorable(text: &str) -> Cow<'_, str> {
    if text.chars().any(DefaultIgnorableCodePoint::for_char) {
        text.chars().filter(|c| !DefaultIgnorableCodePoint::for_char(*c)).collect::<String>().into()
    } else {
        text.into()
    }
}

/// The frame around a digit that makes it a keycap, as in 1️⃣.
const KEYCAP: char = '\u{20e3}';

/// Maximum characters of a text that a code is looked for in: a sentence or two around it.
pub const CODE_TEXT_CHARS: usize = 256;

/// A typed code without what phones, mail clients and input methods add: in NFKC, letters in upper case, digits of any
/// script as `0` to `9`, white space as blanks, dashes as `-`, and without characters that nobody sees.
#[must_use]
pub fn folded_code(typed: &str) -> Zeroizing<String> {
    // NFKC needs at most eleven times the bytes. A reallocation would leave an unwiped copy behind.
    let mut folded = Zeroizing::new(String::with_capacity(typed.len() * 11));
    let seen = |c: &char| !DefaultIgnorableCodePoint::for_char(*c) && *c != KEYCAP;
    let plain = typed.chars().filter(seen).nfkc().filter(seen).map(|c| match c {
        ' '..='~' => c.to_ascii_uppercase(),
        _ if c.is_whitespace() => ' ',
        _ if is_dash(c) => '-',
        _ => decimal_digit(c).unwrap_or(c),
    });
    // Once more, for what has come together by it.
    folded.extend(plain.nfkc());
    folded
}

/// Also what Japanese input methods give for the key of the dash: the mark for a long vowel, and a box's line.
fn is_dash(c: char) -> bool {
    Dash::for_char(c) || matches!(c, '\u{30fc}' | '\u{2500}')
}

/// The ASCII digit of the same value. Decimal digits stand in runs of ten, from zero up (Unicode 16.0 section 4.6).
fn decimal_digit(c: char) -> Option<char> {
    let is_digit = |c| GeneralCategory::for_char(c) == GeneralCategory::DecimalNumber;
    if !is_digit(c) {
        return None;
    }
    let below = (0..u32::from(c)).rev().map_while(char::from_u32).take_while(|c| is_digit(*c)).count();
    char::from_digit(u32::try_from(below % 10).ok()?, 10)
}

/// What a typed code should look like. `Display` is the sentence for a text that has no such code in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum CodeForm {
    /// From an email: [`super::code`].
    Email,
    /// From the email about a change: [`super::undo_code`].
    Undo,
    /// Printed by `doorkey serve`: [`super::setup_code`].
    Setup,
    /// From an authenticator app: [`super::totp`].
    App,
    /// From an authenticator app, or a recovery code: [`super::recovery_code`].
    SecondFactor,
}

impl CodeForm {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Email => message!("refused-code-form-email"),
            Self::Undo => message!("refused-code-form-undo"),
            Self::Setup => message!("refused-code-form-setup"),
            Self::App => message!("refused-code-form-app"),
            Self::SecondFactor => message!("refused-code-form-second-factor"),
        }
    }
}

/// A symbol of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeSymbol {
    pub(super) symbol: u8,
    /// Written as codes are written, not with a look-alike such as `O` for zero.
    pub(super) exact: bool,
}

/// A code in a text.
pub(super) struct FoundCode<const N: usize> {
    pub(super) symbols: SecretBytes<N>,
    /// One word, or several without look-alikes. Else it could be other words that happen to be as long.
    pub(super) certain: bool,
}

/// Part of a text: symbols, with at most dashes between them.
struct Word {
    symbols: Range<usize>,
    exact: bool,
    /// Everything in it is a symbol.
    whole: bool,
}

/// The one code of `N` symbols in `typed`: a word, or words in a row, however it is set apart from what is around it.
/// `symbol_of` gives the symbol for an upper-case ASCII letter or digit. `None` if there is no such code, or several.
pub(super) fn find_code<const N: usize>(
    typed: &str,
    symbol_of: impl Fn(u8) -> Option<CodeSymbol>,
) -> Option<FoundCode<N>> {
    if typed.chars().nth(CODE_TEXT_CHARS).is_some() {
        return None;
    }
    let folded = folded_code(typed);
    let mut symbols = Zeroizing::new(Vec::with_capacity(folded.len()));
    let words = words_of(&folded, &mut symbols, symbol_of);
    let single = |word: &&Word| word.whole && word.symbols.len() == N;
    let singles = || words.iter().filter(single);
    let mut windows = Vec::new();
    for run in words.chunk_by(|one, next| one.whole && next.whole) {
        for (first, word) in run.iter().enumerate().filter(|(_, word)| word.whole) {
            let start = word.symbols.start;
            let is_last = |last: &Word| last.symbols.end - start == N;
            if let Some(length) = run[first..].iter().position(is_last).filter(|length| *length > 0) {
                let exact = run[first..=first + length].iter().all(|word| word.exact);
                windows.push((start..start + N, exact));
            }
        }
    }
    let exact_singles = singles().filter(|word| word.exact).map(|word| word.symbols.clone());
    let exact_windows = windows.iter().filter(|(_, exact)| *exact).map(|(range, _)| range.clone());
    let candidates: [(Vec<Range<usize>>, bool); 4] = [
        (exact_singles.collect(), true),
        (singles().map(|word| word.symbols.clone()).collect(), true),
        (exact_windows.collect(), true),
        (windows.iter().map(|(range, _)| range.clone()).collect(), false),
    ];
    let (found, certain) = candidates.into_iter().find(|(ranges, _)| !ranges.is_empty())?;
    let (first, others) = found.split_first()?;
    let code = symbols.get(first.clone())?;
    if others.iter().any(|other| symbols.get(other.clone()) != Some(code)) {
        return None;
    }
    Some(FoundCode { symbols: SecretBytes::copy_of(code)?, certain })
}

/// The words of a folded text; their symbols go to `symbols`. Letters beyond ASCII stand between words as blanks do, for
/// there are scripts that set none around a code.
fn words_of(folded: &str, symbols: &mut Vec<u8>, symbol_of: impl Fn(u8) -> Option<CodeSymbol>) -> Vec<Word> {
    let mut words = Vec::new();
    for text in folded.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        let start = symbols.len();
        let (mut exact, mut whole) = (true, true);
        for letter in text.bytes().filter(u8::is_ascii_alphanumeric) {
            match symbol_of(letter) {
                Some(found) => {
                    symbols.push(found.symbol);
                    exact &= found.exact;
                }
                None => whole = false,
            }
        }
        if symbols.len() > start || !whole {
            words.push(Word { symbols: start..symbols.len(), exact, whole });
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digits(typed: &str) -> Option<String> {
        let digit = |symbol: u8| symbol.is_ascii_digit().then_some(CodeSymbol { symbol, exact: true });
        let found = find_code::<6>(typed, digit)?;
        Some(found.symbols.iter().copied().map(char::from).collect())
    }

    #[test]
    fn what_a_refusal_says_of_a_code_is_true_of_every_code_that_is_made() {
        use crate::domain::code::Code;
        use crate::domain::entropy::Entropy;
        use crate::domain::recovery_code::RecoveryCode;
        use crate::domain::undo_code::UndoCode;
        for seed in 0..200 {
            let entropy = Entropy::seeded(seed);
            let codes = [
                (
                    CodeForm::Email,
                    "8 letters, without vowels or digits",
                    Code::generate(&entropy).grouped(),
                    8,
                ),
                (
                    CodeForm::Undo,
                    "16 letters, without vowels or digits",
                    UndoCode::generate(&entropy).grouped().expose().to_owned(),
                    16,
                ),
            ];
            for (form, said, code, length) in codes {
                let symbols: Vec<char> = code.chars().filter(|c| *c != '-').collect();
                assert!(form.to_string().contains(said) && symbols.len() == length, "{form}");
                assert!(symbols.iter().all(|c| c.is_ascii_uppercase() && !"AEIOU".contains(*c)), "{code}");
            }
            let recovery = RecoveryCode::generate(&entropy).grouped();
            let symbols = recovery.expose().chars().filter(char::is_ascii_alphanumeric).count();
            assert!(CodeForm::SecondFactor.to_string().contains("24 letters and digits") && symbols == 24);
        }
    }

    #[test]
    fn digits_of_every_script_and_form_are_digits() {
        for typed in [
            "123456",
            "１２３４５６",
            "١٢٣٤٥٦",
            "۱۲۳۴۵۶",
            "१२३४५६",
            "๑๒๓๔๕๖",
            "𝟏𝟐𝟑𝟒𝟓𝟔",
            "①②③④⑤⑥",
            "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}3456",
            // The second of two runs of ten that stand side by side.
            "\u{116db}\u{116dc}\u{116dd}\u{116de}\u{116df}\u{116e0}",
        ] {
            assert_eq!(digits(typed).as_deref(), Some("123456"), "{typed}");
        }
    }

    #[test]
    fn whatever_stands_between_the_symbols_of_a_code_is_ignored() {
        for between in [
            " ", "-", "\u{a0}", "\u{202f}", "\u{3000}", "‑", "–", "—", "−", "ー", "－", "_", "\u{ad}",
            "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{200e}", "\u{202e}", "\u{2068}",
            "\u{fe0f}", "'", "\"", "”", "’", "«", ".", "·", " - ", "\t", "\r\n",
        ] {
            for typed in [format!("123{between}456"), format!("{between}1{between}23456{between}")] {
                assert_eq!(digits(&typed).as_deref(), Some("123456"), "{typed:?}");
            }
        }
    }

    #[test]
    fn the_one_code_in_a_sentence_is_found() {
        for typed in [
            "Your code is 123456",
            "Your code is 123 456.",
            "Code: 123456",
            "\"123456\"",
            "„123-456“,",
            "*123456*",
            "123_456",
            "<123456>",
            "您的验证码是123456，10分钟内有效",
            "123456 is your code. It is valid for 10 minutes.",
            "123456 (123456)",
        ] {
            assert_eq!(digits(typed).as_deref(), Some("123456"), "{typed}");
        }
    }

    #[test]
    fn no_code_and_several_codes_are_no_code() {
        let long = format!("123456{}", " ".repeat(CODE_TEXT_CHARS));
        for typed in [
            "",
            "12345",
            "1234567",
            "12345a",
            "12 34 56 78",
            "123456 or 654321",
            "Your code",
            "1234567-1",
            &long,
        ] {
            assert_eq!(digits(typed), None, "{typed}");
        }
    }

    #[test]
    fn text_is_taken_without_its_byte_order_mark_and_utf_16_is_named() {
        assert_eq!(text(b"\xef\xbb\xbfname\r\n"), Ok("name\r\n"));
        assert_eq!(text("größer".as_bytes()), Ok("größer"));
        assert_eq!(text(b""), Ok(""));
        assert_eq!(text(b"gr\xf6\xdfer"), Err(NotText::Encoding));
        for wide in [
            b"\xff\xfen\0\xfc\0".as_slice(),
            b"\xfe\xff\0n\0\xfc",
            b"n\0a\0m\0e\0",
            b"\0n\0a\0m\0e",
            b"\xff\xfe",
        ] {
            assert_eq!(text(wide), Err(NotText::Utf16), "{wide:?}");
        }
        assert_eq!(line(b"a\0b"), Err(NotText::Control));
        assert_eq!(line(b"a\tb"), Err(NotText::Control));
        assert_eq!(line("a\u{200d}\u{ad}b".as_bytes()), Ok("a\u{200d}\u{ad}b"));
    }

    #[test]
    fn what_nobody_sees_is_left_out_around_a_name_that_is_looked_up() {
        assert_eq!(trim_ignorable("\u{feff}\u{202a}ada@example.org\u{202c}\u{200b}"), "ada@example.org");
        assert_eq!(trim_ignorable("a\u{200b}da"), "a\u{200b}da");
        assert_eq!(without_ignorable("a\u{200b}da ❤\u{fe0f}"), "ada ❤");
        assert!(matches!(without_ignorable("zoë"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn folding_a_code_twice_is_folding_it_once(typed in any::<String>()) {
            let once = folded_code(&typed);
            prop_assert_eq!(folded_code(&once), once);
        }

        #[test]
        fn a_folded_text_holds_the_same_code(typed in "[\\PC]{0,12}|[0-9٠-٩０-９ \u{200b}_:.-]{4,20}") {
            prop_assert_eq!(digits(&folded_code(&typed)), digits(&typed));
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in any::<Vec<u8>>()) {
            if let Ok(read) = text(&bytes) {
                prop_assert_eq!(text(read.as_bytes()).is_ok(), true);
            }
        }
    }
}
