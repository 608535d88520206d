//! OpenSSH's `PerSourcePenalties`: each offence costs seconds that add up, and a source with enough of them is
//! refused until they have passed.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::penalty_rules::PenaltyRules;
use crate::domain::source::Source;

/// What a source is penalised for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// Tried to authenticate by more than keys and never succeeded.
    AuthFailed,
    /// Left without trying to authenticate, or with keys alone that nobody has registered: as every `BatchMode` of an
    /// office does whose keys are not registered yet.
    NoAuth,
    /// Had not authenticated when the time for it was over, or when somebody else needed the place.
    GraceExceeded,
    /// Sent what no client sends, or made the server fail.
    Crash,
}

/// What `offence` costs.
fn cost(rules: &PenaltyRules, offence: Offence) -> Duration {
    match offence {
        Offence::AuthFailed => rules.auth_failed,
        Offence::NoAuth => rules.no_auth,
        Offence::GraceExceeded => rules.grace_exceeded,
        Offence::Crash => rules.crash,
    }
}

/// Until when each source has a penalty. A source is in both collections or in neither.
#[derive(Debug, Default)]
pub(super) struct Penalties {
    sources: HashMap<Source, Penalty>,
    by_end: BTreeSet<(Instant, Source)>,
}

#[derive(Clone, Copy, Debug)]
struct Penalty {
    until: Instant,
    /// Once refused, a source stays refused until the end, as in OpenSSH.
    refused: bool,
}

impl Penalties {
    /// Whether `source` is refused at `now`.
    pub(super) fn is_refused(&mut self, source: Source, now: Instant) -> bool {
        self.forget_past(now);
        self.sources.get(&source).is_some_and(|penalty| penalty.refused)
    }

    /// Adds what `offence` costs.
    pub(super) fn add(&mut self, source: Source, offence: Offence, now: Instant, rules: &PenaltyRules) {
        self.forget_past(now);
        if rules.max_sources == 0 {
            return;
        }
        let old = self.sources.get(&source).copied();
        if let Some(old) = old {
            self.by_end.remove(&(old.until, source));
        } else if self.sources.len() >= rules.max_sources {
            self.forget_first();
        }
        let from = old.map_or(now, |old| old.until.max(now));
        let until = (from + cost(rules, offence)).min(now + rules.max);
        let refused = old.is_some_and(|old| old.refused) || until >= now + rules.min;
        self.by_end.insert((until, source));
        self.sources.insert(source, Penalty { until, refused });
    }

    fn forget_past(&mut self, now: Instant) {
        while self.by_end.first().is_some_and(|(until, _)| *until <= now) {
            self.forget_first();
        }
    }

    /// Forgets the source whose penalty ends first; a full table makes room like this.
    fn forget_first(&mut self) {
        if let Some((_, source)) = self.by_end.pop_first() {
            self.sources.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn source(n: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)))
    }

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn small_offences_add_up_and_pass() {
        let (mut penalties, rules, start) = (Penalties::default(), PenaltyRules::default(), Instant::now());
        penalties.add(source(1), Offence::AuthFailed, start, &rules);
        penalties.add(source(1), Offence::AuthFailed, start, &rules);
        assert!(!penalties.is_refused(source(1), start));
        penalties.add(source(1), Offence::AuthFailed, start, &rules);
        assert!(penalties.is_refused(source(1), start));
        assert!(penalties.is_refused(source(1), after(start, 14)));
        assert!(!penalties.is_refused(source(1), after(start, 15)));
        assert!(penalties.sources.is_empty() && penalties.by_end.is_empty());
    }

    #[test]
    fn rare_offences_never_add_up() {
        let (mut penalties, rules, start) = (Penalties::default(), PenaltyRules::default(), Instant::now());
        for minute in 0..100 {
            let at = after(start, minute * 60);
            penalties.add(source(1), Offence::GraceExceeded, at, &rules);
            assert!(!penalties.is_refused(source(1), at));
        }
    }

    #[test]
    fn nobody_waits_longer_than_ten_minutes() {
        let (mut penalties, rules, start) = (Penalties::default(), PenaltyRules::default(), Instant::now());
        for _ in 0..1_000 {
            penalties.add(source(1), Offence::Crash, start, &rules);
        }
        assert!(penalties.is_refused(source(1), after(start, 599)));
        assert!(!penalties.is_refused(source(1), after(start, 600)));
    }

    #[test]
    fn the_table_is_bounded_and_keeps_the_worst() {
        let (mut penalties, start) = (Penalties::default(), Instant::now());
        let rules = PenaltyRules { max_sources: 100, ..PenaltyRules::default() };
        penalties.add(source(0), Offence::Crash, start, &rules);
        for n in 1..10_000 {
            penalties.add(source(n), Offence::NoAuth, start, &rules);
        }
        assert_eq!((penalties.sources.len(), penalties.by_end.len()), (100, 100));
        assert!(penalties.is_refused(source(0), start));
    }

    #[test]
    fn switched_off_nothing_costs_anything() {
        let (mut penalties, start) = (Penalties::default(), Instant::now());
        penalties.add(source(1), Offence::Crash, start, &PenaltyRules::off());
        assert!(!penalties.is_refused(source(1), start));
    }
}
