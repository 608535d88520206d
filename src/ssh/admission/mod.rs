//! Which connections may begin the handshake, and which give way to them: caps in all and per source, and penalties for
//! sources that misbehave. Memory is bounded; time and entropy are parameters.
//!
//! The rules and the numbers are OpenSSH's `MaxStartups`, `PerSourceMaxStartups` and `PerSourcePenalties`
//! (`sshd_config(5)`), with a larger `MaxStartups`. Beyond OpenSSH, whose `MaxStartups` refuses at random and so keeps out
//! whoever asks less often, places are shared by network (`crowd`):
//!
//! - A newcomer whose networks have fewer places than another's gets in, and one of that other's gives way: of those that
//!   have not authenticated the oldest; of guests one that has typed nothing, then the one that typed longest ago, then
//!   one with a request under way.
//! - Where all have as many, one gives way that has been silent for a while (`STALLED`, `SILENT`).
//! - Only a newcomer whose networks have most meets the random early drop, or finds the server full.
//! - A connection without a session gives way to another one of its own source. One with several sessions is as busy as the
//!   busiest, and all of them end with it.
//! - Somebody signed in never gives way. Nor does a guest who has proven a key or comes from a known source, up to half of
//!   all places; these come in where strangers have the most places too, and the last sixteenth is theirs alone.
//! - With its keys one account keeps no more places than one source may have, wherever its connections come from. Those
//!   beyond count like anybody's.

pub(super) mod crowd;
mod penalties;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use strum::{IntoStaticStr, VariantArray};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use penalties::Offence;

use crate::domain::max_startups::MaxStartups;
use crate::domain::penalty_rules::PenaltyRules;
use crate::domain::source::Source;
use crate::domain::trusted_networks::TrustedNetworks;
use crate::session::place::Place;
use crowd::{Crowd, Share};
use penalties::Penalties;

/// How long a connection may take to authenticate before it gives way to one of a network with as many: longer than a key
/// exchange takes.
const STALLED: Duration = Duration::from_secs(2);
/// The same for a guest without input. Whoever typed within so long is at work.
const SILENT: Duration = Duration::from_mins(1);
/// One of so many places is for known sources and proven keys.
const RESERVE: u32 = 16;
/// So many can be told at a time even by a small server.
const FEWEST_TOLD: u32 = 8;
/// One of so many places can be kept by guests of known sources and with proven keys; the same of connections that have
/// not authenticated.
const KEPT: u32 = 2;

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
    /// Where the penalties do not apply.
    pub penalty_exempt: TrustedNetworks,
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
            penalty_exempt: TrustedNetworks::default(),
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
            penalty_exempt: TrustedNetworks::default(),
            trusted_networks: TrustedNetworks::default(),
        }
    }
}

/// Why a connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Rejection {
    /// The source has to wait for its penalties to pass.
    Penalised,
    /// The server has as many connections as it can have, and none gives way.
    Full,
    /// The source has as many connections as it may have.
    SourceFull,
    /// The source has as many unauthenticated connections as it may have.
    SourceStartups,
    /// Random early drop.
    Startups,
}

impl Rejection {
    /// Whether a known source would not be turned away.
    pub(super) fn is_for_strangers(self) -> bool {
        matches!(self, Self::Full | Self::Startups)
    }
}

/// The table of connections and penalties.
#[derive(Debug)]
pub struct Admission {
    limits: AdmissionLimits,
    /// Cuts every connection.
    kill: CancellationToken,
    table: Mutex<AdmissionTable>,
}

#[derive(Debug, Default)]
struct AdmissionTable {
    connections: HashMap<u64, Connection>,
    /// How many there were ever.
    number: u64,
    sources: HashMap<Source, SourceCount>,
    startups: Crowd,
    guests: Crowd,
    kept_startups: u32,
    kept_guests: u32,
    /// Of these, what accounts keep by their keys; each at least one.
    kept_by_account: HashMap<Arc<str>, u32>,
    /// Those that have been asked to end, and have not yet: their places are others'.
    leaving: u32,
    penalties: Penalties,
}

#[derive(Clone, Copy, Debug, Default)]
struct SourceCount {
    all: u32,
    startups: u32,
}

#[derive(Debug)]
struct Connection {
    source: Source,
    standing: Standing,
    /// When it came to its standing.
    since: Instant,
    /// Whether its source is known.
    is_known: bool,
    /// Whose key it has proven, if that is why it keeps its place.
    kept_by: Option<Arc<str>>,
    kill: CancellationToken,
    /// Those of its sessions that run.
    places: Vec<Arc<Place>>,
}

