//! How many lines the log takes in a second. What one source may write is bounded first, then what all may; what is left
//! out is counted.
//!
//! Each [`LineClass`] has its own budget, so that one class cannot crowd out another: strangers leave room for members
//! and for the lines fail2ban reads, everybody for the portal itself, `debug` lines for all others. In a class, the
//! second half of the budget is reserved for keys that have no line in this second yet: a few loud sources do not hide
//! the quiet ones.
//!
//! Memory is bounded by the limits themselves: a key is kept only for a line that was let in, and for a second.

use std::collections::HashMap;

use crate::domain::timestamp::Timestamp;

/// How many times more lines are let in of `debug` and `trace`.
const VERBOSE_TIMES: u32 = 10;
/// Lines of one place in a library in a second, and of all libraries: they are not ours, and strangers set some of them off at
/// will, which must not hide the others.
const OF_LIBRARIES: Limits = Limits { per_source: 1, in_all: 20 };
/// The most keys whose dropped lines are counted apart.
const COUNTED: usize = 64;

/// Which lines share a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineClass {
    /// The portal's own, which nobody in particular has set off; by where in the code.
    Own,
    /// What a library says; by where in it.
    Library,
    /// Events of the audit trail that are about an account; by source.
    Member,
    /// Refusals of wrong passwords and codes, which something outside counts; by source.
    Guess,
    /// Everything else that has a source; by source.
    Stranger,
    /// `debug` and `trace`, whoever they are about; by source or place in the code.
    Verbose,
}

const CLASSES: usize = 6;

/// Lines in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one source.
    pub per_source: u32,
    /// Of all sources.
    pub in_all: u32,
}

impl Limits {
    fn of(self, class: LineClass) -> Self {
        match class {
            // One message may be as frequent as emails are, and still leaves room for others.
            LineClass::Own => Self { per_source: self.in_all.div_ceil(2), ..self },
            LineClass::Library => OF_LIBRARIES,
            LineClass::Verbose => Self {
                per_source: self.per_source.saturating_mul(VERBOSE_TIMES),
                in_all: self.in_all.saturating_mul(VERBOSE_TIMES),
            },
            LineClass::Member | LineClass::Guess | LineClass::Stranger => self,
        }
    }
}

/// Counts lines.
#[derive(Debug)]
pub(super) struct Limiter {
    limits: Limits,
    /// The second that is counted, since 1970.
    second: i64,
    windows: [Window; CLASSES],
    dropped: Dropped,
}

/// The lines of one class in this second.
#[derive(Debug, Default)]
struct Window {
    all: u32,
    keys: HashMap<String, u32>,
}

/// What was left out and not told yet.
#[derive(Debug, Default)]
struct Dropped {
    lines: u64,
    keys: HashMap<String, u64>,
    /// The second of the first.
    since: i64,
}

/// What is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DroppedLines {
    /// How many, in all.
    pub(super) lines: u64,
    /// The source, library or place in the code that had the most, and how many.
    pub(super) busiest: (String, u64),
}

impl Limiter {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, second: i64::MIN, windows: Default::default(), dropped: Dropped::default() }
    }

    /// Whether a line of `key` is let in at `now`.
    pub(super) fn admit(&mut self, class: LineClass, key: &str, now: Timestamp) -> bool {
        let second = now.epoch_ms().div_euclid(1_000);
        if second != self.second {
            self.second = second;
            self.windows = Default::default();
        }
        let is_admitted = self.windows[class as usize].admit(key, self.limits.of(class));
        if !is_admitted {
            self.dropped.count(key, second);
        }
        is_admitted
    }

    /// Counts a line that was let in and could not be written.
    pub(super) fn lost(&mut self, now: Timestamp) {
        self.dropped.count("unwritten", now.epoch_ms().div_euclid(1_000));
    }

    /// What was left out, once its second is over.
    pub(super) fn report(&mut self, now: Timestamp) -> Option<DroppedLines> {
        let is_due = self.dropped.lines > 0 && now.epoch_ms().div_euclid(1_000) != self.dropped.since;
        is_due.then(|| std::mem::take(&mut self.dropped).told())
    }
}

impl Window {
    fn admit(&mut self, key: &str, limits: Limits) -> bool {
        let of_key = self.keys.get(key).copied().unwrap_or_default();
        let most =
            if self.all < limits.in_all.div_ceil(2) { limits.per_source } else { limits.per_source.min(1) };
        if of_key >= most || self.all >= limits.in_all {
            return false;
        }
        self.all += 1;
        match self.keys.get_mut(key) {
            Some(count) => *count += 1,
            None => drop(self.keys.insert(key.to_owned(), 1)),
        }
        true
    }
}

impl Dropped {
    fn count(&mut self, key: &str, second: i64) {
        if self.lines == 0 {
            self.since = second;
        }
        self.lines += 1;
        if let Some(count) = self.keys.get_mut(key) {
            *count += 1;
        } else if self.keys.len() < COUNTED {
            self.keys.insert(key.to_owned(), 1);
        }
    }

