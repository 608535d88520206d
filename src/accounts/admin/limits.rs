//! The limits that are in force: each wait and lock, what it blocks, for which account or source, and until when. Sources and mailboxes are
//! stored as keyed hashes only, so a source is named where something happened from it lately.
//!
//! What a limit keeps from is declared with its [`BucketKind`]. Limits that nobody waits for are not among them, and
//! neither is what a node counts in its memory alone: penalties and lookups of public keys.

use std::collections::HashMap;

use serde::Serialize;

use super::super::event_kind::{EventKind, Subject};
use super::super::{Accounts, Fault};
use super::AdminError;
use super::users::find;
use crate::domain::bucket::{Bucket, BucketKind, BucketLimits, BucketOwner, Counting};
use crate::domain::id::ContentId;
use crate::domain::source::Source;
use crate::domain::text::inert;
use crate::domain::throttle::{
    DAY_MS, FACTOR_FAILS_ELSEWHERE, FACTOR_FAILS_PER_PLACE, FAILS_TO_DISABLE, Limit, WithoutAccount,
};
use crate::domain::timestamp::Timestamp;
use crate::store::{Counter, LockedFactor, Tx, read_tx, write_tx};

/// The most counters, and the most single tries, that one list is made of.
pub const MOST_COUNTED: i64 = 20_000;
/// The most sources that a hash is compared with.
const MOST_SOURCES: i64 = 5_000;
/// How long ago something may have happened from them.
const SOURCES_SINCE_MS: i64 = 30 * DAY_MS;
/// Characters of a limit's id.
const ID_CHARS: usize = 12;
/// What the id of a locked authenticator is made of.
const FACTOR_LOCK: &str = "second-factor lock";

/// A limit that is in force. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitView {
    /// To clear it by.
    pub id: String,
    /// What is not possible meanwhile.
    pub what: &'static str,
    /// The username of the account that it is about; `None` for a source, and for a name that nobody has.
    pub user: Option<String>,
    /// From where it is not possible; `None` for everywhere.
    pub place: Option<String>,
    /// How often it was tried or done.
    pub count: i64,
    /// Until when; `None` for as long as nobody clears it.
    pub until: Option<Timestamp>,
    #[serde(skip)]
    bucket: String,
    #[serde(skip)]
    account: Option<String>,
}

/// The limits that are in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsInForce {
    /// Each of them.
    pub limits: Vec<LimitView>,
    /// True when so much is counted that it was not all looked at.
    pub is_cut: bool,
}

impl Accounts {
    /// How much buckets of this kind let through, and whether that grows with the accounts of the source.
    fn allowed(&self, kind: BucketKind, bucket: &str) -> (Vec<Limit>, bool) {
        match kind.limits() {
            BucketLimits::Fixed(limits) => (limits.to_vec(), false),
            BucketLimits::Delays => (Vec::new(), false),
            BucketLimits::PerSource => (self.limits().of_source(kind).into_iter().collect(), true),
            BucketLimits::Setting => {
                let of_kind = WithoutAccount::ALL.into_iter().find(|without| without.bucket() == kind);
                let per_day = self.rules.emails_per_day_without_account;
                let limit = of_kind.map(|without| without.limit(per_day));
                (
                    limit
                        .or_else(|| self.rules.of_service(part(bucket, 1).unwrap_or_default()).limit(kind))
                        .into_iter()
                        .collect(),
                    false,
                )
            }
        }
    }

    /// Every limit in force.
    pub async fn list_limits(&self) -> Result<LimitsInForce, AdminError> {
        let now = self.clock.now();
        read_tx!(self.store, AdminError, |tx| self.limits_in_force(tx, None, now).await).await
    }