/// What a connection counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It has not authenticated.
    Startup { kept: bool },
    /// It has prompts inside authentication, which have a limit of their own.
    Prompted,
    /// It has authenticated, and nobody is signed in.
    Guest { kept: bool },
    /// Somebody is signed in.
    Member,
    /// It has to give way.
    Leaving { startup: bool },
}

impl Admission {
    /// An empty table with these limits; `kill` cuts every connection.
    #[must_use]
    pub fn new(limits: AdmissionLimits, kill: CancellationToken) -> Arc<Self> {
        Arc::new(Self { limits, kill, table: Mutex::default() })
    }

    /// Admits a connection from `source` at `now`. `entropy` is a random number from 0 to 99.
    pub fn admit(
        self: &Arc<Self>,
        source: Source,
        is_known: bool,
        now: Instant,
        entropy: u32,
    ) -> Result<Permit, Rejection> {
        let limits = &self.limits;
        let mut table = self.table();
        if table.penalties.is_refused(source, now) {
            return Err(Rejection::Penalised);
        }
        let count = table.sources.get(&source).copied().unwrap_or_default();
        let is_trusted = limits.trusted_networks.contain(source);
        let is_source_full = count.all >= limits.per_source_max && !is_trusted;
        let spare = match is_source_full.then(|| table.spare(source, now)) {
            Some(None) => return Err(Rejection::SourceFull),
            found => found.flatten(),
        };
        if count.startups >= limits.per_source_max_startups && !is_trusted {
            return Err(Rejection::SourceStartups);
        }
        let is_known = is_known || is_trusted;
        let startup = table.startup_that_gives_way(source, is_known, limits.max_startups, now, entropy)?;
        let guest = if startup.is_some() {
            None
        } else {
            table.guest_that_gives_way(source, is_known, limits.max_connections, now)?
        };
        for id in startup.into_iter().chain(guest).chain(spare) {
            table.ask_back(id, limits.reserve());
        }
        let id = table.add(source, is_known, self.kill.child_token(), limits, now);
        drop(table);
        Ok(Permit { admission: Arc::clone(self), source, id })
    }

    /// Adds the penalty for `offence` at `now`.
    pub fn penalise(&self, source: Source, offence: Offence, now: Instant) {
        if !self.limits.trusted_networks.contain(source) && !self.limits.penalty_exempt.contain(source) {
            self.table().penalties.add(source, offence, now, &self.limits.penalties);
        }
    }

    /// How many connections are admitted now, and how many of them have not authenticated.
    #[must_use]
    pub fn counts(&self) -> (u32, u32) {
        let table = self.table();
        (table.all(), table.all_startups())
    }

    /// Whether somebody may have to give way before long.
    pub(super) fn is_crowded(&self) -> bool {
        let table = self.table();
        table.all() >= self.limits.max_connections / 2
            || table.all_startups() >= self.limits.max_startups.begin
    }

    fn table(&self) -> MutexGuard<'_, AdmissionTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AdmissionLimits {
    fn reserve(&self) -> u32 {
        self.max_connections / RESERVE
    }
}

impl AdmissionTable {
    fn all(&self) -> u32 {
        u32::try_from(self.connections.len()).unwrap_or(u32::MAX).saturating_sub(self.leaving)
    }

    fn all_startups(&self) -> u32 {
        self.startups.len() + self.kept_startups
    }

    /// Which connection that has not authenticated gives way to one more of `newcomer`, if one has to.
    fn startup_that_gives_way(
        &self,
        newcomer: Source,
        is_known: bool,
        rule: MaxStartups,
        now: Instant,
        entropy: u32,
    ) -> Result<Option<u64>, Rejection> {
        let all = self.all_startups();
        if all < rule.begin || (is_known && all < rule.full) {
            return Ok(None);
        }
        let oldest = |ids: Vec<u64>| ids.into_iter().min_by_key(|id| self.since(*id));
        if is_known && self.kept_startups < rule.full / KEPT {
            return oldest(self.startups.fullest()).map(Some).ok_or(Rejection::Startups);
        }
        match self.startups.who_gives_way(newcomer) {
            (Share::Fewer | Share::AsMany, _) if all < rule.full => return Ok(None),
            (Share::Fewer, ids) => return oldest(ids).map(Some).ok_or(Rejection::Startups),
            (Share::AsMany, ids) => {
                let stalled =
                    oldest(ids).filter(|id| self.since(*id).is_some_and(|since| since + STALLED <= now));
                if stalled.is_some() {
                    return Ok(stalled);
                }
            }
            (Share::Most, _) => {}
        }
        if rule.drops(all, entropy) { Err(Rejection::Startups) } else { Ok(None) }
    }