    fn told(self) -> DroppedLines {
        let busiest = self.keys.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
        DroppedLines { lines: self.lines, busiest: busiest.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { per_source: 10, in_all: 100 };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_epoch_ms(1_000_000 + ms)
    }

    fn admitted(limiter: &mut Limiter, class: LineClass, key: &str, lines: usize, now: Timestamp) -> usize {
        (0..lines).filter(|_| limiter.admit(class, key, now)).count()
    }

    #[test]
    fn one_source_has_so_many_lines_a_second() {
        let mut limiter = Limiter::new(LIMITS);
        assert_eq!(admitted(&mut limiter, LineClass::Stranger, "192.0.2.7", 10_000, at(0)), 10);
        assert_eq!(admitted(&mut limiter, LineClass::Stranger, "192.0.2.8", 3, at(0)), 3);
        assert_eq!(admitted(&mut limiter, LineClass::Stranger, "192.0.2.7", 10_000, at(999)), 0);
        assert_eq!(admitted(&mut limiter, LineClass::Stranger, "192.0.2.7", 10_000, at(1_000)), 10);
        // Also when the wall clock is put back.
        assert_eq!(admitted(&mut limiter, LineClass::Stranger, "192.0.2.7", 10_000, at(-5_000)), 10);
    }

    #[test]
    fn all_sources_have_so_many_and_loud_ones_leave_room_for_quiet_ones() {
        let mut limiter = Limiter::new(LIMITS);
        let loud: usize = (0..50)
            .map(|n| admitted(&mut limiter, LineClass::Stranger, &format!("192.0.2.{n}"), 1_000, at(0)))
            .sum();
        assert_eq!(loud, 50 + 45, "half of the room, and one line for each of the others");
        assert!(limiter.admit(LineClass::Stranger, "198.51.100.1", at(0)));
        let crowd = (0..10_000)
            .filter(|n| limiter.admit(LineClass::Stranger, &format!("2001:db8:{n:x}::/56"), at(0)));
        assert_eq!(crowd.count(), 4);
    }

    #[test]
    fn a_flood_of_strangers_takes_nobody_elses_room() {
        let mut limiter = Limiter::new(LIMITS);
        for n in 0..100_000 {
            limiter.admit(LineClass::Stranger, &format!("2001:db8:{n:x}::/56"), at(0));
            limiter.admit(LineClass::Verbose, &format!("2001:db8:{n:x}::/56"), at(0));
            limiter.admit(LineClass::Library, "russh", at(0));
        }
        assert!(limiter.admit(LineClass::Member, "192.0.2.7", at(0)));
        // Nobody hides a guess behind lines of other kinds.
        assert!(limiter.admit(LineClass::Guess, "192.0.2.7", at(0)));
        assert!(limiter.admit(LineClass::Own, "event src/mail/outbox.rs:1", at(0)));
        assert!(limiter.admit(LineClass::Library, "sqlx", at(0)));
        let kept: usize = limiter.windows.iter().map(|window| window.keys.len()).sum();
        assert!(kept <= 100 + 1_000 + 6 && limiter.dropped.keys.len() <= COUNTED, "{kept} keys are kept");
    }

    #[test]
    fn each_place_in_a_library_has_one_line_a_second_and_all_have_few() {
        let mut limiter = Limiter::new(LIMITS);
        assert_eq!(admitted(&mut limiter, LineClass::Library, "russh::server:1", 1_000, at(0)), 1);
        assert_eq!(admitted(&mut limiter, LineClass::Library, "russh::server:2", 1_000, at(0)), 1);
        assert_eq!(admitted(&mut limiter, LineClass::Library, "russh::server:1", 1_000, at(1_000)), 1);
        let places = |nth| format!("sqlx:{nth}");
        let all: usize = (0..1_000)
            .map(|nth| admitted(&mut limiter, LineClass::Library, &places(nth), 10, at(2_000)))
            .sum();
        assert_eq!(all, OF_LIBRARIES.in_all as usize);
    }

    #[test]
    fn one_message_of_the_portals_own_leaves_room_for_the_others() {
        let mut limiter = Limiter::new(LIMITS);
        assert_eq!(admitted(&mut limiter, LineClass::Own, "event src/mail/outbox.rs:1", 1_000, at(0)), 50);
        assert!(limiter.admit(LineClass::Own, "event src/clock.rs:1", at(0)));
    }

    #[test]
    fn verbose_lines_have_ten_times_the_room() {
        let mut limiter = Limiter::new(LIMITS);
        assert_eq!(admitted(&mut limiter, LineClass::Verbose, "192.0.2.7", 10_000, at(0)), 100);
    }

    #[test]
    fn what_is_left_out_is_counted_and_told_once() {
        let mut limiter = Limiter::new(LIMITS);
        admitted(&mut limiter, LineClass::Stranger, "192.0.2.7", 1_010, at(0));
        admitted(&mut limiter, LineClass::Stranger, "192.0.2.8", 15, at(0));
        assert_eq!(limiter.report(at(999)), None, "the second is not over");
        let told = DroppedLines { lines: 1_005, busiest: ("192.0.2.7".into(), 1_000) };
        assert_eq!(limiter.report(at(1_000)), Some(told));
        assert_eq!(limiter.report(at(2_000)), None);
        limiter.lost(at(2_000));
        let told = DroppedLines { lines: 1, busiest: ("unwritten".into(), 1) };
        assert_eq!(limiter.report(at(3_000)), Some(told));
    }
}
