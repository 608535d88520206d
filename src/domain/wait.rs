//! How long somebody is asked to wait, and what for.

use crate::message;
use crate::messages::Message;

use super::throttle::DAY_MS;
use super::time_zone::TimeZone;
use super::timestamp::Timestamp;

/// Seconds up to which a wait is told in seconds.
const LONGEST_IN_SECONDS: i64 = 120;

/// A refusal for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// From when on another try counts.
    pub until: Timestamp,
    /// When it was told; `None` until the answer is made.
    pub told_at: Option<Timestamp>,
    /// What has to wait.
    pub limit: WaitLimit,
}

/// What has to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitLimit {
    /// Tries at one name's password, whoever has the name, if anybody: at other names, and by a reset, one need not
    /// wait.
    Name,
    /// Tries of one source at passwords and codes, whatever the name.
    Source,
    /// Something else.
    #[default]
    Other,
}

impl Wait {
    /// A wait until `until` for `limit`.
    #[must_use]
    pub const fn until(until: Timestamp, limit: WaitLimit) -> Self {
        Self { until, told_at: None, limit }
    }

    /// The same, told at `now`.
    #[must_use]
    pub const fn told_at(self, now: Timestamp) -> Self {
        Self { told_at: Some(now), ..self }
    }

    /// The whole seconds from `now` on, at least one.
    #[must_use]
    pub fn seconds_from(&self, now: Timestamp) -> i64 {
        (self.until.ms_since(now).saturating_add(999)).div_euclid(1_000).max(1)
    }

    /// `in 30 seconds`, `in 12 minutes`; a wait that ends on another day in `zone` names the day.
    #[must_use]
    pub fn from_when(&self, zone: &TimeZone) -> Message {
        let Some(now) = self.told_at else {
            return message!("when-after", time = zone.clock_time(self.until));
        };
        // Shown to the minute, and never a minute early.
        let shown = self.until.plus_ms(59_999);
        match self.seconds_from(now) {
            seconds @ ..=LONGEST_IN_SECONDS => {
                message!("when-in", wait = message!("wait-seconds", n = seconds))
            }
            seconds if zone.date(shown) == zone.date(now) => {
                message!("when-in-minutes", n = (seconds + 59) / 60, time = zone.hour_minute(self.until))
            }
            _ if zone.date(shown) == zone.date(now.plus_ms(DAY_MS)) => {
                message!("when-tomorrow", time = zone.date_minute(shown))
            }
            _ => message!("when-from", time = zone.date_minute(shown)),
        }
    }
}

impl From<Timestamp> for Wait {
    fn from(until: Timestamp) -> Self {
        Self::until(until, WaitLimit::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 14:05:09 UTC.
    const NOW: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

    #[test]
    fn a_wait_is_told_in_seconds_then_in_minutes_and_one_till_tomorrow_names_the_day() {
        for (ms, told) in [
            (-5, "in 1 second"),
            (1_000, "in 1 second"),
            (29_001, "in 30 seconds"),
            (120_000, "in 120 seconds"),
            (120_001, "in 3 minutes, from 14:08 UTC"),
            (3_600_000, "in 60 minutes, from 15:06 UTC"),
            (DAY_MS, "tomorrow, from 2026-11-23 14:06 UTC"),
            (9 * DAY_MS, "from 2026-12-01 14:06 UTC"),
        ] {
            assert_eq!(
                Wait::from(NOW.plus_ms(ms)).told_at(NOW).from_when(&TimeZone::default()).to_string(),
                told
            );
        }
        assert_eq!(
            Wait::from(NOW.plus_ms(1)).from_when(&TimeZone::default()).to_string(),
            "after 14:05:10 UTC"
        );
        let before_midnight = Timestamp::parse("2026-11-22T23:59:30Z").unwrap();
        let wait = |ms| {
            Wait::from(before_midnight.plus_ms(ms))
                .told_at(before_midnight)
                .from_when(&TimeZone::default())
                .to_string()
        };
        assert_eq!(wait(60_000), "in 60 seconds");
        assert_eq!(wait(600_000), "tomorrow, from 2026-11-23 00:10 UTC");
    }
}