    /// Which guest gives way to one more connection of `newcomer`, if one has to.
    fn guest_that_gives_way(
        &self,
        newcomer: Source,
        is_known: bool,
        max_connections: u32,
        now: Instant,
    ) -> Result<Option<u64>, Rejection> {
        let for_strangers = max_connections - max_connections / RESERVE;
        if self.all() < if is_known { max_connections } else { for_strangers } {
            return Ok(None);
        }
        let idlest = |ids: Vec<u64>| {
            ids.into_iter()
                .filter_map(|id| Some((self.idleness(id, now)?, id)))
                .min_by_key(|(idleness, _)| *idleness)
        };
        let found = if is_known {
            idlest(self.guests.fullest())
        } else {
            match self.guests.who_gives_way(newcomer) {
                (Share::Fewer, ids) => idlest(ids),
                (Share::AsMany, ids) => idlest(ids)
                    .filter(|((progress, since), _)| *progress == Progress::Silent && *since + SILENT <= now),
                (Share::Most, _) => None,
            }
        };
        found.map(|(_, id)| Some(id)).ok_or(Rejection::Full)
    }

    /// The connection of `source` that has been without a session for longest, such as that of a `ControlMaster`.
    fn spare(&self, source: Source, now: Instant) -> Option<u64> {
        let is_spare = |connection: &Connection| {
            connection.source == source
                && matches!(connection.standing, Standing::Guest { .. })
                && connection.places.is_empty()
                && connection.since + STALLED <= now
        };
        let spare = self.connections.iter().filter(|(_, connection)| is_spare(connection));
        spare.min_by_key(|(id, connection)| (connection.since, **id)).map(|(id, _)| *id)
    }

    fn since(&self, id: u64) -> Option<Instant> {
        self.connections.get(&id).map(|connection| connection.since)
    }

    /// The least gives way first.
    fn idleness(&self, id: u64, now: Instant) -> Option<(Progress, Instant)> {
        let connection = self.connections.get(&id)?;
        let progress_of = |place: &Arc<Place>| {
            if place.is_under_way() {
                Progress::UnderWay
            } else if place.last_input().is_some_and(|at| now < at + SILENT) {
                Progress::AtWork
            } else {
                Progress::Silent
            }
        };
        // A connection is as busy as the busiest of its sessions, and one without any is silent.
        let progress = connection.places.iter().map(progress_of).max().unwrap_or(Progress::Silent);
        let last_input = connection.places.iter().filter_map(|place| place.last_input()).max();
        Some((progress, last_input.unwrap_or(connection.since)))
    }

    fn add(
        &mut self,
        source: Source,
        is_known: bool,
        kill: CancellationToken,
        limits: &AdmissionLimits,
        now: Instant,
    ) -> u64 {
        self.number += 1;
        let standing =
            Standing::Startup { kept: is_known && self.kept_startups < limits.max_startups.full / KEPT };
        let connection =
            Connection { source, standing, since: now, is_known, kept_by: None, kill, places: Vec::new() };
        self.connections.insert(self.number, connection);
        self.sources.entry(source).or_default().all += 1;
        self.count(source, standing, self.number, true);
        self.number
    }

    /// Moves a connection from one standing to another, if it is in one that `next` knows what to do with.
    fn change(&mut self, id: u64, now: Instant, next: impl FnOnce(&Connection) -> Option<Standing>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Some(standing) = next(connection) else { return };
        connection.since = now;
        let source = connection.source;
        let before = std::mem::replace(&mut connection.standing, standing);
        let is_kept = matches!(standing, Standing::Guest { kept: true });
        let kept_by = connection.kept_by.take_if(|_| !is_kept);
        self.give_back(kept_by);
        self.count(source, before, id, false);
        self.count(source, standing, id, true);
    }

    /// An account keeps one place less by its keys.
    fn give_back(&mut self, kept_by: Option<Arc<str>>) {
        let Some(account) = kept_by else { return };
        if let Entry::Occupied(mut kept) = self.kept_by_account.entry(account) {
            *kept.get_mut() -= 1;
            if *kept.get() == 0 {
                kept.remove();
            }
        }
    }

    /// Counts a connection in or out.
    fn count(&mut self, source: Source, standing: Standing, id: u64, comes: bool) {
        let by_one = |count: &mut u32| *count = if comes { *count + 1 } else { count.saturating_sub(1) };
        let crowd = match standing {
            Standing::Startup { kept } => {
                if let Some(count) = self.sources.get_mut(&source) {
                    by_one(&mut count.startups);
                }
                if kept {
                    return by_one(&mut self.kept_startups);
                }
                &mut self.startups
            }
            Standing::Guest { kept: true } => return by_one(&mut self.kept_guests),
            Standing::Guest { kept: false } => &mut self.guests,
            Standing::Leaving { .. } => return by_one(&mut self.leaving),
            Standing::Prompted | Standing::Member => return,
        };
        if comes { crowd.insert(source, id) } else { crowd.remove(source, id) }
    }

