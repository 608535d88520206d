//! Programs that search the accounts: their names, their secrets, and what they may read.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::ldap_attribute::AttributeScope;
use super::secret::Secret;
use super::text::inert;
use super::timestamp::Timestamp;

const MAX_NAME: usize = 32;
/// Of the secret: nobody guesses these, so a hash that costs nothing is as good as one that costs much.
const SECRET_BYTES: usize = 32;

/// The name of a service account: `mail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccountName(String);

impl ServiceAccountName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceAccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ServiceAccountName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        if (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            let shown = inert(text, MAX_NAME);
            Err(format!("expected 1 to {MAX_NAME} of a-z, 0-9, `.`, `_`, `-`; found `{shown}`"))
        }
    }
}

/// A new secret: 64 hexadecimal digits.
#[must_use]
pub fn new_secret(entropy: &Entropy) -> Secret {
    let bytes = Zeroizing::new(entropy.bytes::<SECRET_BYTES>());
    let mut text = Zeroizing::new(String::with_capacity(2 * SECRET_BYTES));
    for byte in bytes.iter() {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    Secret::new(text.as_str())
}

/// What is kept of a secret.
#[must_use]
pub fn digest_of(secret: &Secret) -> Vec<u8> {
    digest(&SHA256, secret.expose().as_bytes()).as_ref().to_vec()
}

/// Whether `typed` is the secret that left `kept`, in constant time. Without one it takes as long.
#[must_use]
pub fn is_right(typed: &Secret, kept: Option<&[u8]>) -> bool {
    let of_typed = digest_of(typed);
    let nothing = vec![0; of_typed.len()];
    let is_equal = verify_slices_are_equal(&of_typed, kept.unwrap_or(&nothing)).is_ok();
    is_equal && kept.is_some()
}

/// A service account as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it may read of each entry.
    pub attributes: AttributeScope,
    /// Whether it finds everybody; else the members of its teams.
    pub all_teams: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_and_only_itself() {
        let (one, other) = (new_secret(&Entropy::seeded(1)), new_secret(&Entropy::seeded(2)));
        assert_eq!(one.expose().len(), 64);
        assert!(is_right(&one, Some(&digest_of(&one))) && !is_right(&other, Some(&digest_of(&one))));
        assert!(!is_right(&one, None) && !is_right(&Secret::new(""), Some(&[])));
    }

    #[test]
    fn names_are_plain() {
        assert_eq!("mail-1".parse::<ServiceAccountName>().unwrap().as_str(), "mail-1");
        for wrong in ["", "Mail", "a b", "a,b", &"a".repeat(33)] {
            assert!(wrong.parse::<ServiceAccountName>().is_err(), "{wrong}");
        }
    }
}
