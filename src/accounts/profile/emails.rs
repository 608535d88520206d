//! Adding an address and sending its code, choosing the primary one, removing one.

use super::super::event_kind::EventKind;
use super::super::notifications::Notification;
use super::super::request::profile::{EMAILS_PER_ACCOUNT, ProfileRefusal, ProfileReply};
use super::super::request::{Refusal, SignedIn};
use super::super::shared::{admitted, commit_even_if_refused, lock_current, reserve, room_at};
use super::super::{Accounts, Error, Fault, RequestContext};
use super::find_email;
use super::verify::purpose_of;
use crate::domain::bucket::BucketKind;
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::email_address::EmailAddress;
use crate::domain::id::new_id;
use crate::domain::throttle::{
    CODE_LIFE_CAP_MS, FORMER_PRIMARY_KEPT_MS, Limit, RESEND_AFTER_MS, WithoutAccount,
};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{NewCode, Origin, Recipient, Tx, write_tx};

impl Accounts {
    /// Stores the address and sends a code to it. The same for an address that another account has: only
    /// who reads its emails learns more.
    pub(super) async fn add_email(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        typed: &str,
    ) -> Result<ProfileReply, Error> {
        let email = Email::parse(typed.trim()).map_err(ProfileRefusal::from)?;
        let (now, account, ip) = (self.clock.now(), member.account(), cx.source.to_string());
        self.then_send(commit_even_if_refused!(self.store, |tx| {
            lock_current(tx, member).await?;
            let addresses = tx.list_emails(account).await?;
            let known = addresses.iter().find(|address| address.canonical == email.canonical());
            if known.is_some_and(|address| address.verified_at.is_some()) {
                return Err(ProfileRefusal::EmailYours.into());
            }
            if known.is_none() && addresses.len() >= EMAILS_PER_ACCOUNT {
                return Err(ProfileRefusal::TooManyEmails.into());
            }
            let resend_at = self.reserve_verification_code(tx, cx, member, email.canonical(), now).await?;
            let event_kind = if known.is_some() {
                EventKind::VerificationCodeSent
            } else {
                let id = new_id(now, &self.entropy);
                let from = Origin { ip: &ip, client: &cx.client };
                tx.insert_unverified_email(&id, account, (email.as_str(), email.canonical()), from, now)
                    .await?;
                EventKind::EmailAdded
            };
            let address = find_email(tx, account, email.as_str()).await?;
            self.mint_verification_code(tx, cx, member, &address, now).await?;
            self.record(tx, cx, member, event_kind, now).await?;
            Ok(ProfileReply::CodeSent { address, resend_at })
        }))
        .await
    }

    /// Sends another code; the earlier ones stay good.
    pub(super) async fn send_verification_code(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        email: &str,
    ) -> Result<ProfileReply, Error> {
        let now = self.clock.now();
        self.then_send(commit_even_if_refused!(self.store, |tx| {
            lock_current(tx, member).await?;
            let address = find_email(tx, member.account(), email).await?;
            if address.verified_at.is_some() {
                return Err(ProfileRefusal::EmailYours.into());
            }
            let resend_at = self.reserve_verification_code(tx, cx, member, &address.canonical, now).await?;
            self.mint_verification_code(tx, cx, member, &address, now).await?;
            self.record(tx, cx, member, EventKind::VerificationCodeSent, now).await?;
            Ok(ProfileReply::CodeSent { address, resend_at })
        }))
        .await
    }

