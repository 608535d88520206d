//! Limits how many emails leave this node in a minute, whatever makes the portal send them, and keeps a part of the
//! minute for each class.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::email_class::{EmailClass, Room, count_classes};
use crate::domain::timestamp::Timestamp;

const MINUTE_MS: i64 = 60_000;

/// When the emails of the last minute were sent, and of which class they were.
#[derive(Debug, Default)]
pub(super) struct SendRate(Mutex<VecDeque<(Timestamp, EmailClass)>>);

impl SendRate {
    /// How many more emails can be sent at `now`, with at most `max` in any minute.
    pub(super) fn room(&self, max: i64, now: Timestamp) -> Room {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|(at, _)| !(0..MINUTE_MS).contains(&now.ms_since(*at))) {
            sent.pop_front();
        }
        Room::left(max, count_classes(sent.iter().map(|(_, class)| *class)))
    }

    /// Counts emails that are being sent at `now`.
    pub(super) fn record(&self, classes: impl Iterator<Item = EmailClass>, now: Timestamp) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.extend(classes.map(|class| (now, class)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_left_counts_for_a_minute() {
        let (send_rate, start) = (SendRate::default(), Timestamp::from_epoch_ms(0));
        let codes = |count| std::iter::repeat_n(EmailClass::ResetCode, count);
        let left = |now| send_rate.room(5, now).total();
        assert_eq!(left(start), 5);
        send_rate.record(codes(4), start);
        send_rate.record(codes(1), start.plus_ms(30_000));
        assert_eq!(left(start.plus_ms(59_999)), 0);
        assert_eq!(left(start.plus_ms(60_000)), 4);
        assert_eq!(left(start.plus_ms(90_000)), 5);
    }
}
