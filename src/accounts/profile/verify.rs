//! Proving by its code that letters to an address are read: the try is counted and committed first, then the
//! code is compared, then it is used up.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::request::profile::{Answer, ProfileRefusal};
use super::super::request::{Refusal, SignedIn};
use super::super::{Accounts, Fault, Knock};
use super::{address_view, find_address, is_held};
use crate::domain::code::{self, Code};
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::domain::secret::Secret;
use crate::domain::throttle::{Limit, WRONG_CODES_PER_ACCOUNT, WRONG_CODES_WINDOW_MS};
use crate::mail::About;
use crate::store::{self, Address, LiveCode, Tried, write_tx};

/// Wrong codes for addresses that one account may type.
const WRONG_CODES: Limit = Limit { count: WRONG_CODES_PER_ACCOUNT, window_ms: WRONG_CODES_WINDOW_MS };

/// What a code is bound to: this use, and this one address.
pub(super) fn purpose_of(address: &str) -> String {
    format!("{}:{address}", code::ADDRESS)
}

/// A try that is counted, and what it may be compared with.
struct Reserved {
    address: Address,
    live: Vec<LiveCode>,
    bucket: String,
    mark: String,
}

impl Accounts {
    pub(super) async fn verify_address(
        &self,
        knock: &Knock,
        member: &SignedIn,
        meant: &str,
        typed: &Secret,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let now = self.clock.now();
        // What has not the shape of a code is no try at one.
        let Some(code) = Code::parse(typed.expose()) else { return Ok(Err(Refusal::CodeRefused)) };
        let reserved = match self.reserve_address_try(member, meant, now).await? {
            Ok(reserved) => reserved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(right) = self.find_right_for(&reserved, member, &code) else {
            let event = self.event(Happened::CodeRefused, Whom::Account(member.account()), knock, now);
            write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
            return Ok(Err(Refusal::CodeRefused));
        };
        match self.count_from_now_on(knock, member, &reserved, right, now).await {
            Ok(done) => {
                self.letter_written.notify_one();
                Ok(done)
            }
            // Another account verified it at the very same time.
            Err(Fault::Store(store::Fault::Taken(_))) => {
                Ok(Err(Refusal::Profile(ProfileRefusal::AddressTaken)))
            }
            Err(fault) => Err(fault),
        }
    }

    async fn reserve_address_try(
        &self,
        member: &SignedIn,
        meant: &str,
        now: Moment,
    ) -> Result<Result<Reserved, Refusal>, Fault> {
        let account = member.account();
        let (bucket, mark) = (format!("address-code:{account}"), new_id(now, &self.chance));
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(address) = find_address(tx, account, meant).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if address.verified_at.is_some() {
                return Ok(Err(Refusal::Profile(ProfileRefusal::AddressYours)));
            }
            if let Tried::Later(at) = tx.reserve_in_windows(&bucket, &mark, &[WRONG_CODES], now).await? {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let live = tx.reserve_address_tries(account, &purpose_of(&address.id), now).await?;
            Ok(Ok(Reserved { address, live, bucket: bucket.clone(), mark: mark.clone() }))
        })
        .await
    }

    fn find_right_for<'a>(
        &self,
        reserved: &'a Reserved,
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

    /// The code used up, the address verified, the row and the letters, to the old addresses and to the new one.
    async fn count_from_now_on(
        &self,
        knock: &Knock,
        member: &SignedIn,
        reserved: &Reserved,
        right: &LiveCode,
        now: Moment,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        let account = member.account();
        let event = self.event(Happened::AddressVerified, Whom::Account(account), knock, now);
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
                return Ok(Err(Refusal::Profile(ProfileRefusal::AddressTaken)));
            }
            let has_main = tx.list_addresses(account).await?.iter().any(|address| address.is_main);
            let is_main = !has_main && tx.claim_main(&address.id, account, now).await?;
            tx.set_reviewed(account, now).await?;
            tx.insert_event(&event).await?;
            let tale =
                Tale { about: About::AddressAdded, account, name: member.name(), detail: &address.address };
            self.tell(tx, knock, tale, now).await?;
            let address = Address { verified_at: Some(now), is_main, ..address.clone() };
            Ok(Ok(Answer::Verified(address_view(address))))
        })
        .await
    }
}
