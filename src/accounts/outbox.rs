//! Emails: written down in the transaction that makes them true, sent by a worker afterwards. The person
//! never waits for the relay, and the recipient is a stored address, never a typed one.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::event_kind::OPERATOR;
use super::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailMessage, Notification, NotificationKind, SendError};
use crate::store::{DueEmail, NewEmail, Recipient, Tx, read_tx, write_tx};

/// Emails on their way at the same time.
const AT_ONCE: i64 = 8;
/// How long a worker may take for an email before another one may: longer than a message may last.
const LEASE_MS: i64 = 180_000;
/// How often to look for emails although no bell rang (retries, other nodes).
const LOOK: Duration = Duration::from_secs(1);
/// How long a notice is worth sending.
const NOTICE_LIFE_MS: i64 = 72 * 60 * 60_000;
/// Seconds between tries of an email with a code; the last one repeats until the code is void.
const CODE_GAPS_S: [i64; 5] = [5, 15, 30, 60, 120];
/// Minutes between tries of a notice: 71 hours in all, after which it is set aside.
const NOTICE_GAPS_MIN: [i64; 10] = [1, 5, 15, 60, 120, 240, 480, 960, 960, 1_440];
/// Characters of a relay's answer that are kept.
const REASON_CHARS: usize = 200;

/// What emails say where an operator's command ran.
pub(super) const PLACE: &str = "the portal's own machine";

/// What becomes of an email that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disposition {
    /// Tried again then.
    Retry(Timestamp),
    /// Given up: its code is void by then.
    Drop,
    /// Set aside for the operator.
    Park,
}

/// News about an account, before it is an email.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccountNotification<'a> {
    /// What happened.
    pub(super) about: NotificationKind,
    /// The account's id.
    pub(super) account: &'a str,
    /// Its username.
    pub(super) name: &'a str,
    /// See [`Notification::detail`].
    pub(super) detail: &'a str,
}

impl AccountNotification<'_> {
    /// The email of it, for whoever sends it to some addresses only.
    pub(super) fn email(&self, cx: &RequestContext, now: Timestamp) -> EmailMessage {
        self.email_by(&cx.source.to_string(), &cx.client, now)
    }

    /// The email of what an operator's command did.
    pub(super) fn email_by_operator(&self, now: Timestamp) -> EmailMessage {
        self.email_by(PLACE, OPERATOR, now)
    }

    /// The email of what was done from `source` with `client`.
    pub(super) fn email_by(&self, source: &str, client: &str, now: Timestamp) -> EmailMessage {
        EmailMessage::Notification(Notification {
            about: self.about,
            name: self.name.to_owned(),
            at: now.epoch_ms(),
            ip: source.to_owned(),
            client: client.to_owned(),
            detail: self.detail.to_owned(),
        })
    }
}

impl Accounts {
    /// Writes a notice to every verified address of an account. Ring `email_written` after the commit.
    pub(super) async fn write_to_all(
        &self,
        tx: &mut Tx,
        account: &str,
        email: &EmailMessage,
        now: Timestamp,
    ) -> Result<(), Fault> {
        for address in tx.list_emails(account).await? {
            if address.verified_at.is_some() {
                self.write_to(
                    tx,
                    Recipient::Address(&address.id),
                    None,
                    email,
                    now,
                    now.plus_ms(NOTICE_LIFE_MS),
                )
                .await?;
            }
        }
        Ok(())
    }

