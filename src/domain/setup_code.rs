//! The setup code: `doorkey serve` prints it while there is no account, and whoever types it creates the first one.
//!
//! Anyone on the internet may try, and there is no account to count tries by. Its 69 bits
//! ([`super::long_code`]) are enough: a thousand guesses a second for the day that a code lives find it with a
//! probability of 2^-42. So no number of wrong tries ends it, which a stranger could use up; each source has as many in a
//! minute as it has at passwords.
//!
//! The code is not stored. It is derived from a secret key outside the database and the id of one row in it: all nodes on
//! one database print the same code, a restart prints it again, and a copy of the database does not have it.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::long_code::LongCode;

const PURPOSE: &[u8] = b"setup-v1";

/// What a setup code is for.
#[derive(Clone, Copy)]
pub enum Setup {}

/// A setup code.
pub type SetupCode = LongCode<Setup>;

impl SetupCode {
    /// The code of the row with this id, uniform over all 20^16 to whoever does not have the key.
    #[must_use]
    pub fn derive(key: &hmac::Key, id: &str) -> Self {
        let mut blocks = 0_u64;
        let mut left = Zeroizing::new(Vec::new());
        Self::from_bytes(|| {
            if left.is_empty() {
                left.extend_from_slice(block(key, id, blocks).as_ref());
                blocks += 1;
            }
            left.pop().unwrap_or_default()
        })
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
        assert_eq!(code, SetupCode::derive(&key(7), "row-1"));
        assert_ne!(code, SetupCode::derive(&key(7), "row-2"));
        assert_ne!(code, SetupCode::derive(&key(8), "row-1"));
        let all: HashSet<_> = (0..500)
            .map(|n| SetupCode::derive(&key(7), &n.to_string()).grouped().expose().to_owned())
            .collect();
        assert_eq!(all.len(), 500);
    }
}
