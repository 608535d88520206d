//! Proving a code: its try is counted and committed first, then it is compared, then it is used up.
//!
//! # Who holds a code
//!
//! | who | tries at it | wrong codes a day |
//! |---|---|---|
//! | brings the id of its request: the session that asked, or a command with `--request` | 5 | as many as its code has |
//! | comes from the source that asked for it | 5 | 20 |
//! | comes from a source that the account knows | 5 | 20 |
//! | anybody else, all together | 3 | 20 at all codes of the account |
//!
//! The tries of a code are five in all, whoever has them; so holders have two at least. Nothing that strangers type
//! keeps a holder's right code from working. Codes that support makes are held by nobody, and are counted apart:
//! [`super::super::shared::codes`].
//!
//! What strangers can do: type all three of their tries, so that an owner on another network who doesn't bring the id
//! asks once more there; and ask for codes themselves, which they then hold and can spend. The emails of these go to the
//! owner, but use up what an account gets from sources that it doesn't know ([`CODES_PER_ACCOUNT`]): an owner who signed
//! in nowhere for 30 days gets no other that day. A known source has emails of its own, and support can make a code.
//!
//! [`CODES_PER_ACCOUNT`]: crate::domain::throttle::CODES_PER_ACCOUNT

use super::super::event_kind::{EventKind, Subject};
use super::super::hashing::Requester;
use super::super::request::second_factor::SecondFactorReply;
use super::super::request::{FirstFactor, FirstFactorKind, Refusal, Reply, RequestId, ResetGrant};
use super::super::shared::codes::SharedTry;
use super::super::shared::resolve_name::ResolvedName;
use super::super::shared::{admitted, parts_of};
use super::super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::code::{self, Code};
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::secret::Secret;
use crate::domain::throttle::GRANT_LIFE_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{
    Account, CodeHolder, GrantedBy, LiveCode, NewGrant, RateLimit, Tx, wait_as_known, write_tx,
};

/// Requests of one session that count: as many codes of an account as may live at the same time.
const REQUESTS_HELD: usize = 3;

/// A counted try: the codes to compare with, and where it counts until it is known to be right.
#[derive(Debug)]
pub(super) struct CodeAttempt {
    pub(super) live: Vec<LiveCode>,
    /// Used up, or tried too often: whoever types one of these is too late, and guesses at nothing.
    pub(super) spent: Vec<LiveCode>,
    mark: String,
    bucket: Bucket,
    shared: SharedTry,
    /// The answered requests whose ids were brought.
    held: Vec<String>,
}

/// A right code that is not used up yet; its try is counted.
#[derive(Debug)]
pub(super) struct RightCode<'a> {
    pub(super) account: &'a Account,
    pub(super) code: &'a LiveCode,
    pub(super) attempt: &'a CodeAttempt,
    /// The id of the grant that it is used up for.
    pub(super) grant: String,
}

/// What a right code was used up for.
#[derive(Debug)]
pub(super) struct Redeemed {
    pub(super) grant: ResetGrant,
    /// False while the second factor is still to be shown.
    pub(super) is_whole: bool,
}

