//! How many letters leave this node in a minute: whatever makes the portal write letters, it is no cannon.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::moment::Moment;

const MINUTE_MS: i64 = 60_000;

/// When the letters of the last minute left.
#[derive(Debug, Default)]
pub(super) struct Postage(Mutex<VecDeque<Moment>>);

impl Postage {
    /// How many more may leave at `now` when `most` may in any minute.
    pub(super) fn left(&self, most: i64, now: Moment) -> i64 {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|at| now.ms_since(*at) >= MINUTE_MS) {
            sent.pop_front();
        }
        most.saturating_sub(i64::try_from(sent.len()).unwrap_or(i64::MAX)).max(0)
    }

    /// Notes that `count` letters were handed to the transport at `now`.
    pub(super) fn spend(&self, count: usize, now: Moment) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.extend(std::iter::repeat_n(now, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_left_counts_for_a_minute() {
        let (postage, start) = (Postage::default(), Moment::from_epoch_ms(0));
        assert_eq!(postage.left(5, start), 5);
        postage.spend(4, start);
        postage.spend(1, start.plus_ms(30_000));
        assert_eq!(postage.left(5, start.plus_ms(59_999)), 0);
        assert_eq!(postage.left(5, start.plus_ms(60_000)), 4);
        assert_eq!(postage.left(5, start.plus_ms(90_000)), 5);
    }
}
