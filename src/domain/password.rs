//! Passwords: the form they are compared in, and which new ones are taken.
//!
//! The rules are those of NIST SP 800-63B-4 section 3.1.1.2: length, a blocklist, no composition.

use std::collections::HashSet;
use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::strength;

/// The most characters a password may have.
pub const MAX_CHARS: usize = 256;
/// The most bytes a password may have, before it is normalised.
pub const MAX_BYTES: usize = 1_024;

/// Why a new password was not taken. `Display` is the sentence a person reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer characters than the policy asks for.
    #[error("That password is too short. Use at least {min} characters; a few unrelated words do well.")]
    TooShort {
        /// The fewest that are taken.
        min: usize,
    },
    /// More characters or bytes than are taken.
    #[error("That password is too long. Use at most {max} characters.")]
    TooLong {
        /// The most characters that are taken.
        max: usize,
    },
    /// On the list of common passwords.
    #[error("That password is among the first that a stranger would try. Choose a few unrelated words.")]
    Common,
    /// The username, an address or the portal's own name.
    #[error(
        "That password is little more than your name, your address or this portal's name. Choose something else."
    )]
    Guessable,
    /// The same as the current one.
    #[error("That is your current password. Choose a new one.")]
    Unchanged,
    /// Holds a control character.
    #[error("That password holds a control character, which cannot be typed everywhere. Leave it out.")]
    ControlCharacter,
}

/// A password in Unicode form NFC, the form that is hashed and compared. Wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Normalised(Zeroizing<String>);

impl Normalised {
    /// A password that was typed to be checked; `None` when it is longer than any that is taken, so
    /// that it cannot be right. Nothing is trimmed, folded or cut off.
    #[must_use]
    pub fn typed(password: &str) -> Option<Self> {
        fits(password, MAX_CHARS).then(|| Self(nfc(password)))
    }

    /// What is hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Normalised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Normalised(***)")
    }
}

/// Passwords that the operator refuses besides the built-in lists, compared without regard to case.
#[derive(Clone, Default)]
pub struct Blocklist(HashSet<String>);

impl Blocklist {
    /// Takes one password a line; empty lines are passed over.
    #[must_use]
    pub fn from_lines(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.is_empty()).map(|line| folded(line).to_string()).collect())
    }

    /// How many passwords are on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Blocklist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blocklist({} entries)", self.0.len())
    }
}

/// Which new passwords are taken.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The fewest characters for an account with a password alone.
    pub min: usize,
    /// The fewest characters for an account with a second factor.
    pub min_length_with_two_factor: usize,
    /// The most characters.
    pub max: usize,
    /// What the operator refuses besides the built-in lists.
    pub blocklist: Blocklist,
    /// The portal's name, organisation and host: words that a password may not consist of.
    pub portal_words: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min: 15,
            min_length_with_two_factor: 8,
            max: MAX_CHARS,
            blocklist: Blocklist::default(),
            portal_words: Vec::new(),
        }
    }
}

/// Whose password it is to become.
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordOwner<'a> {
    /// Username and display name.
    pub names: &'a [&'a str],
    /// Mail addresses.
    pub addresses: &'a [&'a str],
    /// True when the account has a second factor.
    pub has_second_factor: bool,
}

impl Policy {
    /// Takes `password` as a new one for the account that `about` describes, or says why not.
    pub fn check(&self, password: &str, about: &PasswordOwner<'_>) -> Result<Normalised, PasswordRefusal> {
        // Before anything is normalised or matched: the work stays bounded whatever is pasted.
        if !fits(password, self.max) {
            return Err(PasswordRefusal::TooLong { max: self.max });
        }
        if password.chars().any(char::is_control) {
            return Err(PasswordRefusal::ControlCharacter);
        }
        let password = nfc(password);
        let min = if about.has_second_factor { self.min_length_with_two_factor } else { self.min };
        if password.chars().count() < min {
            return Err(PasswordRefusal::TooShort { min });
        }
        if self.blocklist.0.contains(folded(&password).as_str()) {
            return Err(PasswordRefusal::Common);
        }
        let words = self.words(about);
        if is_made_of(&password, &words) {
            return Err(PasswordRefusal::Guessable);
        }
        match strength::first_guess(&password, &words) {
            None => Ok(Normalised(password)),
            Some(strength::FirstGuess::AboutThem) => Err(PasswordRefusal::Guessable),
            Some(strength::FirstGuess::Common) => Err(PasswordRefusal::Common),
        }
    }

