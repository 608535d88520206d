//! How many guesses a password withstands, estimated by zxcvbn with its lists of 30 000 common
//! passwords, 30 000 English words, names and titles.

use zeroize::Zeroizing;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Entropy, Score};

/// zxcvbn's matchers take quadratic time; characters beyond this never make a password weaker.
const MAX_CHARS: usize = 64;
/// Symbols that replace letters, as in `p@$$word` (digits left out). zxcvbn tries every combination of
/// their meanings: half a second of work for a password that contains all of them.
const SUBSTITUTIONS: &[char] = &['@', '(', '{', '[', '<', '!', '|', '$', '+', '%'];
/// How many different substitutions zxcvbn may try; real passwords do not use more.
const MAX_SUBSTITUTIONS: usize = 3;
/// A password with fewer guesses falls within the first minutes of an attack (zxcvbn scores 0 and 1).
const FIRST_GUESSES: u64 = 1_000_000;
/// The limit when the whole password is a single pattern: a word, a keyboard run, a date.
const FIRST_GUESSES_OF_ONE_PATTERN: u64 = 100_000_000;

/// Shown next to the password field while it is being typed.
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

/// Estimates `password` for an account whose names are `words`.
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
    /// A common password, a single word, a keyboard run or a repetition.
    Common,
    /// Names of the account or the portal.
    AccountWords,
}

/// Whether `password` is among an attacker's first guesses. `words` must be lower case.
pub(super) fn first_guess(password: &str, words: &[String]) -> Option<FirstGuess> {
    let unit = unrepeated(password);
    if unit.chars().nth(3).is_none() && unit.len() < password.len() {
        return Some(FirstGuess::Common);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // A long password is as strong as the stronger of its two ends.
    let start = judge(&first(&unit), &words)?;
    if unit.chars().nth(MAX_CHARS).is_some() {
        judge(&last(&unit), &words)?;
    }
    Some(start)
}

fn judge(password: &str, words: &[&str]) -> Option<FirstGuess> {
    let found = estimate(password, words);
    let limit = if is_one_pattern(&found) { FIRST_GUESSES_OF_ONE_PATTERN } else { FIRST_GUESSES };
    if found.guesses() >= limit {
        return None;
    }
    Some(if has_account_words(&found) { FirstGuess::AccountWords } else { FirstGuess::Common })
}

fn estimate(password: &str, words: &[&str]) -> Entropy {
    zxcvbn::zxcvbn(&limit_substitutions(password), words)
}

/// `password` with `_` for every substitution symbol beyond the first [`MAX_SUBSTITUTIONS`] different ones.
fn limit_substitutions(password: &str) -> Zeroizing<String> {
    let mut seen: Vec<char> = Vec::with_capacity(MAX_SUBSTITUTIONS);
    let mut limited = Zeroizing::new(String::with_capacity(password.len()));
    for c in password.chars() {
        let is_new = SUBSTITUTIONS.contains(&c) && !seen.contains(&c);
        if is_new && seen.len() == MAX_SUBSTITUTIONS {
            limited.push('_');
            continue;
        }
        if is_new {
            seen.push(c);
        }
        limited.push(c);
    }
    limited
}

fn is_one_pattern(found: &Entropy) -> bool {
    matches!(found.sequence(), [one] if !matches!(one.pattern, MatchPattern::BruteForce))
}

fn has_account_words(found: &Entropy) -> bool {
    use zxcvbn::matching::patterns::MatchPattern::Dictionary;
    found.sequence().iter().any(|part| {
        // zxcvbn keeps the enum of dictionary names private; only its Debug output is accessible.
        matches!(&part.pattern, Dictionary(word) if format!("{:?}", word.dictionary_name) == "UserInputs")
    })
}

/// The shortest text that `text` repeats: `abc` for `abcabcabc`, or `text` itself.
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
    fn the_label_follows_the_number_of_guesses() {
        assert_eq!(strength("", &[]), Strength::VeryWeak);
        assert_eq!(strength("password", &[]), Strength::VeryWeak);
        assert_eq!(strength("aaaaaaaaaaaaaaaaaaaaaaa", &[]), Strength::VeryWeak);
        assert_eq!(strength("correct horse battery staple", &[]), Strength::Strong);
        assert!(strength("adalovelace", &["ada", "lovelace"]) < Strength::Fair);
    }

    #[test]
    fn a_repetition_is_recognised_whatever_its_unit() {
        assert_eq!(unrepeated("abcabcabc").as_str(), "abc");
        assert_eq!(unrepeated("abcabcab").as_str(), "abcabcab");
        assert_eq!(unrepeated("").as_str(), "");
    }

    #[test]
    fn a_password_with_every_substitution_takes_no_longer_than_others() {
        assert_eq!(limit_substitutions("p@$$w(rd@!").as_str(), "p@$$w(rd@_");
        let all: String = SUBSTITUTIONS.iter().cycle().take(99).collect();
        let left = limit_substitutions(&all);
        assert_eq!(SUBSTITUTIONS.iter().filter(|c| left.contains(**c)).count(), MAX_SUBSTITUTIONS);
    }

    #[test]
    fn a_long_password_is_judged_by_both_ends() {
        let weak = "a".repeat(80);
        assert_eq!(first_guess(&format!("{weak}b"), &[]), Some(FirstGuess::Common));
        assert_eq!(first_guess(&format!("{weak}violet engine numbers"), &[]), None);
        assert_eq!(first_guess(&format!("violet engine numbers{weak}"), &[]), None);
    }

    #[test]
    fn a_pasted_page_costs_no_more_than_its_first_characters() {
        let page = "The quick brown fox jumps over the lazy dog. ".repeat(20_000);
        assert_eq!(strength(&page, &[]), Strength::Strong);
    }
}
