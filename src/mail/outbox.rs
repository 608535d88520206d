//! The outbox: emails are committed in the transaction that makes them true and sent afterwards by a worker, so
//! nobody waits for the relay. The recipient is a stored address, never a typed one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::send_rate::SendRate;
use super::{EmailMessage, Mailer, SendError};
use crate::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::id::new_id;
use crate::domain::keyring::{SharedKeyring, UnsealError};
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::fail_point::FailPoint;
use crate::store::{
    DueEmail, NewEmail, Recipient, Store, StoreFault, TransactionError, Tx, read_tx, write_tx,
};

/// Emails being sent at the same time.
const CONCURRENCY: i64 = 8;
/// How long a worker may hold an email before another one takes it: longer than sending may last.
const LEASE_MS: i64 = 180_000;
/// More than the time of two nodes differs by.
const CLOCKS_DIFFER_MS: i64 = 60_000;
/// How often to look for emails without being woken (retries, other nodes).
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long a notification is worth sending.
pub(crate) const NOTIFICATION_LIFE_MS: i64 = 72 * 60 * 60_000;
/// Seconds between tries of an email with a code; the last one repeats until the code has expired.
const CODE_RETRIES_S: [i64; 5] = [5, 15, 30, 60, 120];
/// Minutes between tries of a notification: 71 hours in all, after which it is parked.
const NOTIFICATION_RETRIES_MIN: [i64; 10] = [1, 5, 15, 60, 120, 240, 480, 960, 960, 1_440];
/// Characters of a relay's answer that are kept.
const REASON_CHARS: usize = 200;

/// Keeps emails until they are sent, and sends them.
#[derive(Debug)]
pub struct Outbox {
    store: Store,
    keyring: Arc<SharedKeyring>,
    mailer: Mailer,
    clock: Clock,
    entropy: Entropy,
    /// How many emails may leave this node in a minute.
    max_per_minute: i64,
    send_rate: SendRate,
    /// Woken when an email was committed.
    wake: Notify,
}

/// An unexpected failure. `Display` is for the log: no address and no secret is in it.
#[derive(Debug, thiserror::Error)]
pub enum OutboxFault {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// An email cannot be sealed, or not be opened: a secret key is missing, or the row was damaged.
    #[error("a sealed email cannot be opened: {0}")]
    Seal(#[from] UnsealError),
    /// An email cannot be serialised, or another version wrote it.
    #[error("an email cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

impl TransactionError for OutboxFault {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Store(fault) if fault.is_transient())
    }
}

/// What becomes of an email that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disposition {
    /// Tried again then.
    Retry(Timestamp),
    /// Given up: its code has expired by then.
    Drop,
    /// Set aside for the operator.
    Park,
}

impl Outbox {
    /// An outbox in `store`. Nothing is sent before [`Outbox::run_until`].
    #[must_use]
    pub fn new(
        store: Store,
        keyring: Arc<SharedKeyring>,
        mailer: Mailer,
        clock: Clock,
        entropy: Entropy,
        max_per_minute: i64,
    ) -> Self {
        let (send_rate, wake) = (SendRate::default(), Notify::new());
        Self { store, keyring, mailer, clock, entropy, max_per_minute, send_rate, wake }
    }

    /// What emails say of the portal.
    #[must_use]
    pub fn portal(&self) -> &PortalInfo {
        self.mailer.portal()
    }

    /// Adds an email under an `id` of the caller's, written and expiring at `times`. Call [`Outbox::wake`] after the
    /// commit. `code` is the id of the code in it: it expires with the email, and lives from when it was sent.
    pub async fn enqueue(
        &self,
        tx: &mut Tx,
        id: &str,
        to: Recipient<'_>,
        code: Option<&str>,
        email: &EmailMessage,
        (now, expires_at): (Timestamp, Timestamp),
    ) -> Result<(), OutboxFault> {
        let text = Zeroizing::new(serde_json::to_vec(email)?);
        let sealed = self.keyring.get().seal(&self.entropy, &seal_context(id), &text)?;
        let new = NewEmail { id, to, code, sealed: &sealed, now, expires_at };
        Ok(tx.insert_email(&new).await?)
    }

