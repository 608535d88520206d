//! Waits that a page tells in seconds, right at each paint.

use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::domain::wait::{Wait, WaitLimit};

/// Something that can be done from a moment on. Only pages of guests have one, so its times are in UTC.
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

/// A refusal for some time, to somebody who reads times in `zone`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedFor {
    /// How long, and which limit it is.
    pub wait: Wait,
    /// Where a longer wait is told as a time.
    pub zone: TimeZone,
}

impl RefusedFor {
    /// Which limit it is, how long it lasts, and what helps meanwhile.
    #[must_use]
    pub fn sentence(&self) -> String {
        let when = self.wait.from_when(&self.zone);
        match self.wait.limit {
            WaitLimit::Name => format!(
                "Too many sign-in attempts for this name. You are not signed in. Try again {when}. \
                 A reset lets you in now: use Forgot your password?"
            ),
            WaitLimit::Source => format!(
                "Too many attempts from where you are, whatever the name. You are not signed in. Try again {when}. \
                 A reset has to wait as well."
            ),
            WaitLimit::Other => format!("Too many attempts. Nothing was changed. Try again {when}."),
        }
    }

    /// The same at `now`; `None` once it is over.
    pub(super) fn sentence_at(&self, now: Timestamp) -> Option<String> {
        let is_over = self.wait.until <= now;
        (!is_over).then(|| Self { wait: self.wait.told_at(now), zone: self.zone.clone() }.sentence())
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

    #[test]
    fn a_refusal_is_told_in_the_seconds_that_are_left_until_it_is_over() {
        let at = Timestamp::from_epoch_ms;
        let wait = Wait::until(at(30_000), WaitLimit::Other).told_at(at(0));
        let refused = RefusedFor { wait, zone: TimeZone::default() };
        assert!(refused.sentence().ends_with("Try again in 30 seconds."), "{}", refused.sentence());
        let left = |ms| refused.sentence_at(at(ms));
        assert!(left(18_500).is_some_and(|told| told.ends_with("Try again in 12 seconds.")));
        assert!(left(29_999).is_some_and(|told| told.ends_with("Try again in 1 second.")));
        assert_eq!(left(30_000), None);
    }
}
