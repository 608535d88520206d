//! Which connections may begin the handshake: caps in all and per source, random early drop, and penalties for
//! sources that misbehave. Memory is bounded; time and entropy are parameters.
//!
//! The rules and the numbers are OpenSSH's `MaxStartups`, `PerSourceMaxStartups` and
//! `PerSourcePenalties` (`sshd_config(5)`), with a larger `MaxStartups`.

mod penalties;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strum::IntoStaticStr;
use tokio::time::Instant;

pub use penalties::{Offence, PenaltyRules};

use crate::domain::max_startups::MaxStartups;
use crate::domain::source::Source;
use crate::domain::trusted_networks::TrustedNetworks;
use penalties::Penalties;

/// How many connections there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Connections that have not authenticated.
    pub max_startups: MaxStartups,
    /// The same, from one source.
    pub per_source_max_startups: u32,
    /// Connections of any kind from one source.
    pub per_source_max: u32,
    /// Connections of any kind, in all.
    pub max_connections: u32,
    /// What misbehaving costs.
    pub penalties: PenaltyRules,
    /// Where neither what counts by source nor the penalties apply.
    pub trusted_networks: TrustedNetworks,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            max_startups: MaxStartups { begin: 64, percent: 30, full: 256 },
            per_source_max_startups: 8,
            per_source_max: 16,
            max_connections: 2_000,
            penalties: PenaltyRules::default(),
            trusted_networks: TrustedNetworks::default(),
        }
    }
}

impl AdmissionLimits {
    /// For tests and benchmarks, where every connection has the same source.
    #[must_use]
    pub fn single_source() -> Self {
        Self {
            max_startups: MaxStartups { begin: 4_096, percent: 30, full: 8_192 },
            per_source_max_startups: 8_192,
            per_source_max: 16_384,
            max_connections: 16_384,
            penalties: PenaltyRules::off(),
            trusted_networks: TrustedNetworks::default(),
        }
    }
}

/// Why a connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Rejection {
    /// The source has to wait for its penalties to pass.
    Penalised,
    /// The server has as many sessions as it can have.
    Full,
    /// The source has as many connections as it may have.
    SourceFull,
    /// The source has as many unauthenticated connections as it may have.
    SourceStartups,
    /// Random early drop.
    Startups,
}

/// The table of connections and penalties.
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

    /// Admits a connection from `source` at `now`. `entropy` is a random number from 0 to 99.
    pub fn admit(self: &Arc<Self>, source: Source, now: Instant, entropy: u32) -> Result<Permit, Rejection> {
        let mut table = self.table();
        if table.penalties.bar(source, now) {
            return Err(Rejection::Penalised);
        }
        let count = table.sources.get(&source).copied().unwrap_or_default();
        if table.all >= self.limits.max_connections {
            return Err(Rejection::Full);
        }
        let is_trusted = self.limits.trusted_networks.contain(source);
        if count.all >= self.limits.per_source_max && !is_trusted {
            return Err(Rejection::SourceFull);
        }
        if count.startups >= self.limits.per_source_max_startups && !is_trusted {
            return Err(Rejection::SourceStartups);
        }
        if self.limits.max_startups.drops(table.startups, entropy) {
            return Err(Rejection::Startups);
        }
        table.all += 1;
        table.startups += 1;
        table.sources.insert(source, SourceCount { all: count.all + 1, startups: count.startups + 1 });
        drop(table);
        Ok(Permit { admission: Arc::clone(self), source, starting: true })
    }

    /// Adds the penalty for `offence` at `now`.
    pub fn penalise(&self, source: Source, offence: Offence, now: Instant) {
        if !self.limits.trusted_networks.contain(source) {
            self.table().penalties.add(source, offence, now, &self.limits.penalties);
        }
    }

    /// How many connections are admitted now, and how many of them have not authenticated.
    #[must_use]
    pub fn counts(&self) -> (u32, u32) {
        let table = self.table();
        (table.all, table.startups)
    }

    fn table(&self) -> MutexGuard<'_, AdmissionTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One admitted connection; dropping it takes it off the table.
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

    /// Which source it counts for.
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
        assert_eq!(admission.counts(), (1, 1));
        drop(permit);
        assert_eq!(admission.counts(), (0, 0));
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
        assert_eq!(admission.counts(), (16, 0));
        admission.admit(source(2), now(), 99).expect("others do not notice");
    }

    #[test]
    fn a_trusted_network_has_as_many_connections_as_the_server() {
        let trusted_networks = "10.0.0.1".parse().unwrap();
        let admission = Admission::new(AdmissionLimits {
            trusted_networks,
            max_connections: 60,
            ..AdmissionLimits::default()
        });
        admission.penalise(source(1), Offence::Crash, now());
        let permits: Vec<_> = (0..60).map(|_| admission.admit(source(1), now(), 99).unwrap()).collect();
        assert_eq!(admission.admit(source(1), now(), 99).unwrap_err(), Rejection::Full);
        drop(permits);
        admission.penalise(source(2), Offence::Crash, now());
        assert_eq!(admission.admit(source(2), now(), 99).unwrap_err(), Rejection::Penalised);
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
    fn a_penalised_source_is_turned_away_and_others_are_not() {
        let admission = Admission::new(AdmissionLimits::default());
        let at = now();
        admission.penalise(source(1), Offence::Crash, at);
        assert_eq!(admission.admit(source(1), at, 99).unwrap_err(), Rejection::Penalised);
        admission.admit(source(2), at, 99).unwrap();
        admission.admit(source(1), at + std::time::Duration::from_secs(91), 99).unwrap();
    }
}
