//! The only place that reads the time. Everything else takes `now` as a parameter.
//!
//! # The rule
//!
//! Every expiry, window, lock, lease and heartbeat goes by one time, [`Clock::now`]. It is begun from a *reference* and
//! then carried on by the monotonic clock, so a wall clock that steps while the program runs changes nothing.
//!
//! - The reference is the database's clock on PostgreSQL, so that all nodes share one time whatever their own clocks
//!   say, and the machine's wall clock on SQLite. Each heartbeat compares with it.
//! - A difference of up to [`FOLLOWED_MS`] is followed: forward at once; backward by standing still until the reference
//!   has caught up.
//! - A larger one is logged and not followed, unless it lasts for [`SETTLE_MS`]: then the reference is believed. Forward
//!   that means at once (the machine slept, or its clock was put right). Backward it means never: [`Clock::now`] goes
//!   one part in [`SLEW`] slower until it has lost its lead, and nothing is revived.
//! - The *mark* is the highest time that was ever trusted. It is kept in the database, raised with each heartbeat, read
//!   at each start, and all nodes follow it. A start with a reference behind the mark begins at the mark.
//! - A start with a reference more than [`GAP_MS`] ahead of the mark may follow a long stop or have a clock that is
//!   days ahead; nobody can tell. So [`Clock::now`] is the reference, and what is expired is refused, but the time is
//!   *unsettled*: nothing is deleted or dropped for its age and the mark is not raised before the reference has gone
//!   on evenly for [`SETTLE_MS`]. If it jumps meanwhile, this is another start: only then may [`Clock::now`] go back.
//! - What a clock that was ahead has written lies in the future. `store::clock` voids or shifts it, so that no wait is
//!   longer than its rule can make it, and no code lives longer.
//! - Codes of authenticator apps go by [`Clock::reference_time`], which may go back: apps know the true time only.
//! - Waits inside the process (timeouts, intervals, [`Clock::wait_until`]) are monotonic.
//!
//! A mark that is far ahead of the true time (a clock that was days ahead for longer than [`SETTLE_MS`]) does not hurt:
//! durations stay right, only shown times are ahead. `doorkey check` tells it. An operator who wants the true time back
//! stops every node, runs `DELETE FROM clock` in the database, and starts them again.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::timestamp::Timestamp;

/// A difference from the reference that is followed, in milliseconds: more than NTP corrects by stepping. A larger one
/// is told to the operator.
pub const FOLLOWED_MS: i64 = 5_000;
/// How long a larger difference lasts before it is believed, and how long a start far ahead of the mark is unsettled.
pub const SETTLE_MS: i64 = 10 * 60_000;
/// How far a reference may be ahead of the mark at a start that is settled at once: a restart, not a long stop.
pub const GAP_MS: i64 = 5 * 60_000;
/// A lead over the reference is lost by going one part in this many slower, so that nothing lasts noticeably longer.
pub const SLEW: i64 = 30;
/// A reference that took longer than this to read is too vague to follow.
const VAGUE: Duration = Duration::from_secs(2);

/// The source of the current time: the system clock, or a manual one in tests.
#[derive(Clone, Debug)]
pub enum Clock {
    /// Begun from a reference and carried on by the monotonic clock.
    System(Arc<SystemClock>),
    /// Stands still until [`Clock::advance_ms`] moves it.
    Manual(Arc<AtomicI64>),
}

/// The time of a running program.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    /// True when the reference is the database's clock and not this machine's.
    is_shared: bool,
    /// True while a wall clock that differs was told.
    is_skew_told: AtomicBool,
    trusted_time: Mutex<TrustedTime>,
}

/// What was read at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The database's clock; `None` where this machine's wall clock is the reference.
    pub database: Option<Timestamp>,
    /// The mark, if there is one yet.
    pub mark: Option<Timestamp>,
    /// When the question left.
    pub asked: Instant,
    /// When the answer was there.
    pub answered: Instant,
}

impl Reading {
    /// The reference's time at `answered`: the question took half the way.
    fn reference_ms(&self) -> i64 {
        self.database.map_or_else(system_epoch_ms, |at| at.epoch_ms().saturating_add(ms(self.way() / 2)))
    }

    fn way(&self) -> Duration {
        self.answered.saturating_duration_since(self.asked)
    }
}

