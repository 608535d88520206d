//! How often a session may paint. Whoever resizes or types without pause costs the others on its thread a bounded
//! share: what comes in between is seen with the next frame, which shows the latest state.

use std::time::Duration;

use tokio::time::Instant;

/// Twenty frames a second: more than anybody types. After a pause a few follow each other at once, so that keys pressed
/// together are echoed as they are pressed.
const FRAMES: Rate = Rate { at_once: 4, every: Duration::from_millis(50) };

/// No second has more than ten sizes, each of which has the whole screen painted.
const SIZES: Rate = Rate { at_once: 5, every: Duration::from_millis(200) };

#[derive(Clone, Copy, Debug)]
struct Rate {
    /// How many may follow each other without a pause.
    at_once: u32,
    /// How long it takes until there may be one more.
    every: Duration,
}

/// The generic cell rate algorithm (ITU-T I.371): a bucket of `at_once` tokens that takes no timer to fill.
#[derive(Debug)]
struct TokenBucket {
    rate: Rate,
    /// When the bucket is full again.
    full_at: Instant,
}

impl TokenBucket {
    fn full(rate: Rate, now: Instant) -> Self {
        Self { rate, full_at: now }
    }

    /// When the next may be taken, if that is later than `now`.
    fn wait(&self, now: Instant) -> Option<Instant> {
        let ahead = self.rate.every * (self.rate.at_once - 1);
        self.full_at.checked_sub(ahead).filter(|due| *due > now)
    }

    fn take(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.rate.every;
    }
}

/// The pace of one session.
#[derive(Debug)]
pub(super) struct Pace {
    frames: TokenBucket,
    sizes: TokenBucket,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { frames: TokenBucket::full(FRAMES, now), sizes: TokenBucket::full(SIZES, now) }
    }

    /// When the next frame may be painted: `now` if it need not wait.
    pub(super) fn next_frame(&self, now: Instant) -> Instant {
        self.frames.wait(now).unwrap_or(now)
    }

    /// A frame is painted.
    pub(super) fn painted(&mut self, now: Instant) {
        self.frames.take(now);
    }

    /// Until when the next size has to wait; `None` if it need not.
    pub(super) fn size_waits(&self, now: Instant) -> Option<Instant> {
        self.sizes.wait(now)
    }

    /// A new size is taken over.
    pub(super) fn resized(&mut self, now: Instant) {
        self.sizes.take(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// When each of `count` frames may be painted if there is always something to paint.
    fn painted(pace: &mut Pace, from: Instant, count: usize) -> Vec<Duration> {
        let mut now = from;
        (0..count)
            .map(|_| {
                now = pace.next_frame(now);
                pace.painted(now);
                now - from
            })
            .collect()
    }

    /// The most of `times` that any second has.
    fn most_in_a_second(times: &[Duration]) -> usize {
        let within = |from: Duration| times.iter().filter(|t| **t >= from && **t < from + SECOND).count();
        times.iter().map(|from| within(*from)).max().unwrap_or_default()
    }

    #[test]
    fn a_frame_that_was_held_back_is_due_when_its_wait_has_ended_meanwhile() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        painted(&mut pace, start, 4);
        let due = pace.next_frame(start);
        assert!(due > start);
        assert_eq!(pace.next_frame(due), due);
        assert_eq!(pace.next_frame(due + SECOND), due + SECOND);
    }

    #[test]
    fn what_is_typed_is_painted_at_once() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(painted(&mut pace, start, 4), vec![Duration::ZERO; 4]);
        assert!(pace.next_frame(start) > start);
        for nth in 0..100 {
            let pressed = start + SECOND + Duration::from_millis(50) * nth;
            assert_eq!(pace.next_frame(pressed), pressed, "key {nth}");
            pace.painted(pressed);
        }
    }

    #[test]
    fn a_flood_is_painted_twenty_times_a_second_without_a_break() {
        let start = Instant::now();
        let times = painted(&mut Pace::new(start), start, 200);
        assert!(times.iter().filter(|time| **time < 5 * SECOND).count() <= 5 * 20 + 4);
        let after_the_first = times.iter().position(|time| *time >= SECOND).unwrap();
        assert_eq!(most_in_a_second(&times[after_the_first..]), 20);
        let longest = times.windows(2).map(|two| two[1].abs_diff(two[0])).max().unwrap();
        assert_eq!(longest, Duration::from_millis(50));
    }

    #[test]
    fn no_second_has_more_than_ten_sizes() {
        let start = Instant::now();
        let (mut pace, mut now) = (Pace::new(start), start);
        let mut times = Vec::new();
        for _ in 0..50 {
            now = pace.size_waits(now).unwrap_or(now);
            pace.resized(now);
            times.push(now - start);
        }
        assert!(most_in_a_second(&times) <= 10);
        // Five at once, and five a second.
        assert_eq!(times.iter().filter(|time| **time < 5 * SECOND).count(), 5 + 24);
    }

    #[test]
    fn a_long_pause_saves_up_no_more_than_a_few_frames() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        painted(&mut pace, start, 50);
        let later = start + SECOND * 3_600;
        let times = painted(&mut pace, later, 20);
        assert_eq!(times.iter().filter(|time| time.is_zero()).count(), 4);
    }
}