    /// True when `password` is long enough to be all that an account has.
    #[must_use]
    pub fn is_enough_alone(&self, password: &Normalised) -> bool {
        password.0.chars().count() >= self.min
    }

    /// Everything that the account and the portal are called, whole and in parts, lower case.
    fn words(&self, about: &PasswordOwner<'_>) -> Vec<String> {
        let whole = about.names.iter().chain(about.addresses).copied();
        let mut words: Vec<String> = Vec::new();
        for text in whole.chain(self.portal_words.iter().map(String::as_str)) {
            let text = folded(text);
            words.push(squashed(&text));
            words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        }
        // Shorter ones, `de` or `j`, are in every other word.
        words.retain(|word| word.chars().nth(2).is_some());
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        words
    }
}

/// True when at most four letters or digits are left once `words` (lower case, longest first) are
/// taken out, forwards or backwards: `ada-doorkey-2026`.
fn is_made_of(password: &str, words: &[String]) -> bool {
    let text = Zeroizing::new(squashed(&folded(password)));
    let left = |reversed: bool| {
        let mut rest = Zeroizing::new(text.as_str().to_owned());
        for word in words {
            let word = if reversed { word.chars().rev().collect() } else { word.clone() };
            rest = Zeroizing::new(rest.replace(&word, " "));
        }
        rest.chars().filter(|c| *c != ' ').count()
    };
    let all = text.chars().count();
    [false, true].into_iter().map(left).any(|left| left < all && left <= 4)
}

fn fits(password: &str, max_chars: usize) -> bool {
    password.len() <= MAX_BYTES && password.chars().nth(max_chars).is_none()
}

fn nfc(text: &str) -> Zeroizing<String> {
    // NFC never needs more than three times the bytes; growing would leave unwiped copies behind.
    let mut normal = Zeroizing::new(String::with_capacity(text.len() * 3));
    normal.extend(text.nfc());
    normal
}

fn folded(text: &str) -> Zeroizing<String> {
    let mut folded = Zeroizing::new(String::with_capacity(text.len() * 3));
    folded.extend(text.nfc().flat_map(char::to_lowercase));
    folded
}

