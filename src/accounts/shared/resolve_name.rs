//! Which account a typed name means, and how tries against it are counted. A name that nobody has is treated like
//! any other, under the keyed hash of what was typed, so that both cost the same statements and waits.

use tracing::Span;

use crate::accounts::directory_tries::TypedAt;
use crate::accounts::event_kind::Subject;
use crate::accounts::hashing::Requester;
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::name::canonical_identifier;
use crate::domain::source::Source;
use crate::domain::timestamp::Timestamp;
use crate::domain::wait::{Wait, WaitLimit};
use crate::store::{Account, RateLimit, Tx, read_tx, wait_as_known};

/// How much of the keyed hash of a name is logged: enough to tell names apart.
const NAME_HASH_CHARS: usize = 16;

/// A typed name, looked up.
#[derive(Clone, Debug)]
pub(in crate::accounts) struct ResolvedName {
    /// The account, when there is one.
    account: Option<Account>,
    /// The account's id, or the keyed hash of the canonical name.
    key: String,
    /// This source's keyed hash for this account.
    source_mac: String,
    /// True when the account signed in from this source recently.
    known_source: bool,
}

/// What room there is for a try.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) struct TryAllowance {
    /// What [`Accounts::admit_source`] says.
    pub(in crate::accounts) of_source: RateLimit,
    /// What the bucket of the name says; it is asked last.
    pub(in crate::accounts) of_name: RateLimit,
}

impl TryAllowance {
    /// From when on there is room, if not now.
    pub(in crate::accounts) fn later(&self) -> Option<Wait> {
        match (self.of_source, self.of_name) {
            (RateLimit::Later(at), _) => Some(Wait::until(at, WaitLimit::Source)),
            (_, RateLimit::Later(at)) => Some(Wait::until(at, WaitLimit::Name)),
            _ => None,
        }
    }

    /// The same where only the name has no room.
    pub(in crate::accounts) fn name_later_at(&self) -> Option<Timestamp> {
        match self.of_source {
            RateLimit::Admitted { .. } => self.of_name.later_at(),
            RateLimit::Later(_) | RateLimit::Full => None,
        }
    }
}

impl ResolvedName {
    /// The account, when there is one and it is not disabled.
    pub(in crate::accounts) fn open_account(&self) -> Option<&Account> {
        self.account.as_ref().filter(|account| account.disabled_at.is_none())
    }

    /// The account, disabled or not.
    pub(in crate::accounts) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// What codes are kept under: no code has a keyed hash as its account.
    pub(in crate::accounts) fn key(&self) -> &str {
        &self.key
    }

    /// What this source is called for this account.
    pub(in crate::accounts) fn source_mac(&self) -> &str {
        &self.source_mac
    }

    /// True when the account signed in from this source recently.
    pub(in crate::accounts) fn known_source(&self) -> bool {
        self.known_source
    }

    /// How a hash for this name waits: a name that nobody has is known nowhere.
    pub(in crate::accounts) fn requester(&self, cx: &RequestContext) -> Requester {
        if self.known_source { Requester::known(&self.key, cx.source) } else { Requester::unknown(cx.source) }
    }

    /// The account's id for what is cleared together with it.
    pub(in crate::accounts) fn account_id(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.id.as_str())
    }

    /// The subject of an event.
    pub(in crate::accounts) fn subject(&self) -> Subject<'_> {
        match &self.account {
            Some(account) => Subject::Account(&account.id, &account.name),
            None => Subject::Nobody(&self.key),
        }
    }

    /// The bucket that tries of one `kind` count in: one for each known source and one for the rest of the
    /// world, so that strangers cannot lock the owner out of the places they use.
    pub(in crate::accounts) fn bucket(&self, kind: BucketKind) -> Bucket {
        let place = if self.known_source { self.source_mac.as_str() } else { "elsewhere" };
        kind.of(&[&self.key, place])
    }
}

impl Accounts {
    /// Finds the account that `typed` means. The same statements whether there is one or not.
    pub(in crate::accounts) async fn resolve_name(
        &self,
        cx: &RequestContext,
        typed: &str,
        now: Timestamp,
    ) -> Result<ResolvedName, Fault> {
        let canonical = canonical_identifier(typed);
        let resolved =
            read_tx!(self.store, Fault, |tx| self.resolve_in(tx, cx, &canonical, now).await).await?;
        wait_as(&resolved, cx);
        Ok(resolved)
    }

    async fn resolve_in(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        canonical: &str,
        now: Timestamp,
    ) -> Result<ResolvedName, Fault> {
        self.resolve_at(tx, &cx.source.to_string(), canonical, now).await
    }

