//! How much the hashing threads have to do, and when somebody whom they have no time for should come back.
//!
//! Everybody who is refused gets a place of their own behind all others: told the same time, all would come back at once,
//! most would be refused again, and the threads would idle in between. The time is the caller's, counted from any
//! beginning that stays.

use std::time::Duration;

/// The longest wait that is expected of anybody; who would wait longer is refused at once. A request may hash twice
/// and has six seconds.
const LONGEST_WAIT: Duration = Duration::from_millis(2_500);
/// How much earlier than their turn people are told to come, so that the threads always find work.
const AHEAD: Duration = Duration::from_secs(1);
/// How many people get the time of one: some never come back, and a hash measured in a burst takes less after it.
const BOOKED_FOR_ONE: u32 = 2;
/// The latest that anybody is told to come back; nobody knows the load any later.
const LATEST: Duration = Duration::from_secs(20);
/// How long a hash takes, before one was measured.
const ASSUMED: Duration = Duration::from_millis(20);
/// How much of the mean one more measurement makes up.
const WEIGHT: f64 = 1.0 / 8.0;

/// The load of one set of threads.
#[derive(Debug)]
pub(super) struct HashLoad {
    threads: u32,
    /// Jobs that wait or are at work.
    jobs: u32,
    /// How long one hash takes lately.
    hash: Option<Duration>,
    /// From when on the next who is refused would not be in the way of those who were before.
    free_from: Duration,
}

impl HashLoad {
    pub(super) fn new(threads: u32) -> Self {
        Self { threads: threads.max(1), jobs: 0, hash: None, free_from: Duration::ZERO }
    }

    /// Takes a job in, or gives the seconds after which to come back; `jitter` is at least 0 and less than 1.
    pub(super) fn admit(&mut self, now: Duration, jitter: f64) -> Result<(), i64> {
        if self.wait() > LONGEST_WAIT {
            return Err(self.retry_after_s(now, jitter));
        }
        self.jobs += 1;
        Ok(())
    }

    /// A job that was taken in is done, or was given up without a measurement.
    pub(super) fn leave(&mut self, took: Option<Duration>) {
        self.jobs = self.jobs.saturating_sub(1);
        if let Some(took) = took {
            let before = self.hash.unwrap_or(took);
            self.hash = Some(before.mul_f64(1.0 - WEIGHT) + took.mul_f64(WEIGHT));
        }
    }

    /// Gives somebody who is refused a place, and the whole seconds until then: rounded up or down by `jitter`, so that
    /// it is right in the mean.
    pub(super) fn retry_after_s(&mut self, now: Duration, jitter: f64) -> i64 {
        let turn = (now + self.wait()).max(self.free_from);
        let after = if turn > now + LATEST {
            LATEST.mul_f64(f64::midpoint(1.0, jitter))
        } else {
            self.free_from = turn + self.interval() / BOOKED_FOR_ONE;
            turn.saturating_sub(now + AHEAD) + Duration::from_secs_f64(jitter)
        };
        i64::try_from(after.as_secs()).unwrap_or(i64::MAX).max(1)
    }

    /// The time between two jobs that get done.
    fn interval(&self) -> Duration {
        self.hash.unwrap_or(ASSUMED) / self.threads
    }

