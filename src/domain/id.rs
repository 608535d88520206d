//! Row ids: UUID version 7 as text, which sorts by creation time.

use uuid::Builder;

use super::entropy::Entropy;
use super::timestamp::Timestamp;

/// A new id (RFC 9562 version 7): 48 bits of `now` in milliseconds, 74 random bits.
#[must_use]
pub fn new_id(now: Timestamp, entropy: &Entropy) -> String {
    let ms = u64::try_from(now.epoch_ms()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(ms, &entropy.bytes()).into_uuid().to_string()
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
    fn two_ids_of_one_millisecond_differ() {
        let now = Timestamp::from_epoch_ms(5);
        let entropy = Entropy::seeded(1);
        assert_ne!(new_id(now, &entropy), new_id(now, &entropy));
    }
}