    /// The limits in force about one account, or all.
    pub(super) async fn limits_in_force(
        &self,
        tx: &mut Tx,
        account: Option<&str>,
        now: Timestamp,
    ) -> Result<LimitsInForce, AdminError> {
        let counters = tx.list_counters(account, now, MOST_COUNTED).await?;
        let attempts = tx.list_attempts(account, MOST_COUNTED).await?;
        let is_cut =
            [counters.len(), attempts.len()].iter().any(|count| i64::try_from(*count) == Ok(MOST_COUNTED));
        let factors = tx.list_locked_factors(account).await?;
        let seen = tx.list_sources_seen(account, now.plus_ms(-SOURCES_SINCE_MS), MOST_SOURCES).await?;
        let sources = Sources::new(self, &seen);
        let mut found: Vec<LimitView> =
            factors.iter().filter_map(|factor| locked_factor(factor, &counters)).collect();
        found.extend(counters.iter().filter_map(|counter| failures(counter, now)));
        for counter in &counters {
            let Some((kind, what)) = listed(&counter.bucket, Counting::Rate) else { continue };
            for limit in self.allowed_for(tx, kind, &counter.bucket, now).await? {
                let free_at = counter.next_at.plus_ms(limit.window_ms / limit.count.max(1) - limit.window_ms);
                if free_at > now {
                    found.push(view(&counter.bucket, what, None, limit.count, Some(free_at)));
                }
            }
        }
        for of_bucket in attempts.chunk_by(|one, other| one.0 == other.0) {
            let bucket = of_bucket[0].0.as_str();
            let Some((kind, what)) = listed(bucket, Counting::Windows) else { continue };
            let times: Vec<Timestamp> = of_bucket.iter().map(|(_, at)| *at).collect();
            let limits = self.allowed_for(tx, kind, bucket, now).await?;
            if let Some((count, until)) = full(&times, &limits, now) {
                let account = (kind.owner() == BucketOwner::Account).then(|| part(bucket, 1)).flatten();
                found.push(view(bucket, what, account, count, Some(until)));
            }
        }
        let mut names = HashMap::new();
        for limit in &mut found {
            limit.place = sources.place(self, limit);
            if let Some(id) = &limit.account {
                if !names.contains_key(id) {
                    names.insert(id.clone(), tx.find_account(id).await?.map(|account| account.name));
                }
                limit.user = names.get(id).cloned().flatten();
                if limit.user.is_none() {
                    limit.account = None;
                }
            }
        }
        // A mark that is over leaves nothing to wait for; the longest wait comes first.
        found.sort_by_key(|limit| std::cmp::Reverse(limit.until.map_or(i64::MAX, Timestamp::epoch_ms)));
        Ok(LimitsInForce { limits: found, is_cut })
    }

    /// How much this bucket lets through now: limits of a source are as many times higher as accounts have signed in
    /// from there.
    async fn allowed_for(
        &self,
        tx: &mut Tx,
        kind: BucketKind,
        bucket: &str,
        now: Timestamp,
    ) -> Result<Vec<Limit>, Fault> {
        let (limits, is_per_source) = self.allowed(kind, bucket);
        if !is_per_source {
            return Ok(limits);
        }
        let most = self.limits().accounts_per_source;
        let key = part(bucket, usize::MAX).unwrap_or_default();
        let accounts = tx.count_accounts_of_source(key, most, now).await?.clamp(1, most.max(1));
        let grown = |limit: Limit| Limit { count: limit.count.saturating_mul(accounts), ..limit };
        Ok(limits.into_iter().map(grown).collect())
    }

