//! Limits how many emails leave this node in a minute, whatever makes the portal send them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::timestamp::Timestamp;

const MINUTE_MS: i64 = 60_000;

/// When the emails of the last minute were sent.
#[derive(Debug, Default)]
pub(super) struct SendRate(Mutex<VecDeque<Timestamp>>);

impl SendRate {
    /// How many more emails can be sent at `now`, with at most `max` in any minute.
    pub(super) fn left(&self, max: i64, now: Timestamp) -> i64 {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|at| !(0..MINUTE_MS).contains(&now.ms_since(*at))) {
            sent.pop_front();
        }
        max.saturating_sub(i64::try_from(sent.len()).unwrap_or(i64::MAX)).max(0)
    }

    /// Counts emails that are being sent at `now`.
    pub(super) fn record(&self, count: usize, now: Timestamp) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.extend(std::iter::repeat_n(now, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_left_counts_for_a_minute() {
        let (send_rate, start) = (SendRate::default(), Timestamp::from_epoch_ms(0));
        assert_eq!(send_rate.left(5, start), 5);
        send_rate.record(4, start);
        send_rate.record(1, start.plus_ms(30_000));
        assert_eq!(send_rate.left(5, start.plus_ms(59_999)), 0);
        assert_eq!(send_rate.left(5, start.plus_ms(60_000)), 4);
        assert_eq!(send_rate.left(5, start.plus_ms(90_000)), 5);
    }
}
