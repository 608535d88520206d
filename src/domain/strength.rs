//! How soon a guesser would come to a password, by zxcvbn's estimate and its lists of 30 000 common
//! passwords, 30 000 English words, names and titles.

use zeroize::Zeroizing;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Entropy, Score};

/// zxcvbn's matchers take quadratic time; beyond this many characters nothing gets weaker.
const MAX_CHARS: usize = 64;
/// Signs that may stand for letters, `p@$$word`, without the digits. zxcvbn tries all combinations of
/// their meanings, half a second of work for one password that holds all of them.
const DISGUISES: &[char] = &['@', '(', '{', '[', '<', '!', '|', '$', '+', '%'];
/// How many different ones of them are looked behind; nobody's disguise has more.
const MAX_DISGUISES: usize = 3;
/// Fewer guesses than this and the password falls to the first minutes of any attack (score 0 and 1).
const FIRST_GUESSES: u64 = 1_000_000;
/// The same where the whole password is one pattern: a word, a run of keys, a date.
const FIRST_GUESSES_OF_ONE_PATTERN: u64 = 100_000_000;

/// A live word about a password that is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Less than 10^3 guesses.
    VeryWeak,
    /// Less than 10^6 guesses.
    Weak,
    /// Less than 10^8 guesses.
    Fair,
    /// Less than 10^10 guesses.
    Good,
    /// At least 10^10 guesses.
    Strong,
}

impl Strength {
    /// The word a page shows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::VeryWeak => "very weak",
            Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Good => "good",
            Self::Strong => "strong",
        }
    }
}

/// How strong `password` is for somebody who is called by `words`.
#[must_use]
pub fn strength(password: &str, words: &[&str]) -> Strength {
    match estimate(&unrepeated(&first(password)), words).score() {
        Score::Zero => Strength::VeryWeak,
        Score::One => Strength::Weak,
        Score::Two => Strength::Fair,
        Score::Three => Strength::Good,
        _ => Strength::Strong,
    }
}

/// Why a password is among the first guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstGuess {
    /// It is common, or one word, run of keys, or repetition.
    Common,
    /// It consists of what the account or the portal is called.
    AboutThem,
}

/// Whether `password` is among the first guesses; `words` are lower case.
pub(super) fn first_guess(password: &str, words: &[String]) -> Option<FirstGuess> {
    let unit = unrepeated(password);
    if unit.chars().nth(3).is_none() && unit.len() < password.len() {
        return Some(FirstGuess::Common);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // A long one is as good as the better of its ends.
    let begins_with = judge(&first(&unit), &words)?;
    if unit.chars().nth(MAX_CHARS).is_some() {
        judge(&last(&unit), &words)?;
    }
    Some(begins_with)
}

fn judge(password: &str, words: &[&str]) -> Option<FirstGuess> {
    let found = estimate(password, words);
    let limit = if is_one_pattern(&found) { FIRST_GUESSES_OF_ONE_PATTERN } else { FIRST_GUESSES };
    if found.guesses() >= limit {
        return None;
    }
    Some(if is_about_them(&found) { FirstGuess::AboutThem } else { FirstGuess::Common })
}

fn estimate(password: &str, words: &[&str]) -> Entropy {
    zxcvbn::zxcvbn(&undisguised(password), words)
}

/// `password` with `_` for every [`DISGUISES`] beyond the first few different ones.
fn undisguised(password: &str) -> Zeroizing<String> {
    let mut kept: Vec<char> = Vec::with_capacity(MAX_DISGUISES);
    let mut plain = Zeroizing::new(String::with_capacity(password.len()));
    for c in password.chars() {
        let is_new = DISGUISES.contains(&c) && !kept.contains(&c);
        if is_new && kept.len() == MAX_DISGUISES {
            plain.push('_');
            continue;
        }
        if is_new {
            kept.push(c);
        }
        plain.push(c);
    }
    plain
}

fn is_one_pattern(found: &Entropy) -> bool {
    matches!(found.sequence(), [one] if !matches!(one.pattern, MatchPattern::BruteForce))
}

fn is_about_them(found: &Entropy) -> bool {
    use zxcvbn::matching::patterns::MatchPattern::Dictionary;
    found.sequence().iter().any(|part| {
        // The enum of dictionary names is private to the crate; its Debug is the only way to it.
        matches!(&part.pattern, Dictionary(word) if format!("{:?}", word.dictionary_name) == "UserInputs")
    })
}

/// The shortest text that `text` is a repetition of: `abc` for `abcabcabc`, itself when it is none.
fn unrepeated(text: &str) -> Zeroizing<String> {
    let chars: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    let period = (1..=chars.len() / 2)
        .filter(|period| chars.len().is_multiple_of(*period))
        .find(|&period| chars[period..] == chars[..chars.len() - period]);
    Zeroizing::new(chars[..period.unwrap_or(chars.len())].iter().collect())
}

fn first(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().take(MAX_CHARS).collect())
}

fn last(text: &str) -> Zeroizing<String> {
    let beyond = text.chars().count().saturating_sub(MAX_CHARS);
    Zeroizing::new(text.chars().skip(beyond).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_follows_the_guesses() {
        assert_eq!(strength("", &[]).word(), "very weak");
        assert_eq!(strength("password", &[]).word(), "very weak");
        assert_eq!(strength("aaaaaaaaaaaaaaaaaaaaaaa", &[]).word(), "very weak");
        assert_eq!(strength("correct horse battery staple", &[]).word(), "strong");
        assert!(strength("adalovelace", &["ada", "lovelace"]) < Strength::Fair);
    }

    #[test]
    fn a_repetition_is_seen_whatever_its_unit() {
        assert_eq!(unrepeated("abcabcabc").as_str(), "abc");
        assert_eq!(unrepeated("abcabcab").as_str(), "abcabcab");
        assert_eq!(unrepeated("").as_str(), "");
    }

    #[test]
    fn a_password_that_holds_every_disguise_does_not_keep_the_others_waiting() {
        assert_eq!(undisguised("p@$$w(rd@!").as_str(), "p@$$w(rd@_");
        let all: String = DISGUISES.iter().cycle().take(99).collect();
        let left = undisguised(&all);
        assert_eq!(DISGUISES.iter().filter(|c| left.contains(**c)).count(), MAX_DISGUISES);
    }

    #[test]
    fn a_long_password_is_judged_by_both_ends() {
        let weak = "a".repeat(80);
        assert_eq!(first_guess(&format!("{weak}b"), &[]), Some(FirstGuess::Common));
        assert_eq!(first_guess(&format!("{weak}violet engine numbers"), &[]), None);
        assert_eq!(first_guess(&format!("violet engine numbers{weak}"), &[]), None);
    }

    #[test]
    fn a_whole_pasted_page_costs_no_more_than_its_beginning() {
        let page = "The quick brown fox jumps over the lazy dog. ".repeat(20_000);
        assert_eq!(strength(&page, &[]).word(), "strong");
    }
}
