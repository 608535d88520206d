//! When a visit falls silent, warns, and ends. Counted from the person's own input, never from our output.

use std::time::Duration;

use tokio::time::Instant;

/// How long a visit may last (NIST SP 800-63B-4 section 2.2.3; ASVS 7.3).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Silence that ends a guest's visit.
    pub idle_guest: Duration,
    /// Silence that ends the visit of a guest who waits for a letter: as long as its code may live.
    pub idle_waiting: Duration,
    /// Silence that ends a member's visit.
    pub idle_member: Duration,
    /// The longest a guest's visit lasts.
    pub visit_guest: Duration,
    /// The longest a member's visit lasts, from sign-in.
    pub visit_member: Duration,
}

/// In which of its lives a visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Guest,
    /// A guest on the page where the code is typed.
    Waiting,
    Member,
}

/// What the time has come for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Free the memory of the last frame.
    Forget,
    /// Say that the visit will end soon.
    Warn,
    /// End it: too long without input.
    Idle,
    /// End it: too long altogether.
    Over,
}

/// Silence after which the last frame is forgotten; the next key paints the screen anew.
const FORGET_AFTER: Duration = Duration::from_secs(30);
/// How long before its end a silent visit is warned.
const WARN_BEFORE: Duration = Duration::from_mins(1);

/// The deadlines of one visit.
#[derive(Debug)]
pub(super) struct Clockwork {
    limits: Limits,
    life: Life,
    began: Instant,
    last_input: Instant,
    forgot: bool,
    warned: bool,
}

impl Clockwork {
    pub(super) fn new(limits: Limits, now: Instant) -> Self {
        Self { limits, life: Life::Guest, began: now, last_input: now, forgot: false, warned: false }
    }

    /// The person did something.
    pub(super) fn input(&mut self, now: Instant) {
        self.last_input = now;
        self.forgot = false;
        self.warned = false;
    }

    /// The visit is in another life; becoming a member or a guest begins a new span.
    pub(super) fn live_as(&mut self, life: Life, now: Instant) {
        if (life == Life::Member) != (self.life == Life::Member) {
            self.began = now;
        }
        self.life = life;
    }

    fn idle_limit(&self) -> Duration {
        match self.life {
            Life::Guest => self.limits.idle_guest,
            Life::Waiting => self.limits.idle_waiting,
            Life::Member => self.limits.idle_member,
        }
    }

    fn visit_limit(&self) -> Duration {
        match self.life {
            Life::Guest | Life::Waiting => self.limits.visit_guest,
            Life::Member => self.limits.visit_member,
        }
    }

    /// What comes next, and when.
    pub(super) fn next(&self) -> (Instant, Due) {
        let idle = self.last_input + self.idle_limit();
        let over = self.began + self.visit_limit();
        let mut next = if over <= idle { (over, Due::Over) } else { (idle, Due::Idle) };
        if !self.warned {
            let warn = next.0.checked_sub(WARN_BEFORE).unwrap_or(self.last_input).max(self.last_input);
            next = (warn, Due::Warn);
        }
        let forget = self.last_input + FORGET_AFTER;
        if !self.forgot && forget < next.0 { (forget, Due::Forget) } else { next }
    }

    /// `due` was done.
    pub(super) fn done(&mut self, due: Due) {
        match due {
            Due::Forget => self.forgot = true,
            Due::Warn => self.warned = true,
            Due::Idle | Due::Over => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        idle_guest: Duration::from_mins(3),
        idle_waiting: Duration::from_mins(30),
        idle_member: Duration::from_mins(10),
        visit_guest: Duration::from_mins(30),
        visit_member: Duration::from_hours(2),
    };

    /// Seconds after the beginning, and what is due then, until the end.
    fn course(clockwork: &mut Clockwork, began: Instant) -> Vec<(u64, Due)> {
        let mut course = Vec::new();
        loop {
            let (at, due) = clockwork.next();
            course.push((at.duration_since(began).as_secs(), due));
            if matches!(due, Due::Idle | Due::Over) {
                return course;
            }
            clockwork.done(due);
        }
    }

    #[test]
    fn a_silent_guest_is_forgotten_warned_and_ended() {
        let began = Instant::now();
        let mut clockwork = Clockwork::new(LIMITS, began);
        assert_eq!(course(&mut clockwork, began), [(30, Due::Forget), (120, Due::Warn), (180, Due::Idle)]);
    }

    #[test]
    fn input_begins_the_silence_anew_but_not_the_visit() {
        let began = Instant::now();
        let mut clockwork = Clockwork::new(LIMITS, began);
        clockwork.input(began + Duration::from_secs(1_700));
        let course = course(&mut clockwork, began);
        assert_eq!(course, [(1_730, Due::Forget), (1_740, Due::Warn), (1_800, Due::Over)]);
    }

    #[test]
    fn signing_in_begins_a_new_span() {
        let began = Instant::now();
        let mut clockwork = Clockwork::new(LIMITS, began);
        let signed_in = began + Duration::from_secs(1_000);
        clockwork.input(signed_in);
        clockwork.live_as(Life::Member, signed_in);
        assert_eq!(course(&mut clockwork, began).last(), Some(&(1_600, Due::Idle)));
    }
}