    /// How long one more job would wait for a thread.
    fn wait(&self) -> Duration {
        self.interval() * (self.jobs + 1).saturating_sub(self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use std::collections::BTreeMap;

    const HASH: Duration = Duration::from_millis(70);

    /// What happens at a moment of a simulated run.
    enum Event {
        /// Somebody comes, for the first time or again.
        Comes,
        /// A thread is done.
        Done,
    }

    /// `people` come within `within` and come back as told, each a little later than told. Gives the jobs done in a
    /// second, and the most that one person was refused on the average.
    /// A hash was measured as `measured` before.
    fn simulate(people: u32, within: Duration, threads: u32, measured: Duration, seed: u64) -> (f64, f64) {
        let (mut rng, mut load) = (StdRng::seed_from_u64(seed), HashLoad::new(threads));
        load.leave(Some(measured));
        let (mut events, mut number) = (BTreeMap::new(), 0_u32);
        let mut add = |events: &mut BTreeMap<(Duration, u32), Event>, at: Duration, event: Event| {
            number += 1;
            events.insert((at, number), event);
        };
        for _ in 0..people {
            add(&mut events, within.mul_f64(rng.random()), Event::Comes);
        }
        let (mut idle, mut waiting, mut refused, mut end) = (threads, 0_u32, 0_u32, Duration::ZERO);
        while let Some(((now, _), event)) = events.pop_first() {
            match event {
                Event::Comes => match load.admit(now, rng.random()) {
                    Ok(()) => waiting += 1,
                    Err(seconds) => {
                        refused += 1;
                        let late = Duration::from_millis(rng.random_range(20..300));
                        let after = Duration::from_secs(u64::try_from(seconds).unwrap());
                        add(&mut events, now + after + late, Event::Comes);
                    }
                },
                Event::Done => {
                    load.leave(Some(HASH));
                    (idle, end) = (idle + 1, now);
                }
            }
            while idle > 0 && waiting > 0 {
                (idle, waiting) = (idle - 1, waiting - 1);
                add(&mut events, now + HASH, Event::Done);
            }
        }
        (f64::from(people) / end.as_secs_f64(), f64::from(refused) / f64::from(people))
    }

    #[test]
    fn who_comes_back_as_told_finds_a_thread_and_no_thread_idles() {
        for (people, threads) in [(300, 2), (300, 1), (1_000, 2), (2_000, 8)] {
            for seed in 0..5 {
                for (within, measured) in [(0, HASH), (1, HASH), (0, HASH * 2), (0, HASH / 2)] {
                    let within = Duration::from_secs(within);
                    let possible = f64::from(threads) / HASH.as_secs_f64();
                    let (reached, refusals) = simulate(people, within, threads, measured, seed);
                    let told =
                        format!("{people} people, {threads} threads: {reached:.1} of {possible:.1} a second");
                    assert!(reached >= 0.9 * possible, "{told}");
                    assert!(refusals < 5.0, "{told}, each refused {refusals:.1} times");
                    println!("{told}, each refused {refusals:.2} times");
                }
            }
        }
    }

    /// A load whose threads are taken for as long as anybody may wait.
    fn full() -> HashLoad {
        let mut load = HashLoad::new(2);
        load.leave(Some(Duration::from_millis(200)));
        while load.admit(Duration::ZERO, 0.0).is_ok() {}
        load
    }

    #[test]
    fn the_seconds_grow_with_the_queue_and_nobody_is_told_more_than_the_latest() {
        let mut load = full();
        let told: Vec<i64> = (0..5_000).map(|_| load.retry_after_s(Duration::ZERO, 0.5)).collect();
        assert!(told[0] <= 3, "{}", told[0]);
        assert!(told[200] > told[100] && told[100] > told[0], "{told:?}");
        assert!(told.iter().all(|told| (1..=21).contains(told)));
    }

    #[test]
    fn once_those_who_were_told_have_had_their_time_nobody_waits_for_them() {
        let mut load = full();
        let told = (0..500).map(|_| load.retry_after_s(Duration::ZERO, 0.5)).last().unwrap();
        assert!(told > 3, "{told}");
        assert!(load.retry_after_s(Duration::from_secs(100), 0.5) <= 3);
    }

    #[test]
    fn what_is_given_up_makes_room() {
        let mut load = full();
        assert!(load.admit(Duration::ZERO, 0.0).is_err());
        for _ in 0..10 {
            load.leave(None);
        }
        assert!(load.admit(Duration::ZERO, 0.0).is_ok());
    }
}