    /// Makes the worker look for emails now.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The worker: sends what is due until `stop`.
    pub async fn run_until(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.send_due().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(fault) => tracing::warn!(%fault, "could not look for emails; looking again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
        }
    }

    /// Sends what is due, several emails at once; gives how many were tried.
    pub async fn send_due(&self) -> Result<usize, OutboxFault> {
        let now = self.clock.now();
        let next = read_tx!(self.store, OutboxFault, |tx| Ok(tx.next_email_due().await?)).await?;
        if next.is_none_or(|at| at > now) {
            return Ok(0);
        }
        let limit = self.send_rate.left(self.max_per_minute, now).min(CONCURRENCY);
        if limit == 0 {
            return Ok(0);
        }
        let lease = new_id(now, &self.entropy);
        let until = now.plus_ms(LEASE_MS);
        // While the time is not settled, what seems to have expired waits.
        let alive_at = if self.clock.is_settled() { Timestamp::default() } else { now };
        let due = write_tx!(self.store, OutboxFault, |tx| {
            Ok(tx.claim_due_emails(&lease, until, (now, alive_at), limit).await?)
        });
        let due = due.await?;
        self.send_rate.record(due.len(), now);
        let mut sending: FuturesUnordered<_> = due.iter().map(|email| self.deliver(email, &lease)).collect();
        while let Some(done) = sending.next().await {
            if let Err(fault) = done {
                tracing::error!(%fault, "an email could not be processed; it is tried again after its lease");
            }
        }
        Ok(due.len())
    }

    /// Shortens waits that no rule sets: a clock that was ahead has set them.
    pub async fn correct_waits(&self) -> Result<(), OutboxFault> {
        let now = self.clock.now();
        write_tx!(self.store, OutboxFault, |tx| {
            let (code_ms, notification_ms) = longest_waits_ms();
            let longest = |wait_ms: i64| LEASE_MS.max(wait_ms) + CLOCKS_DIFFER_MS;
            tx.correct_email_waits(now, longest(code_ms), None).await?;
            for (attempts, wait_ms) in (1..).zip(notification_ms) {
                tx.correct_email_waits(now, longest(wait_ms), Some(attempts)).await?;
            }
            Ok(())
        })
        .await
    }

    async fn deliver(&self, due: &DueEmail, lease: &str) -> Result<(), OutboxFault> {
        let now = self.clock.now();
        if now >= due.expires_at {
            return self.give_up(due, lease, now, Disposition::Drop, "expired").await;
        }
        let Some(to) = &due.to else {
            return self
                .give_up(due, lease, now, Disposition::Drop, "the address is no longer verified")
                .await;
        };
        let email = match self.open_email(due) {
            Ok(email) => email,
            Err(fault) => return self.give_up(due, lease, now, Disposition::Park, &fault.to_string()).await,
        };
        FailPoint::EmailBeforeSend.reach();
        match self.mailer.send(to, &due.id, &email, self.clock.reference_time()).await {
            Ok(()) => {
                FailPoint::EmailAfter250.reach();
                self.set_sent(due, lease).await
            }
            Err(SendError { permanent, reason }) => {
                let now = self.clock.now();
                self.give_up(due, lease, now, next_try(due, permanent, now), &reason).await
            }
        }
    }

