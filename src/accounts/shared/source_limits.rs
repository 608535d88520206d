//! How much one source may ask. An address that many people share gets as much as they together: each limit is as many
//! times higher as accounts older than a week have signed in from there lately. Asking, guessing and signing up raise
//! nothing, and neither does a new account, by whomever it was made; signing in to an older one does, up to a bound. In
//! the first week of a portal `limits.trusted_networks` names the places that many share. What is counted by account is
//! the same everywhere.
//!
//! A refused request writes nothing: whether its source has room is looked up before anything is counted, by reading, and
//! for some seconds after a refusal not even that ([`Refusals`]). What is looked up decides nothing else: who has room
//! still has to take it.

use std::sync::{MutexGuard, PoisonError};

use super::admitted;
use crate::accounts::request::Refusal;
use crate::accounts::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::refusals::{Lookups, Refusals};
use crate::domain::source::Source;
use crate::domain::throttle::{self, Limit};
use crate::domain::timestamp::Timestamp;
use crate::domain::trusted_networks::TrustedNetworks;
use crate::store::{RateLimit, Tx, read_tx};

/// How much one source may ask. Demos and tests, where everybody is one source, raise these.
#[derive(Clone, Debug)]
pub struct SourceLimits {
    /// Password and code tries from a source that the account does not know.
    pub tries_per_source: Limit,
    /// Requests for a reset code.
    pub requests_per_source: Limit,
    /// Different names in requests for a reset code.
    pub identifiers_per_source: Limit,
    /// Emails with a code that verifies an address.
    pub verification_codes_per_source: Limit,
    /// Support cases of members.
    pub cases_per_source: Limit,
    /// Support cases of guests.
    pub guest_cases_per_source: Limit,
    /// Lookups of somebody's public keys.
    pub key_lookups_per_source: Limit,
    /// So many accounts of one source raise its limits at most.
    pub accounts_per_source: i64,
    /// Where none of these applies.
    pub trusted_networks: TrustedNetworks,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            tries_per_source: throttle::TRIES_PER_SOURCE,
            requests_per_source: throttle::REQUESTS_PER_SOURCE,
            identifiers_per_source: throttle::IDENTIFIERS_PER_SOURCE,
            verification_codes_per_source: throttle::VERIFICATION_CODES_PER_SOURCE,
            cases_per_source: throttle::CASES_PER_SOURCE,
            guest_cases_per_source: throttle::GUEST_CASES_PER_SOURCE,
            key_lookups_per_source: throttle::KEY_LOOKUPS_PER_SOURCE,
            accounts_per_source: throttle::ACCOUNTS_PER_SOURCE,
            trusted_networks: TrustedNetworks::default(),
        }
    }
}

impl SourceLimits {
    /// What a setting lets one source do of what this kind counts.
    pub(in crate::accounts) const fn of_source(&self, kind: BucketKind) -> Option<Limit> {
        Some(match kind {
            BucketKind::Tries | BucketKind::Setup | BucketKind::Undo => self.tries_per_source,
            BucketKind::Requests => self.requests_per_source,
            BucketKind::Names => self.identifiers_per_source,
            BucketKind::Emails => self.verification_codes_per_source,
            BucketKind::CasesOfSource => self.cases_per_source,
            BucketKind::GuestCases => self.guest_cases_per_source,
            _ => return None,
        })
    }
}

impl Accounts {
    /// What `limit` comes to for the source of `cx`; none in a trusted network.
    pub(in crate::accounts) async fn limit_of_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Option<Limit>, Fault> {
        let limits = self.limits();
        if limits.trusted_networks.contain(cx.source) {
            return Ok(None);
        }
        let most = limits.accounts_per_source;
        let accounts =
            tx.count_accounts_of_source(&self.place_mac(&cx.source.to_string()), most, now).await?;
        Ok(Some(Limit { count: limit.count.saturating_mul(accounts.clamp(1, most.max(1))), ..limit }))
    }

    /// Takes a place in the rate limiter of one source.
    pub(in crate::accounts) async fn reserve_rate_of_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        kind: BucketKind,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        match self.limit_of_source(tx, cx, limit, now).await? {
            Some(limit) => Ok(tx.reserve_rate(&self.source_bucket(kind, cx), limit, now).await?),
            None => Ok(RateLimit::Admitted { fails: 0 }),
        }
    }

    /// What [`Self::reserve_rate_of_source`] would say now, counting nothing: from memory, or by reading.
    pub(in crate::accounts) async fn peek_rate_of_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        kind: BucketKind,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        if let Some(at) = self.refused_until(cx, kind.id(), now) {
            return Ok(RateLimit::Later(at));
        }
        let Some(limit) = self.limit_of_source(tx, cx, limit, now).await? else {
            return Ok(RateLimit::Admitted { fails: 0 });
        };
        let found = tx.peek_rate(&self.source_bucket(kind, cx), limit, now).await?;
        Ok(self.note_refusal(cx, kind.id(), found, now))
    }

    /// Refuses what the rate limiter of the source has no room for, before anything is written.
    pub(in crate::accounts) async fn require_room_of_source(
        &self,
        cx: &RequestContext,
        kind: BucketKind,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.refuse_from_memory(cx, kind.id(), now)?;
        let found =
            read_tx!(self.store, Fault, |tx| self.peek_rate_of_source(tx, cx, kind, limit, now).await);
        admitted(found.await?)
    }

    /// Refuses what the store has refused lately.
    pub(in crate::accounts) fn refuse_from_memory(
        &self,
        cx: &RequestContext,
        kind: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        admitted(self.refused_until(cx, kind, now).map_or(RateLimit::Admitted { fails: 0 }, RateLimit::Later))
    }

    fn refused_until(&self, cx: &RequestContext, kind: &str, now: Timestamp) -> Option<Timestamp> {
        self.refusals().until(cx.source, kind, now)
    }

    /// Remembers what the store says of the source, if that is no.
    pub(in crate::accounts) fn note_refusal(
        &self,
        cx: &RequestContext,
        kind: &str,
        said: RateLimit,
        now: Timestamp,
    ) -> RateLimit {
        if let RateLimit::Later(at) = said {
            self.refusals().remember(cx.source, kind, at, now);
        }
        said
    }

    /// Remembers it when `done` was refused until a moment.
    pub(in crate::accounts) fn note_if_refused<T>(
        &self,
        cx: &RequestContext,
        kind: &str,
        done: Result<T, Error>,
        now: Timestamp,
    ) -> Result<T, Error> {
        if let Err(Error::Refused(Refusal::TryLater(wait))) = done {
            self.note_refusal(cx, kind, RateLimit::Later(wait.until), now);
        }
        done
    }

    /// Somebody has signed in there, so its limits may be higher.
    pub(in crate::accounts) fn forget_refusals(&self, source: Source) {
        self.refusals().forget(source);
    }

    /// Counts a lookup of the source in the memory of this node.
    pub(in crate::accounts) async fn reserve_lookup(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), Error> {
        match self.limit_of_source(tx, cx, limit, now).await? {
            Some(limit) => {
                let reserved = self.lookups().reserve(cx.source, limit, now);
                admitted(reserved.map_or_else(RateLimit::Later, |()| RateLimit::Admitted { fails: 0 }))
            }
            None => Ok(()),
        }
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lookups(&self) -> MutexGuard<'_, Lookups> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
