//! What a try comes to, and when the next one is.

use crate::domain::entropy::Entropy;
use crate::domain::text::inert;

/// Seconds between tries, about a day in all; then a delivery is dead.
const RETRIES_S: [i64; 10] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];
/// The longest that a receiver can ask to be left alone.
const MAX_RETRY_AFTER_S: i64 = 3_600;
/// Characters of a reason that are kept.
const REASON_CHARS: usize = 200;

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hook has taken it; what it said, made harmless.
    Taken(String),
    /// It is tried again.
    Failed {
        reason: String,
        /// The seconds that the receiver asked for.
        retry_after_s: Option<i64>,
    },
    /// The receiver has refused it for good: it is dead at once.
    Refused(String),
}

impl Outcome {
    /// A failure without a `Retry-After`.
    #[must_use]
    pub fn failed(reason: impl AsRef<str>) -> Self {
        Self::Failed { reason: shortened(reason.as_ref()), retry_after_s: None }
    }
}

/// Harmless in a terminal, and short.
#[must_use]
pub(super) fn shortened(text: &str) -> String {
    inert(text.trim(), REASON_CHARS)
}

/// Milliseconds until the next try after the `attempts`th has failed, a fifth more or less by chance; `None` after the
/// last.
#[must_use]
pub(super) fn wait_ms(attempts: i64, retry_after_s: Option<i64>, entropy: &Entropy) -> Option<i64> {
    let nth = usize::try_from(attempts.max(1) - 1).ok()?;
    let usual = RETRIES_S.get(nth)? * 1_000;
    let spread = usual / 5;
    let chance = i64::from(u32::from_be_bytes(entropy.bytes())).rem_euclid(2 * spread + 1);
    let asked = retry_after_s.unwrap_or(0).clamp(0, MAX_RETRY_AFTER_S) * 1_000;
    Some((usual - spread + chance).max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_spread_over_a_day_and_end() {
        let entropy = Entropy::seeded(1);
        let mut in_all = 0;
        for attempts in 1..=10 {
            let waits: Vec<_> = (0..50).map(|_| wait_ms(attempts, None, &entropy).unwrap()).collect();
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(least < most && most - least <= 2 * least, "{waits:?}");
            in_all += waits[0];
        }
        assert!((20 * 3_600_000..28 * 3_600_000).contains(&in_all), "{in_all}");
        assert_eq!(wait_ms(11, None, &entropy), None);
    }

    #[test]
    fn a_receiver_is_left_alone_as_it_asks_for_within_bounds() {
        let entropy = Entropy::seeded(1);
        assert_eq!(wait_ms(1, Some(90), &entropy), Some(90_000));
        assert_eq!(wait_ms(1, Some(i64::MAX), &entropy), Some(3_600_000));
        assert!(wait_ms(1, Some(-5), &entropy).unwrap() < 7_000);
        assert!(wait_ms(10, Some(1), &entropy).unwrap() > 20_000_000);
    }
}