impl Clock {
    /// A manual clock that starts at `start`.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.epoch_ms())))
    }

    /// The program's clock, begun from what was read.
    #[must_use]
    pub fn begin(reading: &Reading) -> Self {
        let mark = reading.mark.map(Timestamp::epoch_ms);
        let trusted_time = TrustedTime::begin(reading.reference_ms(), mark, 0);
        Self::System(Arc::new(SystemClock {
            started: reading.answered,
            is_shared: reading.database.is_some(),
            is_skew_told: AtomicBool::new(false),
            trusted_time: Mutex::new(trusted_time),
        }))
    }

    /// This machine's wall clock, for measuring it alone.
    #[must_use]
    pub fn wall_clock() -> Timestamp {
        Timestamp::from_epoch_ms(system_epoch_ms())
    }

    /// The time that everything goes by. It never goes back, except while it is unsettled.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_epoch_ms(match self {
            Self::System(clock) => clock.with(TrustedTime::now),
            Self::Manual(at) => at.load(Ordering::SeqCst),
        })
    }

    /// The best estimate of the true time: for what others measure too (codes of authenticator apps, the date of an
    /// email). It may go back.
    #[must_use]
    pub fn reference_time(&self) -> Timestamp {
        match self {
            Self::System(clock) => Timestamp::from_epoch_ms(
                clock.with(|trusted_time, mono| trusted_time.estimate.saturating_add(mono)),
            ),
            Self::Manual(_) => self.now(),
        }
    }

    /// False while it is not known whether the time is right: nothing may be deleted or dropped for its age.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match self {
            Self::System(clock) => clock.with(|trusted_time, _| trusted_time.unsettled_since.is_none()),
            Self::Manual(_) => true,
        }
    }

    /// What the mark may be raised to, if the time is settled.
    #[must_use]
    pub fn mark(&self) -> Option<Timestamp> {
        self.is_settled().then(|| self.now())
    }

    /// Compares with the reference and the mark; true when an unsettled time went back or settled, so that what was
    /// written meanwhile is to be looked at. Does nothing to a manual clock.
    pub fn compare(&self, reading: &Reading) -> bool {
        let Self::System(clock) = self else { return false };
        if reading.way() > VAGUE {
            return false;
        }
        let reference = reading.reference_ms();
        let mono = ms(reading.answered.saturating_duration_since(clock.started));
        let mut trusted_time = clock.trusted_time.lock().unwrap_or_else(PoisonError::into_inner);
        let was_unsettled = trusted_time.unsettled_since.is_some();
        let ahead_ms = reference.saturating_sub(trusted_time.now(mono));
        let event = trusted_time.compare(reference, reading.mark.map(Timestamp::epoch_ms), mono);
        drop(trusted_time);
        event.log(ahead_ms);
        if clock.is_shared {
            clock.tell_skew(self.wall_clock_ahead_ms());
        }
        was_unsettled && matches!(event, ClockEvent::Settled | ClockEvent::BegunAnew)
    }

    /// How far this machine's wall clock is ahead of [`Clock::now`], in milliseconds.
    #[must_use]
    pub fn wall_clock_ahead_ms(&self) -> i64 {
        match self {
            Self::System(_) => system_epoch_ms().saturating_sub(self.now().epoch_ms()),
            Self::Manual(_) => 0,
        }
    }

    /// True when the reference is the database's clock.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::System(clock) if clock.is_shared)
    }

    /// Sleeps until `at`. Returns at once on a manual clock.
    pub async fn wait_until(&self, at: Timestamp) {
        let Self::System(_) = self else { return };
        // More than once where the time stands still for a moment.
        while let Ok(ms @ 1..) = u64::try_from(at.ms_since(self.now())) {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }

    /// Moves a manual clock forward by `ms` milliseconds; does nothing to the system clock.
    pub fn advance_ms(&self, ms: i64) {
        if let Self::Manual(at) = self {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }
}

impl SystemClock {
    /// Logs once that this machine's clock differs from the one that all nodes share, and once that it does no more.
    fn tell_skew(&self, ahead_ms: i64) {
        let (is_skewed, seconds) = (ahead_ms.saturating_abs() > FOLLOWED_MS, ahead_ms / 1_000);
        if is_skewed != self.is_skew_told.swap(is_skewed, Ordering::SeqCst) {
            if is_skewed {
                tracing::warn!(
                    ahead_s = seconds,
                    "this machine's clock differs from the database's, which counts"
                );
            } else {
                tracing::info!("this machine's clock agrees with the database's again");
            }
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut TrustedTime, i64) -> T) -> T {
        let mut trusted_time = self.trusted_time.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that no two callers see it in another order.
        let mono = ms(self.started.elapsed());
        work(&mut trusted_time, mono)
    }
}

/// The rule itself, without any clock. All times are milliseconds; `mono` is the monotonic one.
#[derive(Clone, Debug)]
struct TrustedTime {
    /// `now` is this plus the monotonic time.
    base: i64,
    /// The reference, as far as it is believed, is this plus the monotonic time.
    estimate: i64,
    /// The latest time that was given: `now` stands still there while the sum is lower.
    given: i64,
    /// Since when the time is unsettled.
    unsettled_since: Option<i64>,
    /// A difference that is not followed.
    doubt: Option<Doubt>,
    /// The last comparison.
    compared_at: i64,
}

/// A reference that differs from what is believed.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    offset: i64,
    since: i64,
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClockEvent {
    /// The reference is where it is believed to be.
    Followed,
    /// The reference has jumped, and is not followed.
    Doubted,
    /// It still differs.
    Waiting,
    /// The difference lasted: the reference is believed.
    Believed,
    /// The time was not known before: this is another start.
    BegunAnew,
    /// An unsettled time went on evenly: it is believed.
    Settled,
}

impl ClockEvent {
    fn log(self, ahead_ms: i64) {
        let seconds = ahead_ms / 1_000;
        match self {
            Self::Followed | Self::Waiting => {}
            Self::Doubted => tracing::warn!(
                ahead_s = seconds,
                "the clock has jumped; it is not followed unless the difference lasts for ten minutes"
            ),
            Self::Believed => {
                tracing::warn!(ahead_s = seconds, "the clock's jump has lasted, and the clock is believed");
            }
            Self::BegunAnew => tracing::warn!("the clock was put right; the time starts again from it"),
            Self::Settled => tracing::info!("the time is settled; what is old is deleted from now on"),
        }
    }
}

impl TrustedTime {
    fn begin(reference: i64, mark: Option<i64>, mono: i64) -> Self {
        let begun = mark.map_or(reference, |mark| reference.max(mark));
        let is_far = mark.is_some_and(|mark| reference.saturating_sub(mark) > GAP_MS);
        Self {
            base: begun.saturating_sub(mono),
            estimate: reference.saturating_sub(mono),
            given: begun,
            unsettled_since: is_far.then_some(mono),
            doubt: None,
            compared_at: mono,
        }
    }

    fn now(&mut self, mono: i64) -> i64 {
        self.given = self.given.max(self.base.saturating_add(mono));
        self.given
    }

    fn compare(&mut self, reference: i64, mark: Option<i64>, mono: i64) -> ClockEvent {
        let now = self.now(mono);
        let is_even = is_near(reference.saturating_sub(mono), self.estimate);
        let event = if let Some(since) = self.unsettled_since {
            if !is_even {
                *self = Self::begin(reference, mark, mono);
                return ClockEvent::BegunAnew;
            }
            // Another node that shares the reference may know it already.
            let is_known = mark.is_some_and(|mark| reference.saturating_sub(mark) <= GAP_MS);
            if is_known || mono.saturating_sub(since) >= SETTLE_MS {
                self.unsettled_since = None;
                ClockEvent::Settled
            } else {
                ClockEvent::Followed
            }
        } else if is_even {
            ClockEvent::Followed
        } else if self.lead() > FOLLOWED_MS && reference.saturating_add(FOLLOWED_MS) >= now {
            // It was behind the mark, so it was wrong, and was put right.
            *self = Self::begin(reference, Some(now), mono);
            return ClockEvent::BegunAnew;
        } else {
            self.weigh(reference.saturating_sub(mono), mono)
        };
        if !matches!(event, ClockEvent::Doubted | ClockEvent::Waiting) {
            self.doubt = None;
            self.estimate = reference.saturating_sub(mono);
        }
        self.steer(mark, mono);
        event
    }

    /// What to think of a reference that is not where it is believed to be.
    fn weigh(&mut self, offset: i64, mono: i64) -> ClockEvent {
        match self.doubt {
            Some(doubt) if is_near(offset, doubt.offset) => {
                if mono.saturating_sub(doubt.since) < SETTLE_MS {
                    ClockEvent::Waiting
                } else {
                    ClockEvent::Believed
                }
            }
            _ => {
                self.doubt = Some(Doubt { offset, since: mono });
                ClockEvent::Doubted
            }
        }
    }

    /// Brings `now` nearer to the estimate, and not behind the mark.
    fn steer(&mut self, mark: Option<i64>, mono: i64) {
        let (now, lead) = (self.now(mono), self.lead());
        let elapsed = mono.saturating_sub(self.compared_at).max(0);
        self.compared_at = mono;
        let lost = if lead <= FOLLOWED_MS { lead } else { lead.min(elapsed / SLEW) };
        self.base = self.base.saturating_sub(lost);
        if let Some(mark) = mark.filter(|mark| *mark > now) {
            self.base = self.base.max(mark.saturating_sub(mono));
        }
    }

    /// How far `now` is ahead of the estimate, when it does not stand still.
    const fn lead(&self) -> i64 {
        self.base.saturating_sub(self.estimate)
    }
}

/// True when two offsets to the monotonic time differ by no more than is followed.
const fn is_near(offset: i64, other: i64) -> bool {
    offset.saturating_sub(other).saturating_abs() <= FOLLOWED_MS
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the only place that may read the system clock")]
fn system_epoch_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const START: i64 = 1_795_341_909_000;

    /// A running program: the reference differs by `off` from what an ideal clock shows.
    struct Run {
        trusted_time: TrustedTime,
        mono: i64,
        off: i64,
        mark: Option<i64>,
        events: Vec<ClockEvent>,
    }

    impl Run {
        fn begin(off: i64, mark: Option<i64>) -> Self {
            Self {
                trusted_time: TrustedTime::begin(START + off, mark, 0),
                mono: 0,
                off,
                mark,
                events: Vec::new(),
            }
        }

        /// Heartbeats for `time`, each of which raises the mark.
        fn go_on(&mut self, time: i64) {
            let until = self.mono + time;
            while self.mono < until {
                let before = self.now();
                self.mono += 15 * SECOND;
                let event = self.trusted_time.compare(START + self.mono + self.off, self.mark, self.mono);
                if !matches!(event, ClockEvent::Followed | ClockEvent::Waiting) {
                    self.events.push(event);
                }
                assert!(
                    self.now() >= before || event == ClockEvent::BegunAnew,
                    "back by {}",
                    before - self.now()
                );
                if self.trusted_time.unsettled_since.is_none() {
                    self.mark = self.mark.max(Some(self.now()));
                }
            }
        }

        fn now(&mut self) -> i64 {
            self.trusted_time.now(self.mono)
        }

        /// How far `now` is ahead of an ideal clock.
        fn ahead(&mut self) -> i64 {
            self.now() - START - self.mono
        }

        fn estimate_ahead(&self) -> i64 {
            self.trusted_time.estimate - START
        }

        fn is_settled(&self) -> bool {
            self.trusted_time.unsettled_since.is_none()
        }
    }

    #[test]
    fn a_manual_clock_moves_only_when_advanced() {
        let clock = Clock::manual(Timestamp::from_epoch_ms(1_000));
        assert_eq!(clock.now().epoch_ms(), 1_000);
        clock.clone().advance_ms(500);
        assert_eq!(clock.now().epoch_ms(), 1_500);
        assert!(clock.is_settled());
    }

    #[test]
    fn a_reference_that_steps_a_day_and_back_changes_nothing_and_is_told_once() {
        for step in [DAY, -DAY, 11 * MINUTE, -11 * MINUTE] {
            let mut run = Run::begin(0, Some(START));
            run.go_on(MINUTE);
            run.off = step;
            run.go_on(9 * MINUTE);
            assert_eq!((run.ahead(), run.estimate_ahead()), (0, 0));
            run.off = 0;
            run.go_on(MINUTE);
            assert_eq!(run.ahead(), 0);
            assert_eq!(run.events, [ClockEvent::Doubted]);
        }
    }

    #[test]
    fn a_difference_forward_that_lasts_ten_minutes_is_believed() {
        let mut run = Run::begin(0, Some(START));
        run.off = 8 * HOUR;
        run.go_on(9 * MINUTE);
        assert_eq!(run.ahead(), 0);
        run.go_on(2 * MINUTE);
        assert_eq!(run.ahead(), 8 * HOUR);
        assert_eq!(run.events, [ClockEvent::Doubted, ClockEvent::Believed]);
    }

    #[test]
    fn a_difference_backward_that_lasts_is_believed_by_authenticators_alone() {
        let mut run = Run::begin(0, Some(START));
        run.off = -11 * MINUTE;
        run.go_on(11 * MINUTE);
        assert_eq!(run.estimate_ahead(), -11 * MINUTE);
        let lead = run.ahead() + 11 * MINUTE;
        assert!((10 * MINUTE..=11 * MINUTE).contains(&lead), "{lead}");
        // It goes on, and loses its lead slowly.
        run.go_on(10 * MINUTE);
        assert!(run.ahead() + 11 * MINUTE < lead);
        run.go_on(6 * HOUR);
        assert_eq!(run.ahead(), -11 * MINUTE);
    }

    #[test]
    fn a_small_difference_is_followed_forward_at_once_and_backward_by_standing_still() {
        let mut run = Run::begin(0, Some(START));
        run.off = 4 * SECOND;
        run.go_on(15 * SECOND);
        assert_eq!(run.ahead(), 4 * SECOND);
        run.off = 0;
        run.go_on(15 * SECOND);
        assert_eq!(run.ahead(), 4 * SECOND);
        run.mono += 4 * SECOND;
        assert_eq!(run.ahead(), 0);
        assert_eq!(run.events, []);
    }

    #[test]
    fn a_start_with_a_clock_that_went_back_begins_at_the_mark() {
        let mut run = Run::begin(-DAY, Some(START));
        assert_eq!((run.ahead(), run.is_settled()), (0, true));
        assert_eq!(run.estimate_ahead(), -DAY);
        run.go_on(MINUTE);
        assert!((-2 * SECOND..=0).contains(&run.ahead()));
        // The clock is put right: no ten minutes are waited.
        run.off = 2 * MINUTE;
        run.go_on(15 * SECOND);
        assert_eq!((run.ahead(), run.is_settled()), (2 * MINUTE, true));
    }

    #[test]
    fn an_ordinary_restart_is_settled_at_once() {
        let mut run = Run::begin(0, Some(START - 4 * MINUTE));
        assert_eq!((run.ahead(), run.is_settled()), (0, true));
        assert!(Run::begin(100 * DAY, None).is_settled());
    }

    #[test]
    fn a_start_a_hundred_days_ahead_is_unsettled_and_raises_no_mark_for_ten_minutes() {
        let mut run = Run::begin(100 * DAY, Some(START));
        assert_eq!((run.ahead(), run.is_settled()), (100 * DAY, false));
        run.go_on(9 * MINUTE);
        assert_eq!((run.mark, run.is_settled()), (Some(START), false));
        run.go_on(2 * MINUTE);
        assert!(run.is_settled());
        assert_eq!(run.events, [ClockEvent::Settled]);
        assert!(run.mark > Some(START + 100 * DAY));
    }

    #[test]
    fn a_clock_put_right_while_unsettled_is_another_start() {
        let mut run = Run::begin(100 * DAY, Some(START));
        run.go_on(MINUTE);
        run.off = 0;
        run.go_on(15 * SECOND);
        assert_eq!((run.ahead(), run.is_settled()), (0, true));
        assert_eq!(run.events, [ClockEvent::BegunAnew]);
    }

    #[test]
    fn another_nodes_mark_is_followed_and_settles() {
        let mut run = Run::begin(0, Some(START));
        run.mark = Some(START + 3 * MINUTE);
        run.go_on(15 * SECOND);
        assert_eq!(run.ahead(), 3 * MINUTE - 15 * SECOND);

        let mut run = Run::begin(DAY, Some(START));
        run.mark = Some(START + DAY);
        run.go_on(15 * SECOND);
        assert!(run.is_settled());
    }

    #[test]
    fn half_of_the_way_belongs_to_the_answer() {
        let asked = Instant::now();
        let database = Some(Timestamp::from_epoch_ms(START));
        let reading = Reading { database, mark: None, asked, answered: asked + Duration::from_millis(80) };
        assert_eq!(reading.reference_ms(), START + 40);
    }
}
