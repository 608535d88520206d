//! The beginning of a period, as people type it: a moment, a day, or how long ago.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Unit};

use super::timestamp::Timestamp;

/// A moment that may be relative to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// That moment.
    At(Timestamp),
    /// So many milliseconds ago.
    Ago(i64),
}

/// Neither a moment nor a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected how long ago, such as 1h, 30m, 7d or 2w, a day such as 2026-11-22, or RFC 3339 such as 2026-11-22T14:05:09Z"
)]
pub struct InvalidSince;

impl Since {
    /// The moment, at `now`.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ms) => now.plus_ms(-ms),
        }
    }
}

impl FromStr for Since {
    type Err = InvalidSince;

    fn from_str(text: &str) -> Result<Self, InvalidSince> {
        let text = text.trim();
        if let Some(at) = Timestamp::parse(text) {
            return Ok(Self::At(at));
        }
        if let Ok(day) = text.parse::<Date>() {
            let start = day.to_zoned(TimeZone::UTC).map_err(|_| InvalidSince)?;
            return Ok(Self::At(Timestamp::from_epoch_ms(start.timestamp().as_millisecond())));
        }
        let text = text.strip_suffix("ago").unwrap_or(text).trim_end();
        let span: Span = text.parse().map_err(|_| InvalidSince)?;
        let ms =
            span.total((Unit::Millisecond, SpanRelativeTo::days_are_24_hours())).map_err(|_| InvalidSince)?;
        // More than that is before anything happened.
        let most = 1e15;
        if text.starts_with('-') || !(0.0..=most).contains(&ms) {
            return Err(InvalidSince);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is in range, and has no fraction that matters"
        )]
        Ok(Self::Ago(ms as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn a_duration_is_how_long_ago() {
        let now = Timestamp::from_epoch_ms(100 * 24 * HOUR_MS);
        for (text, ms) in [
            ("1h", HOUR_MS),
            ("30m", HOUR_MS / 2),
            ("90s", 90_000),
            ("7d", 7 * 24 * HOUR_MS),
            ("2w", 14 * 24 * HOUR_MS),
            ("1h30m", HOUR_MS * 3 / 2),
            ("1 hour ago", HOUR_MS),
            ("2 days", 48 * HOUR_MS),
            ("P1DT2H", 26 * HOUR_MS),
        ] {
            let since: Since = text.parse().expect(text);
            assert_eq!(since.moment(now), now.plus_ms(-ms), "{text}");
        }
    }

    #[test]
    fn a_moment_or_a_day_is_that() {
        let at = |text: &str| text.parse::<Since>().unwrap().moment(Timestamp::default()).to_string();
        assert_eq!(at("2026-11-22T15:05:09+01:00"), "2026-11-22T14:05:09Z");
        assert_eq!(at("2026-11-22"), "2026-11-22T00:00:00Z");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "d", "7", "-1d", "yesterday", "99999999d", "1 month", "1y", "2026-13-01"] {
            assert_eq!(text.parse::<Since>(), Err(InvalidSince), "{text}");
        }
    }
}
