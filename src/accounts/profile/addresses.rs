//! Adding an address and sending its code, choosing the main one, removing one.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::request::profile::{ADDRESSES_PER_ACCOUNT, Answer, ProfileRefusal};
use super::super::request::{Refusal, SignedIn};
use super::super::{Accounts, Fault, Knock};
use super::verify::purpose_of;
use super::{address_view, find_address, is_held};
use crate::domain::code::{self, Code};
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::domain::throttle::{
    ADDRESS_CODES_PER_ACCOUNT, ADDRESS_CODES_PER_SOURCE, ADDRESS_CODES_PER_TARGET, CODE_LIFE_CAP_MS,
    FORMER_MAIN_KEPT_MS, MAIN_CHANGES_PER_ACCOUNT, RESEND_AFTER_MS,
};
use crate::mail::{About, Letter};
use crate::store::{Address, NewCode, Recipient, Tried, Tx, write_tx};

impl Accounts {
    /// Writes the address down and sends a code to it. The same for an address that another account has: only
    /// who reads its letters learns more.
    pub(super) async fn add_address(
        &self,
        knock: &Knock,
        member: &SignedIn,
        typed: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
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
            let there = tx.list_addresses(account).await?;
            let known = there.iter().find(|address| address.canonical == email.canonical());
            if known.is_some_and(|address| address.verified_at.is_some()) {
                return Ok(Err(Refusal::Profile(ProfileRefusal::AddressYours)));
            }
            if known.is_none() && there.len() >= ADDRESSES_PER_ACCOUNT {
                return Ok(Err(Refusal::Profile(ProfileRefusal::TooManyAddresses)));
            }
            if let Tried::Later(at) =
                self.admit_address_code(tx, knock, member, email.canonical(), now).await?
            {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let happened = if let Some(address) = known {
                self.mint_address_code(tx, knock, member, address, now).await?;
                Happened::CodeIssued
            } else {
                let new = new_id(now, &self.chance);
                tx.insert_unverified_address(&new, account, email.as_str(), email.canonical(), now).await?;
                let Some(address) = find_address(tx, account, &new).await? else {
                    return Ok(Err(Refusal::NotFound));
                };
                self.mint_address_code(tx, knock, member, &address, now).await?;
                Happened::AddressAdded
            };
            tx.insert_event(&self.event(happened, Whom::Account(account), knock, now)).await?;
            let address = find_address(tx, account, email.as_str()).await?;
            Ok(address.map(|address| code_sent(address, now)).ok_or(Refusal::NotFound))
        });
        Ok(self.rung(done.await?))
    }

    /// Sends another code; the earlier ones stay good.
    pub(super) async fn send_address_code(
        &self,
        knock: &Knock,
        member: &SignedIn,
        meant: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        let done = write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let account = member.account();
            let Some(address) = find_address(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if address.verified_at.is_some() {
                return Ok(Err(Refusal::Profile(ProfileRefusal::AddressYours)));
            }
            if let Tried::Later(at) =
                self.admit_address_code(tx, knock, member, &address.canonical, now).await?
            {
                return Ok(Err(Refusal::TryLater(at)));
            }
            self.mint_address_code(tx, knock, member, &address, now).await?;
            tx.insert_event(&self.event(Happened::CodeIssued, Whom::Account(account), knock, now)).await?;
            Ok(Ok(code_sent(address, now)))
        });
        Ok(self.rung(done.await?))
    }

    /// Takes a place among the letters to this mailbox (whoever asks for them), of this account and from this
    /// source.
    async fn admit_address_code(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        member: &SignedIn,
        canonical: &str,
        now: Moment,
    ) -> Result<Tried, Fault> {
        let mark = new_id(now, &self.chance);
        let target = format!("mailbox:{}", self.identifier_key(canonical));
        let account = format!("addresses:{}", member.account());
        let source = self.source_bucket("addresses", knock);
        // The mailbox last: whoever may not send at all takes no place of somebody else's.
        for (bucket, limits) in [
            (account, ADDRESS_CODES_PER_ACCOUNT.as_slice()),
            (source, &ADDRESS_CODES_PER_SOURCE),
            (target, &ADDRESS_CODES_PER_TARGET),
        ] {
            let tried = tx.reserve_in_windows(&bucket, &mark, limits, now).await?;
            if !matches!(tried, Tried::Admitted { .. }) {
                return Ok(tried);
            }
        }
        Ok(Tried::Admitted { fails: 0 })
    }

    /// Commits a code, bound to this one address, together with its letter.
    async fn mint_address_code(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        member: &SignedIn,
        address: &Address,
        now: Moment,
    ) -> Result<(), Fault> {
        let code = Code::generate(&self.chance);
        let (key_id, key) = self.keyring.code_key();
        let (id, request) = (new_id(now, &self.chance), new_id(now, &self.chance));
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
        let letter = Letter::AddressCode {
            code: code.grouped(),
            valid_minutes: self.rules.code_ttl_minutes,
            requested_at: now.epoch_ms(),
            source: knock.source.to_string(),
        };
        self.write_to(tx, Recipient::Unverified(&address.id), Some(&id), &letter, now, expires_at).await
    }

    /// Makes a verified address the main one. The epoch rises, so what was proven before opens nothing any
    /// more; codes on their way stay good, because every address they went to is still the account's. Who
    /// switches back and forth must not keep the owner from a reset.
    pub(super) async fn set_main(
        &self,
        knock: &Knock,
        member: &SignedIn,
        meant: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        let account = member.account();
        let (bucket, mark) = (format!("main:{account}"), new_id(now, &self.chance));
        let event = self.event(Happened::MainAddressChanged, Whom::Account(account), knock, now);
        let done = write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(address) = find_address(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if address.verified_at.is_none() {
                return Ok(Err(Refusal::Profile(ProfileRefusal::NotVerified)));
            }
            if address.is_main {
                return Ok(Err(Refusal::Profile(ProfileRefusal::AlreadyMain)));
            }
            // Back to an older one always goes: who used the changes up does not keep the owner from it.
            let main = tx.list_addresses(account).await?.into_iter().find(|other| other.is_main);
            let is_older = main.is_some_and(|main| address.verified_at < main.verified_at);
            let tried = tx.reserve_in_windows(&bucket, &mark, &MAIN_CHANGES_PER_ACCOUNT, now).await?;
            if let Tried::Later(at) = tried
                && !is_older
            {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let Some(epoch) = tx.claim_epoch(account, member.epoch(), now).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            tx.claim_main(&address.id, account, now).await?;
            tx.set_reviewed(account, now).await?;
            tx.insert_event(&event).await?;
            let about = About::MainAddressChanged;
            let tale = Tale { about, account, name: member.name(), detail: &address.address };
            self.tell(tx, knock, tale, now).await?;
            let view = address_view(Address { is_main: true, ..address });
            Ok(Ok(Answer::MainChanged(member.at_epoch(epoch), view)))
        });
        let done = done.await?;
        if let Ok(Answer::MainChanged(newer, _)) = &done {
            self.endings.announce(account, newer.epoch());
        }
        Ok(self.rung(done))
    }

    /// Takes an address off the account with the codes that went to it, and tells it so together with those
    /// that stay.
    pub(super) async fn remove_address(
        &self,
        knock: &Knock,
        member: &SignedIn,
        meant: &str,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        let account = member.account();
        let former = new_id(now, &self.chance);
        let event = self.event(Happened::AddressRemoved, Whom::Account(account), knock, now);
        let done = write_tx!(self.store, Fault, |tx| {
            if !is_held(tx, member).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(address) = find_address(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            let all = tx.list_addresses(account).await?;
            if address.is_main {
                let has_more = all.iter().any(|other| other.verified_at.is_some() && !other.is_main);
                let why = if has_more { ProfileRefusal::MainAddress } else { ProfileRefusal::LastAddress };
                return Ok(Err(Refusal::Profile(why)));
            }
            if let Some(until) = kept_until(&address, &all).filter(|until| *until > now) {
                return Ok(Err(Refusal::Profile(ProfileRefusal::FormerMain(until))));
            }
            tx.void_reset_codes_sent_to(&address.id, now).await?;
            if !tx.claim_removed(&address.id, account, &former, now).await? {
                return Ok(Err(Refusal::NotFound));
            }
            tx.insert_event(&event).await?;
            // One that never counted was never told to anybody.
            if address.verified_at.is_some() {
                tx.set_reviewed(account, now).await?;
                let about = About::AddressRemoved;
                let tale = Tale { about, account, name: member.name(), detail: &address.address };
                self.tell_former(tx, knock, &tale, &former, now).await?;
                self.tell(tx, knock, tale, now).await?;
            }
            Ok(Ok(Answer::Removed(address_view(address))))
        });
        Ok(self.rung(done.await?))
    }
}

fn code_sent(address: Address, now: Moment) -> Answer {
    Answer::CodeSent { address: address_view(address), resend_at: now.plus_ms(RESEND_AFTER_MS) }
}

/// Until when a former main address stays, so that whoever put another in its place cannot cut its owner off.
/// One that is younger than the main one is what such a change leaves behind once it is undone: it may go.
fn kept_until(address: &Address, all: &[Address]) -> Option<Moment> {
    let is_younger = all.iter().any(|main| main.is_main && address.verified_at > main.verified_at);
    address.main_until.filter(|_| !is_younger).map(|at| at.plus_ms(FORMER_MAIN_KEPT_MS))
}
