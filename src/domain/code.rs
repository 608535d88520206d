//! One-time codes sent by email: how they are generated, parsed and stored.
//!
//! Eight characters from an alphabet without vowels and look-alikes (RFC 8628 section 6.1) carry
//! 8 * log2(20) = 34.6 bits: short enough to type from a phone, and five tries guess one with a probability of
//! 2^-32. Six digits would not do. With 60 tries a day (eight codes of five each, and 20 of
//! strangers), an attacker who works on 100,000 accounts would expect 6 of them a day; with these codes it is
//! 0.0002. The tries are therefore counted per account, not per session, because sessions cost nothing.
//!
//! Only an HMAC is stored, bound to the purpose of the code, its request and its account.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use super::entropy::Entropy;
use super::input::{CodeSymbol, find_code};
use super::secret::{Secret, SecretBytes};

const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
/// [`mac`] purpose of reset codes.
pub const RESET: &str = "reset-v1";
/// [`mac`] purpose of the codes that let a guest read a support case.
pub const SUPPORT: &str = "support-v1";
/// [`mac`] purpose of codes that verify an email address; callers append the id of the address.
pub const ADDRESS: &str = "address-v1";
/// [`mac`] purpose of invitation and sign-up codes.
pub const INVITATION: &str = "invitation-v1";

/// A one-time code. Wiped on drop and redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(SecretBytes<LENGTH>);

impl Code {
    /// Generates a code, uniform over all 20^8: bytes from 240 up are rejected to avoid modulo bias.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        Self(generate_symbols(entropy))
    }

    /// The one code in a typed or pasted text, however it is written and set apart.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        parse_symbols(typed).map(Self)
    }

    /// The form shown in emails and on pages, `WDJB-MJHT`. The caller must wipe it.
    #[must_use]
    pub fn grouped(&self) -> String {
        let (left, right) = self.0.split_at(LENGTH / 2);
        let text = |half: &[u8]| half.iter().copied().map(char::from).collect::<String>();
        format!("{}-{}", text(left), text(right))
    }
}

/// Symbols of the alphabet, each equally likely.
pub(super) fn generate_symbols<const N: usize>(entropy: &Entropy) -> SecretBytes<N> {
    symbols_from(|| {
        let [byte] = entropy.bytes();
        byte
    })
}

/// The same from a source of uniform bytes.
pub(super) fn symbols_from<const N: usize>(mut next: impl FnMut() -> u8) -> SecretBytes<N> {
    let mut symbols = SecretBytes::zeroed();
    for symbol in symbols.iter_mut() {
        let byte = loop {
            let byte = next();
            if byte < 240 {
                break byte;
            }
        };
        *symbol = ALPHABET[usize::from(byte % 20)];
    }
    symbols
}

/// Symbols as they are shown, in groups of four: `WDJB-MJHT-BCDF-GHJK`.
pub(super) fn in_groups(symbols: &[u8]) -> Secret {
    let groups: Vec<String> =
        symbols.chunks(4).map(|group| group.iter().copied().map(char::from).collect()).collect();
    Secret::new(groups.join("-"))
}

/// The one code of `N` symbols of the alphabet in a typed or pasted text.
pub(super) fn parse_symbols<const N: usize>(typed: &str) -> Option<SecretBytes<N>> {
    let symbol_of = |symbol: u8| ALPHABET.contains(&symbol).then_some(CodeSymbol { symbol, exact: true });
    find_code(typed, symbol_of).map(|found| found.symbols)
}

/// Whether `c` can stand in a code as it is typed: an upper-case letter of the alphabet, or a digit, which no code has
/// but a slip does. Most words have another letter, so they are told from a code as soon as it is typed.
#[must_use]
pub fn is_symbol(c: char) -> bool {
    c.is_ascii_digit() || u8::try_from(c).is_ok_and(|symbol| ALPHABET.contains(&symbol))
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(***)")
    }
}

/// The stored form of `code`: HMAC-SHA-256 over purpose, request, account and code. Each field is
/// prefixed with its length, so different inputs never yield the same bytes (OWASP ASVS 5.0 6.6.2).
#[must_use]
pub fn mac(key: &hmac::Key, purpose: &str, request_id: &str, account_id: &str, code: &Code) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for field in [purpose.as_bytes(), request_id.as_bytes(), account_id.as_bytes(), code.0.as_slice()] {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let mut mac = [0; 32];
    mac.copy_from_slice(context.sign().as_ref());
    mac
}

