//! The outbox: emails are committed in the transaction that makes them true and sent afterwards by a worker, so
//! nobody waits for the relay. The recipient is a stored address, never a typed one.
//!
//! What becomes of an email:
//! - The relay took it: it is wiped. That is recorded however long the database keeps us waiting.
//! - The relay refuses its recipient (550 to 553 to RCPT), in every try for [`REFUSED_FOR_MS`] and more, and took an
//!   email to somebody else meanwhile: it is parked for the operator. A relay that refuses everybody is a relay in
//!   trouble, whatever its code says, and its refusals are for now.
//! - The text was sent and the answer is missing: it is tried again, but at least [`IN_DOUBT_MS`] later, so that a relay
//!   that takes emails and forgets to say so makes at most one copy a minute. All have the same Message-ID.
//! - Anything else that goes wrong: it is tried again, an email with a code until it expires, a notification ten times
//!   in three days; then it is parked. A parked email keeps its text until it expires.
//!
//! No flood keeps others waiting: what a node sends in a minute, and at the same time, is shared by
//! [`crate::domain::email_class`], and within a class everybody's first email leaves before anybody's second.
//!
//! Each email is sent beside the others, with a deadline of its own. Its lease is short and extended while it is being
//! sent, so that another node soon takes over from one that is gone; a node that starts again takes its own back at
//! once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use strum::IntoStaticStr;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::send_rate::SendRate;
use super::templates::Templates;
use super::{EmailMessage, MailFault, Mailer, SendError, SendErrorKind};
use crate::clock::Clock;
use crate::domain::email_class::{EmailClass, Room, count_classes};
use crate::domain::entropy::Entropy;
use crate::domain::id::new_id;
use crate::domain::keyring::{SharedKeyring, UnsealError};
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::fail_point::FailPoint;
use crate::log::record;
use crate::metrics::metrics;
use crate::store::{
    DueEmail, NewEmail, NewLease, Recipient, Store, StoreFault, TransactionError, Tx, read_tx, write_tx,
};

/// Emails that a node sends at the same time. A connection to the relay each: Postfix allows 50 from one client.
const CONCURRENCY: i64 = 24;
/// How many of them go to one domain, so that a domain that keeps the relay waiting leaves room for others.
const PER_DOMAIN: i64 = 12;
/// How long a worker holds an email before another one takes it, unless the worker extends it: as short as a
/// database that hesitates allows.
const LEASE_MS: i64 = 15_000;
/// More than the time of two nodes differs by.
const CLOCKS_DIFFER_MS: i64 = 60_000;
/// How often leases are extended: twice while one lasts.
const EXTEND_INTERVAL: Duration = Duration::from_secs(5);
/// How soon after each other to claim emails. Places become free one by one, and with 100,000 emails waiting a claim
/// takes half a second of SQLite's one writer.
const CLAIM_INTERVAL: Duration = Duration::from_millis(100);
/// How often to look for emails without being woken (retries, other nodes).
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long emails on their way may take when the process stops: enough for an answer that is due now.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How long the outcome of those that were cut short may then take to be recorded.
const STOP_RECORDING: Duration = Duration::from_secs(2);
/// Between tries to record an outcome.
const RECORD_AGAIN: Duration = Duration::from_secs(1);
/// How long a notification is worth sending.
pub(crate) const NOTIFICATION_LIFE_MS: i64 = 72 * 60 * 60_000;
/// Seconds between tries of an email with a code; the last one repeats until the code has expired.
const CODE_RETRIES_S: [i64; 5] = [5, 15, 30, 60, 120];
/// Minutes between tries of a notification: 71 hours in all, after which it is parked.
const NOTIFICATION_RETRIES_MIN: [i64; 10] = [1, 5, 15, 60, 120, 240, 480, 960, 960, 1_440];
/// How long a recipient must have been refused before its email is parked: a relay that reads its tables anew is done
/// by then.
const REFUSED_FOR_MS: i64 = 30_000;
/// From one copy of an email that the relay may have to the next.
const IN_DOUBT_MS: i64 = 60_000;
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
    /// This node, in leases.
    node: String,
    /// How many emails may leave this node in a minute.
    max_per_minute: i64,
    send_rate: SendRate,
    in_hand: Arc<LeasedEmails>,
}

