//! Proving a code: its try is counted and committed first, then it is compared, then it is used up.

use super::super::event_kind::{EventKind, Subject};
use super::super::request::second_factor::SecondFactorReply;
use super::super::request::{FirstFactor, FirstFactorKind, Refusal, Reply, RequestId, ResetGrant};
use super::super::shared::resolve_name::ResolvedName;
use super::super::shared::{admitted, parts_of};
use super::super::{Accounts, Error, Fault, RequestContext};
use crate::domain::code::{self, Code};
use crate::domain::id::new_id;
use crate::domain::secret::Secret;
use crate::domain::throttle::{GRANT_LIFE_MS, Limit, WRONG_CODES_PER_ACCOUNT, WRONG_CODES_WINDOW_MS};
use crate::domain::timestamp::Timestamp;
use crate::store::{Account, LiveCode, NewGrant, RateLimit, Tx, write_tx};

/// Wrong codes that one account takes from one source that does not hold the request.
const WRONG_CODES: Limit = Limit { count: WRONG_CODES_PER_ACCOUNT, window_ms: WRONG_CODES_WINDOW_MS };

/// Requests of one session that count: as many codes of an account as may live at the same time.
const REQUESTS_HELD: usize = 3;

/// A counted try: the codes to compare with, and the bucket that it counts in until it is known to be right.
pub(super) struct CodeAttempt {
    pub(super) live: Vec<LiveCode>,
    /// Used up, or tried too often: whoever types one of these is too late, and guesses at nothing.
    pub(super) spent: Vec<LiveCode>,
    pub(super) bucket: String,
    pub(super) mark: String,
}

/// A right code that is not used up yet; its try is counted.
#[derive(Debug)]
pub(super) struct RightCode<'a> {
    pub(super) account: &'a Account,
    pub(super) code: &'a LiveCode,
    /// Where the try counts, and as what.
    pub(super) bucket: &'a str,
    pub(super) mark: &'a str,
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
        let code = Code::parse(typed.expose()).ok_or(Refusal::CodeRefused)?;
        let resolved = self.resolve_name(cx, name, now).await?;
        let attempt = self.reserve_code_try(cx, &resolved, requests, now).await?;
        let meant = (code::RESET, resolved.key());
        let right = self.find_code(&attempt.live, parts_of, meant, &code);
        if let (Some(live), Some(account)) = (right, resolved.open_account()) {
            let grant = new_id(now, &self.entropy);
            let CodeAttempt { bucket, mark, .. } = &attempt;
            let right = RightCode { account, code: live, bucket, mark, grant };
            if let Some(reply) = self.redeem(cx, &right, now).await? {
                return Ok(reply);
            }
        }
        Err(self.refuse_code(cx, &resolved, &attempt, (right, &code)).await?.into())
    }

    /// The refusal of a code that set off nothing. One that is right and was used a moment ago, by another redemption of
    /// the same code, is no guess: its tries are given back, and no row calls it wrong. Only its holder is told.
    pub(super) async fn refuse_code(
        &self,
        cx: &RequestContext,
        name: &ResolvedName,
        CodeAttempt { live, spent, bucket, mark }: &CodeAttempt,
        (right, typed): (Option<&LiveCode>, &Code),
    ) -> Result<Refusal, Fault> {
        let spent = self.find_code(spent, parts_of, (code::RESET, name.key()), typed);
        let refusal = write_tx!(self.store, Fault, |tx| {
            if let Some(right) = right.or(spent) {
                tx.claim_account_lock(name.key()).await?;
                tx.release_in_windows(bucket, mark).await?;
                for tried in live {
                    tx.release_code_try(&tried.id).await?;
                }
                let is_used = tx.is_used_code(&right.id).await?;
                return Ok(if is_used { Refusal::CodeUsed } else { Refusal::CodeRefused });
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
    /// A session that holds the requests of codes is counted by those codes alone, so that strangers who guess for
    /// this name all day are not in the way. A request that was never answered (the account had had its emails
    /// already) ties to nothing: then any code of the account will do, as in a session that requested none.
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
                if tx.is_answered(request).await? {
                    held.push(request.as_str());
                }
            }
            // The same statements in either case, because which case it is depends on whether there is an account.
            let bucket =
                held.first().map_or_else(|| name.bucket("code"), |request| format!("code:{request}"));
            let live = match tx.reserve_in_windows(&bucket, &mark, &[WRONG_CODES], now).await? {
                // Too many wrong codes for this name: any code is wrong now.
                RateLimit::Later(_) => Vec::new(),
                _ => tx.reserve_code_tries(name.key(), code::RESET, &held, now).await?,
            };
            let spent = tx.list_spent_codes(name.key(), code::RESET, now).await?;
            Ok(CodeAttempt { live, spent, bucket, mark: mark.clone() })
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
            Reply::CodeProven(grant)
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
        RightCode { account, code, bucket, mark, grant }: &RightCode<'_>,
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
            code: &code.id,
            epoch: account.auth_epoch,
            now,
            expires_at: now.plus_ms(GRANT_LIFE_MS),
            second_factor_at: (has_second_factor && is_whole).then_some(now),
        })
        .await?;
        tx.release_in_windows(bucket, mark).await?;
        let event = self.event(EventKind::ResetCodeAccepted, Subject::Account(&account.id), cx, now);
        tx.insert_event(&event).await?;
        let (id, name) = (grant.clone(), account.name.clone());
        Ok(Some(Redeemed {
            grant: ResetGrant { id, account: account.id.clone(), name, has_second_factor },
            is_whole,
        }))
    }
}