    /// Clears all that is counted about an account: waits, locks and limits. Gives those that were in force.
    pub async fn unlock_user(&self, name: &str) -> Result<Unlocked, AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            let LimitsInForce { limits, .. } = self.limits_in_force(tx, Some(&account.id), now).await?;
            // Also where the account is disabled: it is locked all the same.
            tx.claim_any_account_lock(&account.id).await?;
            if tx.clear_limits_of(&account.id).await? > 0 {
                tx.insert_event(&self.operator_event(EventKind::LimitsCleared, &account.id, now)).await?;
            }
            Ok(Unlocked { user: account.name, cleared: limits, is_disabled: account.disabled_at.is_some() })
        })
        .await
    }

    /// Clears one limit that is in force.
    pub async fn clear_limit(&self, id: &str) -> Result<LimitView, AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            let LimitsInForce { limits, .. } = self.limits_in_force(tx, None, now).await?;
            let found = limits.into_iter().find(|limit| limit.id == id);
            let limit = found.ok_or_else(|| AdminError::NoLimit(inert(id, 40)))?;
            let key = part(&limit.bucket, usize::MAX).unwrap_or_default();
            let subject = match &limit.account {
                Some(account) => {
                    tx.claim_any_account_lock(account).await?;
                    Subject::Account(account, "")
                }
                None => Subject::Nobody(key),
            };
            if let (true, Some(account)) = (limit.bucket.starts_with(FACTOR_LOCK), &limit.account) {
                tx.clear_factor_locks(account).await?;
            }
            if let Some(bucket) = Bucket::stored(&limit.bucket) {
                tx.clear_bucket(&bucket).await?;
                tx.clear_window(&bucket).await?;
            }
            tx.insert_event(&self.operator_event_about(EventKind::LimitsCleared, subject, now)).await?;
            Ok(limit)
        })
        .await
    }

    /// Clears all that is counted about a source. Gives how many counters that were.
    pub async fn clear_limits_of_source(&self, source: Source) -> Result<u64, AdminError> {
        let (now, key) = (self.clock.now(), self.place_mac(&source.to_string()));
        write_tx!(self.store, AdminError, |tx| {
            let cleared = tx.clear_limits_ending_in(&key).await?;
            if cleared > 0 {
                let subject = Subject::Nobody(&key);
                tx.insert_event(&self.operator_event_about(EventKind::LimitsCleared, subject, now)).await?;
            }
            Ok(cleared)
        })
        .await
    }
}

/// What [`Accounts::unlock_user`] has cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unlocked {
    /// The username.
    pub user: String,
    /// The limits that were in force.
    pub cleared: Vec<LimitView>,
    /// True when the account is disabled, so nobody signs in to it all the same.
    #[serde(rename = "disabled")]
    pub is_disabled: bool,
}

/// Where a source's hash is known from.
struct Sources {
    seen: Vec<String>,
    names: HashMap<String, String>,
}

impl Sources {
    fn new(accounts: &Accounts, seen: &[String]) -> Self {
        let mut names = HashMap::new();
        for source in seen {
            names.insert(accounts.place_mac(source), source.clone());
            let address = source.split('/').next().and_then(|address| address.parse().ok());
            for network in address.map(|address| Source::of(address).networks()).unwrap_or_default() {
                let text = format!("network\n{network}");
                names.insert(accounts.keyring.get().identifier_mac(&text), network.to_string());
            }
        }
        Self { seen: seen.to_vec(), names }
    }

