//! Undo codes: in the notification of a sensitive change, to undo it for seven days.
//!
//! Nobody guesses one ([`super::long_code`]): a thousand guesses a second for seven days, with a million codes open, find
//! one with a probability of one in a million.
//!
//! Two HMACs are stored: [`UndoCode::lookup`] finds the row without a name, [`UndoCode::mac`] is bound to it.

use aws_lc_rs::hmac;

use super::entropy::Entropy;
use super::long_code::LongCode;

/// What an undo code is for.
#[derive(Clone, Copy)]
pub enum Undo {}

/// An undo code.
pub type UndoCode = LongCode<Undo>;

impl UndoCode {
    /// Generates a code, uniform over all 20^16.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        Self::from_bytes(|| {
            let [byte] = entropy.bytes();
            byte
        })
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
        for field in fields.iter().copied().chain([self.symbols()]) {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
    }

    #[test]
    fn a_mac_is_bound_to_snapshot_and_account() {
        let code = UndoCode::generate(&Entropy::seeded(1));
        assert_eq!(code.mac(&key(), "s1", "a1"), code.clone().mac(&key(), "s1", "a1"));
        assert_ne!(code.mac(&key(), "s1", "a1"), code.mac(&key(), "s2", "a1"));
        assert_ne!(code.mac(&key(), "s1", "a1"), code.mac(&key(), "s1", "a2"));
        assert_ne!(code.lookup(&key()), code.mac(&key(), "", ""));
        assert_ne!(code.lookup(&key()), UndoCode::generate(&Entropy::seeded(2)).lookup(&key()));
    }
}
