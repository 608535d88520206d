//! Who waits for the hashing threads, whose turn is next, and when somebody whom they have no time for should come
//! back.
//!
//! Two classes wait apart, so that no number of strangers keeps the owner of an account out:
//!
//! | class | who | turns while both wait |
//! |---|---|---|
//! | known | sign-ins from known places, members, holders of a right reset or undo code | three of four, and first |
//! | unknown | everybody else, for names that somebody has and for names that nobody has | one of four |
//!
//! In the unknown class networks take [`FairTurns`], in the known class accounts do, and in each its networks: an account
//! with sessions in many networks is one. Where a class is full, the newest job of whoever has the most gives way to
//! somebody with fewer. Who shares an address with the owner (the same office, the same carrier's NAT) and asks
//! for the owner's name is in the known class too; every try there is counted against the account.
//!
//! Everybody who is refused gets a place of their own behind all others: told the same time, all would come back at
//! once, most would be refused again, and the threads would idle in between. The time is the caller's, counted from any
//! beginning that stays.

use std::time::Duration;

use crate::domain::fair_turns::FairTurns;
use crate::domain::requester::{Requester, Share};

/// The longest wait that is expected of anybody; who would wait longer is refused at once. A request may hash twice
/// and has six seconds.
const LONGEST_WAIT: Duration = Duration::from_millis(2_500);
/// The most jobs that wait in one class, however fast they are.
const MOST_WAITING: u32 = 1_024;
/// Turns of the known class before one of the unknown class, while both wait.
const KNOWN_IN_A_ROW: u32 = 3;
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

/// The jobs of one set of threads.
#[derive(Debug)]
pub(super) struct HashQueue<T> {
    threads: u32,
    /// Jobs that were taken and are not done.
    at_work: u32,
    known: HashClass<T>,
    unknown: HashClass<T>,
    /// Turns that the known class has had since the unknown class had one.
    known_in_a_row: u32,
    /// How long one hash takes lately.
    hash: Option<Duration>,
}

#[derive(Debug)]
struct HashClass<T> {
    turns: FairTurns<Share, T>,
    /// From when on the next who is refused would not be in the way of those who were before.
    free_from: Duration,
}

impl<T> HashClass<T> {
    const fn new(turns: FairTurns<Share, T>) -> Self {
        Self { turns, free_from: Duration::ZERO }
    }
}

impl<T> HashQueue<T> {
    pub(super) fn new(threads: u32) -> Self {
        let (known, unknown) = (HashClass::new(FairTurns::default()), HashClass::new(FairTurns::default()));
        Self { threads: threads.max(1), at_work: 0, known, unknown, known_in_a_row: 0, hash: None }
    }

    /// Whether a job of `requester` would be taken in, else the seconds after which to come back; `jitter` is at least
    /// 0 and less than 1.
    pub(super) fn check_room(&mut self, requester: Requester, now: Duration, jitter: f64) -> Result<(), i64> {
        let is_known = requester.is_known();
        if self.is_full(is_known) && self.class(is_known).turns.would_have_most(&requester.path()) {
            return Err(self.retry_after_s(requester, now, jitter));
        }
        Ok(())
    }

    /// Takes a job in, or gives the seconds after which to come back. Also gives the job that has to make room for it,
    /// if one has to.
    pub(super) fn push(
        &mut self,
        requester: Requester,
        job: T,
        now: Duration,
        jitter: f64,
    ) -> Result<Option<T>, i64> {
        self.check_room(requester, now, jitter)?;
        let makes_room = self.is_full(requester.is_known());
        let turns = &mut self.class_mut(requester.is_known()).turns;
        turns.push(&requester.path(), job);
        Ok(if makes_room { turns.shed() } else { None })
    }

