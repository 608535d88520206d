//! The deadlines of a session. Silence is counted from the person's own input, never from our output.

use std::time::Duration;

use tokio::time::Instant;

/// How long a session may last (NIST SP 800-63B-4 section 2.2.3; ASVS 7.3).
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Silence that ends a guest's session.
    pub idle_guest: Duration,
    /// Silence that ends the session of a guest who waits for an email: as long as its code may live.
    pub idle_waiting: Duration,
    /// Silence that ends a member's session.
    pub idle_member: Duration,
    /// The longest a guest's session lasts.
    pub session_guest: Duration,
    /// The longest a member's session lasts, from sign-in.
    pub session_member: Duration,
}

/// What the deadlines depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Guest,
    /// A guest who waits for an email.
    Waiting,
    Member,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timeout {
    /// Free the memory of the last frame.
    Forget,
    /// Warn that the session ends soon.
    Warn,
    /// End the session: too long without input.
    Idle,
    /// End the session: it has lasted too long.
    LifetimeOver,
}

/// Silence after which the last frame is forgotten; the next key paints the screen anew.
const FORGET_AFTER: Duration = Duration::from_secs(30);
/// How long before its end a session is warned.
const WARN_BEFORE: Duration = Duration::from_mins(1);

/// The deadlines of one session.
#[derive(Debug)]
pub(super) struct Timeouts {
    limits: SessionLimits,
    phase: Phase,
    began: Instant,
    last_input: Instant,
    forgot: bool,
    warned: bool,
}

impl Timeouts {
    pub(super) fn new(limits: SessionLimits, now: Instant) -> Self {
        Self { limits, phase: Phase::Guest, began: now, last_input: now, forgot: false, warned: false }
    }

    /// The person did something.
    pub(super) fn input(&mut self, now: Instant) {
        self.last_input = now;
        self.forgot = false;
        self.warned = false;
    }

    /// Enters a phase; becoming a member or a guest starts the session's lifetime anew.
    pub(super) fn enter(&mut self, phase: Phase, now: Instant) {
        if (phase == Phase::Member) != (self.phase == Phase::Member) {
            self.began = now;
        }
        self.phase = phase;
    }

    fn idle_limit(&self) -> Duration {
        match self.phase {
            Phase::Guest => self.limits.idle_guest,
            Phase::Waiting => self.limits.idle_waiting,
            Phase::Member => self.limits.idle_member,
        }
    }

    fn session_limit(&self) -> Duration {
        match self.phase {
            Phase::Guest | Phase::Waiting => self.limits.session_guest,
            Phase::Member => self.limits.session_member,
        }
    }

    /// What is due next, and when.
    pub(super) fn next(&self) -> (Instant, Timeout) {
        let idle = self.last_input + self.idle_limit();
        let over = self.began + self.session_limit();
        let mut next = if over <= idle { (over, Timeout::LifetimeOver) } else { (idle, Timeout::Idle) };
        if !self.warned {
            let warn = next.0.checked_sub(WARN_BEFORE).unwrap_or(self.last_input).max(self.last_input);
            next = (warn, Timeout::Warn);
        }
        let forget = self.last_input + FORGET_AFTER;
        if !self.forgot && forget < next.0 { (forget, Timeout::Forget) } else { next }
    }

    pub(super) fn done(&mut self, due: Timeout) {
        match due {
            Timeout::Forget => self.forgot = true,
            Timeout::Warn => self.warned = true,
            Timeout::Idle | Timeout::LifetimeOver => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SessionLimits = SessionLimits {
        idle_guest: Duration::from_mins(3),
        idle_waiting: Duration::from_mins(30),
        idle_member: Duration::from_mins(10),
        session_guest: Duration::from_mins(30),
        session_member: Duration::from_hours(2),
    };

    /// Seconds after the beginning, and what is due then, until the end.
    fn course(timeouts: &mut Timeouts, began: Instant) -> Vec<(u64, Timeout)> {
        let mut course = Vec::new();
        loop {
            let (at, due) = timeouts.next();
            course.push((at.duration_since(began).as_secs(), due));
            if matches!(due, Timeout::Idle | Timeout::LifetimeOver) {
                return course;
            }
            timeouts.done(due);
        }
    }

    #[test]
    fn a_silent_guest_is_forgotten_warned_and_ended() {
        let began = Instant::now();
        let mut timeouts = Timeouts::new(LIMITS, began);
        assert_eq!(
            course(&mut timeouts, began),
            [(30, Timeout::Forget), (120, Timeout::Warn), (180, Timeout::Idle)]
        );
    }

    #[test]
    fn input_begins_the_silence_anew_but_not_the_session() {
        let began = Instant::now();
        let mut timeouts = Timeouts::new(LIMITS, began);
        timeouts.input(began + Duration::from_secs(1_700));
        let course = course(&mut timeouts, began);
        assert_eq!(
            course,
            [(1_730, Timeout::Forget), (1_740, Timeout::Warn), (1_800, Timeout::LifetimeOver)]
        );
    }

    #[test]
    fn signing_in_begins_a_new_span() {
        let began = Instant::now();
        let mut timeouts = Timeouts::new(LIMITS, began);
        let signed_in = began + Duration::from_secs(1_000);
        timeouts.input(signed_in);
        timeouts.enter(Phase::Member, signed_in);
        assert_eq!(course(&mut timeouts, began).last(), Some(&(1_600, Timeout::Idle)));
    }
}