    /// Counts an email of this account, from this source and to this mailbox (whoever asks for it). What was
    /// counted stays counted when a later one has no room. Gives from when on there is room for another one.
    async fn reserve_verification_code(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        member: &SignedIn,
        canonical: &str,
        now: Timestamp,
    ) -> Result<Timestamp, Error> {
        let mark = new_id(now, &self.entropy);
        let account = BucketKind::Addresses.of(&[member.account()]);
        let source = self.source_bucket(BucketKind::Emails, cx);
        let of_source = self.limits().verification_codes_per_source;
        let of_source = self.limit_of_source(tx, cx, of_source, now).await?;
        let mailbox = self.mailbox_bucket(BucketKind::Mailbox, canonical);
        let (all, of_all) = self.without_account(WithoutAccount::Verification);
        let buckets: [(_, &[Limit]); 4] = [
            (&account, account.fixed_limits()),
            (&source, of_source.as_slice()),
            // The last: a member who may not send at all takes no place of somebody else's.
            (&mailbox, mailbox.fixed_limits()),
            (&all, &of_all),
        ];
        reserve(tx, &buckets, &mark, now).await?;
        let windows = buckets.map(|(bucket, limits)| (bucket, "", limits));
        Ok(room_at(tx, &windows, now).await?.max(now.plus_ms(RESEND_AFTER_MS)))
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
        let keyring = self.keyring.get();
        let (key_id, key) = keyring.code_key();
        let (id, request) = (new_id(now, &self.entropy), new_id(now, &self.entropy));
        let purpose = purpose_of(&address.id);
        let expires_at = now.plus_ms(CODE_LIFE_CAP_MS);
        tx.insert_code(&NewCode {
            id: &id,
            request: &request,
            asked_by: "",
            account: member.account(),
            purpose: &purpose,
            mac: &code::mac(key, &purpose, &request, member.account(), &code),
            key_id,
            requested_at: now,
            expires_at,
        })
        .await?;
        let email = EmailMessage {
            code: code.grouped(),
            valid_minutes: self.rules.code_ttl_minutes,
            ip: cx.source.to_string(),
            language: cx.language,
            ..EmailMessage::new(EmailKind::VerificationCode, now)
        };
        self.enqueue(tx, Recipient::Unverified(&address.id), Some(&id), &email, now, expires_at).await
    }

