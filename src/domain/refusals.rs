//! What was refused lately, so that asking again at once costs nothing. It only repeats what was decided, until that is
//! to be looked at again: at the moment that the refusal named, and at the latest after [`REMEMBERED_MS`], because a sign-in
//! or a reset at another node may have made room. Nothing is in it that would be missed: a refusal that is forgotten, or
//! for which there is no room, is decided anew.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::source::Source;
use super::throttle::Limit;
use super::timestamp::Timestamp;

/// How long a refusal is repeated at most, in milliseconds.
pub const REMEMBERED_MS: i64 = 30_000;
/// The most sources with something in a table.
pub const MOST_SOURCES: usize = 16_384;
/// The most entries of one source: what else it is refused is decided each time.
const MOST_OF_A_SOURCE: usize = 8;
/// How often a full table is looked through for what is over, in milliseconds.
const SWEEP_MS: i64 = 1_000;

/// Moments of sources, each under a word; bounded, and gone when they are over.
#[derive(Debug)]
struct Moments {
    hasher: RandomState,
    sources: HashMap<Source, Vec<Moment>>,
    swept_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    word: u64,
    noted_at: Timestamp,
    until: Timestamp,
    value: Timestamp,
}

impl Moment {
    /// Also over where the time went back: then it is not known what `until` meant.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until || now < self.noted_at
    }
}

impl Default for Moments {
    fn default() -> Self {
        Self { hasher: RandomState::new(), sources: HashMap::new(), swept_at: None }
    }
}

impl Moments {
    fn get(&self, source: Source, word: &str, now: Timestamp) -> Option<Timestamp> {
        let word = self.hasher.hash_one(word);
        let found = self.sources.get(&source)?.iter().find(|moment| moment.word == word)?;
        (!found.is_over(now)).then_some(found.value)
    }

    /// Keeps `value` until a moment, if there is room.
    fn set(&mut self, source: Source, word: &str, (value, until): (Timestamp, Timestamp), now: Timestamp) {
        if until <= now || !self.has_room(source, now) {
            return;
        }
        let word = self.hasher.hash_one(word);
        let moments = self.sources.entry(source).or_default();
        moments.retain(|moment| moment.word != word && !moment.is_over(now));
        if moments.len() < MOST_OF_A_SOURCE {
            moments.push(Moment { word, noted_at: now, until, value });
        }
    }

    fn has_room(&mut self, source: Source, now: Timestamp) -> bool {
        if self.sources.len() < MOST_SOURCES || self.sources.contains_key(&source) {
            return true;
        }
        if self.swept_at.is_none_or(|at| !(0..SWEEP_MS).contains(&now.ms_since(at))) {
            self.swept_at = Some(now);
            self.sources.retain(|_, moments| {
                moments.retain(|moment| !moment.is_over(now));
                !moments.is_empty()
            });
        }
        self.sources.len() < MOST_SOURCES
    }
}

/// Refusals of sources that the store has decided.
#[derive(Debug, Default)]
pub struct Refusals(Moments);

impl Refusals {
    /// When there is room again in `bucket`, if it is known that there is none now.
    #[must_use]
    pub fn until(&self, source: Source, bucket: &str, now: Timestamp) -> Option<Timestamp> {
        self.0.get(source, bucket, now)
    }

    /// The store said that `bucket` has no room before `at`.
    pub fn remember(&mut self, source: Source, bucket: &str, at: Timestamp, now: Timestamp) {
        self.0.set(source, bucket, (at, at.min(now.plus_ms(REMEMBERED_MS))), now);
    }

    /// Somebody has signed in there: it may have more room now.
    pub fn forget(&mut self, source: Source) {
        self.0.sources.remove(&source);
    }
}

/// How often each source may look something up that only reads: counted here and not in the store, so that it takes no
/// lock there. Each node counts by itself.
#[derive(Debug, Default)]
pub struct Lookups(Moments);

