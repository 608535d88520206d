//! Recovery codes: single-use backup codes that replace the authenticator app when it is lost.
//!
//! 24 characters of Crockford's Base32 carry 120 bits, so a fast keyed hash is enough at rest
//! (OWASP ASVS 5.0 6.5.2).

use std::fmt;

use aws_lc_rs::hmac;

use super::entropy::Entropy;
use super::input::{CodeSymbol, FoundCode, find_code};
use super::secret::{Secret, SecretBytes};

/// Codes in one set.
pub const CODES: usize = 8;
/// With this many left, or fewer, the portal suggests generating a new set.
pub const FEW_LEFT: i64 = 3;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 24;
const GROUP: usize = 4;

/// A recovery code. Wiped on drop and redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(SecretBytes<LENGTH>);

impl RecoveryCode {
    /// Generates a code. 256 is a multiple of 32, so every symbol is equally likely.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        let mut symbols = SecretBytes::zeroed();
        entropy.fill(&mut *symbols);
        for symbol in symbols.iter_mut() {
            *symbol = ALPHABET[usize::from(*symbol % 32)];
        }
        Self(symbols)
    }

    /// The one recovery code in a typed or pasted text, by Crockford's rules: `O` for zero, `I` and `L` for one.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        find(typed).map(|found| Self(found.symbols))
    }

    /// Whether what [`RecoveryCode::parse`] finds can hardly be words around a shorter code, such as `verification code
    /// is 123456`.
    #[must_use]
    pub fn is_certain(typed: &str) -> bool {
        find(typed).is_some_and(|found| found.certain)
    }

    /// The form shown to people, `0123-4567-89AB-CDEF-GHJK-MNPQ`.
    #[must_use]
    pub fn grouped(&self) -> Secret {
        let groups: Vec<String> =
            self.0.chunks(GROUP).map(|group| group.iter().copied().map(char::from).collect()).collect();
        Secret::new(groups.join("-"))
    }

    /// The stored form: HMAC-SHA-256 over purpose, account and code, each prefixed with its length.
    #[must_use]
    pub fn mac(&self, key: &hmac::Key, account: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(key);
        for field in [b"recovery-v1".as_slice(), account.as_bytes(), &*self.0] {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

fn find(typed: &str) -> Option<FoundCode<LENGTH>> {
    find_code(typed, |letter| {
        let symbol = match letter {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            letter => letter,
        };
        ALPHABET.contains(&symbol).then_some(CodeSymbol { symbol, exact: symbol == letter })
    })
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_read_however_it_was_written_down() {
        let code = RecoveryCode::parse("0123-4567-89AB-CDEF-GHJK-MNPQ").unwrap();
        for typed in [
            "0123456789abcdefghjkmnpq",
            "O123 4567 89AB CDEF GHJK MNPQ",
            "oi23 4567\t89ab–cdef ghjk mnpq\n",
            "OL23-4567-89AB-CDEF-GHJK-MNPQ",
            "Recovery code: 0123-4567-89AB-CDEF-GHJK-MNPQ",
            "recovery code 0123 4567 89ab cdef ghjk mnpq",
            "3. ０１２３ー４５６７ー８９ＡＢーＣＤＥＦーＧＨＪＫーＭＮＰＱ",
            "٠١٢٣-٤٥٦٧-٨٩AB-CDEF-GHJK-MNPQ",
        ] {
            assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed:?}");
        }
        for typed in ["", "0123", "0123-4567-89AB-CDEF-GHJK-MNPQR", "U123-4567-89AB-CDEF-GHJK-MNPQ", "123456"]
        {
            assert_eq!(RecoveryCode::parse(typed), None, "{typed:?}");
        }
        assert_eq!(code.grouped().expose(), "0123-4567-89AB-CDEF-GHJK-MNPQ");
    }

    #[test]
    fn a_mac_is_bound_to_its_account_and_debug_shows_nothing() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let code = RecoveryCode::generate(&Entropy::seeded(1));
        assert_eq!(code.mac(&key, "a1"), code.clone().mac(&key, "a1"));
        assert_ne!(code.mac(&key, "a1"), code.mac(&key, "a2"));
        assert_ne!(code.mac(&key, "a1"), RecoveryCode::generate(&Entropy::seeded(2)).mac(&key, "a1"));
        assert_eq!(format!("{code:?}"), "RecoveryCode(***)");
    }

    proptest! {
        #[test]
        fn a_generated_code_parses_back(seed in any::<u64>()) {
            let code = RecoveryCode::generate(&Entropy::seeded(seed));
            prop_assert_eq!(RecoveryCode::parse(code.grouped().expose()), Some(code));
        }

        #[test]
        fn no_input_makes_parsing_panic(text in any::<String>()) {
            if let Some(code) = RecoveryCode::parse(&text) {
                prop_assert_eq!(RecoveryCode::parse(code.grouped().expose()), Some(code));
            }
        }
    }
}
