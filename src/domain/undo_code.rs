//! Undo codes: in the notification of a sensitive change, to undo it for seven days.
//!
//! Sixteen characters of the alphabet of [`super::code`] carry 16 * log2(20) = 69 bits. Nobody guesses one, so there is
//! no number of tries that a stranger could use up: a thousand guesses a second for seven days, with a million codes
//! open, find one with a probability of one in a million.
//!
//! Two HMACs are stored: [`UndoCode::lookup`] finds the row without a name, [`UndoCode::mac`] is bound to it.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::code::{generate_symbols, in_groups, parse_symbols};
use super::entropy::Entropy;
use super::secret::Secret;

const LENGTH: usize = 16;

/// An undo code. Wiped on drop and redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct UndoCode(Zeroizing<[u8; LENGTH]>);

impl UndoCode {
    /// Generates a code, uniform over all 20^16: bytes from 240 up are rejected to avoid modulo bias.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        Self(generate_symbols(entropy))
    }

    /// The one undo code in a typed or pasted text, however it is written and set apart.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        parse_symbols(typed).map(Self)
    }

    /// The form shown in emails and on pages, `WDJB-MJHT-BCDF-GHJK`.
    #[must_use]
    pub fn grouped(&self) -> Secret {
        in_groups(self.0.as_slice())
    }

    /// What the row is found by: HMAC-SHA-256 over a purpose of its own and the code.
    #[must_use]
    pub fn lookup(&self, key: &hmac::Key) -> [u8; 32] {
        self.sign(key, &[b"undo-lookup-v1"])
    }

    /// The stored form: HMAC-SHA-256 over purpose, snapshot, account and code. Moved to another row, it is no code of
    /// that one.
    #[must_use]
    pub fn mac(&self, key: &hmac::Key, snapshot: &str, account: &str) -> [u8; 32] {
        self.sign(key, &[b"undo-v1", snapshot.as_bytes(), account.as_bytes()])
    }

    /// Each field is prefixed with its length, so different inputs never yield the same bytes.
    fn sign(&self, key: &hmac::Key, fields: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(key);
        for field in fields.iter().copied().chain([self.0.as_slice()]) {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

impl fmt::Debug for UndoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UndoCode(***)")
    }
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
        let code = UndoCode::parse("WDJB-MJHT-BCDF-GHJK").unwrap();
        for typed in [
            "wdjbmjhtbcdfghjk",
            " WDJB MJHT BCDF GHJK. ",
            "wdjb–mjht–bcdf–ghjk\r\n",
            "Undo code: WDJB-MJHT-BCDF-GHJK",
            "ｗｄｊｂ　ｍｊｈｔ　ｂｃｄｆ　ｇｈｊｋ",
        ] {
            assert_eq!(UndoCode::parse(typed).as_ref(), Some(&code), "{typed:?}");
        }
        for typed in ["", "WDJB-MJHT", "WDJB-MJHT-BCDF-GHJKL", "ADJB-MJHT-BCDF-GHJK", "WDJB-MJHT-BCDF-GHJ1"] {
            assert_eq!(UndoCode::parse(typed), None, "{typed:?}");
        }
        assert_eq!(code.grouped().expose(), "WDJB-MJHT-BCDF-GHJK");
    }

    #[test]
    fn a_mac_is_bound_to_snapshot_and_account_and_debug_shows_nothing() {
        let code = UndoCode::generate(&Entropy::seeded(1));
        assert_eq!(code.mac(&key(), "s1", "a1"), code.clone().mac(&key(), "s1", "a1"));
        assert_ne!(code.mac(&key(), "s1", "a1"), code.mac(&key(), "s2", "a1"));
        assert_ne!(code.mac(&key(), "s1", "a1"), code.mac(&key(), "s1", "a2"));
        assert_ne!(code.lookup(&key()), code.mac(&key(), "", ""));
        assert_ne!(code.lookup(&key()), UndoCode::generate(&Entropy::seeded(2)).lookup(&key()));
        assert_eq!(format!("{code:?}"), "UndoCode(***)");
    }

    proptest! {
        #[test]
        fn a_generated_code_parses_back(seed in any::<u64>()) {
            let code = UndoCode::generate(&Entropy::seeded(seed));
            prop_assert_eq!(UndoCode::parse(code.grouped().expose()), Some(code));
        }

        #[test]
        fn no_input_makes_parsing_panic(text in any::<String>()) {
            if let Some(code) = UndoCode::parse(&text) {
                prop_assert_eq!(UndoCode::parse(code.grouped().expose()), Some(code));
            }
        }
    }
}