/// The emails that this node has leased and is not done with.
#[derive(Debug, Default)]
struct LeasedEmails {
    /// The marks of their leases and their classes, by their ids.
    leases: Mutex<HashMap<String, (String, EmailClass)>>,
    /// Woken when an email was committed, and when one was done with.
    wake: Notify,
}

/// A leased email, in hand for as long as this exists.
struct LeasedEmail {
    due: DueEmail,
    in_hand: Arc<LeasedEmails>,
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

/// How an email is sent.
#[derive(Clone, Copy, Debug)]
pub struct EnqueueOptions {
    /// What it competes with.
    pub class: EmailClass,
    /// When it was written.
    pub now: Timestamp,
    /// When it is no longer worth sending.
    pub expires_at: Timestamp,
}

/// What becomes of an email that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
enum Disposition {
    /// Tried again then.
    Retry(Timestamp),
    /// Due at once, at the next worker: this one stops.
    Release,
    /// Given up: it has expired by then.
    Drop,
    /// Set aside for the operator.
    Park,
}

impl Outbox {
    /// An outbox in `store`, on the node of that id. Nothing is sent before [`Outbox::run_until`].
    #[must_use]
    pub fn new(
        store: Store,
        keyring: Arc<SharedKeyring>,
        mailer: Mailer,
        (clock, entropy): (Clock, Entropy),
        node: String,
        max_per_minute: i64,
    ) -> Self {
        let (send_rate, in_hand) = (SendRate::default(), Arc::default());
        Self { store, keyring, mailer, clock, entropy, node, max_per_minute, send_rate, in_hand }
    }

    /// From now on emails are written with `templates`.
    ///
    /// # Errors
    /// One of them cannot be used; then the old ones stay.
    pub fn replace_templates(&self, templates: Templates) -> Result<(), MailFault> {
        self.mailer.replace_templates(templates)
    }

    /// What emails say of the portal.
    #[must_use]
    pub fn portal(&self) -> &PortalInfo {
        self.mailer.portal()
    }

    /// Whether emails reach anybody, and are not just kept in a folder.
    #[must_use]
    pub fn reaches_mailboxes(&self) -> bool {
        self.mailer.reaches_mailboxes()
    }

    /// Adds an email under an `id` of the caller's. Call [`Outbox::wake`] after the
    /// commit. `code` is the id of the code in it: it expires with the email, and lives from when it was sent.
    pub async fn enqueue(
        &self,
        tx: &mut Tx,
        id: &str,
        to: Recipient<'_>,
        code: Option<&str>,
        email: &EmailMessage,
        EnqueueOptions { class, now, expires_at }: EnqueueOptions,
    ) -> Result<(), OutboxFault> {
        let text = Zeroizing::new(serde_json::to_vec(email)?);
        let sealed = self.keyring.get().seal(&self.entropy, &seal_context(id), &text)?;
        let new = NewEmail { id, to, class, code, sealed: &sealed, now, expires_at };
        Ok(tx.insert_email(&new).await?)
    }

    /// Makes the worker look for emails now.
    pub fn wake(&self) {
        self.in_hand.wake.notify_one();
    }

    /// The worker: sends what is due until `stop`. Then emails on their way have [`STOP_GRACE`]; the others are given
    /// back.
    pub async fn run_until(&self, stop: &CancellationToken) {
        if let Err(fault) = self.release_own().await {
            tracing::warn!(%fault, "emails of the last run are sent when their leases have ended");
        }
        let (queue, claimed) = mpsc::unbounded_channel();
        let cut = CancellationToken::new();
        let sending = async { tokio::join!(self.claim_until(stop, queue), self.deliver_all(claimed, &cut)) };
        let over = async {
            stop.cancelled().await;
            tokio::time::sleep(STOP_GRACE).await;
            cut.cancel();
            tokio::time::sleep(STOP_RECORDING).await;
        };
        tokio::select! {
            _ = sending => {}
            () = self.extend_leases() => {}
            () = over => tracing::warn!("stopped while emails were on their way; they are sent again"),
        }
    }

