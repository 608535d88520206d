//! Points in time, and the formats in which they are shown.

use std::fmt;

use serde::{Serialize, Serializer};

use super::time_zone::TimeZone;

/// Milliseconds since the Unix epoch, UTC. Facts in the database are timestamps (`used_at`), not flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_epoch_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn epoch_ms(self) -> i64 {
        self.0
    }

    /// Adds `ms` milliseconds, saturating at the ends of the range.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Adds `minutes`, saturating at the ends of the range.
    #[must_use]
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_ms(minutes.saturating_mul(60_000))
    }

    /// Milliseconds since `earlier`; negative if it is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `14:05 UTC`, where it is not known who reads it: [`TimeZone::hour_minute`].
    #[must_use]
    pub fn hour_minute(self) -> String {
        TimeZone::default().hour_minute(self)
    }

    /// `14:05:10 UTC`, where it is not known who reads it: [`TimeZone::clock_time`].
    #[must_use]
    pub fn clock_time(self) -> String {
        TimeZone::default().clock_time(self)
    }

    /// Parses RFC 3339 with any offset, `2026-11-22T14:05:09Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }

    /// RFC 3339 in UTC, to the millisecond: `2026-11-22T14:05:09.120Z`.
    #[must_use]
    pub fn millis(self) -> String {
        jiff_of(self).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
    }

    /// `2026-11-22 14:05 UTC`, where it is not known who reads it: [`TimeZone::date_minute`].
    #[must_use]
    pub fn date_minute(self) -> String {
        TimeZone::default().date_minute(self)
    }

    /// `2026-11-22`, where it is not known who reads it: [`TimeZone::date`].
    #[must_use]
    pub fn date(self) -> String {
        TimeZone::default().date(self)
    }

    /// `2026-11-22 14:05:09 UTC`, where it is not known who reads it: [`TimeZone::seconds`].
    #[must_use]
    pub fn seconds(self) -> String {
        TimeZone::default().seconds(self)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second: `2026-11-22T14:05:09Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", jiff_of(*self).strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn jiff_of(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(if at.0 < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_rfc_3339_and_rounds_clock_times_up() {
        let at = Timestamp::from_epoch_ms(1_795_356_309_123);
        assert_eq!(at.to_string(), "2026-11-22T14:05:09Z");
        assert_eq!(at.hour_minute(), "14:06 UTC");
        assert_eq!(at.clock_time(), "14:05:10 UTC");
        assert_eq!(at.date_minute(), "2026-11-22 14:05 UTC");
        assert_eq!(at.seconds(), "2026-11-22 14:05:09 UTC");
        assert_eq!(Timestamp::parse("2026-11-22T15:05:09.123+01:00"), Some(at));
        assert_eq!((Timestamp::parse("2026-11-22"), Timestamp::parse("yesterday")), (None, None));
    }

    #[test]
    fn can_be_printed_at_the_ends_of_the_range() {
        assert!(!Timestamp::from_epoch_ms(i64::MAX).plus_minutes(5).to_string().is_empty());
        assert!(!Timestamp::from_epoch_ms(i64::MIN).to_string().is_empty());
    }
}