    /// Makes a verified address the primary one. The epoch rises, so that older proofs are void; reset codes on
    /// their way stay good, because every address they went to is still the account's: switching back and forth
    /// must not keep the owner from a reset.
    pub(super) async fn set_primary(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        email: &str,
    ) -> Result<ProfileReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let (bucket, mark) = (BucketKind::Primary.of(&[account]), new_id(now, &self.entropy));
        let (epoch, address) = self
            .then_send(write_tx!(self.store, Error, |tx| {
                lock_current(tx, member).await?;
                let address = find_email(tx, account, email).await?;
                if address.verified_at.is_none() {
                    return Err(ProfileRefusal::NotVerified.into());
                }
                if address.suspended_at.is_some() {
                    return Err(ProfileRefusal::Suspended.into());
                }
                if address.is_primary {
                    return Err(ProfileRefusal::AlreadyPrimary.into());
                }
                // Back to an older one is always allowed: using the changes up does not keep the owner from it.
                let primary = tx.list_emails(account).await?.into_iter().find(|other| other.is_primary);
                let is_older = primary.is_some_and(|primary| address.verified_at < primary.verified_at);
                let limit = tx.reserve_in_windows(&bucket, &mark, bucket.fixed_limits(), now).await?;
                if !is_older {
                    admitted(limit)?;
                }
                let change = (EventKind::PrimaryEmailChanged, address.address.as_str());
                let undo = self.offer_undo(tx, cx, account, change, now).await?;
                let epoch = tx.claim_epoch(account, member.epoch(), &cx.session, now).await?;
                let epoch = epoch.ok_or(Refusal::SignedOutElsewhere)?;
                tx.claim_primary(&address.id, account, now).await?;
                tx.set_reviewed(account, now).await?;
                self.record_undoable(tx, cx, member, &undo, now).await?;
                Ok((epoch, EmailAddress { is_primary: true, ..address }))
            }))
            .await?;
        self.revocations.announce(account, epoch);
        Ok(ProfileReply::PrimaryChanged(member.at_epoch(epoch), address))
    }

    /// Keeps an address that a reset suspended.
    pub(super) async fn keep_email(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        email: &str,
    ) -> Result<ProfileReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let kept = self
            .then_send(write_tx!(self.store, Error, |tx| {
                lock_current(tx, member).await?;
                let address = find_email(tx, account, email).await?;
                if !tx.claim_email_kept(&address.id, account).await? {
                    return Err(Refusal::NotSuspended.into());
                }
                let event_kind = EventKind::EmailKept;
                self.record_and_notify(tx, cx, member, event_kind, &address.address, now).await?;
                Ok(EmailAddress { suspended_at: None, ..address })
            }))
            .await?;
        Ok(ProfileReply::Kept(kept))
    }

    /// Removes an address together with the codes that went to it, and emails it and those that stay.
    pub(super) async fn remove_email(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        email: &str,
    ) -> Result<ProfileReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let former = new_id(now, &self.entropy);
        let removed = self
            .then_send(write_tx!(self.store, Error, |tx| {
                lock_current(tx, member).await?;
                let address = find_email(tx, account, email).await?;
                let mut all = tx.list_emails(account).await?;
                // The oldest one that is left to receive emails and codes.
                let other = all.iter().filter(|other| other.is_in_use() && other.id != address.id);
                let other = other.min_by_key(|other| other.verified_at).cloned();
                if address.is_primary {
                    let why =
                        if other.is_some() { ProfileRefusal::IsPrimary } else { ProfileRefusal::LastEmail };
                    let successor = other.filter(|_| address.suspended_at.is_some()).ok_or(why)?;
                    // While it is suspended that one gets the emails already.
                    tx.claim_primary(&successor.id, account, now).await?;
                    all = tx.list_emails(account).await?;
                } else if address.is_in_use() && other.is_none() {
                    return Err(ProfileRefusal::LastEmail.into());
                }
                if let Some(until) = kept_until(&address, &all).filter(|until| *until > now) {
                    return Err(ProfileRefusal::FormerPrimary(until).into());
                }
                tx.void_reset_codes_sent_to(&address.id, now).await?;
                // Nobody was told of one that was never verified.
                if address.verified_at.is_none() {
                    claim_removed(tx, &address.id, account, &former, now).await?;
                    self.record(tx, cx, member, EventKind::EmailRemoved, now).await?;
                    return Ok(address);
                }
                let change = (EventKind::EmailRemoved, address.address.as_str());
                let undo = self.offer_undo(tx, cx, account, change, now).await?;
                claim_removed(tx, &address.id, account, &former, now).await?;
                tx.set_reviewed(account, now).await?;
                // One that a reset had suspended may be a thief's: it is not told, and gets no code to come back by.
                if address.is_in_use() {
                    let (kind, name) = (EmailKind::EmailRemoved, member.name());
                    let email = Notification { kind, account, name, detail: &address.address }.email(cx, now);
                    let email = undo.with_code_of(&address.id, &email);
                    self.enqueue_for_former(tx, account, &former, &email, now).await?;
                }
                self.record_undoable(tx, cx, member, &undo, now).await?;
                Ok(address)
            }))
            .await?;
        Ok(ProfileReply::Removed(removed))
    }
}

/// Removes an address that is not the primary one.
async fn claim_removed(
    tx: &mut Tx,
    address: &str,
    account: &str,
    former: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let removed = tx.claim_removed(address, account, former, now).await?;
    if removed { Ok(()) } else { Err(Refusal::NotFound.into()) }
}

/// Until when a former primary address stays, so that somebody who replaced it cannot cut its owner off. One that
/// is younger than the primary one is what such a change leaves behind once it is undone: it may be removed.
fn kept_until(address: &EmailAddress, all: &[EmailAddress]) -> Option<Timestamp> {
    let is_younger =
        all.iter().any(|primary| primary.is_primary && address.verified_at > primary.verified_at);
    address.primary_until.filter(|_| !is_younger).map(|at| at.plus_ms(FORMER_PRIMARY_KEPT_MS))
}