    /// Sends what is due, several emails at once; gives how many were tried.
    pub async fn send_due(&self) -> Result<usize, OutboxFault> {
        let (due, never) = (self.claim().await?, CancellationToken::new());
        Ok(join_all(due.into_iter().map(|email| self.deliver(email, &never))).await.len())
    }

    /// Shortens waits that no rule sets: a clock that was ahead has set them.
    pub async fn correct_waits(&self) -> Result<(), OutboxFault> {
        let now = self.clock.now();
        write_tx!(self.store, OutboxFault, |tx| {
            let (code_ms, notification_ms) = longest_waits_ms();
            let longest = |wait_ms: i64| LEASE_MS.max(wait_ms).max(IN_DOUBT_MS) + CLOCKS_DIFFER_MS;
            tx.correct_email_waits(now, longest(code_ms), None).await?;
            for (attempts, wait_ms) in (1..).zip(notification_ms) {
                tx.correct_email_waits(now, longest(wait_ms), Some(attempts)).await?;
            }
            Ok(())
        })
        .await
    }

    /// Takes back what this node had in hand when it was killed.
    async fn release_own(&self) -> Result<(), OutboxFault> {
        let now = self.clock.now();
        let released =
            write_tx!(self.store, OutboxFault, |tx| Ok(tx.release_emails_of(&self.node, now).await?)).await?;
        if released > 0 {
            tracing::info!(released, "emails of the last run are sent again");
        }
        Ok(())
    }

    /// Queues emails as they become due and there is room for them.
    async fn claim_until(&self, stop: &CancellationToken, queue: mpsc::UnboundedSender<LeasedEmail>) {
        while !stop.is_cancelled() {
            let more_may_wait = match self.claim().await {
                Ok(claimed) => {
                    let more_may_wait = !claimed.is_empty();
                    for email in claimed {
                        // The queue is open: its other end waits for this one.
                        let _ = queue.send(email);
                    }
                    more_may_wait
                }
                Err(fault) => {
                    tracing::warn!(%fault, "could not look for emails; looking again");
                    false
                }
            };
            let pause = async {
                tokio::time::sleep(CLAIM_INTERVAL).await;
                if !more_may_wait {
                    tokio::select! {
                        () = self.in_hand.wake.notified() => {}
                        () = tokio::time::sleep(POLL_INTERVAL) => {}
                    }
                }
            };
            stop.run_until_cancelled(pause).await;
        }
    }

    /// Sends what is queued, each email beside the others, until the queue is closed and empty.
    async fn deliver_all(&self, mut claimed: mpsc::UnboundedReceiver<LeasedEmail>, cut: &CancellationToken) {
        let (mut on_their_way, mut is_open) = (FuturesUnordered::new(), true);
        while is_open || !on_their_way.is_empty() {
            tokio::select! {
                next = claimed.recv(), if is_open => match next {
                    Some(email) => on_their_way.push(self.deliver(email, cut)),
                    None => is_open = false,
                },
                Some(()) = on_their_way.next() => {}
            }
        }
    }