impl Lookups {
    /// Counts one by the generic cell rate algorithm; else the moment from which there is room again.
    pub fn reserve(&mut self, source: Source, limit: Limit, now: Timestamp) -> Result<(), Timestamp> {
        let step = limit.window_ms / limit.count.max(1);
        let begins = self.0.get(source, "", now).map_or(now, |next| next.max(now));
        let free_at = begins.plus_ms(step - limit.window_ms);
        if free_at > now {
            return Err(free_at);
        }
        let next = begins.plus_ms(step);
        self.0.set(source, "", (next, next), now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn source(number: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(number)))
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_epoch_ms(1_000_000 + ms)
    }

    #[test]
    fn a_refusal_is_repeated_until_its_moment_and_for_half_a_minute_at_most() {
        let mut refusals = Refusals::default();
        refusals.remember(source(1), "soon", at(5_000), at(0));
        refusals.remember(source(1), "late", at(3_600_000), at(0));
        assert_eq!(refusals.until(source(1), "soon", at(4_999)), Some(at(5_000)));
        assert_eq!(refusals.until(source(1), "soon", at(5_000)), None);
        assert_eq!(refusals.until(source(1), "late", at(29_999)), Some(at(3_600_000)));
        assert_eq!(refusals.until(source(1), "late", at(30_000)), None);
        assert_eq!(refusals.until(source(2), "soon", at(0)), None);
        assert_eq!(refusals.until(source(1), "another", at(0)), None);
    }

    #[test]
    fn what_was_noted_in_the_future_is_not_repeated() {
        let mut refusals = Refusals::default();
        refusals.remember(source(1), "tries", at(20_000), at(10_000));
        assert_eq!(refusals.until(source(1), "tries", at(9_999)), None);
    }

    #[test]
    fn a_sign_in_makes_all_refusals_of_its_source_be_decided_anew() {
        let mut refusals = Refusals::default();
        for (source, bucket) in [(source(1), "tries"), (source(1), "requests"), (source(2), "tries")] {
            refusals.remember(source, bucket, at(20_000), at(0));
        }
        refusals.forget(source(1));
        assert_eq!(refusals.until(source(1), "tries", at(1)), None);
        assert_eq!(refusals.until(source(1), "requests", at(1)), None);
        assert_eq!(refusals.until(source(2), "tries", at(1)), Some(at(20_000)));
    }

    #[test]
    fn a_table_is_bounded_and_makes_room_when_something_is_over() {
        let mut refusals = Refusals::default();
        let most = u32::try_from(MOST_SOURCES).unwrap();
        for number in 0..most + 10 {
            refusals.remember(source(number), "tries", at(20_000), at(0));
        }
        assert_eq!(refusals.0.sources.len(), MOST_SOURCES);
        assert_eq!(refusals.until(source(most), "tries", at(1)), None);
        refusals.remember(source(most), "tries", at(50_000), at(20_000));
        assert_eq!(refusals.until(source(most), "tries", at(20_001)), Some(at(50_000)));
        for number in 0..100 {
            refusals.remember(source(most), &number.to_string(), at(50_000), at(20_000));
        }
        assert_eq!(refusals.0.sources[&source(most)].len(), MOST_OF_A_SOURCE);
    }

    #[test]
    fn lookups_are_counted_as_the_store_would() {
        let (mut lookups, limit) = (Lookups::default(), Limit { count: 60, window_ms: 60_000 });
        for _ in 0..60 {
            lookups.reserve(source(1), limit, at(0)).unwrap();
        }
        assert_eq!(lookups.reserve(source(1), limit, at(0)), Err(at(1_000)));
        assert_eq!(lookups.reserve(source(2), limit, at(0)), Ok(()));
        assert_eq!(lookups.reserve(source(1), limit, at(1_000)), Ok(()));
        assert_eq!(lookups.reserve(source(1), limit, at(1_000)), Err(at(2_000)));
        assert_eq!(lookups.reserve(source(1), limit, at(600_000)), Ok(()));
    }
}