    /// Asks a connection to end; where nobody would be told, or too many are being told, it is cut.
    fn ask_back(&mut self, id: u64, most_leaving: u32) {
        let is_told = self.leaving < most_leaving.max(FEWEST_TOLD);
        let Some(connection) = self.connections.get(&id) else { return };
        let since = connection.since;
        if is_told && !connection.places.is_empty() {
            connection.places.iter().for_each(|place| place.ask_back());
        } else {
            connection.kill.cancel();
        }
        self.change(id, since, |connection| {
            Some(Standing::Leaving { startup: matches!(connection.standing, Standing::Startup { .. }) })
        });
    }
}

/// What somebody who is not signed in is doing, in the order of giving way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    /// Nothing.
    Silent,
    /// Typing.
    AtWork,
    /// Waiting for an answer.
    UnderWay,
}

/// One admitted connection; dropping it takes it off the table.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    source: Source,
    id: u64,
}

impl Permit {
    /// Which source it counts for.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// Cuts the connection: of the server's own, and one of its own when it has to give way at once.
    pub(super) fn kill(&self) -> CancellationToken {
        let table = self.admission.table();
        // It is on the table until it is dropped.
        table
            .connections
            .get(&self.id)
            .map_or_else(|| self.admission.kill.clone(), |found| found.kill.clone())
    }

    /// Whether somebody may have to give way before long.
    pub(super) fn is_crowded(&self) -> bool {
        self.admission.is_crowded()
    }

    /// Whether the connection has prompts inside authentication: then it does not count as a startup. When it has given
    /// them up it does again, or it would hold a place that nobody can take from it.
    pub(super) fn set_prompted(&self, is_prompted: bool, now: Instant) {
        self.change(now, |connection| match connection.standing {
            Standing::Startup { .. } if is_prompted => Some(Standing::Prompted),
            Standing::Prompted if !is_prompted => Some(Standing::Startup { kept: false }),
            _ => None,
        });
    }

    /// The connection has authenticated, and its source is known or not.
    pub fn started(&self, is_known: bool, now: Instant) {
        let mut table = self.admission.table();
        if let Some(connection) = table.connections.get_mut(&self.id) {
            connection.is_known |= is_known;
        }
        self.keep(&mut table, now);
    }

    /// The connection has authenticated with a key of `account`.
    pub fn started_with_key(&self, account: Arc<str>, now: Instant) {
        let mut table = self.admission.table();
        let most = self.admission.limits.per_source_max;
        if table.kept_by_account.get(&account).is_none_or(|kept| *kept < most)
            && let Some(connection) = table.connections.get_mut(&self.id)
            && !connection.is_known
        {
            connection.kept_by = Some(Arc::clone(&account));
            *table.kept_by_account.entry(account).or_default() += 1;
        }
        self.keep(&mut table, now);
    }

    /// Makes it a guest's, which keeps its place if there is a reason and room for that.
    fn keep(&self, table: &mut AdmissionTable, now: Instant) {
        let can_be_kept = table.kept_guests < self.admission.limits.max_connections / KEPT;
        table.change(self.id, now, |connection| match connection.standing {
            Standing::Startup { .. } | Standing::Prompted => {
                let has_reason = connection.is_known || connection.kept_by.is_some();
                Some(Standing::Guest { kept: has_reason && can_be_kept })
            }
            _ => None,
        });
    }

    /// A session has begun. Where the connection has been asked to end meanwhile, so is the session.
    pub(super) fn session(&self, place: &Arc<Place>) {
        if let Some(connection) = self.admission.table().connections.get_mut(&self.id) {
            // Most connections have only one.
            connection.places.reserve_exact(1);
            connection.places.push(Arc::clone(place));
            if matches!(connection.standing, Standing::Leaving { .. }) {
                place.ask_back();
            }
        }
    }

    /// A session has ended; without another the connection is silent from `now` on.
    pub(super) fn session_ended(&self, place: &Arc<Place>, now: Instant) {
        if let Some(connection) = self.admission.table().connections.get_mut(&self.id) {
            connection.places.retain(|known| !Arc::ptr_eq(known, place));
            if connection.places.is_empty() && matches!(connection.standing, Standing::Guest { .. }) {
                connection.since = now;
            }
        }
        self.set_signed_in(false, now);
    }

    /// Somebody has signed in to one of its sessions, or out of it. Whoever was asked to give way and has signed in since
    /// stays. The connection stays as long as anybody is signed in.
    pub(super) fn set_signed_in(&self, signed_in: bool, now: Instant) {
        self.change(now, |connection| {
            let signed_in = signed_in || connection.places.iter().any(|place| place.is_signed_in());
            match (connection.standing, signed_in) {
                (Standing::Guest { .. } | Standing::Leaving { startup: false }, true) => {
                    Some(Standing::Member)
                }
                (Standing::Member, false) => Some(Standing::Guest { kept: false }),
                _ => None,
            }
        });
    }

