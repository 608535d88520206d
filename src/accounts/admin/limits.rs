//! The limits that are in force: which waits and locks keep whom from what, and until when. Sources and mailboxes are
//! stored as keyed hashes only, so a source is named where something happened from it lately.
//!
//! `windows`, [`SourceTries`] and [`FAILURES`] have every kind of bucket that refuses somebody something. Limits of emails
//! that nobody waits for are not among them, and neither is what a node counts in its memory alone: penalties and lookups
//! of public keys.

use std::collections::HashMap;

use serde::Serialize;

use super::super::event_kind::{EventKind, Subject};
use super::super::shared::source_limits::SourceTries;
use super::super::verify::{SERVICE, SERVICE_TRIES};
use super::super::{Accounts, Fault};
use super::AdminError;
use super::users::find;
use crate::domain::id::ContentId;
use crate::domain::source::Source;
use crate::domain::text::inert;
use crate::domain::throttle::{self, DAY_MS, FACTOR_FAILS_ELSEWHERE, FAILS_TO_DISABLE, Limit};
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

/// Where a limit is from, for reading its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// `prefix:ACCOUNT` or `prefix:ACCOUNT:PLACE`; the account may be the hash of a name that nobody has.
    Account,
    /// `prefix:…:SOURCE`.
    Source,
    /// `prefix:MAILBOX`.
    Mailbox,
    /// `prefix`, of everybody together.
    Everybody,
}

/// What is said of a bucket.
type Kind = (&'static str, Whose, &'static str);

/// Failure counters: what they begin with.
const FAILURES: [Kind; 4] = [
    ("password", Whose::Account, "sign in with the password"),
    ("change", Whose::Account, "confirm a change with the password"),
    ("second-factor", Whose::Account, "type a two-factor code"),
    (SERVICE, Whose::Account, "sign in to a service with the password"),
];