/// Compares two stored codes in constant time.
#[must_use]
pub fn same_mac(left: &[u8], right: &[u8]) -> bool {
    verify_slices_are_equal(left, right).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
    }

    #[test]
    fn a_pasted_code_is_read_however_it_was_copied() {
        let code = Code::parse("WDJB-MJHT").unwrap();
        for typed in [
            "wdjb-mjht",
            "WDJBMJHT",
            " WDJB - MJHT. ",
            "w d j b m j h t",
            "WDJB–MJHT",
            "WDJB\u{a0}MJHT\r\n",
            "ＷＤＪＢーＭＪＨＴ",
            "\u{202a}WDJB\u{ad}-\u{200b}MJHT\u{202c}",
            "WDJB_MJHT",
            "*WDJB-MJHT*",
            "\"WDJB-MJHT\",",
            "Code: WDJB-MJHT",
            "Your code is W D J B M J H T.",
            "Dr Lovelace, your code: wdjb mjht (WDJB-MJHT)",
        ] {
            assert_eq!(Code::parse(typed).as_ref(), Some(&code), "{typed:?}");
        }
        assert_eq!(code.grouped(), "WDJB-MJHT");
    }

    #[test]
    fn anything_else_is_not_a_code() {
        for typed in
            ["", "WDJB-MJH", "WDJB-MJHTT", "WDJA-MJHT", "WDJB-MJH1", "WDJB-MJHT or CDFG-HJKL", "WDJВ-MJHT"]
        {
            assert_eq!(Code::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn bytes_from_240_up_are_passed_over_and_none_below() {
        let mut met = std::collections::BTreeSet::new();
        for seed in 0..200 {
            // A second draw from the same stream, by the rule itself.
            let stream = Entropy::seeded(seed);
            let mut drawn = std::iter::repeat_with(|| stream.bytes::<1>()[0]).inspect(|byte| {
                met.insert(*byte);
            });
            let expected: Vec<_> = drawn
                .by_ref()
                .filter(|byte| *byte <= 239)
                .take(LENGTH)
                .map(|byte| ALPHABET[usize::from(byte % 20)])
                .collect();
            assert_eq!(Code::generate(&Entropy::seeded(seed)).0.as_slice(), expected);
        }
        assert!(met.contains(&239) && met.contains(&240), "the seeds meet the bound");
    }

    #[test]
    fn every_symbol_is_equally_likely_in_every_position() {
        let entropy = Entropy::seeded(42);
        let mut counts = [[0_u32; 20]; LENGTH];
        for _ in 0..40_000 {
            for (index, symbol) in Code::generate(&entropy).0.iter().enumerate() {
                counts[index][ALPHABET.iter().position(|a| a == symbol).unwrap()] += 1;
            }
        }
        for position in counts {
            let chi2: f64 = position.iter().map(|&n| (f64::from(n) - 2_000.0).powi(2) / 2_000.0).sum();
            // 19 degrees of freedom: above 43.8 with probability 0.001, and the seed is fixed.
            assert!(chi2 < 43.8, "chi square {chi2}");
        }
    }

    #[test]
    fn a_mac_is_bound_to_purpose_request_and_account() {
        let code = Code::parse("WDJB-MJHT").unwrap();
        let one = mac(&key(), RESET, "r1", "a1", &code);
        assert!(same_mac(&one, &mac(&key(), RESET, "r1", "a1", &code)));
        assert!(!same_mac(&one, &mac(&key(), "join-v1", "r1", "a1", &code)));
        assert!(!same_mac(&one, &mac(&key(), RESET, "r2", "a1", &code)));
        assert!(!same_mac(&one, &mac(&key(), RESET, "r1", "a2", &code)));
        assert!(!same_mac(&mac(&key(), RESET, "r1a", "1", &code), &mac(&key(), RESET, "r1", "a1", &code)));
        assert!(!same_mac(&one, &one[..31]));
    }

    #[test]
    fn debug_is_redacted() {
        assert_eq!(format!("{:?}", Code::generate(&Entropy::seeded(1))), "Code(***)");
    }

    proptest! {
        #[test]
        fn a_generated_code_parses_back(seed in any::<u64>(), lower in any::<bool>(), gaps in proptest::collection::vec("[ -]{0,2}", 9)) {
            let code = Code::generate(&Entropy::seeded(seed));
            let mut typed = String::new();
            for (symbol, gap) in code.grouped().chars().zip(&gaps) {
                typed.push(symbol);
                typed.push_str(gap);
            }
            let typed = if lower { typed.to_lowercase() } else { typed };
            prop_assert_eq!(Code::parse(&typed), Some(code));
        }

        #[test]
        fn no_input_makes_parsing_panic(text in any::<String>()) {
            if let Some(code) = Code::parse(&text) {
                prop_assert_eq!(Code::parse(&code.grouped()), Some(code));
            }
        }
    }
}
