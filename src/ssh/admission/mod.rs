//! Who is let to the handshake: caps in all and per source, random early drop, and penalties for
//! sources that misbehave. All of it is bounded memory; time and chance are parameters.
//!
//! The rules and the numbers are OpenSSH's `StartupLimits`, `PerSourceMaxStartups` and
//! `PerSourcePenalties` (`sshd_config(5)`), with a larger `StartupLimits`.

mod penalties;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

pub use penalties::{Offence, PenaltyRules};

use crate::domain::source::Source;
use penalties::Penalties;

/// How many may come at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Connections that have not authenticated.
    pub max_startups: StartupLimits,
    /// The same, from one source.
    pub per_source_max_startups: u32,
    /// Connections of any kind from one source.
    pub per_source_max: u32,
    /// Connections of any kind, in all.
    pub max_connections: u32,
    /// What misbehaving costs.
    pub penalties: PenaltyRules,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            max_startups: StartupLimits { begin: 64, percent: 30, full: 256 },
            per_source_max_startups: 8,
            per_source_max: 16,
            max_connections: 2_000,
            penalties: PenaltyRules::default(),
        }
    }
}

impl AdmissionLimits {
    /// For tests, benchmarks and demonstrations, where everybody is the same source.
    #[must_use]
    pub fn single_source() -> Self {
        Self {
            max_startups: StartupLimits { begin: 4_096, percent: 30, full: 8_192 },
            per_source_max_startups: 8_192,
            per_source_max: 16_384,
            max_connections: 16_384,
            penalties: PenaltyRules::off(),
        }
    }
}

/// Random early drop, `64:30:256`: from `begin` unauthenticated connections on a new one is refused
/// with a chance of `percent`, rising to certainty at `full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartupLimits {
    /// Below this nobody is refused.
    pub begin: u32,
    /// The chance to be refused at `begin`, in percent.
    pub percent: u32,
    /// From here on everybody is refused.
    pub full: u32,
}

impl StartupLimits {
    /// Whether a newcomer is refused while `startups` are under way; `entropy` is from 0 to 99.
    #[must_use]
    pub fn drops(self, startups: u32, entropy: u32) -> bool {
        if startups < self.begin {
            return false;
        }
        if startups >= self.full || self.percent >= 100 {
            return true;
        }
        let risen = (100 - self.percent) * (startups - self.begin) / (self.full - self.begin);
        entropy < self.percent + risen
    }
}

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The source has misbehaved.
    Penalised,
    /// The server has as many sessions as it can have.
    Full,
    /// The source has as many connections as it may have.
    SourceFull,
    /// The source has as many unauthenticated connections as it may have.
    SourceStartups,
    /// There are many unauthenticated connections; this one had no luck.
    Startups,
}

/// The table of who is here and who misbehaved.
#[derive(Debug)]
pub struct Admission {
    limits: AdmissionLimits,
    table: Mutex<AdmissionTable>,
}

#[derive(Debug, Default)]
struct AdmissionTable {
    all: u32,
    startups: u32,
    sources: HashMap<Source, SourceCount>,
    penalties: Penalties,
}

#[derive(Clone, Copy, Debug, Default)]
struct SourceCount {
    all: u32,
    startups: u32,
}

impl Admission {
    /// An empty table with these limits.
    #[must_use]
    pub fn new(limits: AdmissionLimits) -> Arc<Self> {
        Arc::new(Self { limits, table: Mutex::default() })
    }

    /// Lets `source` in at `now`, or says why not. `entropy` is a random number from 0 to 99.
    pub fn admit(self: &Arc<Self>, source: Source, now: Instant, entropy: u32) -> Result<Permit, Rejection> {
        let mut table = self.table();
        if table.penalties.bar(source, now) {
            return Err(Rejection::Penalised);
        }
        let here = table.sources.get(&source).copied().unwrap_or_default();
        if table.all >= self.limits.max_connections {
            return Err(Rejection::Full);
        }
        if here.all >= self.limits.per_source_max {
            return Err(Rejection::SourceFull);
        }
        if here.startups >= self.limits.per_source_max_startups {
            return Err(Rejection::SourceStartups);
        }
        if self.limits.max_startups.drops(table.startups, entropy) {
            return Err(Rejection::Startups);
        }
        table.all += 1;
        table.startups += 1;
        table.sources.insert(source, SourceCount { all: here.all + 1, startups: here.startups + 1 });
        drop(table);
        Ok(Permit { admission: Arc::clone(self), source, starting: true })
    }

