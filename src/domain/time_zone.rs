//! Time zones in which people read times. The IANA database is compiled in, so the server
//! needs no tzdata package.

use std::fmt;

use jiff::tz::{Offset, TimeZone as Rules, db};

use crate::messages::{Label, Message};
use crate::{label, message};

use super::timestamp::Timestamp;

/// Longer names are refused without a lookup.
const MAX_CHARS: usize = 64;
/// The largest offset from UTC in use, in minutes (Kiribati).
const MAX_OFFSET_MINUTES: i32 = 14 * 60;

/// UTC, a zone of the IANA database, or a fixed offset.
#[derive(Clone, PartialEq, Eq)]
pub struct TimeZone {
    name: String,
    rules: Rules,
}

/// Not a time zone. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct TimeZoneRefusal;

impl TimeZoneRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        message!("refused-time-zone")
    }
}

impl TimeZone {
    /// Parses `UTC`, an IANA name in any case (`Europe/Berlin`), or an offset (`+2`, `-0330`, `+05:45`).
    pub fn parse(typed: &str) -> Result<Self, TimeZoneRefusal> {
        let typed = typed.trim();
        if typed.is_empty() || typed.len() > MAX_CHARS || !typed.is_ascii() {
            return Err(TimeZoneRefusal);
        }
        if let Some((sign, digits)) = signed(typed) {
            return Self::at_offset(sign * minutes(digits).ok_or(TimeZoneRefusal)?);
        }
        if ["utc", "z", "gmt", "etc/utc"].contains(&typed.to_ascii_lowercase().as_str()) {
            return Ok(Self::default());
        }
        let rules = db().get(typed).map_err(|_| TimeZoneRefusal)?;
        let name = rules.iana_name().ok_or(TimeZoneRefusal)?.to_owned();
        Ok(Self { name, rules })
    }

    fn at_offset(minutes: i32) -> Result<Self, TimeZoneRefusal> {
        if minutes == 0 {
            return Ok(Self::default());
        }
        if minutes.abs() > MAX_OFFSET_MINUTES {
            return Err(TimeZoneRefusal);
        }
        let offset = Offset::from_seconds(minutes * 60).map_err(|_| TimeZoneRefusal)?;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        Ok(Self { name: format!("{sign}{hours:02}:{minutes:02}"), rules: Rules::fixed(offset) })
    }

    /// The canonical name: `UTC`, `Europe/Berlin`, `+02:00`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The one function that makes a moment readable. At the ends of the range the nearest one that has a date is shown.
    fn format(&self, at: Timestamp, format: &str) -> String {
        let at = jiff::Timestamp::from_millisecond(at.epoch_ms())
            .unwrap_or_else(|_| if at.epoch_ms() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX });
        at.to_zoned(self.rules.clone()).strftime(format).to_string()
    }

    /// `15:05 CET`. Rounded up, so nobody retries a minute early.
    #[must_use]
    pub fn hour_minute(&self, at: Timestamp) -> String {
        self.format(at.plus_ms(59_999), "%H:%M %Z")
    }

    /// `15:05:10 CET`, for waits shorter than a minute. Rounded up to the next second.
    #[must_use]
    pub fn clock_time(&self, at: Timestamp) -> String {
        self.format(at.plus_ms(999), "%H:%M:%S %Z")
    }

    /// `2026-11-22 15:05 CET`.
    #[must_use]
    pub fn date_minute(&self, at: Timestamp) -> String {
        self.format(at, "%Y-%m-%d %H:%M %Z")
    }

    /// `2026-11-22`.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        self.format(at, "%Y-%m-%d")
    }

    /// `2026-11-22 15:05:09 CET`.
    #[must_use]
    pub fn seconds(&self, at: Timestamp) -> String {
        self.format(at, "%Y-%m-%d %H:%M:%S %Z")
    }

    /// `11-22 15:05`, in columns: see [`TimeZone::table_heading`]. With the year where that is not the one of `now`.
    #[must_use]
    pub fn table_time(&self, at: Timestamp, now: Timestamp) -> String {
        let is_of_this_year = self.format(at, "%Y") == self.format(now, "%Y");
        self.format(at, if is_of_this_year { "%m-%d %H:%M" } else { "%Y-%m-%d %H:%M" })
    }

    /// The heading of a column of [`TimeZone::table_time`].
    #[must_use]
    pub fn table_heading(&self) -> Label {
        if *self == Self::default() { label!("time-utc") } else { label!("time-local") }
    }

    /// RFC 3339 to the second, for the columns of commands, one word each: `2026-11-22T15:05:09+01:00`, in UTC
    /// `2026-11-22T14:05:09Z`.
    #[must_use]
    pub fn rfc_3339(&self, at: Timestamp) -> String {
        let offset = if *self == Self::default() { "Z" } else { "%:z" };
        self.format(at, &format!("%Y-%m-%dT%H:%M:%S{offset}"))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self { name: "UTC".to_owned(), rules: Rules::UTC }
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.name)
    }
}

/// Splits an offset into its sign and the rest; accepts `UTC+2` and `GMT+2` too.
fn signed(typed: &str) -> Option<(i32, &str)> {
    let lower = typed.get(..3).map(str::to_ascii_lowercase);
    let typed = if matches!(lower.as_deref(), Some("utc" | "gmt")) { typed.get(3..)? } else { typed };
    match typed.split_at_checked(1)? {
        ("+", digits) => Some((1, digits)),
        ("-", digits) => Some((-1, digits)),
        _ => None,
    }
}

