//! How much one source may ask. An address that many people share gets as much as they together: each limit is as many
//! times higher as accounts older than a week have signed in from there lately. Asking, guessing and signing up raise
//! nothing, and neither does a new account, by whomever it was made; signing in to an older one does, up to a bound. In
//! the first week of a portal `limits.trusted_networks` names the places that many share. What is counted by account is
//! the same everywhere.

use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::throttle::{self, Limit};
use crate::domain::timestamp::Timestamp;
use crate::domain::trusted_networks::TrustedNetworks;
use crate::store::{RateLimit, Tx};

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

impl Accounts {
    /// What `limit` comes to for the source of `cx`; none in a trusted network.
    pub(in crate::accounts) async fn limit_of_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Option<Limit>, Fault> {
        let limits = &self.rules.limits;
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
        kind: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        match self.limit_of_source(tx, cx, limit, now).await? {
            Some(limit) => Ok(tx.reserve_rate(&self.source_bucket(kind, cx), limit, now).await?),
            None => Ok(RateLimit::Admitted { fails: 0 }),
        }
    }
}