    /// Notes that `source` misbehaved at `now`.
    pub fn penalise(&self, source: Source, offence: Offence, now: Instant) {
        self.table().penalties.add(source, offence, now, &self.limits.penalties);
    }

    /// How many connections are let in now, and how many of them have not authenticated.
    #[must_use]
    pub fn present(&self) -> (u32, u32) {
        let table = self.table();
        (table.all, table.startups)
    }

    fn table(&self) -> MutexGuard<'_, AdmissionTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One admitted connection's place in the table; dropping it frees the place.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    source: Source,
    starting: bool,
}

impl Permit {
    /// The connection has authenticated: it no longer counts as a startup.
    pub fn started(&mut self) {
        if std::mem::take(&mut self.starting) {
            self.leave(0);
        }
    }

    /// Whom the place is counted for.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// Takes one startup and `all` connections off the table.
    fn leave(&self, all: u32) {
        let startups = u32::from(all == 0 || self.starting);
        let mut table = self.admission.table();
        table.all -= all;
        table.startups -= startups;
        if let Some(count) = table.sources.get_mut(&self.source) {
            count.all -= all;
            count.startups -= startups;
            if count.all == 0 {
                table.sources.remove(&self.source);
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.leave(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn source(n: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)))
    }

    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_dropped_permit_frees_its_place() {
        let admission =
            Admission::new(AdmissionLimits { per_source_max_startups: 1, ..AdmissionLimits::default() });
        let permit = admission.admit(source(1), now(), 99).unwrap();
        assert_eq!(admission.admit(source(1), now(), 99).unwrap_err(), Rejection::SourceStartups);
        assert_eq!(admission.present(), (1, 1));
        drop(permit);
        assert_eq!(admission.present(), (0, 0));
        assert!(admission.table().sources.is_empty(), "a source that left takes no memory");
        admission.admit(source(1), now(), 99).unwrap();
    }

    #[test]
    fn one_source_gets_eight_startups_and_sixteen_connections() {
        let admission = Admission::new(AdmissionLimits::default());
        let mut permits = Vec::new();
        for _ in 0..2 {
            for _ in 0..8 {
                permits.push(admission.admit(source(1), now(), 99).unwrap());
            }
            assert!(admission.admit(source(1), now(), 99).is_err());
            permits.iter_mut().for_each(Permit::started);
        }
        assert_eq!(admission.admit(source(1), now(), 99).unwrap_err(), Rejection::SourceFull);
        assert_eq!(admission.present(), (16, 0));
        admission.admit(source(2), now(), 99).expect("others do not notice");
    }

    #[test]
    fn the_server_takes_no_more_than_it_can_hold() {
        let admission = Admission::new(AdmissionLimits { max_connections: 3, ..AdmissionLimits::default() });
        let permits: Vec<_> = (0..3).map(|n| admission.admit(source(n), now(), 99).unwrap()).collect();
        assert_eq!(admission.admit(source(9), now(), 99).unwrap_err(), Rejection::Full);
        drop(permits);
        admission.admit(source(9), now(), 99).unwrap();
    }

    #[test]
    fn early_drop_rises_from_a_chance_to_certainty() {
        let rule = AdmissionLimits::default().max_startups;
        let refused_of_100 = |startups| (0..100).filter(|entropy| rule.drops(startups, *entropy)).count();
        assert_eq!(refused_of_100(63), 0);
        assert_eq!(refused_of_100(64), 30);
        assert_eq!(refused_of_100(160), 65);
        assert_eq!(refused_of_100(255), 99);
        assert_eq!(refused_of_100(256), 100);
    }

    #[test]
    fn a_penalised_source_is_turned_away_and_others_are_not() {
        let admission = Admission::new(AdmissionLimits::default());
        let at = now();
        admission.penalise(source(1), Offence::Crash, at);
        assert_eq!(admission.admit(source(1), at, 99).unwrap_err(), Rejection::Penalised);
        admission.admit(source(2), at, 99).unwrap();
        admission.admit(source(1), at + std::time::Duration::from_secs(91), 99).unwrap();
    }
}
