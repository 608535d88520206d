//! Passwords: the normalised form that is compared, and the policy for new ones.
//!
//! The rules are those of NIST SP 800-63B-4 section 3.1.1.2: a minimum length, a blocklist, no composition rules.

use std::collections::HashSet;
use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::message;
use crate::messages::Message;

use super::capabilities::PolicyRefusal;
use super::entropy::Entropy;
use super::secret::Secret;
use super::strength;

/// Maximum length of a password in characters.
pub const MAX_CHARS: usize = 256;
/// Maximum length of a password in bytes, before normalisation.
pub const MAX_BYTES: usize = 1_024;

/// Why a new password was refused. `Display` is the message people see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum PasswordRefusal {
    /// Fewer characters than the policy requires.
    TooShort {
        /// Minimum length in characters.
        min: usize,
    },
    /// More characters or bytes than the policy allows.
    TooLong {
        /// Maximum length in characters.
        max: usize,
    },
    /// On a blocklist, or among the first guesses of an attacker.
    Common,
    /// Little more than the username, an email address or the name of the portal.
    Guessable,
    /// The same as the current password.
    Unchanged,
    /// Contains a control character.
    ControlCharacter,
    /// The directory does not take it.
    Directory(PolicyRefusal),
    /// The same, and the directory has a random password now: the former one is good for nothing any more.
    DirectoryAfterReset(PolicyRefusal),
}

impl PasswordRefusal {
    /// The words.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::TooShort { min } => message!("refused-password-too-short", min = *min),
            Self::TooLong { max } => message!("refused-password-too-long", max = *max),
            Self::Common => message!("refused-password-common"),
            Self::Guessable => message!("refused-password-guessable"),
            Self::Unchanged => message!("refused-password-unchanged"),
            Self::ControlCharacter => message!("refused-password-control"),
            Self::Directory(why) => by_directory(*why),
            Self::DirectoryAfterReset(why) => {
                message!("refused-password-after-reset", why = by_directory(*why))
            }
        }
    }
}

fn by_directory(why: PolicyRefusal) -> Message {
    match why {
        PolicyRefusal::InHistory => message!("refused-password-in-history"),
        PolicyRefusal::TooShort => message!("refused-password-too-short-for-directory"),
        PolicyRefusal::TooWeak => message!("refused-password-too-weak"),
        PolicyRefusal::TooYoung => message!("refused-password-too-young"),
        PolicyRefusal::NotAllowed => message!("refused-password-not-allowed"),
        PolicyRefusal::Other => message!("refused-password-by-directory"),
    }
}

/// A password in Unicode form NFC, the form that is hashed and compared. Wiped on drop.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Normalised(Zeroizing<String>);

impl Normalised {
    /// Normalises a password that is to be verified. `None` if it is longer than any password can be, and thus wrong.
    /// Nothing is trimmed, case-folded or truncated.
    #[must_use]
    pub fn typed(password: &str) -> Option<Self> {
        fits(password, MAX_CHARS).then(|| Self(nfc(password)))
    }

    /// The text, for a directory.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes to hash.
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

/// A password as it was typed, which is to be verified. Wiped on drop.
#[derive(Clone, Default)]
pub struct TypedPassword {
    raw: Zeroizing<String>,
    normalised: Normalised,
}

impl TypedPassword {
    /// `None` if it is longer than any password can be, and thus wrong.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Some(Self { normalised: Normalised::typed(text)?, raw: Zeroizing::new(text.to_owned()) })
    }

    /// The form that our own hashes are made of.
    #[must_use]
    pub fn normalised(&self) -> &Normalised {
        &self.normalised
    }

    /// The bytes that were typed, which other programs hash, if they are others.
    #[must_use]
    pub fn unnormalised(&self) -> Option<&[u8]> {
        (*self.raw != *self.normalised.0).then_some(self.raw.as_bytes())
    }
}

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword(***)")
    }
}

/// A password that nobody is ever told, with something of everything that a directory may ask for. 128 random bits.
#[must_use]
pub fn random_password(entropy: &Entropy) -> Secret {
    let bytes = Zeroizing::new(entropy.bytes::<16>());
    let mut text = String::from("Aa1-");
    for byte in bytes.iter() {
        text.push(char::from(b'a' + (byte >> 4)));
        text.push(char::from(b'A' + (byte & 0xf)));
    }
    Secret::new(text)
}

