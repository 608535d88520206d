//! Verifying an email address by its code: the try is counted and committed first, then the code is compared, then
//! it is used up.

use super::super::event_kind::EventKind;
use super::super::request::profile::{ProfileRefusal, ProfileReply};
use super::super::request::{Refusal, SignedIn};
use super::super::shared::{commit_even_if_refused, lock_current, parts_of, reserve};
use super::super::{Accounts, Error, Fault, RequestContext};
use super::find_email;
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::code::{self, Code};
use crate::domain::email_address::EmailAddress;
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::store::{LiveCode, StoreFault, write_tx};

/// What a code is bound to: this use, and this one address.
pub(super) fn purpose_of(address: &str) -> String {
    format!("{}:{address}", code::ADDRESS)
}

/// A counted try, and what it may be compared with.
struct VerifyAttempt {
    address: EmailAddress,
    live: Vec<LiveCode>,
    /// Used up, or tried too often.
    spent: Vec<LiveCode>,
    bucket: Bucket,
    mark: String,
}

impl Accounts {
    pub(super) async fn verify_email(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        email: &str,
        typed: &Secret,
    ) -> Result<ProfileReply, Error> {
        let now = self.clock.now();
        // What does not have the shape of a code is no try at one.
        let code = Code::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::Email))?;
        let reserved = self.reserve_verify_try(member, email, now).await?;
        let purpose = purpose_of(&reserved.address.id);
        let meant = (purpose.as_str(), member.account());
        let right = self.find_code(&reserved.live, parts_of, meant, &code);
        let Some(right) = right else {
            let typed = self.find_code(&reserved.spent, parts_of, meant, &code);
            return Err(self.refuse_verification(cx, member, &reserved, typed).await?.into());
        };
        let verified = self.then_send(self.commit_verified(cx, member, &reserved, right, now)).await;
        let address = verified.map_err(|error| match error {
            // Another account verified it at the very same time.
            Error::Fault(Fault::Store(StoreFault::Taken(_))) => ProfileRefusal::EmailTaken.into(),
            error => error,
        })?;
        Ok(ProfileReply::Verified(address))
    }

    /// The refusal of a code that set off nothing. A right one that came second, or after the last try, was no guess. The
    /// member may know that no code is left to try: the account is theirs.
    async fn refuse_verification(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        VerifyAttempt { live, spent, bucket, mark, .. }: &VerifyAttempt,
        typed: Option<&LiveCode>,
    ) -> Result<Refusal, Fault> {
        let (now, kind) = (self.clock.now(), EventKind::VerificationCodeRefused);
        let refusal = write_tx!(self.store, Fault, |tx| {
            let Some(right) = typed else {
                self.record(tx, cx, member, kind, now).await?;
                let mut has_tries = spent.is_empty() || !live.is_empty();
                for code in spent {
                    has_tries |= tx.is_used_code(&code.id).await?;
                }
                return Ok(if has_tries { Refusal::CodeRefused } else { Refusal::CodeTriesUsed });
            };
            tx.release_in_windows(bucket, mark).await?;
            let is_used = tx.is_used_code(&right.id).await?;
            Ok(if is_used { Refusal::CodeUsed } else { Refusal::CodeTriesUsed })
        });
        refusal.await
    }

    /// Counts the try, in a commit of its own.
    async fn reserve_verify_try(
        &self,
        member: &SignedIn,
        email: &str,
        now: Timestamp,
    ) -> Result<VerifyAttempt, Error> {
        let account = member.account();
        let (bucket, mark) = (BucketKind::VerificationCode.of(&[account]), new_id(now, &self.entropy));
        write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            let address = find_email(tx, account, email).await?;
            if address.verified_at.is_some() {
                return Err(ProfileRefusal::EmailYours.into());
            }
            reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?;
            let purpose = purpose_of(&address.id);
            let live = tx.reserve_verify_tries(account, &purpose, now).await?;
            let spent = tx.list_spent_codes(account, &purpose, now).await?;
            Ok(VerifyAttempt { address, live, spent, bucket: bucket.clone(), mark: mark.clone() })
        })
        .await
    }

    /// The code used up, the address verified, the row and the emails, to the old addresses and to the new one. A
    /// right code is used up, and no wrong try, also when the address turns out to be another account's.
    async fn commit_verified(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        VerifyAttempt { address, bucket, mark, .. }: &VerifyAttempt,
        right: &LiveCode,
        now: Timestamp,
    ) -> Result<EmailAddress, Error> {
        let account = member.account();
        commit_even_if_refused!(self.store, |tx| {
            lock_current(tx, member).await?;
            let is_claimed = tx.claim_code(&right.id, now).await?;
            if !is_claimed && !tx.is_used_code(&right.id).await? {
                return Err(Refusal::CodeRefused.into());
            }
            // Whoever comes second with the right code has guessed at nothing either.
            tx.release_in_windows(bucket, mark).await?;
            if !is_claimed {
                return Err(Refusal::CodeUsed.into());
            }
            let change = (EventKind::EmailVerified, address.address.as_str());
            let undo = self.offer_undo(tx, cx, account, change, now).await?;
            if !tx.claim_verified(&address.id, account, now).await? {
                self.withdraw_undo(tx, &undo).await?;
                return Err(ProfileRefusal::EmailTaken.into());
            }
            let has_primary = tx.list_emails(account).await?.iter().any(|address| address.is_primary);
            let is_primary = !has_primary && tx.claim_primary(&address.id, account, now).await?;
            tx.set_reviewed(account, now).await?;
            self.record_undoable(tx, cx, member, &undo, now).await?;
            Ok(EmailAddress { verified_at: Some(now), is_primary, ..address.clone() })
        })
        .await
    }
}