    fn open_email(&self, due: &DueEmail) -> Result<EmailMessage, OutboxFault> {
        let text = self.keyring.get().open(&seal_context(&due.id), &due.sealed)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// The relay has the email: it is wiped, and the code in it lives from now.
    async fn set_sent(&self, due: &DueEmail, lease: &str) -> Result<(), OutboxFault> {
        let now = self.clock.now();
        let ttl_ms = self.portal().code_ttl_minutes.saturating_mul(60_000);
        write_tx!(self.store, OutboxFault, |tx| {
            tx.claim_sent(&due.id, lease, now).await?;
            if let Some(code) = &due.code {
                tx.set_code_sent(code, ttl_ms, now).await?;
            }
            Ok(())
        })
        .await
    }

    async fn give_up(
        &self,
        due: &DueEmail,
        lease: &str,
        now: Timestamp,
        next: Disposition,
        reason: &str,
    ) -> Result<(), OutboxFault> {
        let reason = inert(reason, REASON_CHARS);
        tracing::warn!(email = due.id, attempt = due.attempts, ?next, reason, "an email was not sent");
        write_tx!(self.store, OutboxFault, |tx| {
            match next {
                Disposition::Retry(at) => tx.set_retry(&due.id, lease, at, &reason).await?,
                Disposition::Drop => tx.set_dropped(&due.id, lease, now, &reason).await?,
                Disposition::Park => tx.set_parked(&due.id, lease, now, &reason).await?,
            }
            Ok(())
        })
        .await
    }
}

/// What an email's seal is bound to: its own row.
fn seal_context(id: &str) -> String {
    format!("outbox {id}")
}

/// How long an email with a code waits at most for its next try, and a notification after each of its tries.
fn longest_waits_ms() -> (i64, [i64; NOTIFICATION_RETRIES_MIN.len()]) {
    let code_s = CODE_RETRIES_S.into_iter().max().unwrap_or_default();
    (code_s * 1_000, NOTIFICATION_RETRIES_MIN.map(|minutes| minutes * 60_000))
}

/// When an email that the relay did not take is tried again, if at all.
fn next_try(due: &DueEmail, permanent: bool, now: Timestamp) -> Disposition {
    let nth = usize::try_from(due.attempts.max(1) - 1).unwrap_or(usize::MAX);
    let at = if due.code.is_some() {
        let gap = CODE_RETRIES_S.get(nth).or(CODE_RETRIES_S.last());
        now.plus_ms(gap.copied().unwrap_or(120) * 1_000)
    } else {
        match NOTIFICATION_RETRIES_MIN.get(nth) {
            Some(gap) => now.plus_minutes(*gap),
            None => return Disposition::Park,
        }
    };
    if permanent {
        Disposition::Park
    } else if at >= due.expires_at {
        Disposition::Drop
    } else {
        Disposition::Retry(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(code: bool, attempts: i64) -> DueEmail {
        DueEmail {
            id: "l".to_owned(),
            to: None,
            code: code.then(|| "c".to_owned()),
            sealed: Vec::new(),
            created_at: Timestamp::from_epoch_ms(0),
            expires_at: Timestamp::from_epoch_ms(if code { 30 * 60_000 } else { NOTIFICATION_LIFE_MS }),
            attempts,
        }
    }

    #[test]
    fn a_code_is_tried_until_it_expires_and_then_dropped() {
        let mut now = Timestamp::from_epoch_ms(0);
        let mut waits = Vec::new();
        for attempt in 1.. {
            match next_try(&email(true, attempt), false, now) {
                Disposition::Retry(at) => {
                    waits.push(at.ms_since(now) / 1_000);
                    now = at;
                }
                next => {
                    assert_eq!(next, Disposition::Drop);
                    break;
                }
            }
        }
        assert_eq!(waits[..6], [5, 15, 30, 60, 120, 120]);
        assert!(now < Timestamp::from_epoch_ms(30 * 60_000));
        assert!(now > Timestamp::from_epoch_ms(27 * 60_000));
    }

    #[test]
    fn a_notification_is_tried_for_three_days_and_then_parked() {
        let mut now = Timestamp::from_epoch_ms(0);
        for attempt in 1..=10 {
            let Disposition::Retry(at) = next_try(&email(false, attempt), false, now) else {
                panic!("attempt {attempt} was the last")
            };
            now = at;
        }
        assert_eq!(now.epoch_ms() / 3_600_000, 71);
        assert_eq!(next_try(&email(false, 11), false, now), Disposition::Park);
    }

    #[test]
    fn what_the_relay_refuses_for_good_is_parked_at_once() {
        assert_eq!(next_try(&email(true, 1), true, Timestamp::from_epoch_ms(0)), Disposition::Park);
        assert_eq!(next_try(&email(false, 1), true, Timestamp::from_epoch_ms(0)), Disposition::Park);
    }
}
