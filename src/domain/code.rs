//! The one-time code in an email: how it is drawn, read back, and kept.
//!
//! Eight characters of an alphabet without vowels and look-alikes (RFC 8628 section 6.1): 34.6 bits,
//! so that five tries come to 2^-32. At rest there is only an HMAC, bound to what the code is for.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use zeroize::Zeroize;

use super::entropy::Entropy;

const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
/// What a reset code's [`mac`] is bound to.
pub const RESET: &str = "reset-v1";
/// What the [`mac`] of a guest's code to a support case is bound to.
pub const SUPPORT: &str = "support-v1";

/// What the [`mac`] of a code that verifies an address is bound to, with the id of the address behind it.
pub const ADDRESS: &str = "address-v1";

/// What the [`mac`] of an invitation, or of a code to sign up with, is bound to.
pub const INVITATION: &str = "invitation-v1";

/// A one-time code. Wiped when dropped, never in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code([u8; LENGTH]);

impl Code {
    /// Draws a code, every one of 20^8 as likely as any other: bytes from 240 on are thrown away.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        let mut code = [0; LENGTH];
        let mut place = 0;
        while place < LENGTH {
            let [byte] = entropy.bytes();
            if byte < 240 {
                code[place] = ALPHABET[usize::from(byte % 20)];
                place += 1;
            }
        }
        Self(code)
    }

    /// Reads a typed or pasted code: spaces and dashes anywhere, lower case, one full stop at the end.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let typed = typed.strip_suffix('.').unwrap_or(typed);
        let mut code = Self([0; LENGTH]);
        let mut place = 0;
        for c in typed.chars().filter(|c| !is_separator(*c)) {
            let letter = u8::try_from(c).ok()?.to_ascii_uppercase();
            if !ALPHABET.contains(&letter) {
                return None;
            }
            *code.0.get_mut(place)? = letter;
            place += 1;
        }
        (place == LENGTH).then_some(code)
    }

    /// As the email and the page show it: `WDJB-MJHT`. The caller wipes it.
    #[must_use]
    pub fn grouped(&self) -> String {
        let (left, right) = self.0.split_at(LENGTH / 2);
        let text = |half: &[u8]| half.iter().copied().map(char::from).collect::<String>();
        format!("{}-{}", text(left), text(right))
    }
}

/// White space and dashes of all kinds; mail programs and phones put in their own.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' | '\u{200b}')
}

impl Drop for Code {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(***)")
    }
}

/// What is kept of `code`: HMAC-SHA-256 over purpose, request, account and code, each with its
/// length before it, so that no two quadruples give the same bytes (OWASP ASVS 5.0 6.6.2).
#[must_use]
pub fn mac(key: &hmac::Key, purpose: &str, request_id: &str, account_id: &str, code: &Code) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for field in [purpose.as_bytes(), request_id.as_bytes(), account_id.as_bytes(), &code.0] {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let mut mac = [0; 32];
    mac.copy_from_slice(context.sign().as_ref());
    mac
}

/// Compares two kept codes in a time that tells nothing about where they differ.
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
        for typed in
            ["wdjb-mjht", "WDJBMJHT", " WDJB - MJHT. ", "w d j b m j h t", "WDJB–MJHT", "WDJB\u{a0}MJHT\r\n"]
        {
            assert_eq!(Code::parse(typed).as_ref(), Some(&code), "{typed:?}");
        }
        assert_eq!(code.grouped(), "WDJB-MJHT");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in
            ["", "WDJB-MJH", "WDJB-MJHTT", "WDJA-MJHT", "WDJB-MJH1", "WDJB_MJHT", "WDJB-MJHT..", "ＷDJBMJHT"]
        {
            assert_eq!(Code::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn every_letter_is_drawn_equally_often_in_every_place() {
        let entropy = Entropy::seeded(42);
        let mut counts = [[0_u32; 20]; LENGTH];
        for _ in 0..40_000 {
            for (place, letter) in Code::generate(&entropy).0.iter().enumerate() {
                counts[place][ALPHABET.iter().position(|a| a == letter).unwrap()] += 1;
            }
        }
        for place in counts {
            let chi2: f64 = place.iter().map(|&n| (f64::from(n) - 2_000.0).powi(2) / 2_000.0).sum();
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
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Code::generate(&Entropy::seeded(1))), "Code(***)");
    }

    proptest! {
        #[test]
        fn a_drawn_code_is_read_back(seed in any::<u64>(), lower in any::<bool>(), gaps in proptest::collection::vec("[ -]{0,2}", 9)) {
            let code = Code::generate(&Entropy::seeded(seed));
            let mut typed = String::new();
            for (letter, gap) in code.grouped().chars().zip(&gaps) {
                typed.push(letter);
                typed.push_str(gap);
            }
            let typed = if lower { typed.to_lowercase() } else { typed };
            prop_assert_eq!(Code::parse(&typed), Some(code));
        }

        #[test]
        fn nothing_makes_the_reader_fail(text in any::<String>()) {
            if let Some(code) = Code::parse(&text) {
                prop_assert_eq!(Code::parse(&code.grouped()), Some(code));
            }
        }
    }
}
