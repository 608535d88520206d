//! Comparing a typed one-time code with stored ones, of which the store has keyed hashes only.

use crate::accounts::Accounts;
use crate::domain::code::{self, Code};
use crate::store::LiveCode;

/// What a stored code is bound to, the id of its key and its MAC.
pub(in crate::accounts) fn parts_of(stored: &LiveCode) -> (&str, &str, &[u8]) {
    (&stored.request, &stored.key_id, &stored.mac)
}

impl Accounts {
    /// The one of `stored` that `typed` is. `parts` gives what a stored code is bound to, the id of its key and its
    /// MAC. All are compared, and a made-up one when there is none, so that the time it takes tells nothing.
    pub(in crate::accounts) fn find_code<'a, T>(
        &self,
        stored: &'a [T],
        parts: impl Fn(&T) -> (&str, &str, &[u8]),
        (purpose, owner): (&str, &str),
        typed: &Code,
    ) -> Option<&'a T> {
        let keyring = self.keyring.get();
        let mut right = None;
        for stored in stored {
            let (bound_to, key_id, mac) = parts(stored);
            let Some(key) = keyring.code_key_of(key_id) else {
                tracing::error!(key = key_id, "a code's key is not among the secret keys");
                continue;
            };
            if code::same_mac(&code::mac(key, purpose, bound_to, owner, typed), mac) {
                right = Some(stored);
            }
        }
        if stored.is_empty() {
            let mac = code::mac(keyring.code_key().1, purpose, "", owner, typed);
            std::hint::black_box(code::same_mac(&mac, &[0; 32]));
        }
        right
    }
}