    /// From where the limit holds, in words.
    fn place(&self, accounts: &Accounts, limit: &LimitView) -> Option<String> {
        let last = part(&limit.bucket, usize::MAX)?;
        match BucketKind::of_stored(&limit.bucket)? {
            BucketKind::ServiceTries => return Some(format!("the service {last}")),
            BucketKind::ServiceTriesOfSource => {
                let source = self.names.get(last).map_or("one source", String::as_str);
                return Some(format!("the service {}, {source}", part(&limit.bucket, 1)?));
            }
            BucketKind::Service => {
                let knows = part(&limit.bucket, 2).is_some_and(is_hash);
                let place = if knows { "a known source" } else { "unknown sources" };
                return Some(format!("the service {last}, {place}"));
            }
            _ => {}
        }
        if let Some(name) = self.names.get(last) {
            return Some(name.clone());
        }
        let Some(key) = limit.account.as_deref() else {
            return match BucketKind::of_stored(&limit.bucket)?.owner() {
                BucketOwner::Source => Some("a source that nothing was heard of lately".to_owned()),
                BucketOwner::Mailbox => Some("one mailbox".to_owned()),
                BucketOwner::Account | BucketOwner::Everybody => None,
            };
        };
        let place = limit.bucket.splitn(3, ':').nth(2)?;
        Some(match place.split_once(':').unwrap_or((place, "")) {
            ("elsewhere", _) => "places that the account does not know".to_owned(),
            ("known", _) => "places that the account knows".to_owned(),
            ("services", _) => "places that the account knows, at services".to_owned(),
            ("session", _) => "one session".to_owned(),
            ("key", fingerprint) => fingerprint.to_owned(),
            ("code", _) => "after a code from an email".to_owned(),
            ("undo", _) => "after an undo code".to_owned(),
            ("service", service) => format!("the service {service}"),
            (mac, _) if is_hash(mac) => {
                let known = self.seen.iter().find(|source| accounts.source_mac(key, source) == mac);
                known.cloned().unwrap_or_else(|| "a place that the account knows".to_owned())
            }
            _ => "one session".to_owned(),
        })
    }
}

/// A keyed hash as it is stored.
fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The part number `nth` of a bucket; the last one when there are not so many.
fn part(bucket: &str, nth: usize) -> Option<&str> {
    if nth == usize::MAX { bucket.rsplit(':').next() } else { bucket.split(':').nth(nth) }
}

/// What a stored bucket keeps somebody from, if it counts that way.
fn listed(bucket: &str, counting: Counting) -> Option<(BucketKind, &'static str)> {
    let kind = BucketKind::of_stored(bucket).filter(|kind| kind.counting() == counting)?;
    // A name that nobody has has no limits that anybody could ask about.
    let is_of_nobody = kind.owner() == BucketOwner::Account
        && counting == Counting::Windows
        && part(bucket, 1).is_none_or(is_hash);
    (!is_of_nobody).then_some(kind).zip(kind.keeps_from())
}

fn view(
    bucket: &str,
    what: &'static str,
    account: Option<&str>,
    count: i64,
    until: Option<Timestamp>,
) -> LimitView {
    let mut hash = ContentId::default();
    hash.add(bucket.as_bytes());
    let id = hash.finish().chars().take(ID_CHARS).collect();
    let (account, bucket) = (account.map(str::to_owned), bucket.to_owned());
    LimitView { id, what, user: None, place: None, count, until, bucket, account }
}

/// The limit that a failure counter is, if it refuses a try now.
fn failures(Counter { bucket, fails, next_at }: &Counter, now: Timestamp) -> Option<LimitView> {
    let ((kind, what), account) = (listed(bucket, Counting::Failures)?, part(bucket, 1)?);
    let most = match (kind, part(bucket, 2)) {
        (BucketKind::SecondFactor, Some("elsewhere")) => FACTOR_FAILS_ELSEWHERE,
        (BucketKind::SecondFactor, _) => FACTOR_FAILS_PER_PLACE,
        _ => FAILS_TO_DISABLE,
    };
    let is_locked = *fails >= most;
    (is_locked || *next_at > now && *fails > 0)
        .then(|| view(bucket, what, Some(account), *fails, (!is_locked).then_some(*next_at)))
}

/// The lock of an authenticator, unless a counter of the same place says it already.
fn locked_factor(locked: &LockedFactor, counters: &[Counter]) -> Option<LimitView> {
    let LockedFactor { account, fails, fails_elsewhere } = locked;
    let is_everywhere = *fails >= FAILS_TO_DISABLE;
    let elsewhere = BucketKind::SecondFactor.of(&[account, "elsewhere"]);
    if !is_everywhere
        && counters
            .iter()
            .any(|counter| counter.bucket == elsewhere.as_str() && counter.fails >= FACTOR_FAILS_ELSEWHERE)
    {
        return None;
    }
    let (bucket, count) = if is_everywhere {
        (format!("{FACTOR_LOCK}:{account}"), *fails)
    } else {
        (format!("{FACTOR_LOCK}:{account}:elsewhere"), *fails_elsewhere)
    };
    Some(view(&bucket, BucketKind::SecondFactor.keeps_from()?, Some(account), count, None))
}