    /// Leases as many due emails as there is room for.
    async fn claim(&self) -> Result<Vec<LeasedEmail>, OutboxFault> {
        let now = self.clock.now();
        let next = read_tx!(self.store, OutboxFault, |tx| Ok(tx.next_email_due().await?)).await?;
        let in_hand = count_classes(self.in_hand.leases().values().map(|(_, class)| *class));
        let room = self.send_rate.room(self.max_per_minute, now).and(Room::left(CONCURRENCY, in_hand));
        if room.total() == 0 || next.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        let mark = new_id(now, &self.entropy);
        let lease = NewLease {
            mark: &mark,
            node: &self.node,
            now,
            // While the time is not settled, what seems to have expired waits.
            alive_at: if self.clock.is_settled() { Timestamp::default() } else { now },
            until: now.plus_ms(LEASE_MS),
            room,
            per_domain: PER_DOMAIN,
        };
        let claim = write_tx!(self.store, OutboxFault, |tx| Ok(tx.claim_due_emails(&lease).await?));
        let claimed: Vec<_> =
            claim.await?.into_iter().map(|email| LeasedEmail::new(email, &self.in_hand)).collect();
        self.send_rate.record(claimed.iter().map(|email| email.due.class), now);
        Ok(claimed)
    }

    /// Extends the leases of the emails in hand, without end.
    async fn extend_leases(&self) {
        loop {
            tokio::time::sleep(EXTEND_INTERVAL).await;
            let held: Vec<_> = self.in_hand.leases().clone().into_iter().collect();
            if held.is_empty() {
                continue;
            }
            let extended = write_tx!(self.store, OutboxFault, |tx| {
                let until = self.clock.now().plus_ms(LEASE_MS);
                for (email, (mark, _)) in &held {
                    tx.extend_lease(email, mark, until).await?;
                }
                Ok(())
            });
            if let Err(fault) = extended.await {
                tracing::warn!(%fault, "leases of emails could not be extended; another node may send a copy");
            }
        }
    }

    /// Sends one email and records the outcome.
    async fn deliver(&self, leased: LeasedEmail, cut: &CancellationToken) {
        let due = &leased.due;
        let email = self.open_email(due);
        // What the log says of it: never to which address, for somebody may have typed that.
        let (kind, account) =
            email.as_ref().map(|email| (Some(email.kind.as_str()), email.name.clone())).unwrap_or_default();
        let outcome = self.send(due, email, cut).await;
        // However long recording it takes: a code lives from when it was sent.
        let now = self.clock.now();
        let next = loop {
            match self.record(due, &outcome, now).await {
                Ok(next) => break next,
                Err(fault) => {
                    tracing::error!(%fault, email = due.id, "what became of an email could not be recorded; trying again");
                    tokio::time::sleep(RECORD_AGAIN).await;
                }
            }
        };
        let (email, attempt) = (due.id.as_str(), due.attempts);
        let (Some(next), Err(failure)) = (next, &outcome) else {
            metrics().emails_sent.add();
            record!(EmailSent, email, kind, attempt, account);
            return;
        };
        let retry_at = if let Disposition::Retry(at) = next { Some(at.to_string()) } else { None };
        let reason = without_addresses(&inert(&failure.reason, REASON_CHARS));
        metrics().emails_failed.add(next.into());
        record!(EmailNotSent, email, kind, attempt, next = <&str>::from(next), retry_at, reason, account);
    }

    async fn send(
        &self,
        due: &DueEmail,
        email: Result<EmailMessage, OutboxFault>,
        cut: &CancellationToken,
    ) -> Result<(), SendError> {
        let now = self.clock.now();
        if now >= due.expires_at {
            return Err(SendError::void("expired"));
        }
        let Some(to) = &due.to else {
            return Err(SendError::void("the address is no longer verified"));
        };
        let email = email.map_err(|fault| SendError::unsendable(&fault.to_string()))?;
        FailPoint::EmailBeforeSend.reach();
        self.mailer.send(to, &due.id, &email, self.clock.reference_time(), cut).await?;
        FailPoint::EmailAfter250.reach();
        Ok(())
    }

    /// Gives what becomes of an email that was not sent.
    async fn record(
        &self,
        due: &DueEmail,
        outcome: &Result<(), SendError>,
        now: Timestamp,
    ) -> Result<Option<Disposition>, OutboxFault> {
        match outcome {
            Ok(()) => self.set_sent(due, now).await.map(|()| None),
            Err(failure) => self.set_not_sent(due, failure).await.map(Some),
        }
    }