/// Passwords that the operator refuses in addition to the built-in lists. Case-insensitive.
#[derive(Clone, Default)]
pub struct Blocklist(HashSet<String>);

impl Blocklist {
    /// Reads one password per line and skips empty lines.
    #[must_use]
    pub fn from_lines(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.is_empty()).map(|line| folded(line).to_string()).collect())
    }

    /// Number of passwords on the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the list is empty.
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

/// The rules for new passwords.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Minimum characters for an account without a second factor.
    pub min: usize,
    /// Minimum characters for an account with a second factor.
    pub min_length_with_two_factor: usize,
    pub max: usize,
    /// The operator's own blocklist.
    pub blocklist: Blocklist,
    /// The portal's name, organisation and host, which a password must not consist of.
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

/// What the policy needs to know about the account that the password is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordOwner<'a> {
    /// Username and display name.
    pub names: &'a [&'a str],
    pub addresses: &'a [&'a str],
    /// Whether two-factor authentication is on, which lowers the minimum length.
    pub has_second_factor: bool,
}

impl Policy {
    /// Checks `password` as the new password of `owner`.
    pub fn check(&self, password: &str, owner: &PasswordOwner<'_>) -> Result<Normalised, PasswordRefusal> {
        // First, because it bounds the cost of normalising and matching a huge paste.
        if !fits(password, self.max) {
            return Err(PasswordRefusal::TooLong { max: self.max });
        }
        if password.chars().any(char::is_control) {
            return Err(PasswordRefusal::ControlCharacter);
        }
        let password = nfc(password);
        let min = if owner.has_second_factor { self.min_length_with_two_factor } else { self.min };
        if password.chars().count() < min {
            return Err(PasswordRefusal::TooShort { min });
        }
        if self.blocklist.0.contains(folded(&password).as_str()) {
            return Err(PasswordRefusal::Common);
        }
        let words = self.words(owner);
        if is_made_of(&password, &words) {
            return Err(PasswordRefusal::Guessable);
        }
        match strength::first_guess(&password, &words) {
            None => Ok(Normalised(password)),
            Some(strength::FirstGuess::AccountWords) => Err(PasswordRefusal::Guessable),
            Some(strength::FirstGuess::Common) => Err(PasswordRefusal::Common),
        }
    }

    /// Whether `password` is long enough for an account without a second factor.
    #[must_use]
    pub fn is_long_enough_alone(&self, password: &Normalised) -> bool {
        password.0.chars().count() >= self.min
    }

    /// The names of the account and the portal, whole and split into words, in lower case, longest first.
    fn words(&self, owner: &PasswordOwner<'_>) -> Vec<String> {
        let whole = owner.names.iter().chain(owner.addresses).copied();
        let mut words: Vec<String> = Vec::new();
        for text in whole.chain(self.portal_words.iter().map(String::as_str)) {
            let text = folded(text);
            words.push(squashed(&text));
            words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        }
        // Shorter words such as `de` or `j` occur in too many passwords.
        words.retain(|word| word.chars().nth(2).is_some());
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        words
    }
}

/// Whether at most four letters or digits remain once `words` (lower case, longest first) are
/// removed, forwards or backwards, as in `ada-doorkey-2026`.
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
    // NFC needs at most three times the bytes. A reallocation would leave an unwiped copy behind.
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
    fn passwords_are_accepted_up_to_256_characters_and_1024_bytes() {
        let long: String = (0..256_u32).map(|i| char::from_u32(0x21 + (i * 37) % 90).unwrap()).collect();
        assert_eq!(refusal(&long), None);
        assert_eq!(refusal(&format!("{long}x")), Some(PasswordRefusal::TooLong { max: 256 }));
        assert_eq!(refusal(&"🔑🗝".repeat(129)), Some(PasswordRefusal::TooLong { max: 256 }));
        assert_eq!(refusal(&"e\u{301}\u{302}".repeat(86)), Some(PasswordRefusal::TooLong { max: 256 }));
        assert!(Normalised::typed(&"x".repeat(257)).is_none());
        assert!(Normalised::typed(&"x".repeat(256)).is_some());
    }

    #[test]
    fn common_passwords_are_refused_with_every_substitution() {
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
    fn a_phrase_that_contains_a_word_is_accepted() {
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