/// How many of `times`, the latest first, count in the limit that is full for longest, and until when.
fn full(times: &[Timestamp], limits: &[Limit], now: Timestamp) -> Option<(i64, Timestamp)> {
    let of_limit = |limit: &Limit| {
        let since = now.plus_ms(-limit.window_ms);
        let count = times.iter().take_while(|at| **at > since).count();
        let nth = usize::try_from(limit.count.max(1)).ok()?;
        (count >= nth)
            .then(|| (i64::try_from(count).unwrap_or(i64::MAX), times[nth - 1].plus_ms(limit.window_ms)))
    };
    limits.iter().filter_map(of_limit).max_by_key(|(_, until)| *until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{ServiceRules, SourceLimits};

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const ACCOUNT: &str = "019a0000-0000-7000-8000-000000000000";

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_epoch_ms(ms)
    }

    #[test]
    fn a_window_is_full_until_its_oldest_try_that_counts_falls_out() {
        let limits = [Limit { count: 2, window_ms: 100 }, Limit { count: 3, window_ms: 1_000 }];
        assert_eq!(full(&[at(950)], &limits, at(1_000)), None);
        assert_eq!(full(&[at(990), at(950)], &limits, at(1_000)), Some((2, at(1_050))));
        assert_eq!(full(&[at(990), at(950), at(500)], &limits, at(1_000)), Some((3, at(1_500))));
        assert_eq!(full(&[at(900), at(850)], &limits, at(1_000)), None);
    }

    #[test]
    fn no_bucket_is_unknown_but_those_that_nobody_waits_for() {
        for kind in BucketKind::ALL {
            let bucket = kind.of(&[ACCOUNT, HASH]);
            let named = listed(bucket.as_str(), kind.counting());
            assert_eq!(named, kind.keeps_from().map(|what| (*kind, what)), "{kind:?}");
        }
        assert_eq!(listed("no-such-kind:a", Counting::Windows), None);
        let of_nobody = BucketKind::Keys.of(&[HASH]);
        assert_eq!(listed(of_nobody.as_str(), Counting::Windows), None);
        let elsewhere = BucketKind::Password.of(&[ACCOUNT, "elsewhere"]);
        assert_eq!(listed(elsewhere.as_str(), Counting::Windows), None);
    }

    #[test]
    fn what_a_setting_says_is_known_of_every_kind_that_it_limits() {
        for kind in BucketKind::ALL {
            let is_known = match kind.limits() {
                BucketLimits::PerSource => SourceLimits::default().of_source(*kind).is_some(),
                BucketLimits::Setting => {
                    *kind == BucketKind::DirectoryTries
                        || WithoutAccount::ALL.iter().any(|without| without.bucket() == *kind)
                        || ServiceRules::default().limit(*kind).is_some()
                }
                BucketLimits::Fixed(_) | BucketLimits::Delays => true,
            };
            assert!(is_known, "{kind:?}");
        }
    }

    #[test]
    fn a_failure_counter_waits_and_in_the_end_is_locked() {
        let counter = |fails, next_at| Counter {
            bucket: format!("password:{ACCOUNT}:elsewhere"),
            fails,
            next_at: at(next_at),
        };
        let until = |fails, next_at| failures(&counter(fails, next_at), at(1_000)).map(|limit| limit.until);
        assert_eq!(until(12, 1_000), None);
        assert_eq!(until(12, 1_001), Some(Some(at(1_001))));
        assert_eq!(until(FAILS_TO_DISABLE, 0), Some(None));
    }
}
