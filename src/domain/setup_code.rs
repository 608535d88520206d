//! The setup code: `doorkey serve` prints it while there is no account, and whoever types it creates the first one.
//!
//! Anyone on the internet may try, and there is no account to count tries by. Sixteen characters of the alphabet of
//! [`super::code`] carry 16 * log2(20) = 69 bits: a thousand guesses a second for the day that a code lives find it with a
//! probability of 2^-42. So no number of wrong tries ends it, which a stranger could use up; each source has as many in a
//! minute as it has at passwords.
//!
//! The code is not stored. It is derived from a secret key outside the database and the id of one row in it: all nodes on
//! one database print the same code, a restart prints it again, and a copy of the database does not have it.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::code::{in_groups, parse_symbols, symbols_from};
use super::secret::Secret;

const LENGTH: usize = 16;
const PURPOSE: &[u8] = b"setup-v1";

/// A setup code. Wiped on drop and redacted in `Debug`.
#[derive(Clone)]
pub struct SetupCode(Zeroizing<[u8; LENGTH]>);

impl SetupCode {
    /// The code of the row with this id, uniform over all 20^16 to whoever does not have the key.
    #[must_use]
    pub fn derive(key: &hmac::Key, id: &str) -> Self {
        let mut blocks = 0_u64;
        let mut left = Zeroizing::new(Vec::new());
        Self(symbols_from(|| {
            if left.is_empty() {
                left.extend_from_slice(block(key, id, blocks).as_ref());
                blocks += 1;
            }
            left.pop().unwrap_or_default()
        }))
    }

    /// The one setup code in a typed or pasted text, however it is written and set apart.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        parse_symbols(typed).map(Self)
    }

    /// The form that is printed, `WDJB-MJHT-BCDF-GHJK`.
    #[must_use]
    pub fn grouped(&self) -> Secret {
        in_groups(self.0.as_slice())
    }

    /// Compares two codes in constant time.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.0.as_slice(), other.0.as_slice()).is_ok()
    }
}

/// Each field is prefixed with its length, so different inputs never yield the same bytes.
fn block(key: &hmac::Key, id: &str, number: u64) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    for field in [PURPOSE, id.as_bytes(), &number.to_be_bytes()] {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    context.sign()
}

impl fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn key(byte: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])
    }

    #[test]
    fn a_code_is_the_same_for_one_key_and_row_and_another_for_any_other() {
        let code = SetupCode::derive(&key(7), "row-1");
        assert!(code.is_same(&SetupCode::derive(&key(7), "row-1")));
        assert!(!code.is_same(&SetupCode::derive(&key(7), "row-2")));
        assert!(!code.is_same(&SetupCode::derive(&key(8), "row-1")));
        let all: HashSet<_> = (0..500)
            .map(|n| SetupCode::derive(&key(7), &n.to_string()).grouped().expose().to_owned())
            .collect();
        assert_eq!(all.len(), 500);
    }

    #[test]
    fn what_is_printed_can_be_typed() {
        let code = SetupCode::derive(&key(7), "row-1");
        let printed = code.grouped();
        assert_eq!(printed.expose().len(), LENGTH + 3);
        for typed in [printed.expose().to_lowercase(), printed.expose().replace('-', " ")] {
            assert!(SetupCode::parse(&typed).is_some_and(|typed| typed.is_same(&code)), "{typed}");
        }
        assert!(SetupCode::parse("WDJB-MJHT").is_none());
        assert_eq!(format!("{code:?}"), "SetupCode(***)");
    }
}