impl Accounts {
    /// The sliding windows, and how much each lets through. The first whose prefix and shape fit is meant.
    fn windows(&self) -> Vec<(Kind, Vec<Limit>)> {
        use Whose::{Account, Everybody, Mailbox, Source};
        let of = &self.rules.limits;
        let wrong_codes =
            [Limit { count: throttle::WRONG_CODES_PER_ACCOUNT, window_ms: throttle::WRONG_CODES_WINDOW_MS }];
        let shared = [throttle::SHARED_CODE_TRIES_PER_SOURCE];
        let (per_network, all): (&[Limit], _) =
            (&throttle::GUEST_CASES_PER_NETWORK, self.rules.emails_per_day_without_account);
        let one = |limit: Limit| vec![limit];
        let mut windows = vec![
            (("password", Account, "change the password"), throttle::PASSWORD_CHANGES_PER_ACCOUNT.to_vec()),
            (
                ("reauthentications", Account, "confirm a change"),
                throttle::REAUTHENTICATIONS_PER_PLACE.to_vec(),
            ),
            (("rename", Account, "change the username"), throttle::RENAMES_PER_ACCOUNT.to_vec()),
            (
                ("primary", Account, "change the primary address"),
                throttle::PRIMARY_CHANGES_PER_ACCOUNT.to_vec(),
            ),
            (
                ("addresses", Account, "get a verification code"),
                throttle::VERIFICATION_CODES_PER_ACCOUNT.to_vec(),
            ),
            (("verification-code", Account, "type a verification code"), wrong_codes.to_vec()),
            (("keys", Account, "add an SSH key"), throttle::KEYS_ADDED_PER_ACCOUNT.to_vec()),
            (
                ("deletion", Account, "ask for the account to be deleted"),
                throttle::DELETION_REQUESTS_PER_ACCOUNT.to_vec(),
            ),
            (("teams", Account, "create a team"), throttle::TEAMS_CREATED_PER_ACCOUNT.to_vec()),
            (("invitations", Account, "invite somebody"), throttle::INVITATIONS_PER_OWNER.to_vec()),
            (
                ("two-factor", Account, "turn two-factor authentication on or off"),
                throttle::TWO_FACTOR_CHANGES_PER_ACCOUNT.to_vec(),
            ),
            (
                ("recovery codes", Account, "create recovery codes"),
                throttle::RECOVERY_CODES_PER_ACCOUNT.to_vec(),
            ),
            (("cases", Account, "open a support case"), throttle::CASES_PER_ACCOUNT.to_vec()),
            (("case messages", Account, "write to support"), throttle::CASE_MESSAGES.to_vec()),
            (("send", Account, "get a reset code by email"), throttle::CODES_PER_ACCOUNT.to_vec()),
            (("code", Account, "type a reset code"), wrong_codes.to_vec()),
            (("support", Source, "type a reset code from support"), shared.to_vec()),
            (("requests", Source, "ask for a reset code"), one(of.requests_per_source)),
            (("names", Source, "ask for a reset code in another name"), one(of.identifiers_per_source)),
            (("codes", Source, "ask for a reset code in one name"), throttle::CODES_PER_ACCOUNT.to_vec()),
            (("emails", Source, "get a verification code"), one(of.verification_codes_per_source)),
            (("cases", Source, "open a support case"), one(of.cases_per_source)),
            (
                ("guest cases", Source, "open a support case as a guest"),
                [&[of.guest_cases_per_source], per_network].concat(),
            ),
            (("join", Source, "type an invitation code"), shared.to_vec()),
            (("case", Source, "type the code of a support case"), shared.to_vec()),
            (
                ("mailbox", Mailbox, "get a verification code"),
                throttle::VERIFICATION_CODES_PER_EMAIL.to_vec(),
            ),
            (
                ("reset codes to", Mailbox, "get a reset code that a stranger asked for"),
                throttle::RESET_CODES_PER_MAILBOX.to_vec(),
            ),
            (("invitations to", Mailbox, "get an invitation"), throttle::INVITATIONS_PER_MAILBOX.to_vec()),
            (("sign-ups to", Mailbox, "get a sign-up code"), throttle::SIGN_UP_EMAILS_PER_MAILBOX.to_vec()),
        ];
        for kind in throttle::WithoutAccount::ALL {
            let (bucket, _) = self.without_account(kind);
            let what = "send emails to addresses without an account";
            windows.push(((bucket, Everybody, what), one(kind.limit(all))));
        }
        windows
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
        found.extend(counters.iter().filter_map(|counter| self.tries_of_service(counter, now)));
        for counter in &counters {
            let Some((key, tries)) = SourceTries::ALL.into_iter().find_map(|tries| {
                Some((counter.bucket.strip_prefix(tries.bucket())?.strip_prefix(':')?, tries))
            }) else {
                continue;
            };
            let limit = self.rules.limits.tries_per_source;
            let most = self.rules.limits.accounts_per_source;
            let accounts = tx.count_accounts_of_source(key, most, now).await?.clamp(1, most.max(1));
            let limit = Limit { count: limit.count.saturating_mul(accounts), ..limit };
            let free_at = counter.next_at.plus_ms(limit.window_ms / limit.count.max(1) - limit.window_ms);
            if free_at > now {
                found.push(view(&counter.bucket, tries.what(), None, limit.count, Some(free_at)));
            }
        }
        let windows = self.windows();
        for of_bucket in attempts.chunk_by(|one, other| one.0 == other.0) {
            let bucket = of_bucket[0].0.as_str();
            let times: Vec<Timestamp> = of_bucket.iter().map(|(_, at)| *at).collect();
            let Some(((_, whose, what), limits)) = windows.iter().find(|(kind, _)| fits(*kind, bucket))
            else {
                continue;
            };
            let limits = self.grown(tx, (*whose, bucket), limits, now).await?;
            if let Some((count, until)) = full(&times, &limits, now) {
                let account = (*whose == Whose::Account).then(|| part(bucket, 1)).flatten();
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

    /// The limit that a service has reached, alone or with one source.
    fn tries_of_service(
        &self,
        Counter { bucket, next_at, .. }: &Counter,
        now: Timestamp,
    ) -> Option<LimitView> {
        let of_service = bucket.strip_prefix(SERVICE_TRIES)?.strip_prefix(':')?;
        let rules = &self.rules.services;
        let limit = if of_service.contains(':') { rules.tries_per_source } else { rules.tries_per_service };
        let free_at = next_at.plus_ms(limit.window_ms / limit.count.max(1) - limit.window_ms);
        (free_at > now).then(|| view(bucket, "have passwords checked", None, limit.count, Some(free_at)))
    }

    /// The limits of a source are as many times higher as accounts have signed in from there.
    async fn grown(
        &self,
        tx: &mut Tx,
        (whose, bucket): (Whose, &str),
        limits: &[Limit],
        now: Timestamp,
    ) -> Result<Vec<Limit>, Fault> {
        let grows = ["requests", "names", "emails"].iter().any(|prefix| part(bucket, 0) == Some(prefix));
        if whose != Whose::Source || !(grows || limits.len() == 1 && part(bucket, 0) == Some("cases")) {
            return Ok(limits.to_vec());
        }
        let most = self.rules.limits.accounts_per_source;
        let key = bucket.rsplit(':').next().unwrap_or_default();
        let accounts = tx.count_accounts_of_source(key, most, now).await?.clamp(1, most.max(1));
        Ok(limits
            .iter()
            .map(|limit| Limit { count: limit.count.saturating_mul(accounts), ..*limit })
            .collect())
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
            tx.clear_bucket(&limit.bucket).await?;
            tx.clear_window(&limit.bucket).await?;
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
        if let Some(of_service) = limit.bucket.strip_prefix(SERVICE_TRIES) {
            let service = part(of_service, 1)?;
            return Some(match self.names.get(last) {
                Some(source) => format!("the service {service}, {source}"),
                None if is_hash(last) => format!("the service {service}, one source"),
                None => format!("the service {service}"),
            });
        }
        if part(&limit.bucket, 0) == Some(SERVICE) {
            let knows = part(&limit.bucket, 2).is_some_and(is_hash);
            let place = if knows { "a place that it knows" } else { "places that it does not know" };
            return Some(format!("the service {last}, {place}"));
        }
        if let Some(name) = self.names.get(last) {
            return Some(name.clone());
        }
        let Some(key) = limit.account.as_deref() else {
            return is_hash(last).then(|| "a source that nothing was heard of lately".to_owned());
        };
        let place = limit.bucket.splitn(3, ':').nth(2)?;
        Some(match place.split_once(':').unwrap_or((place, "")) {
            ("elsewhere", _) => "places that the account does not know".to_owned(),
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

/// Whether a bucket is one of this kind.
fn fits((prefix, whose, _): Kind, bucket: &str) -> bool {
    let Some(rest) = bucket.strip_prefix(prefix) else { return false };
    match whose {
        Whose::Everybody => rest.is_empty(),
        // A name that nobody has has no limits that anybody could ask about.
        Whose::Account => {
            rest.strip_prefix(':').and_then(|rest| part(rest, 0)).is_some_and(|id| !is_hash(id))
        }
        Whose::Source | Whose::Mailbox => {
            rest.starts_with(':') && is_hash(part(rest, usize::MAX).unwrap_or_default())
        }
    }
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
    let (prefix, account) = (part(bucket, 0)?, part(bucket, 1)?);
    let (_, _, what) = FAILURES.iter().find(|(known, ..)| *known == prefix)?;
    let most = match (prefix, part(bucket, 2)) {
        ("second-factor", Some("elsewhere")) => FACTOR_FAILS_ELSEWHERE,
        ("second-factor", _) => throttle::FACTOR_FAILS_PER_PLACE,
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
    let elsewhere = format!("second-factor:{account}:elsewhere");
    if !is_everywhere
        && counters
            .iter()
            .any(|counter| counter.bucket == elsewhere && counter.fails >= FACTOR_FAILS_ELSEWHERE)
    {
        return None;
    }
    let (bucket, count) = if is_everywhere {
        (format!("{FACTOR_LOCK}:{account}"), *fails)
    } else {
        (format!("{FACTOR_LOCK}:{account}:elsewhere"), *fails_elsewhere)
    };
    Some(view(&bucket, FAILURES[2].2, Some(account), count, None))
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
    fn a_bucket_is_of_an_account_or_of_a_source_by_its_shape() {
        let of = |whose| ("cases", whose, "");
        assert!(fits(of(Whose::Account), &format!("cases:{ACCOUNT}")));
        assert!(!fits(of(Whose::Source), &format!("cases:{ACCOUNT}")));
        assert!(fits(of(Whose::Source), &format!("cases:{HASH}")));
        assert!(!fits(of(Whose::Account), &format!("cases:{HASH}")));
        assert!(!fits(of(Whose::Source), "case:1001"));
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
