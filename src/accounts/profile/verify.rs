//! Proving by its code that emails to an address are read: the try is counted and committed first, then the
//! code is compared, then it is used up.

use super::super::event_kind::{EventKind, Subject};
use super::super::outbox::AccountNotification;
use super::super::request::profile::{ProfileRefusal, ProfileReply};
use super::super::request::{Refusal, SignedIn};
use super::super::{Accounts, Fault, RequestContext};
use super::{find_email, is_held};
use crate::domain::code::{self, Code};
use crate::domain::email_address::EmailAddress;
use crate::domain::id::new_id;
use crate::domain::secret::Secret;
use crate::domain::throttle::{Limit, WRONG_CODES_PER_ACCOUNT, WRONG_CODES_WINDOW_MS};
use crate::domain::timestamp::Timestamp;
use crate::mail::NotificationKind;
use crate::store::{self, LiveCode, RateLimit, write_tx};

/// Wrong codes for addresses that one account may type.
const WRONG_CODES: Limit = Limit { count: WRONG_CODES_PER_ACCOUNT, window_ms: WRONG_CODES_WINDOW_MS };

/// What a code is bound to: this use, and this one address.
pub(super) fn purpose_of(address: &str) -> String {
    format!("{}:{address}", code::ADDRESS)
}

/// A try that is counted, and what it may be compared with.
struct VerifyAttempt {
    address: EmailAddress,
    live: Vec<LiveCode>,
    bucket: String,
    mark: String,
}

impl Accounts {
    pub(super) async fn verify_email(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        meant: &str,
        typed: &Secret,
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        let now = self.clock.now();
        // What has not the shape of a code is no try at one.
        let Some(code) = Code::parse(typed.expose()) else { return Ok(Err(Refusal::CodeRefused)) };
        let reserved = match self.reserve_verify_try(member, meant, now).await? {
            Ok(reserved) => reserved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(right) = self.find_right_for(&reserved, member, &code) else {
            let event = self.event(EventKind::CodeRefused, Subject::Account(member.account()), cx, now);
            write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
            return Ok(Err(Refusal::CodeRefused));
        };
        match self.count_from_now_on(cx, member, &reserved, right, now).await {
            Ok(done) => {
                self.email_written.notify_one();
                Ok(done)
            }
            // Another account verified it at the very same time.
            Err(Fault::Store(store::StoreFault::Taken(_))) => {
                Ok(Err(Refusal::Profile(ProfileRefusal::EmailTaken)))
            }
            Err(fault) => Err(fault),
        }
    }

    async fn reserve_verify_try(
        &self,
        member: &SignedIn,
        meant: &str,
        now: Timestamp,
    ) -> Result<Result<VerifyAttempt, Refusal>, Fault> {
        let account = member.account();
        let (bucket, mark) = (format!("verification-code:{account}"), new_id(now, &self.entropy));
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(address) = find_email(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if address.verified_at.is_some() {
                return Ok(Err(Refusal::Profile(ProfileRefusal::EmailYours)));
            }
            if let RateLimit::Later(at) = tx.reserve_in_windows(&bucket, &mark, &[WRONG_CODES], now).await? {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let live = tx.reserve_verify_tries(account, &purpose_of(&address.id), now).await?;
            Ok(Ok(VerifyAttempt { address, live, bucket: bucket.clone(), mark: mark.clone() }))
        })
        .await
    }

    fn find_right_for<'a>(
        &self,
        reserved: &'a VerifyAttempt,
        member: &SignedIn,
        code: &Code,
    ) -> Option<&'a LiveCode> {
        let purpose = purpose_of(&reserved.address.id);
        reserved.live.iter().find(|kept| {
            self.keyring.code_key_of(&kept.key_id).is_some_and(|key| {
                let mac = code::mac(key, &purpose, &kept.request, member.account(), code);
                code::same_mac(&mac, &kept.mac)
            })
        })
    }

    /// The code used up, the address verified, the row and the emails, to the old addresses and to the new one.
    async fn count_from_now_on(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        reserved: &VerifyAttempt,
        right: &LiveCode,
        now: Timestamp,
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        let account = member.account();
        let event = self.event(EventKind::EmailVerified, Subject::Account(account), cx, now);
        let address = &reserved.address;
        write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            if !tx.claim_code(&right.id, now).await? {
                return Ok(Err(Refusal::CodeRefused));
            }
            tx.release_in_windows(&reserved.bucket, &reserved.mark).await?;
            if !tx.claim_verified(&address.id, account, now).await? {
                return Ok(Err(Refusal::Profile(ProfileRefusal::EmailTaken)));
            }
            let has_primary = tx.list_emails(account).await?.iter().any(|address| address.is_primary);
            let is_primary = !has_primary && tx.claim_primary(&address.id, account, now).await?;
            tx.set_reviewed(account, now).await?;
            tx.insert_event(&event).await?;
            let notification = AccountNotification {
                about: NotificationKind::EmailAdded,
                account,
                name: member.name(),
                detail: &address.address,
            };
            self.tell(tx, cx, notification, now).await?;
            let address = EmailAddress { verified_at: Some(now), is_primary, ..address.clone() };
            Ok(Ok(ProfileReply::Verified(address)))
        })
        .await
    }
}