/// `2`, `02`, `0230`, `02:30` in minutes.
fn minutes(digits: &str) -> Option<i32> {
    let (hours, minutes) = match digits.split_once(':') {
        Some(both) => both,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "00"),
    };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i32>().ok())?;
    let is_clock = (1..=2).contains(&hours.len()) && minutes.len() == 2;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (is_clock && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;
    use proptest::prelude::*;

    const SUMMER: Timestamp = Timestamp::from_epoch_ms(1_783_000_000_000);
    const WINTER: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_123);

    fn named(typed: &str) -> Result<String, TimeZoneRefusal> {
        TimeZone::parse(typed).map(|zone| zone.name().to_owned())
    }

    #[test]
    fn a_named_zone_observes_daylight_saving_time() {
        let berlin = TimeZone::parse(" europe/berlin ").unwrap();
        assert_eq!(berlin.name(), "Europe/Berlin");
        assert_eq!(berlin.date_minute(WINTER), "2026-11-22 15:05 CET");
        assert_eq!(berlin.date_minute(SUMMER), "2026-07-02 15:46 CEST");
    }

    /// The hour before clocks were set back in Berlin, and the one after it, which have the same numbers.
    #[test]
    fn the_hour_that_comes_twice_is_told_apart() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        let first = Timestamp::parse("2026-10-25T00:30:09Z").unwrap();
        let second = first.plus_ms(3_600_000);
        assert_eq!(
            [first, second].map(|at| berlin.date_minute(at)),
            ["2026-10-25 02:30 CEST", "2026-10-25 02:30 CET"]
        );
        assert_eq!(
            [first, second].map(|at| berlin.seconds(at)),
            ["2026-10-25 02:30:09 CEST", "2026-10-25 02:30:09 CET"]
        );
        let offsets = [first, second].map(|at| berlin.rfc_3339(at));
        assert_eq!(offsets, ["2026-10-25T02:30:09+02:00", "2026-10-25T02:30:09+01:00"]);
        assert_eq!(offsets.map(|text| Timestamp::parse(&text)), [Some(first), Some(second)]);
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_zone_and_waits_are_rounded_up_in_it() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        let late = Timestamp::parse("2026-11-22T23:30:00.100Z").unwrap();
        assert_eq!(
            (berlin.date(late), TimeZone::default().date(late)),
            ("2026-11-23".into(), "2026-11-22".into())
        );
        assert_eq!(
            (berlin.hour_minute(late), berlin.clock_time(late)),
            ("00:31 CET".into(), "00:30:01 CET".into())
        );
        assert_eq!(
            (berlin.table_time(late, late), berlin.table_heading().to(&Language::English)),
            ("11-23 00:30".into(), "Local time")
        );
        assert_eq!(TimeZone::default().table_heading().to(&Language::English), "Time (UTC)");
        assert_eq!(TimeZone::default().rfc_3339(late), late.to_string());
    }

    #[test]
    fn a_column_says_the_year_where_it_is_another_one_in_that_zone() {
        let (utc, berlin) = (TimeZone::default(), TimeZone::parse("Europe/Berlin").unwrap());
        let eve = Timestamp::parse("2026-12-31T23:30:00Z").unwrap();
        let day = Timestamp::parse("2027-01-01T08:00:00Z").unwrap();
        assert_eq!([utc.table_time(eve, day), utc.table_time(eve, eve)], ["2026-12-31 23:30", "12-31 23:30"]);
        assert_eq!(berlin.table_time(eve, day), "01-01 00:30");
        assert_eq!(utc.table_time(day, eve), "2027-01-01 08:00");
    }

    #[test]
    fn offsets_have_one_canonical_form() {
        for (typed, name) in [
            ("+2", "+02:00"),
            ("+02", "+02:00"),
            ("UTC+2", "+02:00"),
            ("-0330", "-03:30"),
            ("+05:45", "+05:45"),
            ("+14:00", "+14:00"),
            ("+0", "UTC"),
            ("-00:00", "UTC"),
            ("utc", "UTC"),
            ("GMT", "UTC"),
        ] {
            assert_eq!(named(typed).as_deref(), Ok(name), "{typed}");
        }
        assert_eq!(TimeZone::parse("-0330").unwrap().date_minute(WINTER), "2026-11-22 10:35 -03:30");
    }

    #[test]
    fn anything_else_is_refused() {
        let long = "a".repeat(1_000_000);
        for typed in [
            "",
            "+",
            "+15",
            "+14:01",
            "+2:5",
            "+02:60",
            "+123456",
            "Berlin",
            "Europe/\u{202e}",
            "+-2",
            "../x",
            &long,
        ] {
            assert_eq!(named(typed), Err(TimeZoneRefusal), "{typed}");
        }
    }

    #[test]
    fn any_timestamp_can_be_shown() {
        for zone in ["+02:00", "-12:00", "Europe/Berlin"].map(|zone| TimeZone::parse(zone).unwrap()) {
            for ms in [i64::MAX, i64::MIN] {
                assert!(!zone.date_minute(Timestamp::from_epoch_ms(ms)).is_empty());
            }
        }
    }

    proptest! {
        #[test]
        fn the_name_of_a_zone_parses_back(typed in "[+-][0-9:]{1,5}|[A-Za-z/_]{0,20}") {
            if let Ok(zone) = TimeZone::parse(&typed) {
                prop_assert_eq!(named(zone.name()), Ok(zone.name().to_owned()));
            }
        }
    }
}