    /// Whether it gives way: then its client gets no other session.
    pub(super) fn has_to_leave(&self) -> bool {
        let table = self.admission.table();
        let found = table.connections.get(&self.id);
        found.is_some_and(|connection| matches!(connection.standing, Standing::Leaving { .. }))
    }

    /// Whether it had to give way before it had authenticated.
    pub(super) fn was_dropped(&self) -> bool {
        let table = self.admission.table();
        table
            .connections
            .get(&self.id)
            .is_some_and(|connection| connection.standing == Standing::Leaving { startup: true })
    }

    fn change(&self, now: Instant, next: impl FnOnce(&Connection) -> Option<Standing>) {
        self.admission.table().change(self.id, now, next);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut table = self.admission.table();
        let Some(connection) = table.connections.remove(&self.id) else { return };
        table.give_back(connection.kept_by);
        table.count(self.source, connection.standing, self.id, false);
        if let Some(count) = table.sources.get_mut(&self.source) {
            count.all -= 1;
            if count.all == 0 {
                table.sources.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LogEvent;
    use futures_util::FutureExt;
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn the_log_says_of_every_rejection_what_it_is_called() {
        let rejections = Rejection::VARIANTS.iter().map(|reason| <&str>::from(*reason));
        assert_eq!(LogEvent::ConnectionTurnedAway.quoted(), rejections.collect());
    }

    fn source(n: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)))
    }

    fn now() -> Instant {
        Instant::now()
    }