impl Accounts {
    /// The story of [`crate::accounts::request::Request::ProveCode`].
    pub(in crate::accounts) async fn prove_code(
        &self,
        cx: &RequestContext,
        name: &str,
        requests: &[RequestId],
        typed: &Secret,
    ) -> Result<Reply, Error> {
        let now = self.clock.now();
        // What does not have the shape of a code is no try at one: a slip costs the person nothing.
        let code = Code::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::Email))?;
        let (resolved, room) = self.resolve_name_to_try(cx, name, None, now).await?;
        admitted(room.of_source)?;
        let attempt = self.reserve_code_try(cx, &resolved, requests, now).await?;
        let meant = (code::RESET, resolved.key());
        let right = self.find_code(&attempt.live, parts_of, meant, &code);
        if let (Some(live), Some(account)) = (right, resolved.open_account()) {
            let grant = new_id(now, &self.entropy);
            wait_as_known(Requester::known(&account.id, cx.source));
            let right = RightCode { account, code: live, attempt: &attempt, grant };
            if let Some(reply) = self.redeem(cx, &right, now).await? {
                return Ok(reply);
            }
        }
        Err(self.refuse_code(cx, &resolved, &attempt, (right, &code)).await?.into())
    }

    /// The refusal of a code that set off nothing. One that is right and was used a moment ago, by another redemption of
    /// the same code, or has had all its tries, is no guess: its tries are given back, and no row calls it wrong. Only its
    /// holder is told, by typing it; it is good for nobody then, so that guessing on at it is worth nothing.
    pub(super) async fn refuse_code(
        &self,
        cx: &RequestContext,
        name: &ResolvedName,
        attempt: &CodeAttempt,
        (right, typed): (Option<&LiveCode>, &Code),
    ) -> Result<Refusal, Fault> {
        let spent = self.find_code(&attempt.spent, parts_of, (code::RESET, name.key()), typed);
        let requests: Vec<&str> = attempt.held.iter().map(String::as_str).collect();
        let refusal = write_tx!(self.store, Fault, |tx| {
            if let Some(right) = right.or(spent) {
                tx.claim_account_lock(name.key()).await?;
                attempt.release(tx).await?;
                for tried in &attempt.live {
                    tx.release_code_try(&tried.id, &holder(name, &requests)).await?;
                }
                return Ok(if tx.is_used_code(&right.id).await? {
                    Refusal::CodeUsed
                } else if tx.has_had_its_tries(&right.id).await? {
                    // Told that it is wrong, they would type it again and again.
                    Refusal::CodeTriesUsed
                } else {
                    // Strangers have had their share of its tries, and it is still good for its holders: whoever guesses
                    // on must not learn which it is.
                    Refusal::CodeRefused
                });
            }
            let refused = self.event(EventKind::ResetCodeRefused, name.subject(), cx, self.clock.now());
            tx.insert_event(&refused).await?;
            Ok(Refusal::CodeRefused)
        });
        refusal.await
    }

    /// Counts the try against the source, the account and each code it may mean, in a commit of its own: a
    /// kill between counting and comparing keeps the count.
    ///
    /// Who brings the requests of codes has the tries of those codes, whatever else the source has tried. A request that
    /// was never answered (the account had had its emails already) ties to nothing: then any code of the account will do,
    /// as without one.
    pub(super) async fn reserve_code_try(
        &self,
        cx: &RequestContext,
        name: &ResolvedName,
        requests: &[RequestId],
        now: Timestamp,
    ) -> Result<CodeAttempt, Error> {
        let mark = new_id(now, &self.entropy);
        write_tx!(self.store, Error, |tx| {
            admitted(self.admit_source(tx, cx, name, now).await?)?;
            tx.lock_account_of_codes(name.key(), code::RESET).await?;
            let mut held = Vec::new();
            for RequestId(request) in requests.iter().rev().take(REQUESTS_HELD) {
                // Of this account: whether somebody else's was answered is none of theirs to know.
                if tx.is_answered(request, name.key(), code::RESET).await? {
                    held.push(request.clone());
                }
            }
            // The same statements in any case, because which case it is depends on whether there is an account.
            let bucket = BucketKind::Code.of(&[name.key(), name.source_mac()]);
            let counted = tx.reserve_in_windows(&bucket, &mark, bucket.fixed_limits(), now).await?;
            let requests: Vec<&str> = held.iter().map(String::as_str).collect();
            let is_spent = matches!(counted, RateLimit::Later(_));
            let holder = CodeHolder { by_request_only: is_spent, ..holder(name, &requests) };
            let mut live = tx.reserve_code_tries(name.key(), code::RESET, &holder, now).await?;
            let support = tx.list_support_codes(name.key(), code::RESET, now).await?;
            // A new code from support has tries of its own.
            let newest = support.first().map_or("", |code| code.id.as_str());
            let what = BucketKind::Support.of(&[name.key(), newest]);
            let reserved = if name.known_source() {
                self.reserve_own_try(tx, cx, &what, &mark, now).await
            } else {
                self.reserve_shared_try(tx, cx, &what, &mark, now).await
            };
            let shared = match reserved {
                Ok(shared) => {
                    live.extend(support);
                    shared
                }
                // The code that is meant may be another one.
                Err(Error::Refused(_)) => SharedTry::default(),
                Err(fault) => return Err(fault),
            };
            let spent = tx.list_spent_codes(name.key(), code::RESET, now).await?;
            Ok(CodeAttempt { live, spent, mark: mark.clone(), bucket, shared, held })
        })
        .await
    }

    /// The try was none at guessing: gives it back to what counts wrong ones, and to the code if `also_of_code`.
    pub(super) async fn release_code_try(
        &self,
        name: &ResolvedName,
        right: &RightCode<'_>,
        also_of_code: bool,
    ) -> Result<(), Error> {
        let requests: Vec<&str> = right.attempt.held.iter().map(String::as_str).collect();
        write_tx!(self.store, Error, |tx| {
            tx.claim_account_lock(&right.account.id).await?;
            right.attempt.release(tx).await?;
            if also_of_code {
                tx.release_code_try(&right.code.id, &holder(name, &requests)).await?;
            }
            Ok(())
        })
        .await
    }

    /// Uses the code up and creates the grant, in one transaction.
    async fn redeem(
        &self,
        cx: &RequestContext,
        right: &RightCode<'_>,
        now: Timestamp,
    ) -> Result<Option<Reply>, Error> {
        let redeemed =
            write_tx!(self.store, Error, |tx| Ok(self.redeem_code(tx, cx, right, false, now).await?));
        let Some(Redeemed { grant, is_whole }) = redeemed.await? else { return Ok(None) };
        Ok(Some(if is_whole {
            Reply::MaySetPassword(grant)
        } else {
            let ResetGrant { id, account, name, .. } = grant;
            let (epoch, kind) = (right.account.auth_epoch, FirstFactorKind::Code(id));
            let first_factor = FirstFactor::new(account, name, epoch, kind, now);
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(first_factor))
        }))
    }

    /// Uses the code up and creates the grant; `None` when another redemption was first, or the code was voided or
    /// expired meanwhile. Where the account has a second factor, the grant is good for nothing before that is proven:
    /// a registered key that this connection holds is enough, and so is one that `has_shown_second_factor` says.
    pub(super) async fn redeem_code(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        RightCode { account, code, attempt, grant }: &RightCode<'_>,
        has_shown_second_factor: bool,
        now: Timestamp,
    ) -> Result<Option<Redeemed>, Fault> {
        let is_current = tx.claim_account_lock(&account.id).await?
            && tx.is_current(&account.id, account.auth_epoch).await?;
        if !is_current || !tx.claim_code(&code.id, now).await? {
            return Ok(None);
        }
        let has_second_factor = tx.find_second_factor(&account.id).await?.is_some();
        let is_whole =
            !has_second_factor || has_shown_second_factor || self.holds_key_of(tx, cx, &account.id).await?;
        tx.insert_grant(&NewGrant {
            id: grant,
            account: &account.id,
            by: GrantedBy::Code(&code.id),
            epoch: account.auth_epoch,
            now,
            expires_at: now.plus_ms(GRANT_LIFE_MS),
            second_factor_at: (has_second_factor && is_whole).then_some(now),
        })
        .await?;
        attempt.release(tx).await?;
        let event =
            self.event(EventKind::ResetCodeAccepted, Subject::Account(&account.id, &account.name), cx, now);
        tx.insert_event(&event).await?;
        let (id, name) = (grant.clone(), account.name.clone());
        Ok(Some(Redeemed {
            grant: ResetGrant { id, account: account.id.clone(), name, has_second_factor, current: None },
            is_whole,
        }))
    }
}

impl CodeAttempt {
    async fn release(&self, tx: &mut Tx) -> Result<(), Fault> {
        tx.release_in_windows(&self.bucket, &self.mark).await?;
        self.shared.release(tx, &self.mark).await
    }
}

fn holder<'a>(name: &'a ResolvedName, requests: &'a [&'a str]) -> CodeHolder<'a> {
    let (source_mac, is_known_source) = (name.source_mac(), name.known_source());
    CodeHolder { requests, source_mac, is_known_source, by_request_only: false }
}
