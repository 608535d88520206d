//! The worker that finds the account that a reset request means, and creates the code if there is one.
//!
//! A name that somebody has makes more work than one that nobody has: a code, an email, its sending. Done right after the
//! request, it would be in the way of whatever its requester asks next, and tell by the time of that answer which of the
//! two it was. So it is done at a moment that the requester cannot know, within [`SPREAD`].

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::super::directory::{AskedFor, Presence};
use super::super::event_kind::EventKind;
use super::super::{Accounts, Error, Fault};
use super::request_code::place_of;
use crate::directory::DirectoryFault;
use crate::domain::audit_event::AuditEvent;
use crate::domain::bucket::BucketKind;
use crate::domain::code::{self, Code};
use crate::domain::email_address::EmailAddress;
use crate::domain::email_class::EmailClass;
use crate::domain::entropy::Entropy;
use crate::domain::id::new_id;
use crate::domain::throttle::{CODE_LIFE_CAP_MS, LIVE_CODES_PER_ACCOUNT};
use crate::domain::timestamp::Timestamp;
use crate::mail::outbox::EnqueueOptions;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{Account, NewCode, Recipient, ResetRequest, Tx, read_tx, write_tx};

/// Requests that are looked at in one go.
const BATCH: i64 = 32;
/// Requests about which a directory is asked at the same time.
const RESOLVED_AT_ONCE: usize = 8;
/// How often to look for requests of other nodes, or from before a restart.
const LOOK: Duration = Duration::from_secs(1);
/// How long after a request it is resolved: this, and a random part of [`SPREAD`].
const SOONEST: Duration = Duration::from_millis(200);
const SPREAD: Duration = Duration::from_secs(1);
/// How long the last requests may take once the server stops; what is left is resolved by the next start.
const LAST_LOOK: Duration = Duration::from_secs(5);

impl Accounts {
    /// Resolves the oldest open reset requests; gives how many there were.
    pub async fn resolve_reset_requests(&self) -> Result<usize, Fault> {
        let open = read_tx!(self.store, Fault, |tx| Ok(tx.list_open_reset_requests(BATCH).await?)).await?;
        let mut failed = None;
        // A directory may take its time for one; the others do not wait for it. Our own database has nothing to wait for.
        let at_once = if self.directory.is_some() { RESOLVED_AT_ONCE } else { 1 };
        let (mut waiting, mut under_way) = (open.iter(), FuturesUnordered::new());
        loop {
            while under_way.len() < at_once
                && let Some(request) = waiting.next()
            {
                under_way.push(self.resolve(request));
            }
            let Some(resolved) = under_way.next().await else { break };
            // One that fails stays open, and does not hold up the others.
            failed = resolved.err().or(failed);
        }
        failed.map_or(Ok(open.len()), Err)
    }

    async fn resolve(&self, request: &ResetRequest) -> Result<(), Fault> {
        let now = self.clock.now();
        let canonical = match self.open_identifier(request) {
            Ok(canonical) => canonical,
            Err(fault) => {
                tracing::error!(%fault, request = request.id, "a reset request cannot be read and is skipped");
                write_tx!(self.store, Fault, |tx| Ok(tx.claim_reset_request(&request.id, now).await?))
                    .await?;
                return Ok(());
            }
        };
        let mut account = None;
        if now < void_at(request) {
            match self.follow_directory(AskedFor::Stranger, &canonical).await {
                Ok(Presence::Own) => {}
                Ok(Presence::Account(id)) => account = Some(id),
                // What cannot be used is not asked for again: it would keep others waiting.
                Err(Error::Fault(Fault::Directory(fault @ DirectoryFault::Misconfigured(_)))) => {
                    tracing::error!(%fault, request = request.id, "no code is sent");
                    write_tx!(self.store, Fault, |tx| Ok(tx.claim_reset_request(&request.id, now).await?))
                        .await?;
                    return Ok(());
                }
                Ok(Presence::Absent) => {
                    write_tx!(self.store, Fault, |tx| Ok(tx.claim_reset_request(&request.id, now).await?))
                        .await?;
                    return Ok(());
                }
                // Tried again for as long as a code would be good.
                Err(Error::Fault(fault)) => return Err(fault),
                Err(Error::Refused(_)) => return Ok(()),
            }
        }
        let minted = write_tx!(self.store, Fault, |tx| {
            if !tx.claim_reset_request(&request.id, now).await?
                || (now >= void_at(request) && self.clock.is_settled())
            {
                return Ok(false);
            }
            let account = match &account {
                Some(id) => tx.find_account(id).await?,
                None => tx.find_account_by_identifier(&canonical).await?,
            };
            let Some(account) = account else { return Ok(false) };
            let Some(address) = recipient(tx, &account, &canonical).await? else { return Ok(false) };
            let Some(class) = self.may_have_code(tx, &account, &address, request, now).await? else {
                return Ok(false);
            };
            self.mint(tx, &account, &address, request, (class, now)).await?;
            Ok(true)
        });
        if minted.await? {
            self.outbox.wake();
        }
        Ok(())
    }