    /// Writes news about an account to every verified address of it. Ring `email_written` after the commit.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        notification: AccountNotification<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let email = notification.email(cx, now);
        self.write_to_all(tx, notification.account, &email, now).await
    }

    /// Writes the same news to an address that the account had, by its contact.
    pub(super) async fn tell_former(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        notification: &AccountNotification<'_>,
        former: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let until = now.plus_ms(NOTICE_LIFE_MS);
        self.write_to(tx, Recipient::Contact(former), None, &notification.email(cx, now), now, until).await
    }

    /// Writes an email to one stored address. Ring `email_written` after the commit.
    pub(super) async fn write_to(
        &self,
        tx: &mut Tx,
        to: Recipient<'_>,
        code: Option<&str>,
        email: &EmailMessage,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Fault> {
        self.write_as(tx, &new_id(now, &self.entropy), to, code, email, (now, expires_at)).await
    }

    /// The same under an `id` that the caller chose, to find the email again; written and void at `times`.
    pub(super) async fn write_as(
        &self,
        tx: &mut Tx,
        id: &str,
        to: Recipient<'_>,
        code: Option<&str>,
        email: &EmailMessage,
        (now, expires_at): (Timestamp, Timestamp),
    ) -> Result<(), Fault> {
        let text = Zeroizing::new(serde_json::to_vec(email)?);
        let sealed = self.keyring.seal(&self.entropy, &place_of(id), &text)?;
        let new = NewEmail { id, to, code, sealed: &sealed, now, expires_at };
        Ok(tx.insert_email(&new).await?)
    }

    /// Sends what is due, several emails at once; gives how many were tried.
    pub async fn send_due_emails(&self) -> Result<usize, Fault> {
        let now = self.clock.now();
        let next = read_tx!(self.store, Fault, |tx| Ok(tx.next_email_due().await?)).await?;
        if next.is_none_or(|at| at > now) {
            return Ok(0);
        }
        let at_once = self.send_rate.left(self.rules.emails_per_minute, now).min(AT_ONCE);
        if at_once == 0 {
            return Ok(0);
        }
        let lease = new_id(now, &self.entropy);
        let until = now.plus_ms(LEASE_MS);
        let due =
            write_tx!(self.store, Fault, |tx| Ok(tx.claim_due_emails(&lease, until, now, at_once).await?))
                .await?;
        let tried = due.len();
        self.send_rate.spend(tried, now);
        let mut on_their_way: FuturesUnordered<_> =
            due.iter().map(|email| self.deliver(email, &lease)).collect();
        while let Some(done) = on_their_way.next().await {
            if let Err(fault) = done {
                tracing::error!(%fault, "an email could not be dealt with; it is tried again after its lease");
            }
        }
        Ok(tried)
    }

    async fn deliver(&self, due: &DueEmail, lease: &str) -> Result<(), Fault> {
        let now = self.clock.now();
        if now >= due.expires_at {
            return self.give_up(due, lease, now, Disposition::Drop, "too late to be of use").await;
        }
        let Some(to) = &due.to else {
            return self.give_up(due, lease, now, Disposition::Drop, "the address is verified no more").await;
        };
        let email = match self.open_email(due) {
            Ok(email) => email,
            Err(fault) => return self.give_up(due, lease, now, Disposition::Park, &fault.to_string()).await,
        };
        match self.mailer.send(to, &due.id, &email, now).await {
            Ok(()) => self.note_sent(due, lease).await,
            Err(SendError { permanent, reason }) => {
                let now = self.clock.now();
                self.give_up(due, lease, now, next_step(due, permanent, now), &reason).await
            }
        }
    }

    fn open_email(&self, due: &DueEmail) -> Result<EmailMessage, Fault> {
        let text = self.keyring.open(&place_of(&due.id), &due.sealed)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// The relay has the email: it is wiped, and the code in it lives from now.
    async fn note_sent(&self, due: &DueEmail, lease: &str) -> Result<(), Fault> {
        let now = self.clock.now();
        let ttl_ms = self.rules.code_ttl_minutes.saturating_mul(60_000);
        write_tx!(self.store, Fault, |tx| {
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
    ) -> Result<(), Fault> {
        let reason = crate::domain::text::inert(reason, REASON_CHARS);
        tracing::warn!(email = due.id, attempt = due.attempts, ?next, reason, "an email was not sent");
        write_tx!(self.store, Fault, |tx| {
            match next {
                Disposition::Retry(at) => tx.set_retry(&due.id, lease, at, &reason).await?,
                Disposition::Drop => tx.set_dropped(&due.id, lease, now, &reason).await?,
                Disposition::Park => tx.set_parked(&due.id, lease, now, &reason).await?,
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn send_emails_until(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.send_due_emails().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(fault) => tracing::warn!(%fault, "could not look for emails; looking again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.email_written.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// What an email's seal is bound to: its own row.
fn place_of(id: &str) -> String {
    format!("outbox {id}")
}

/// When an email that the relay did not take is tried again, if at all.
fn next_step(due: &DueEmail, permanent: bool, now: Timestamp) -> Disposition {
    let nth = usize::try_from(due.attempts.max(1) - 1).unwrap_or(usize::MAX);
    let at = if due.code.is_some() {
        let gap = CODE_GAPS_S.get(nth).or(CODE_GAPS_S.last());
        now.plus_ms(gap.copied().unwrap_or(120) * 1_000)
    } else {
        match NOTICE_GAPS_MIN.get(nth) {
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
            expires_at: Timestamp::from_epoch_ms(if code { 30 * 60_000 } else { NOTICE_LIFE_MS }),
            attempts,
        }
    }

    #[test]
    fn a_code_is_tried_until_it_is_void_and_then_dropped() {
        let mut now = Timestamp::from_epoch_ms(0);
        let mut waits = Vec::new();
        for attempt in 1.. {
            match next_step(&email(true, attempt), false, now) {
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
    fn a_notice_is_tried_for_three_days_and_then_set_aside() {
        let mut now = Timestamp::from_epoch_ms(0);
        for attempt in 1..=10 {
            let Disposition::Retry(at) = next_step(&email(false, attempt), false, now) else {
                panic!("attempt {attempt} was the last")
            };
            now = at;
        }
        assert_eq!(now.epoch_ms() / 3_600_000, 71);
        assert_eq!(next_step(&email(false, 11), false, now), Disposition::Park);
    }

    #[test]
    fn what_the_relay_refuses_for_good_is_set_aside_at_once() {
        assert_eq!(next_step(&email(true, 1), true, Timestamp::from_epoch_ms(0)), Disposition::Park);
        assert_eq!(next_step(&email(false, 1), true, Timestamp::from_epoch_ms(0)), Disposition::Park);
    }
}