    /// The job whose turn it is. Call [`done`](Self::done) after it.
    pub(super) fn pop(&mut self) -> Option<T> {
        let (known, unknown) = (self.known.turns.len(), self.unknown.turns.len());
        let is_known = known > 0 && (unknown == 0 || self.known_in_a_row < KNOWN_IN_A_ROW);
        let job = self.class_mut(is_known).turns.pop()?;
        self.known_in_a_row = if is_known { self.known_in_a_row.saturating_add(1) } else { 0 };
        self.at_work += 1;
        Some(job)
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> u32 {
        self.known.turns.len() + self.unknown.turns.len()
    }

    /// A job that was taken is done, or was given up without a measurement.
    pub(super) fn done(&mut self, took: Option<Duration>) {
        self.at_work = self.at_work.saturating_sub(1);
        if let Some(took) = took {
            let before = self.hash.unwrap_or(took);
            self.hash = Some(before.mul_f64(1.0 - WEIGHT) + took.mul_f64(WEIGHT));
        }
    }

    /// Gives somebody who is refused a place in their class, and the whole seconds until then: rounded up or down by
    /// `jitter`, so that it is right in the mean.
    pub(super) fn retry_after_s(&mut self, requester: Requester, now: Duration, jitter: f64) -> i64 {
        let is_known = requester.is_known();
        let (wait, pace) = (self.wait(is_known), self.pace(is_known));
        let class = self.class_mut(is_known);
        let turn = (now + wait).max(class.free_from);
        let after = if turn > now + LATEST {
            LATEST.mul_f64(f64::midpoint(1.0, jitter))
        } else {
            class.free_from = turn + pace / BOOKED_FOR_ONE;
            turn.saturating_sub(now + AHEAD) + Duration::from_secs_f64(jitter)
        };
        i64::try_from(after.as_secs()).unwrap_or(i64::MAX).max(1)
    }

    fn class(&self, is_known: bool) -> &HashClass<T> {
        if is_known { &self.known } else { &self.unknown }
    }

    fn class_mut(&mut self, is_known: bool) -> &mut HashClass<T> {
        if is_known { &mut self.known } else { &mut self.unknown }
    }

    fn is_full(&self, is_known: bool) -> bool {
        self.class(is_known).turns.len() >= MOST_WAITING || self.wait(is_known) > LONGEST_WAIT
    }

    /// The time between two jobs that get done.
    fn interval(&self) -> Duration {
        self.hash.unwrap_or(ASSUMED) / self.threads
    }

    /// The same, of one class, if those of the other that wait go on to do so.
    fn pace(&self, is_known: bool) -> Duration {
        match (is_known, self.class(!is_known).turns.len()) {
            (_, 0) => self.interval(),
            (true, _) => self.interval() * (KNOWN_IN_A_ROW + 1) / KNOWN_IN_A_ROW,
            (false, _) => self.interval() * (KNOWN_IN_A_ROW + 1),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> u32 {
        self.known.turns.len() + self.unknown.turns.len()
    }

    #[cfg(test)]
    pub(super) fn has_measured(&self) -> bool {
        self.hash.is_some()
    }

    /// How long one more job of a class would wait for a thread.
    fn wait(&self, is_known: bool) -> Duration {
        let (own, others) = (self.class(is_known).turns.len(), self.class(!is_known).turns.len());
        let before_it = if is_known { own / KNOWN_IN_A_ROW } else { (own + 1) * KNOWN_IN_A_ROW };
        let before = self.at_work + own + others.min(before_it);
        self.interval() * (before + 1).saturating_sub(self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Source;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use std::collections::BTreeMap;
    use std::net::{IpAddr, Ipv4Addr};

    const HASH: Duration = Duration::from_millis(70);

    /// Somebody in a network of their own.
    fn stranger(number: u32) -> Requester {
        Requester::unknown(Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + 256 * number))))
    }

    /// The same, at a place that the account knows.
    fn owner(number: u32) -> Requester {
        Requester::known(&format!("owner {number}"), stranger(number).source())
    }

    /// What happens at a moment of a simulated run.
    enum Event {
        /// Somebody comes, for the first time or again.
        Comes(Requester),
        /// A thread is done.
        Done,
    }

    /// `people` come within `within` and come back as told, each a little later than told. Gives the jobs done in a
    /// second, and the most that one person was refused on the average.
    /// A hash was measured as `measured` before.
    fn simulate(people: u32, within: Duration, threads: u32, measured: Duration, seed: u64) -> (f64, f64) {
        let (mut rng, mut queue) = (StdRng::seed_from_u64(seed), HashQueue::new(threads));
        queue.done(Some(measured));
        let (mut events, mut number) = (BTreeMap::new(), 0_u32);
        let mut add = |events: &mut BTreeMap<(Duration, u32), Event>, at: Duration, event: Event| {
            number += 1;
            events.insert((at, number), event);
        };
        for person in 0..people {
            add(&mut events, within.mul_f64(rng.random()), Event::Comes(stranger(person)));
        }
        let (mut idle, mut refused, mut end) = (threads, 0_u32, Duration::ZERO);
        while let Some(((now, _), event)) = events.pop_first() {
            match event {
                Event::Comes(person) => match queue.push(person, (), now, rng.random()) {
                    Ok(made_room) => assert!(made_room.is_none(), "nobody has more than one"),
                    Err(seconds) => {
                        refused += 1;
                        let late = Duration::from_millis(rng.random_range(20..300));
                        let after = Duration::from_secs(u64::try_from(seconds).unwrap());
                        add(&mut events, now + after + late, Event::Comes(person));
                    }
                },
                Event::Done => {
                    queue.done(Some(HASH));
                    (idle, end) = (idle + 1, now);
                }
            }
            while idle > 0 && queue.pop().is_some() {
                idle -= 1;
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

    /// A queue whose threads are taken, and that strangers wait in for as long as anybody may.
    fn full() -> HashQueue<u32> {
        let mut queue = HashQueue::new(2);
        queue.done(Some(Duration::from_millis(200)));
        let mut number = 0;
        while queue.push(stranger(number), number, Duration::ZERO, 0.0).is_ok() {
            number += 1;
            if number <= 2 {
                queue.pop().unwrap();
            }
        }
        queue
    }

    #[test]
    fn the_seconds_grow_with_the_queue_and_nobody_is_told_more_than_the_latest() {
        let mut queue = full();
        let told: Vec<i64> =
            (0..5_000).map(|_| queue.retry_after_s(stranger(99), Duration::ZERO, 0.5)).collect();
        assert!(told[0] <= 3, "{}", told[0]);
        assert!(told[200] > told[100] && told[100] > told[0], "{told:?}");
        assert!(told.iter().all(|told| (1..=21).contains(told)));
        assert_eq!(
            queue.retry_after_s(owner(99), Duration::ZERO, 0.5),
            1,
            "strangers take no time of owners"
        );
    }

    #[test]
    fn once_those_who_were_told_have_had_their_time_nobody_waits_for_them() {
        let mut queue = full();
        let told = (0..500).map(|_| queue.retry_after_s(stranger(99), Duration::ZERO, 0.5)).last().unwrap();
        assert!(told > 3, "{told}");
        assert!(queue.retry_after_s(stranger(99), Duration::from_secs(100), 0.5) <= 3);
    }

    #[test]
    fn what_is_given_up_makes_room() {
        let mut queue = full();
        assert!(queue.push(stranger(99), 99, Duration::ZERO, 0.0).is_err());
        for _ in 0..10 {
            queue.pop().unwrap();
            queue.done(None);
        }
        assert_eq!(queue.push(stranger(99), 99, Duration::ZERO, 0.0), Ok(None));
    }

    #[test]
    fn an_owner_goes_before_all_strangers_who_wait() {
        let mut queue = full();
        assert_eq!(queue.push(owner(99), 99, Duration::ZERO, 0.0), Ok(None));
        assert_eq!(queue.pop(), Some(99));
    }

    #[test]
    fn while_both_wait_one_turn_of_four_is_a_stranger_s() {
        let mut queue = full();
        for number in 0..12 {
            queue.push(owner(number), 1_000 + number, Duration::ZERO, 0.0).unwrap();
        }
        let turns: Vec<bool> = (0..16).map(|_| queue.pop().unwrap() >= 1_000).collect();
        assert_eq!(turns, [true, true, true, false].repeat(4));
    }

    #[test]
    fn in_a_full_queue_the_network_with_the_most_makes_room_for_one_with_fewer() {
        let mut queue = HashQueue::new(1);
        let (busy, other) = (stranger(0), stranger(1));
        let mut number = 0;
        while queue.push(busy, number, Duration::ZERO, 0.0).is_ok() {
            number += 1;
        }
        assert_eq!(queue.push(other, 1_000, Duration::ZERO, 0.0), Ok(Some(number - 1)));
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some(0), Some(1_000), Some(1)));
    }

    #[test]
    fn an_account_in_many_networks_makes_room_for_another_account_in_one() {
        let mut queue = HashQueue::new(1);
        let mut number = 0;
        while queue
            .push(Requester::known("eve", stranger(number).source()), number, Duration::ZERO, 0.0)
            .is_ok()
        {
            number += 1;
        }
        assert!(number > 20, "{number}");
        assert_eq!(queue.push(owner(0), 1_000, Duration::ZERO, 0.0), Ok(Some(number - 1)));
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some(0), Some(1_000), Some(1)));
    }

    #[test]
    fn what_strangers_are_told_counts_the_turns_of_owners() {
        let mut queue = full();
        let before = queue.wait(false);
        for number in 0..6 {
            queue.push(owner(number), number, Duration::ZERO, 0.0).unwrap();
        }
        assert_eq!(queue.wait(false), before + Duration::from_millis(600));
    }
}
