//! A wait that a page tells in seconds, right at each paint. Only pages of guests have one, so its times are in UTC.

use crate::domain::timestamp::Timestamp;

/// Something that can be done from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// From when on.
    pub until: Timestamp,
    /// What, behind "You can".
    pub what: &'static str,
}

impl Countdown {
    /// Longer waits are not counted in seconds.
    const LONGEST_S: i64 = 600;

    /// How long it still takes.
    #[must_use]
    pub fn sentence(&self, now: Timestamp) -> String {
        let Self { until, what } = self;
        // Rounded up, so that nobody is told a moment too early.
        let seconds = until.ms_since(now).max(0).saturating_add(999) / 1_000;
        match seconds {
            0 => format!("You can {what} now."),
            1 => format!("You can {what} in 1 second."),
            2..=Self::LONGEST_S => format!("You can {what} in {seconds} seconds."),
            _ if until.date() == now.date() => format!("You can {what} from {}.", until.hour_minute()),
            _ => format!("You can {what} from {}.", until.plus_ms(59_999).date_minute()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_that_are_right_now() {
        let at = Timestamp::from_epoch_ms;
        let wait = Countdown { until: at(60_000), what: "ask for another code" };
        for (now, said) in [
            (0, "You can ask for another code in 60 seconds."),
            (59_001, "You can ask for another code in 1 second."),
            (57_999, "You can ask for another code in 3 seconds."),
            (60_000, "You can ask for another code now."),
            (90_000, "You can ask for another code now."),
        ] {
            assert_eq!(wait.sentence(at(now)), said);
        }
        let later = Countdown { until: at(2 * 3_600_000), ..wait };
        assert_eq!(later.sentence(at(0)), "You can ask for another code from 02:00 UTC.");
        let tomorrow = Countdown { until: at(30 * 3_600_000), ..wait };
        assert!(tomorrow.sentence(at(0)).contains("1970-01-02 06:00"), "{}", tomorrow.sentence(at(0)));
    }
}