    /// The same for somebody at `place`: a source, or where a service says that they are.
    pub(in crate::accounts) async fn resolve_at(
        &self,
        tx: &mut Tx,
        place: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<ResolvedName, Fault> {
        let account = tx.find_account_by_identifier(canonical).await?;
        let nobody = self.identifier_key(canonical);
        note_for_log(account.as_ref(), &nobody);
        let key = account.as_ref().map_or(nobody, |account| account.id.clone());
        self.resolved_as(tx, place, account, key, now).await
    }

    /// The same for the account of this id; `None` where there is none.
    pub(in crate::accounts) async fn resolve_account_at(
        &self,
        tx: &mut Tx,
        place: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Option<ResolvedName>, Fault> {
        let Some(account) = tx.find_account(account).await? else { return Ok(None) };
        note_for_log(Some(&account), "");
        let key = account.id.clone();
        Ok(Some(self.resolved_as(tx, place, Some(account), key, now).await?))
    }

    async fn resolved_as(
        &self,
        tx: &mut Tx,
        place: &str,
        account: Option<Account>,
        key: String,
        now: Timestamp,
    ) -> Result<ResolvedName, Fault> {
        let source_mac = self.source_mac(&key, place);
        let known_source = tx.is_known_source(&key, &source_mac, now).await?;
        Ok(ResolvedName { account, key, source_mac, known_source })
    }

    /// The same for somebody who is about to try something: also says what room there is, counting nothing. The same
    /// statements for names that nobody has.
    pub(in crate::accounts) async fn resolve_name_to_try(
        &self,
        cx: &RequestContext,
        typed: &str,
        kind: Option<BucketKind>,
        now: Timestamp,
    ) -> Result<(ResolvedName, TryAllowance), Fault> {
        let canonical = canonical_identifier(typed);
        let resolved = read_tx!(self.store, Fault, |tx| {
            let name = self.resolve_in(tx, cx, &canonical, now).await?;
            let of_source = if name.known_source() {
                RateLimit::Admitted { fails: 0 }
            } else {
                self.peek_rate_of_source(tx, cx, BucketKind::Tries, self.limits().tries_per_source, now)
                    .await?
            };
            let of_name = match (of_source, kind) {
                (RateLimit::Admitted { .. }, Some(kind)) => {
                    let in_directory = self.directory_try(&name, TypedAt::Portal);
                    match in_directory.peek(tx, now).await? {
                        RateLimit::Admitted { .. } => tx.peek_try(&name.bucket(kind), now).await?,
                        full => full,
                    }
                }
                _ => RateLimit::Admitted { fails: 0 },
            };
            Ok((name, TryAllowance { of_source, of_name }))
        });
        let resolved = resolved.await?;
        wait_as(&resolved.0, cx);
        Ok(resolved)
    }

    /// The keyed hash that stands for a canonical name.
    pub(in crate::accounts) fn identifier_key(&self, canonical: &str) -> String {
        self.keyring.get().identifier_mac(&format!("identifier\n{canonical}"))
    }

    /// The keyed hash that stands for a source, different for each account.
    pub(in crate::accounts) fn source_mac(&self, key: &str, source: &str) -> String {
        self.keyring.get().identifier_mac(&format!("known source\n{key}\n{source}"))
    }

    /// The keyed hash that stands for a source, the same for every account.
    pub(in crate::accounts) fn place_mac(&self, source: &str) -> String {
        self.keyring.get().identifier_mac(&format!("source\n{source}"))
    }

    /// The bucket that counts what one source does, whichever account it is about.
    pub(in crate::accounts) fn source_bucket(&self, kind: BucketKind, cx: &RequestContext) -> Bucket {
        kind.of(&[&self.place_mac(&cx.source.to_string())])
    }

    /// The same for the networks that the source is part of, the narrow one first, and of what else they are about.
    pub(in crate::accounts) fn network_buckets(
        &self,
        kinds: [BucketKind; 2],
        about: &[&str],
        cx: &RequestContext,
    ) -> Vec<Bucket> {
        let networks = cx.source.networks().into_iter();
        let mac = |network| self.keyring.get().identifier_mac(&format!("network\n{network}"));
        kinds.into_iter().zip(networks).map(|(kind, network)| kind.of(about).at(&mac(network))).collect()
    }

    /// Whether any account, older than a week, signed in from `source` lately.
    pub async fn is_known_source(&self, source: Source) -> Result<bool, Fault> {
        let (place, now) = (self.place_mac(&source.to_string()), self.clock.now());
        read_tx!(self.store, Fault, |tx| Ok(tx.is_known_to_any(&place, now).await?)).await
    }

    /// Records that somebody signed in to `account` from this source.
    pub(in crate::accounts) async fn note_known_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        account: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let source = cx.source.to_string();
        let (source_mac, place_mac) = (self.source_mac(account, &source), self.place_mac(&source));
        self.forget_refusals(cx.source);
        Ok(tx.set_known_source(account, &source_mac, &place_mac, now).await?)
    }

    /// Counts a try from a source that the account does not know.
    pub(in crate::accounts) async fn admit_source(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        name: &ResolvedName,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        if name.known_source() {
            return Ok(RateLimit::Admitted { fails: 0 });
        }
        self.reserve_rate_of_source(tx, cx, BucketKind::Tries, self.limits().tries_per_source, now).await
    }
}

/// At a place that the account knows the rest of the request goes before those of strangers.
fn wait_as(name: &ResolvedName, cx: &RequestContext) {
    let requester = name.requester(cx);
    if requester.is_known() {
        wait_as_known(requester);
    }
}

/// Tells the log whom a request is about: a name that nobody has by its keyed hash, for it may be anything, a password
/// that was typed into the wrong field too.
pub(in crate::accounts) fn note_for_log(account: Option<&Account>, nobody: &str) {
    let span = Span::current();
    match account {
        Some(account) => span.record("account", account.name.as_str()),
        None => span.record("name_hash", nobody.get(..NAME_HASH_CHARS)),
    };
}