    fn admission(limits: AdmissionLimits) -> Arc<Admission> {
        Admission::new(limits, CancellationToken::new())
    }

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    /// The `n`th address of the `network`th /16.
    fn stranger(network: u32, n: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(0x1400_0000 + (network << 16) + n)))
    }

    /// A session of somebody who has not signed in.
    fn guest(
        admission: &Arc<Admission>,
        source: Source,
        at: Instant,
    ) -> Result<(Permit, Arc<Place>), Rejection> {
        let permit = admission.admit(source, false, at, 99)?;
        permit.started(false, at);
        let place = Arc::new(Place::new(at));
        permit.session(&place);
        Ok((permit, place))
    }

    fn is_asked_back(place: &Place) -> bool {
        place.asked_back().now_or_never().is_some()
    }

    /// Asked to end, or cut where too many are being told.
    fn gave_way((permit, place): &(Permit, Arc<Place>)) -> bool {
        is_asked_back(place) || permit.kill().is_cancelled()
    }

    #[test]
    fn a_dropped_permit_frees_its_place() {
        let admission =
            admission(AdmissionLimits { per_source_max_startups: 1, ..AdmissionLimits::default() });
        let permit = admission.admit(source(1), false, now(), 99).unwrap();
        assert_eq!(admission.admit(source(1), false, now(), 99).unwrap_err(), Rejection::SourceStartups);
        assert_eq!(admission.counts(), (1, 1));
        drop(permit);
        assert_eq!(admission.counts(), (0, 0));
        assert!(admission.table().sources.is_empty(), "a source that left takes no memory");
        admission.admit(source(1), false, now(), 99).unwrap();
    }

    #[test]
    fn one_source_gets_eight_startups_and_sixteen_connections() {
        let admission = admission(AdmissionLimits::default());
        let mut permits = Vec::new();
        for _ in 0..2 {
            for _ in 0..8 {
                permits.push(admission.admit(source(1), false, now(), 99).unwrap());
            }
            assert!(admission.admit(source(1), false, now(), 99).is_err());
            for permit in &permits {
                permit.started(false, now());
            }
        }
        assert_eq!(admission.admit(source(1), false, now(), 99).unwrap_err(), Rejection::SourceFull);
        assert_eq!(admission.counts(), (16, 0));
        admission.admit(source(2), false, now(), 99).expect("others do not notice");
    }

    #[test]
    fn a_trusted_network_has_as_many_connections_as_the_server() {
        let trusted_networks = "10.0.0.1".parse().unwrap();
        let admission = admission(AdmissionLimits {
            trusted_networks,
            max_connections: 60,
            ..AdmissionLimits::default()
        });
        admission.penalise(source(1), Offence::Crash, now());
        let permits: Vec<_> =
            (0..60).map(|_| admission.admit(source(1), false, now(), 99).unwrap()).collect();
        assert_eq!(admission.admit(source(1), false, now(), 99).unwrap_err(), Rejection::Full);
        drop(permits);
        admission.penalise(source(2), Offence::Crash, now());
        assert_eq!(admission.admit(source(2), false, now(), 99).unwrap_err(), Rejection::Penalised);
    }

    #[test]
    fn the_server_takes_no_more_than_it_can_hold() {
        let admission = admission(AdmissionLimits { max_connections: 3, ..AdmissionLimits::default() });
        let permits: Vec<_> = (0..3).map(|n| admission.admit(source(n), false, now(), 99).unwrap()).collect();
        assert_eq!(admission.admit(source(9), false, now(), 99).unwrap_err(), Rejection::Full);
        drop(permits);
        admission.admit(source(9), false, now(), 99).unwrap();
    }

    #[test]
    fn an_exempt_network_has_no_penalties_and_the_same_limits() {
        let penalty_exempt = "10.0.0.1".parse().unwrap();
        let admission = admission(AdmissionLimits { penalty_exempt, ..AdmissionLimits::default() });
        admission.penalise(source(1), Offence::Crash, now());
        let admitted = (0..9).filter_map(|_| admission.admit(source(1), false, now(), 99).ok());
        assert_eq!(admitted.collect::<Vec<_>>().len(), 8);
    }

    #[test]
    fn a_penalised_source_is_turned_away_and_others_are_not() {
        let admission = admission(AdmissionLimits::default());
        let at = now();
        admission.penalise(source(1), Offence::Crash, at);
        assert_eq!(admission.admit(source(1), false, at, 99).unwrap_err(), Rejection::Penalised);
        admission.admit(source(2), false, at, 99).unwrap();
        admission.admit(source(1), false, at + std::time::Duration::from_secs(91), 99).unwrap();
    }

    #[test]
    fn a_portal_full_of_idle_guests_has_a_place_for_each_owner_elsewhere() {
        for networks in [125, 250] {
            let admission = admission(AdmissionLimits::default());
            let start = now();
            let mut crowd = Vec::new();
            for round in 0..16 {
                for network in 0..networks {
                    crowd.extend(guest(&admission, stranger(network, 1), after(start, round)).ok());
                }
            }
            assert_eq!(admission.counts().0, 1_875, "a sixteenth is kept");
            let mut owners = Vec::new();
            for n in 0..40 {
                let at = after(start, 20 + u64::from(n));
                let (permit, place) = guest(&admission, source(n << 8), at).unwrap();
                place.set_signed_in(true);
                permit.set_signed_in(true, at);
                owners.push((permit, place));
                assert_eq!(guest(&admission, stranger(n, 1), at).err(), Some(Rejection::Full));
            }
            assert_eq!(crowd.iter().filter(|(_, place)| is_asked_back(place)).count(), 40);
            assert!(owners.iter().all(|(_, place)| !is_asked_back(place)));
            crowd.retain(|(_, place)| !is_asked_back(place));
            assert_eq!(admission.counts().0, 1_875);
        }
    }

    #[test]
    fn the_silent_give_way_before_those_who_type_and_these_before_those_who_wait_for_an_answer() {
        let limits = AdmissionLimits { max_connections: 4, ..AdmissionLimits::default() };
        let (admission, start) = (admission(limits), now());
        let crowd: Vec<_> = (0..4).map(|_| guest(&admission, stranger(1, 1), start).unwrap()).collect();
        let at = after(start, 300);
        crowd[0].1.set_under_way(true);
        crowd[1].1.note_input(after(start, 280));
        crowd[2].1.note_input(after(start, 200));
        let mut owners = Vec::new();
        for (network, next) in [(1, 3), (2, 2), (3, 1)] {
            owners.push(guest(&admission, source(network << 16), at).unwrap());
            assert!(gave_way(&crowd[next]), "{next}");
            assert_eq!(crowd.iter().filter(|guest| gave_way(guest)).count(), 4 - next);
        }
        // The one left has as many as each owner, and is not silent.
        assert_eq!(guest(&admission, source(9 << 16), at).err(), Some(Rejection::Full));
    }

    #[test]
    fn where_each_network_has_one_place_the_silent_give_way() {
        let limits = AdmissionLimits { max_connections: 32, ..AdmissionLimits::default() };
        let (admission, start) = (admission(limits), now());
        let crowd: Vec<_> = (0..30).map(|n| guest(&admission, stranger(n, 1), start).unwrap()).collect();
        assert_eq!(
            guest(&admission, source(1), start).err(),
            Some(Rejection::Full),
            "they may be about to type"
        );
        crowd[0].1.note_input(after(start, 1));
        guest(&admission, source(1), after(start, 60)).unwrap();
        assert!(!is_asked_back(&crowd[0].1));
        assert_eq!(crowd.iter().filter(|(_, place)| is_asked_back(place)).count(), 1);
    }

    #[test]
    fn nobody_who_is_signed_in_gives_way_and_whoever_signs_out_does() {
        let limits = AdmissionLimits { max_connections: 4, ..AdmissionLimits::default() };
        let (admission, start) = (admission(limits), now());
        let crowd: Vec<_> = (0..4).map(|_| guest(&admission, stranger(1, 1), start).unwrap()).collect();
        for (permit, _) in &crowd {
            permit.set_signed_in(true, start);
        }
        assert_eq!(guest(&admission, source(1), after(start, 99)).err(), Some(Rejection::Full));
        crowd[2].0.set_signed_in(false, start);
        let owner = guest(&admission, source(1), after(start, 99)).unwrap();
        assert!(is_asked_back(&crowd[2].1));
        // Signing in is faster than being asked.
        crowd[2].0.set_signed_in(true, start);
        assert_eq!(admission.counts().0, 5);
        drop((crowd, owner));
        let table = admission.table();
        assert_eq!((table.all(), table.leaving, table.guests.len(), table.startups.len()), (0, 0, 0, 0));
    }

    #[test]
    fn known_sources_and_proven_keys_come_in_where_strangers_have_most_and_do_not_give_way() {
        let limits = AdmissionLimits { max_connections: 32, ..AdmissionLimits::default() };
        let (admission, start) = (admission(limits), now());
        let crowd: Vec<_> =
            (0..30).map(|n| guest(&admission, stranger(1, 1 + n / 10), start).unwrap()).collect();
        let beside = stranger(1, 99);
        // Its /24 has as many as all together, and one of its own source has fewer than each of the others.
        for (_, place) in &crowd {
            place.note_input(after(start, 98));
        }
        let at = after(start, 99);
        let known: Vec<_> = (0..8).map(|_| admission.admit(beside, true, at, 99).unwrap()).collect();
        for permit in &known {
            permit.started(false, at);
        }
        // The first two have the sixteenth that is kept; for the others somebody gives way.
        assert_eq!(crowd.iter().filter(|guest| gave_way(guest)).count(), 6);
        let with_key: Vec<_> =
            (1..9).map(|n| admission.admit(stranger(2, n), false, at, 99).unwrap()).collect();
        for permit in &with_key {
            permit.started(true, at);
        }
        // However many come from elsewhere now, it is strangers who make room.
        let others: Vec<_> = (3..40).filter_map(|n| guest(&admission, stranger(n, 1), at).ok()).collect();
        assert!(!others.is_empty());
        assert!(known.iter().chain(&with_key).all(|permit| !permit.kill().is_cancelled()));
        assert_eq!(admission.table().kept_guests, 16);
    }

    #[test]
    fn one_key_at_many_addresses_keeps_no_more_places_than_one_source() {
        let limits = AdmissionLimits { max_connections: 126, ..AdmissionLimits::default() };
        let (admission, start) = (admission(limits), now());
        // Half of all places can be kept.
        let adas: Vec<_> = (0..63)
            .map(|n| {
                let permit = admission.admit(stranger(n, 1), false, start, 99).unwrap();
                permit.started_with_key("ada".into(), start);
                permit
            })
            .collect();
        assert_eq!(admission.table().kept_guests, 16);
        let grace = admission.admit(source(1), false, start, 99).unwrap();
        grace.started_with_key("grace".into(), start);
        let at = after(start, 61);
        let others: Vec<_> = (100..400).filter_map(|n| guest(&admission, stranger(n, 1), at).ok()).collect();
        assert!(others.len() > 60);
        assert!(!grace.kill().is_cancelled(), "others keep theirs");
        assert_eq!(adas.iter().filter(|permit| permit.kill().is_cancelled()).count(), 47);
        drop((adas, grace, others));
        let table = admission.table();
        assert!(table.kept_by_account.is_empty() && table.kept_guests == 0, "whoever left takes no memory");
    }

    #[test]
    fn half_open_connections_of_many_addresses_keep_nobody_else_out() {
        for networks in [64, 250, 1_000] {
            let (admission, start) = (admission(AdmissionLimits::default()), now());
            let mut crowd = Vec::new();
            for round in 0..8 {
                for n in 0..networks {
                    crowd.extend(admission.admit(stranger(n, 1), false, after(start, round), 99).ok());
                }
            }
            assert_eq!(admission.counts().1, 256);
            crowd.retain(|permit| !permit.was_dropped());
            for n in 0..40 {
                let at = after(start, 10 + u64::from(n));
                let owner = admission.admit(source(n << 8), false, at, 99).unwrap();
                // What was dropped comes again.
                crowd.extend(admission.admit(stranger(n, 9), false, at, 99).ok());
                assert!(!owner.was_dropped());
                owner.started(false, at);
            }
            let dropped = crowd.iter().filter(|permit| permit.was_dropped());
            assert!(dropped.clone().all(|permit| permit.kill().is_cancelled()));
            assert!(dropped.count() <= 80);
            assert!(admission.counts().1 <= 256);
        }
    }

    #[test]
    fn prompts_that_were_given_up_hold_no_place_that_nobody_can_take() {
        let (admission, start) = (admission(AdmissionLimits::default()), now());
        let mut crowd = Vec::new();
        for n in 0..2_000 {
            let at = after(start, u64::from(n));
            let Ok(permit) = admission.admit(stranger(n % 250, n / 250), false, at, 99) else { continue };
            permit.set_prompted(true, at);
            permit.set_prompted(false, at);
            crowd.push(permit);
            crowd.retain(|permit| !permit.was_dropped());
        }
        let (all, startups) = admission.counts();
        assert!(all == startups && startups <= 256, "{startups} of {all}");
        let owner = admission.admit(source(1), false, after(start, 2_001), 99).unwrap();
        assert!(!owner.was_dropped());
    }

    #[test]
    fn random_early_drop_meets_those_who_have_most() {
        let limits =
            AdmissionLimits { per_source_max: 99, per_source_max_startups: 99, ..AdmissionLimits::default() };
        let (admission, start) = (admission(limits), now());
        let crowd: Vec<_> = (0..100).map(|n| admission.admit(stranger(1, n % 2), false, start, 0)).collect();
        assert_eq!(crowd.iter().filter(|admitted| admitted.is_ok()).count(), 64);
        admission
            .admit(stranger(2, 1), false, start, 0)
            .expect("of a network with fewer, whatever the dice say");
        assert_eq!(admission.admit(stranger(1, 1), false, start, 0).err(), Some(Rejection::Startups));
        assert!(admission.admit(stranger(1, 1), false, start, 99).is_ok());
    }

    #[test]
    fn a_connection_is_as_busy_as_its_busiest_session_and_they_give_way_together() {
        let limits = AdmissionLimits { max_connections: 2, ..AdmissionLimits::default() };
        let (admission, start) = (admission(limits), now());
        let (busy, first) = guest(&admission, stranger(1, 1), start).unwrap();
        let second = Arc::new(Place::new(start));
        busy.session(&second);
        let idle = guest(&admission, stranger(1, 2), start).unwrap();
        second.note_input(after(start, 290));
        let owner_comes = |network: u32, at: Instant| {
            let (permit, place) = guest(&admission, source(network << 16), at)?;
            place.set_signed_in(true);
            permit.set_signed_in(true, at);
            Ok((permit, place))
        };
        let owner = owner_comes(1, after(start, 300)).unwrap();
        assert!(gave_way(&idle) && !is_asked_back(&first) && !is_asked_back(&second));
        // The other is asked with all its sessions, and whoever signs in to one of them stays.
        let at = after(start, 400);
        let another_owner = owner_comes(2, at).unwrap();
        assert!(is_asked_back(&first) && is_asked_back(&second) && busy.has_to_leave());
        let late = Arc::new(Place::new(at));
        busy.session(&late);
        assert!(is_asked_back(&late), "a session that begins meanwhile is asked as well");
        second.set_signed_in(true);
        busy.set_signed_in(true, at);
        assert!(!busy.has_to_leave() && !is_asked_back(&second) && is_asked_back(&first));
        busy.session_ended(&first, at);
        busy.session_ended(&late, at);
        assert_eq!(owner_comes(3, after(start, 999)).err(), Some(Rejection::Full), "somebody is signed in");
        second.set_signed_in(false);
        busy.set_signed_in(false, at);
        owner_comes(3, after(start, 999)).unwrap();
        assert!(is_asked_back(&second) && busy.has_to_leave());
        drop((owner, another_owner));
    }

    #[test]
    fn a_connection_without_a_session_gives_way_to_another_of_its_source() {
        let (admission, start) = (admission(AdmissionLimits::default()), now());
        let masters: Vec<_> = (0..16)
            .map(|n| {
                let at = after(start, n);
                let (permit, place) = guest(&admission, source(1), at).unwrap();
                permit.session_ended(&place, at);
                (permit, place)
            })
            .collect();
        let (busy, place) = (&masters[0].0, &masters[0].1);
        busy.session(place);
        let fresh = guest(&admission, source(1), after(start, 20)).unwrap();
        assert!(masters[1].0.kill().is_cancelled(), "the one that has been idle for longest");
        assert!(!busy.kill().is_cancelled() && !masters[2].0.kill().is_cancelled());
        drop(fresh);
        for (permit, _) in &masters {
            permit.session(&Arc::new(Place::new(start)));
        }
        assert_eq!(guest(&admission, source(1), after(start, 99)).err(), Some(Rejection::SourceFull));
    }
}