fn squashed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ADA: PasswordOwner<'_> = PasswordOwner {
        names: &["ada", "Ada Lovelace"],
        addresses: &["ada.lovelace@example.org"],
        has_second_factor: false,
    };

    fn policy() -> Policy {
        Policy { portal_words: vec!["Doorkey".into(), "acme.example".into()], ..Policy::default() }
    }

    fn refusal(password: &str) -> Option<PasswordRefusal> {
        policy().check(password, &ADA).err()
    }

    #[test]
    fn length_is_counted_in_characters_after_normalising() {
        let with_second_factor = PasswordOwner { has_second_factor: true, ..ADA };
        assert_eq!(refusal("kzv8 wq2m pl6x"), Some(PasswordRefusal::TooShort { min: 15 }));
        assert_eq!(refusal("kzv8 wq2m pl6x7"), None);
        assert!(policy().check("kzv8wq2", &with_second_factor).is_err());
        assert!(policy().check("kzv8wq2m", &with_second_factor).is_ok());
        // Fourteen emails, one of them written with a combining mark.
        assert_eq!(refusal("kzv8 wq2m pl6e\u{301}"), Some(PasswordRefusal::TooShort { min: 15 }));
    }

    #[test]
    fn long_passwords_are_taken_up_to_256_characters_and_1024_bytes() {
        let long: String = (0..256_u32).map(|i| char::from_u32(0x21 + (i * 37) % 90).unwrap()).collect();
        assert_eq!(refusal(&long), None);
        assert_eq!(refusal(&format!("{long}x")), Some(PasswordRefusal::TooLong { max: 256 }));
        assert_eq!(refusal(&"🔑🗝".repeat(129)), Some(PasswordRefusal::TooLong { max: 256 }));
        assert_eq!(refusal(&"e\u{301}\u{302}".repeat(86)), Some(PasswordRefusal::TooLong { max: 256 }));
        assert!(Normalised::typed(&"x".repeat(257)).is_none());
        assert!(Normalised::typed(&"x".repeat(256)).is_some());
    }

    #[test]
    fn common_passwords_are_refused_in_every_disguise() {
        for password in [
            "passwordpassword",
            "PasswordPassword",
            "p@ssw0rdp@ssw0rd",
            "aaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "123456789012345",
            "1234567890123456",
            "abcdefghijklmnop",
            "qwertyuiopasdfgh",
            "drowssapdrowssap",
            "iloveyouiloveyou",
            "password1234567",
        ] {
            assert_eq!(refusal(password), Some(PasswordRefusal::Common), "{password}");
        }
        assert_eq!(refusal(&"a".repeat(200)), Some(PasswordRefusal::Common));
    }

    #[test]
    fn names_addresses_and_the_portal_are_refused_alone_and_together() {
        for password in [
            "ada.lovelace@example.org",
            "AdaLovelaceAdaLovelace",
            "ecalevol.ada.ecalevol",
            "ada lovelace 2026",
            "doorkey-acme-example",
            "Doorkey!Doorkey!",
            "ada-doorkey-2026",
        ] {
            assert_eq!(refusal(password), Some(PasswordRefusal::Guessable), "{password}");
        }
    }

    #[test]
    fn a_phrase_that_holds_a_word_is_taken() {
        for password in [
            "correct horse battery staple",
            "my doorkey is under the mat",
            "ada plays chess on mondays",
            "größter Käsekuchen der Stadt",
            "パスワードではない長い文章です",
        ] {
            assert_eq!(refusal(password), None, "{password}");
        }
    }

    #[test]
    fn the_operators_list_is_compared_without_case_and_in_nfc() {
        let blocklist = Blocklist::from_lines("Spring in Zu\u{308}rich\n\nanother-long-entry\r\n");
        assert_eq!(blocklist.len(), 2);
        let policy = Policy { blocklist, ..policy() };
        assert_eq!(policy.check("spring in zürich", &ADA), Err(PasswordRefusal::Common));
        assert_eq!(policy.check("ANOTHER-LONG-ENTRY", &ADA), Err(PasswordRefusal::Common));
        assert!(policy.check("spring in zürich!", &ADA).is_ok());
    }

    #[test]
    fn control_characters_are_refused_and_a_megabyte_is_refused_at_once() {
        assert_eq!(refusal("kzv8 wq2m pl6x7\x07"), Some(PasswordRefusal::ControlCharacter));
        assert_eq!(refusal(&"\u{fdfa}".repeat(1 << 19)), Some(PasswordRefusal::TooLong { max: 256 }));
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let text = PasswordRefusal::TooShort { min: 15 }.to_string();
        assert!(text.contains("at least 15 characters"), "{text}");
    }

    proptest! {
        #[test]
        fn canonically_equal_passwords_are_one(text in "\\PC{0,40}") {
            let nfd: String = text.nfd().collect();
            let nfc: String = text.nfc().collect();
            prop_assert_eq!(Normalised::typed(&nfd), Normalised::typed(&nfc));
        }

        #[test]
        fn nothing_makes_the_check_fail(text in any::<String>()) {
            let _ = policy().check(&text, &ADA);
        }
    }
}
