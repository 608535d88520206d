//! Adding an address and sending its code, choosing the primary one, removing one.

use super::super::event_kind::{EventKind, Subject};
use super::super::outbox::AccountNotification;
use super::super::request::profile::{EMAILS_PER_ACCOUNT, ProfileRefusal, ProfileReply};
use super::super::request::{Refusal, SignedIn};
use super::super::{Accounts, Fault, RequestContext};
use super::verify::purpose_of;
use super::{find_email, is_held};
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::email_address::EmailAddress;
use crate::domain::id::new_id;
use crate::domain::throttle::{
    CODE_LIFE_CAP_MS, FORMER_PRIMARY_KEPT_MS, PRIMARY_CHANGES_PER_ACCOUNT, RESEND_AFTER_MS,
    VERIFICATION_CODES_PER_ACCOUNT, VERIFICATION_CODES_PER_EMAIL, VERIFICATION_CODES_PER_SOURCE,
};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailMessage, NotificationKind};
use crate::store::{NewCode, RateLimit, Recipient, Tx, write_tx};

impl Accounts {
    /// Writes the address down and sends a code to it. The same for an address that another account has: only
    /// who reads its emails learns more.
    pub(super) async fn add_email(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        typed: &str,
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        let email = match Email::parse(typed.trim()) {
            Ok(email) => email,
            Err(refusal) => return Ok(Err(Refusal::Profile(refusal.into()))),
        };
        let now = self.clock.now();
        let done = write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let account = member.account();
            let there = tx.list_emails(account).await?;
            let known = there.iter().find(|address| address.canonical == email.canonical());
            if known.is_some_and(|address| address.verified_at.is_some()) {
                return Ok(Err(Refusal::Profile(ProfileRefusal::EmailYours)));
            }
            if known.is_none() && there.len() >= EMAILS_PER_ACCOUNT {
                return Ok(Err(Refusal::Profile(ProfileRefusal::TooManyEmails)));
            }
            if let RateLimit::Later(at) =
                self.admit_verification_code(tx, cx, member, email.canonical(), now).await?
            {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let event_kind = if let Some(address) = known {
                self.mint_verification_code(tx, cx, member, address, now).await?;
                EventKind::CodeIssued
            } else {
                let new = new_id(now, &self.entropy);
                tx.insert_unverified_email(&new, account, email.as_str(), email.canonical(), now).await?;
                let Some(address) = find_email(tx, account, &new).await? else {
                    return Ok(Err(Refusal::NotFound));
                };
                self.mint_verification_code(tx, cx, member, &address, now).await?;
                EventKind::EmailAdded
            };
            tx.insert_event(&self.event(event_kind, Subject::Account(account), cx, now)).await?;
            let address = find_email(tx, account, email.as_str()).await?;
            Ok(address.map(|address| code_sent(address, now)).ok_or(Refusal::NotFound))
        });
        Ok(self.rung(done.await?))
    }

    /// Sends another code; the earlier ones stay good.
    pub(super) async fn send_verification_code(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        meant: &str,
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        let now = self.clock.now();
        let done = write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let account = member.account();
            let Some(address) = find_email(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if address.verified_at.is_some() {
                return Ok(Err(Refusal::Profile(ProfileRefusal::EmailYours)));
            }
            if let RateLimit::Later(at) =
                self.admit_verification_code(tx, cx, member, &address.canonical, now).await?
            {
                return Ok(Err(Refusal::TryLater(at)));
            }
            self.mint_verification_code(tx, cx, member, &address, now).await?;
            tx.insert_event(&self.event(EventKind::CodeIssued, Subject::Account(account), cx, now)).await?;
            Ok(Ok(code_sent(address, now)))
        });
        Ok(self.rung(done.await?))
    }

    /// Takes a place among the emails to this mailbox (whoever asks for them), of this account and from this
    /// source.
    async fn admit_verification_code(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        canonical: &str,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        let mark = new_id(now, &self.entropy);
        let target = format!("mailbox:{}", self.identifier_key(canonical));
        let account = format!("addresses:{}", member.account());
        let source = self.source_bucket("emails", cx);
        // The mailbox last: whoever may not send at all takes no place of somebody else's.
        for (bucket, limits) in [
            (account, VERIFICATION_CODES_PER_ACCOUNT.as_slice()),
            (source, &VERIFICATION_CODES_PER_SOURCE),
            (target, &VERIFICATION_CODES_PER_EMAIL),
        ] {
            let tried = tx.reserve_in_windows(&bucket, &mark, limits, now).await?;
            if !matches!(tried, RateLimit::Admitted { .. }) {
                return Ok(tried);
            }
        }
        Ok(RateLimit::Admitted { fails: 0 })
    }

    /// Commits a code, bound to this one address, together with its email.
    async fn mint_verification_code(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        address: &EmailAddress,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let code = Code::generate(&self.entropy);
        let (key_id, key) = self.keyring.code_key();
        let (id, request) = (new_id(now, &self.entropy), new_id(now, &self.entropy));
        let purpose = purpose_of(&address.id);
        let expires_at = now.plus_ms(CODE_LIFE_CAP_MS);
        tx.insert_code(&NewCode {
            id: &id,
            request: &request,
            account: member.account(),
            purpose: &purpose,
            mac: &code::mac(key, &purpose, &request, member.account(), &code),
            key_id,
            requested_at: now,
            expires_at,
        })
        .await?;
        let email = EmailMessage::VerificationCode {
            code: code.grouped(),
            valid_minutes: self.rules.code_ttl_minutes,
            requested_at: now.epoch_ms(),
            ip: cx.source.to_string(),
        };
        self.write_to(tx, Recipient::Unverified(&address.id), Some(&id), &email, now, expires_at).await
    }

    /// Makes a verified address the primary one. The epoch rises, so what was proven before opens nothing any
    /// more; codes on their way stay good, because every address they went to is still the account's. Who
    /// switches back and forth must not keep the owner from a reset.
    pub(super) async fn set_primary(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        meant: &str,
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        let now = self.clock.now();
        let account = member.account();
        let (bucket, mark) = (format!("primary:{account}"), new_id(now, &self.entropy));
        let event = self.event(EventKind::PrimaryEmailChanged, Subject::Account(account), cx, now);
        let done = write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(address) = find_email(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if address.verified_at.is_none() {
                return Ok(Err(Refusal::Profile(ProfileRefusal::NotVerified)));
            }
            if address.is_primary {
                return Ok(Err(Refusal::Profile(ProfileRefusal::AlreadyPrimary)));
            }
            // Back to an older one always goes: who used the changes up does not keep the owner from it.
            let main = tx.list_emails(account).await?.into_iter().find(|other| other.is_primary);
            let is_older = main.is_some_and(|main| address.verified_at < main.verified_at);
            let tried = tx.reserve_in_windows(&bucket, &mark, &PRIMARY_CHANGES_PER_ACCOUNT, now).await?;
            if let RateLimit::Later(at) = tried
                && !is_older
            {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let Some(epoch) = tx.claim_epoch(account, member.epoch(), now).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            tx.claim_primary(&address.id, account, now).await?;
            tx.set_reviewed(account, now).await?;
            tx.insert_event(&event).await?;
            let about = NotificationKind::PrimaryEmailChanged;
            let notification =
                AccountNotification { about, account, name: member.name(), detail: &address.address };
            self.tell(tx, cx, notification, now).await?;
            let view = EmailAddress { is_primary: true, ..address };
            Ok(Ok(ProfileReply::PrimaryChanged(member.at_epoch(epoch), view)))
        });
        let done = done.await?;
        if let Ok(ProfileReply::PrimaryChanged(newer, _)) = &done {
            self.revocations.announce(account, newer.epoch());
        }
        Ok(self.rung(done))
    }

    /// Takes an address off the account with the codes that went to it, and tells it so together with those
    /// that stay.
    pub(super) async fn remove_email(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        meant: &str,
    ) -> Result<Result<ProfileReply, Refusal>, Fault> {
        let now = self.clock.now();
        let account = member.account();
        let former = new_id(now, &self.entropy);
        let event = self.event(EventKind::EmailRemoved, Subject::Account(account), cx, now);
        let done = write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(address) = find_email(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            let all = tx.list_emails(account).await?;
            if address.is_primary {
                let has_more = all.iter().any(|other| other.verified_at.is_some() && !other.is_primary);
                let why = if has_more { ProfileRefusal::IsPrimary } else { ProfileRefusal::LastEmail };
                return Ok(Err(Refusal::Profile(why)));
            }
            if let Some(until) = kept_until(&address, &all).filter(|until| *until > now) {
                return Ok(Err(Refusal::Profile(ProfileRefusal::FormerPrimary(until))));
            }
            tx.void_reset_codes_sent_to(&address.id, now).await?;
            if !tx.claim_removed(&address.id, account, &former, now).await? {
                return Ok(Err(Refusal::NotFound));
            }
            tx.insert_event(&event).await?;
            // One that never counted was never told to anybody.
            if address.verified_at.is_some() {
                tx.set_reviewed(account, now).await?;
                let about = NotificationKind::EmailRemoved;
                let notification =
                    AccountNotification { about, account, name: member.name(), detail: &address.address };
                self.tell_former(tx, cx, &notification, &former, now).await?;
                self.tell(tx, cx, notification, now).await?;
            }
            Ok(Ok(ProfileReply::Removed(address)))
        });
        Ok(self.rung(done.await?))
    }
}

fn code_sent(address: EmailAddress, now: Timestamp) -> ProfileReply {
    ProfileReply::CodeSent { address: address, resend_at: now.plus_ms(RESEND_AFTER_MS) }
}

/// Until when a former primary address stays, so that whoever put another in its place cannot cut its owner off.
/// One that is younger than the primary one is what such a change leaves behind once it is undone: it may go.
fn kept_until(address: &EmailAddress, all: &[EmailAddress]) -> Option<Timestamp> {
    let is_younger = all.iter().any(|main| main.is_primary && address.verified_at > main.verified_at);
    address.primary_until.filter(|_| !is_younger).map(|at| at.plus_ms(FORMER_PRIMARY_KEPT_MS))
}
