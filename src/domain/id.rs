//! Row ids: UUID version 7 as text, which sorts by creation time.

use std::fmt::Write;

use aws_lc_rs::digest::{Context, SHA256};
use uuid::{Builder, Uuid};

use super::entropy::Entropy;
use super::timestamp::Timestamp;

/// A new id (RFC 9562 version 7): 48 bits of `now` in milliseconds, 74 random bits.
#[must_use]
pub fn new_id(now: Timestamp, entropy: &Entropy) -> String {
    let ms = u64::try_from(now.epoch_ms()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(ms, &entropy.bytes()).into_uuid().to_string()
}

/// An id that somebody wrote down, as it is stored; `None` when it is not a UUID.
#[must_use]
pub fn parse(typed: &str) -> Option<String> {
    Uuid::try_parse(typed.trim()).ok().map(|id| id.to_string())
}

/// Makes the id of a content: the same wherever and whenever it is made (SHA-256, as hex).
pub struct ContentId(Context);

impl Default for ContentId {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl ContentId {
    /// Adds the next part.
    pub fn add(&mut self, part: &[u8]) {
        // The length keeps ("a", "bc") and ("ab", "c") apart.
        self.0.update(&part.len().to_be_bytes());
        self.0.update(part);
    }

    #[must_use]
    pub fn finish(self) -> String {
        self.0.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A new id of random bits alone (RFC 9562 version 4), for what needs no order.
#[must_use]
pub fn random_id(entropy: &Entropy) -> String {
    Builder::from_random_bytes(entropy.bytes()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_sort_by_time() {
        let entropy = Entropy::seeded(1);
        let early = new_id(Timestamp::from_epoch_ms(1_795_356_309_123), &entropy);
        let late = new_id(Timestamp::from_epoch_ms(1_795_356_309_124), &entropy);
        assert_eq!(early.len(), 36);
        assert_eq!(&early[14..15], "7");
        assert!(early < late);
        assert_eq!(&random_id(&entropy)[14..15], "4");
    }

    #[test]
    fn the_id_of_a_content_follows_every_part_of_it() {
        let id = |parts: &[&str]| {
            let mut id = ContentId::default();
            for part in parts {
                id.add(part.as_bytes());
            }
            id.finish()
        };
        assert_eq!(id(&["a", "bc"]), id(&["a", "bc"]));
        assert_ne!(id(&["a", "bc"]), id(&["ab", "c"]));
        assert_ne!(id(&["a", "bc"]), id(&["a", "bc", ""]));
    }

    #[test]
    fn two_ids_of_one_millisecond_differ() {
        let now = Timestamp::from_epoch_ms(5);
        let entropy = Entropy::seeded(1);
        assert_ne!(new_id(now, &entropy), new_id(now, &entropy));
    }
}
