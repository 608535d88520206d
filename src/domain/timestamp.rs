//! A point in time, as the store keeps it: milliseconds since 1970-01-01 UTC.

use std::fmt;

use serde::{Serialize, Serializer};

/// Milliseconds since the Unix epoch, UTC. A fact in the database is a moment, not a flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `ms` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_epoch_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn epoch_ms(self) -> i64 {
        self.0
    }

    /// This moment moved by `ms` milliseconds; stays at the ends of the range instead of wrapping.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This moment moved by `minutes`.
    #[must_use]
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_ms(minutes.saturating_mul(60_000))
    }

    /// How many milliseconds lie between `earlier` and this moment; negative when it is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `14:05 UTC`, as a page or an email says it; rounded up so that nobody comes a minute early.
    #[must_use]
    pub fn hour_minute(self) -> String {
        let up = self.plus_ms(59_999);
        format!("{} UTC", jiff_of(up).strftime("%H:%M"))
    }

    /// `14:05:10 UTC`, for waits that may be shorter than a minute; rounded up to the next second.
    #[must_use]
    pub fn clock_time(self) -> String {
        format!("{} UTC", jiff_of(self.plus_ms(999)).strftime("%H:%M:%S"))
    }

    /// Reads RFC 3339, with any offset: `2026-11-22T14:05:09Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }

    /// `2026-11-22 14:05 UTC`.
    #[must_use]
    pub fn date_minute(self) -> String {
        format!("{} UTC", jiff_of(self).strftime("%Y-%m-%d %H:%M"))
    }

    /// `2026-11-22`, in UTC.
    #[must_use]
    pub fn date(self) -> String {
        jiff_of(self).strftime("%Y-%m-%d").to_string()
    }

    /// `2026-11-22 14:05:09 UTC`.
    #[must_use]
    pub fn seconds(self) -> String {
        format!("{} UTC", jiff_of(self).strftime("%Y-%m-%d %H:%M:%S"))
    }

    /// `11-22 14:05`, for a column that says UTC at its head and holds no more than 90 days.
    #[must_use]
    pub fn table_time(self) -> String {
        jiff_of(self).strftime("%m-%d %H:%M").to_string()
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
    fn prints_rfc_3339_and_a_clock_time_that_is_never_early() {
        let at = Timestamp::from_epoch_ms(1_795_356_309_123);
        assert_eq!(at.to_string(), "2026-11-22T14:05:09Z");
        assert_eq!(at.hour_minute(), "14:06 UTC");
        assert_eq!(at.clock_time(), "14:05:10 UTC");
        assert_eq!(at.date_minute(), "2026-11-22 14:05 UTC");
        assert_eq!(at.seconds(), "2026-11-22 14:05:09 UTC");
        assert_eq!(at.table_time(), "11-22 14:05");
        assert_eq!(Timestamp::parse("2026-11-22T15:05:09.123+01:00"), Some(at));
        assert_eq!((Timestamp::parse("2026-11-22"), Timestamp::parse("yesterday")), (None, None));
    }

    #[test]
    fn stays_printable_at_the_ends_of_its_range() {
        assert!(!Timestamp::from_epoch_ms(i64::MAX).plus_minutes(5).to_string().is_empty());
        assert!(!Timestamp::from_epoch_ms(i64::MIN).to_string().is_empty());
    }
}