    fn open_identifier(&self, request: &ResetRequest) -> Result<String, Fault> {
        let sealed = request.sealed_identifier.as_deref().unwrap_or_default();
        let text = self.keyring.get().open(&place_of(&request.id), sealed)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The limits of one account and of the mailbox that the code goes to. Over them nothing happens, and nobody is
    /// told: the answer was given before. Gives the class of the email.
    ///
    /// A source that the account knows has the limits for itself, and room for its codes beside those that
    /// strangers requested: using up an account's emails does not keep its owner from getting one at home.
    async fn may_have_code(
        &self,
        tx: &mut Tx,
        account: &Account,
        address: &EmailAddress,
        request: &ResetRequest,
        now: Timestamp,
    ) -> Result<Option<EmailClass>, Fault> {
        // Also false for a disabled account.
        if !tx.claim_account_lock(&account.id).await? {
            return Ok(None);
        }
        let source_mac = self.source_mac(&account.id, &request.source);
        let live = tx.count_live_codes(&account.id, code::RESET, now).await?;
        let elsewhere = BucketKind::Send.of(&[&account.id]);
        let here = elsewhere.at(&source_mac);
        let mailbox = self.mailbox_bucket(BucketKind::ResetCodesTo, &address.canonical);
        let at_known_place = [(&here, here.fixed_limits())];
        let at_others = [(&elsewhere, elsewhere.fixed_limits()), (&mailbox, mailbox.fixed_limits())];
        let (class, room, buckets) = if tx.is_known_source(&account.id, &source_mac, now).await? {
            (EmailClass::KnownPlaceResetCode, 2 * LIVE_CODES_PER_ACCOUNT, at_known_place.as_slice())
        } else {
            (EmailClass::ResetCode, LIVE_CODES_PER_ACCOUNT, at_others.as_slice())
        };
        // By the time of asking, so that a slow worker does not shorten the minute between two emails.
        let has_room =
            live < room && self.reserve_in_silence(tx, buckets, &request.id, request.requested_at).await?;
        Ok(has_room.then_some(class))
    }

    /// Commits the code and its email together.
    async fn mint(
        &self,
        tx: &mut Tx,
        account: &Account,
        address: &EmailAddress,
        request: &ResetRequest,
        (class, now): (EmailClass, Timestamp),
    ) -> Result<(), Fault> {
        let code = Code::generate(&self.entropy);
        let keyring = self.keyring.get();
        let (key_id, key) = keyring.code_key();
        let id = new_id(now, &self.entropy);
        let expires_at = void_at(request);
        tx.insert_code(&NewCode {
            id: &id,
            request: &request.id,
            asked_by: &self.source_mac(&account.id, &request.source),
            account: &account.id,
            purpose: code::RESET,
            mac: &code::mac(key, code::RESET, &request.id, &account.id, &code),
            key_id,
            requested_at: request.requested_at,
            expires_at,
        })
        .await?;
        let email = EmailMessage {
            name: account.name.clone(),
            code: code.grouped(),
            valid_minutes: self.rules.code_ttl_minutes,
            ip: request.source.clone(),
            language: request.language.parse().unwrap_or_default(),
            ..EmailMessage::new(EmailKind::ResetCode, request.requested_at)
        };
        let (to, options) = (Recipient::Address(&address.id), EnqueueOptions { class, now, expires_at });
        self.enqueue_as(tx, to, Some(&id), &email, options).await?;
        let (ip, client, session) = (request.source.clone(), request.client.clone(), request.session.clone());
        let issued = self.operator_event(EventKind::ResetCodeSent, &account.id, now);
        let name = Some(account.name.clone());
        tx.insert_event(&AuditEvent { name, ip, client, session, ..issued }).await?;
        Ok(())
    }

    /// Resolves requests until `stop`, and then those that are still open.
    pub(in crate::accounts) async fn resolve_reset_requests_until(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.resolve_reset_requests().await {
                // There are more.
                Ok(found) if i64::try_from(found).is_ok_and(|found| found >= BATCH) => continue,
                Ok(_) => {}
                Err(fault) => tracing::warn!(%fault, "cannot resolve reset requests; trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.reset_requested.notified() => {
                    stop.run_until_cancelled(tokio::time::sleep(some_time_later(&self.entropy))).await;
                }
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        let rest = async {
            while self.resolve_reset_requests().await? > 0 {}
            Ok::<_, Fault>(())
        };
        match tokio::time::timeout(LAST_LOOK, rest).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::warn!(%fault, "reset requests are left to the next start"),
            Err(_) => tracing::warn!("reset requests are left to the next start"),
        }
    }
}

/// [`SOONEST`] and a random part of [`SPREAD`].
fn some_time_later(entropy: &Entropy) -> Duration {
    let part = f64::from(u32::from_be_bytes(entropy.bytes())) / f64::from(u32::MAX);
    SOONEST + SPREAD.mul_f64(part)
}

/// From when on a code for this request is void, whenever its email leaves.
fn void_at(request: &ResetRequest) -> Timestamp {
    request.requested_at.plus_ms(CODE_LIFE_CAP_MS)
}

/// The stored address that the email goes to: the one that was typed, else the primary one, and while that is
/// suspended the oldest. Neither one that is not verified nor one that is suspended.
async fn recipient(tx: &mut Tx, account: &Account, canonical: &str) -> Result<Option<EmailAddress>, Fault> {
    let mut addresses = tx.list_emails(&account.id).await?;
    addresses.retain(EmailAddress::is_in_use);
    let typed = addresses.iter().position(|address| address.canonical == canonical);
    let chosen = typed.or_else(|| (!addresses.is_empty()).then_some(0));
    Ok(chosen.map(|index| addresses.swap_remove(index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_resolved_at_moments_spread_over_the_whole_time() {
        let entropy = Entropy::seeded(1);
        let mut tenths = [0; 10];
        for _ in 0..1_000 {
            let after = some_time_later(&entropy);
            assert!((SOONEST..=SOONEST + SPREAD).contains(&after), "{after:?}");
            let part = (after.saturating_sub(SOONEST).as_millis() * 10 / SPREAD.as_millis()).min(9);
            tenths[usize::try_from(part).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (60..140).contains(count)), "{tenths:?}");
    }
}
