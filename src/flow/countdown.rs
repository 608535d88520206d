//! Waits that a page tells in seconds, right at each paint.

use crate::domain::portal::PortalInfo;
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::domain::wait::{Wait, WaitLimit};
use crate::message;
use crate::messages::Message;

/// From a moment on, another code can be asked for. Only pages of guests have one, so its times are in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// From when on.
    pub until: Timestamp,
}

impl Countdown {
    /// Longer waits are not counted in seconds.
    const LONGEST_S: i64 = 600;

    /// How long it still takes.
    #[must_use]
    pub fn message(&self, now: Timestamp) -> Message {
        let Self { until } = self;
        // Rounded up, so that nobody is told a moment too early.
        let seconds = until.ms_since(now).max(0).saturating_add(999) / 1_000;
        match seconds {
            0 => message!("another-code-now"),
            1..=Self::LONGEST_S => {
                message!("another-code-in", wait = message!("wait-seconds", n = seconds))
            }
            _ if until.date() == now.date() => message!("another-code-from", time = until.hour_minute()),
            _ => message!("another-code-from", time = until.plus_ms(59_999).date_minute()),
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
    /// Whether a reset can be told of.
    pub can_reset: bool,
}

impl RefusedFor {
    pub(super) fn of(wait: Wait, zone: &TimeZone, portal: &PortalInfo) -> Self {
        Self { wait, zone: zone.clone(), can_reset: portal.capabilities.reset }
    }

    /// Which limit it is, how long it lasts, and what helps meanwhile.
    #[must_use]
    pub fn message(&self) -> Message {
        let when = self.wait.from_when(&self.zone);
        match (self.wait.limit, self.can_reset) {
            (WaitLimit::Name, true) => message!("refused-name-for-now", when = when),
            (WaitLimit::Name, false) => message!("refused-name-for-now-without-reset", when = when),
            (WaitLimit::Source, true) => message!("refused-source-for-now", when = when),
            (WaitLimit::Source, false) => message!("refused-source-for-now-without-reset", when = when),
            (WaitLimit::Other, _) => message!("refused-for-now", when = when),
        }
    }

    /// The same at `now`; `None` once it is over.
    pub(super) fn message_at(&self, now: Timestamp) -> Option<Message> {
        let is_over = self.wait.until <= now;
        (!is_over).then(|| Self { wait: self.wait.told_at(now), ..self.clone() }.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_that_are_right_now() {
        let at = Timestamp::from_epoch_ms;
        let wait = Countdown { until: at(60_000) };
        for (now, said) in [
            (0, "You can ask for another code in 60 seconds."),
            (59_001, "You can ask for another code in 1 second."),
            (57_999, "You can ask for another code in 3 seconds."),
            (60_000, "You can ask for another code now."),
            (90_000, "You can ask for another code now."),
        ] {
            assert_eq!(wait.message(at(now)).to_string(), said);
        }
        let later = Countdown { until: at(2 * 3_600_000) };
        assert_eq!(later.message(at(0)).to_string(), "You can ask for another code from 02:00 UTC.");
        let tomorrow = Countdown { until: at(30 * 3_600_000) }.message(at(0)).to_string();
        assert!(tomorrow.contains("1970-01-02 06:00"), "{tomorrow}");
    }

    #[test]
    fn a_refusal_is_told_in_the_seconds_that_are_left_until_it_is_over() {
        let at = Timestamp::from_epoch_ms;
        let wait = Wait::until(at(30_000), WaitLimit::Other).told_at(at(0));
        let refused = RefusedFor { wait, zone: TimeZone::default(), can_reset: true };
        let told = refused.message().to_string();
        assert!(told.ends_with("Try again in 30 seconds."), "{told}");
        let left = |ms| refused.message_at(at(ms)).map(|message| message.to_string());
        assert!(left(18_500).is_some_and(|told| told.ends_with("Try again in 12 seconds.")));
        assert!(left(29_999).is_some_and(|told| told.ends_with("Try again in 1 second.")));
        assert_eq!(left(30_000), None);
    }
}