    fn open_email(&self, due: &DueEmail) -> Result<EmailMessage, OutboxFault> {
        let text = self.keyring.get().open(&seal_context(&due.id), &due.sealed)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// The relay has had the email since `now`: it is wiped, and the code in it lives from then.
    async fn set_sent(&self, due: &DueEmail, now: Timestamp) -> Result<(), OutboxFault> {
        let ttl_ms = self.portal().code_ttl_minutes.saturating_mul(60_000);
        write_tx!(self.store, OutboxFault, |tx| {
            tx.claim_sent(&due.id, now).await?;
            if let Some(code) = &due.code {
                tx.set_code_sent(code, ttl_ms, now).await?;
            }
            Ok(())
        })
        .await
    }

    async fn set_not_sent(&self, due: &DueEmail, failure: &SendError) -> Result<Disposition, OutboxFault> {
        let now = self.clock.now();
        let reason = inert(&failure.reason, REASON_CHARS);
        let refused_at =
            (failure.kind == SendErrorKind::RecipientRefused).then_some(due.refused_at.unwrap_or(now));
        write_tx!(self.store, OutboxFault, |tx| {
            let others_pass = match refused_at {
                Some(since) => tx.has_sent_to_others_since(&due.id, since).await?,
                None => false,
            };
            let next = disposition(due, failure.kind, others_pass, now);
            match next {
                Disposition::Retry(at) => tx.set_retry(&due.id, &due.lease, at, refused_at, &reason).await?,
                Disposition::Release => tx.release_email(&due.id, &due.lease, now).await?,
                Disposition::Drop => tx.set_dropped(&due.id, &due.lease, now, &reason).await?,
                Disposition::Park => tx.set_parked(&due.id, &due.lease, now, &reason).await?,
            }
            Ok(next)
        })
        .await
    }
}

/// What a relay said, for the log: relays repeat the address that they refuse.
fn without_addresses(reason: &str) -> String {
    let words = reason.split(' ').map(|word| if word.contains('@') { "<address>" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

impl LeasedEmails {
    fn leases(&self) -> MutexGuard<'_, HashMap<String, (String, EmailClass)>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LeasedEmail {
    fn new(due: DueEmail, in_hand: &Arc<LeasedEmails>) -> Self {
        in_hand.leases().insert(due.id.clone(), (due.lease.clone(), due.class));
        Self { due, in_hand: in_hand.clone() }
    }
}

impl Drop for LeasedEmail {
    fn drop(&mut self) {
        self.in_hand.leases().remove(&self.due.id);
        self.in_hand.wake.notify_one();
    }
}

/// What an email's seal is bound to: its own row.
fn seal_context(id: &str) -> String {
    format!("outbox {id}")
}

/// What becomes of an email after a failure. `others_pass`: the relay took an email to somebody else since it first
/// refused this recipient.
fn disposition(due: &DueEmail, failure: SendErrorKind, others_pass: bool, now: Timestamp) -> Disposition {
    let wait_ms = match failure {
        SendErrorKind::Unsendable => return Disposition::Park,
        SendErrorKind::Void => return Disposition::Drop,
        SendErrorKind::Stopped => return Disposition::Release,
        SendErrorKind::RecipientRefused
            if others_pass && due.refused_at.is_some_and(|since| now.ms_since(since) >= REFUSED_FOR_MS) =>
        {
            return Disposition::Park;
        }
        SendErrorKind::RecipientRefused | SendErrorKind::Deferred => 0,
        SendErrorKind::InDoubt(ago) => {
            IN_DOUBT_MS.saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX))
        }
    };
    let Some(retry_ms) = retry_ms(due) else { return Disposition::Park };
    let at = now.plus_ms(retry_ms.max(wait_ms));
    if at >= due.expires_at { Disposition::Drop } else { Disposition::Retry(at) }
}

/// How long an email with a code waits at most for its next try, and a notification after each of its tries.
fn longest_waits_ms() -> (i64, [i64; NOTIFICATION_RETRIES_MIN.len()]) {
    let code_s = CODE_RETRIES_S.into_iter().max().unwrap_or_default();
    (code_s * 1_000, NOTIFICATION_RETRIES_MIN.map(|minutes| minutes * 60_000))
}

/// How long after this try the next one is due; `None` when this was the last.
fn retry_ms(due: &DueEmail) -> Option<i64> {
    let nth = usize::try_from(due.attempts.max(1) - 1).unwrap_or(usize::MAX);
    if due.code.is_some() {
        CODE_RETRIES_S.get(nth).or(CODE_RETRIES_S.last()).map(|gap| gap * 1_000)
    } else {
        NOTIFICATION_RETRIES_MIN.get(nth).map(|gap| gap * 60_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(code: bool, attempts: i64) -> DueEmail {
        DueEmail {
            id: "e".to_owned(),
            lease: "l".to_owned(),
            to: None,
            class: if code { EmailClass::ResetCode } else { EmailClass::Notification },
            code: code.then(|| "c".to_owned()),
            sealed: Vec::new(),
            created_at: Timestamp::from_epoch_ms(0),
            expires_at: Timestamp::from_epoch_ms(if code { 30 * 60_000 } else { NOTIFICATION_LIFE_MS }),
            attempts,
            refused_at: None,
        }
    }

    fn after_deferral(due: &DueEmail, now: Timestamp) -> Disposition {
        disposition(due, SendErrorKind::Deferred, false, now)
    }

    #[test]
    fn a_code_is_tried_until_it_expires_and_then_dropped() {
        let mut now = Timestamp::from_epoch_ms(0);
        let mut waits = Vec::new();
        for attempt in 1.. {
            match after_deferral(&email(true, attempt), now) {
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
            let Disposition::Retry(at) = after_deferral(&email(false, attempt), now) else {
                panic!("attempt {attempt} was the last")
            };
            now = at;
        }
        assert_eq!(now.epoch_ms() / 3_600_000, 71);
        assert_eq!(after_deferral(&email(false, 11), now), Disposition::Park);
    }

    #[test]
    fn a_refused_recipient_is_parked_once_others_pass_and_it_is_no_passing_trouble() {
        let at = |s: i64| Timestamp::from_epoch_ms(s * 1_000);
        let refused = |since: Option<i64>, others_pass, now| {
            let due = DueEmail { refused_at: since.map(at), ..email(true, 1) };
            disposition(&due, SendErrorKind::RecipientRefused, others_pass, at(now))
        };
        assert_eq!(refused(None, true, 0), Disposition::Retry(at(5)), "the first refusal");
        assert_eq!(refused(Some(0), true, 29), Disposition::Retry(at(34)), "too soon to say");
        assert_eq!(refused(Some(0), false, 600), Disposition::Retry(at(605)), "nobody else passes");
        assert_eq!(refused(Some(0), true, 30), Disposition::Park);
    }

    #[test]
    fn copies_of_an_email_in_doubt_are_a_minute_apart() {
        let at = |s: i64| Timestamp::from_epoch_ms(s * 1_000);
        let in_doubt = |s| SendErrorKind::InDoubt(Duration::from_secs(s));
        assert_eq!(disposition(&email(true, 1), in_doubt(0), false, at(0)), Disposition::Retry(at(60)));
        assert_eq!(disposition(&email(true, 1), in_doubt(40), false, at(40)), Disposition::Retry(at(60)));
        assert_eq!(disposition(&email(true, 5), in_doubt(0), false, at(0)), Disposition::Retry(at(120)));
    }

    #[test]
    fn what_no_relay_can_send_is_parked_at_once() {
        let now = Timestamp::from_epoch_ms(0);
        assert_eq!(disposition(&email(true, 1), SendErrorKind::Unsendable, false, now), Disposition::Park);
        assert_eq!(disposition(&email(false, 1), SendErrorKind::Unsendable, false, now), Disposition::Park);
    }
}
