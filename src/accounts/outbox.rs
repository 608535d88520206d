//! Letters: written down in the transaction that makes them true, sent by a worker afterwards. The person
//! never waits for the relay, and the recipient is a stored address, never a typed one.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::happened::OPERATOR;
use super::request::Refusal;
use super::{Accounts, Fault, Knock};
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::mail::{About, Letter, News, NotSent};
use crate::store::{DueLetter, NewLetter, Recipient, Tx, read_tx, write_tx};

/// Letters on their way at the same time.
const AT_ONCE: i64 = 8;
/// How long a worker may take for a letter before another one may: longer than a message may last.
const LEASE_MS: i64 = 180_000;
/// How often to look for letters although no bell rang (retries, other nodes).
const LOOK: Duration = Duration::from_secs(1);
/// How long a notice is worth sending.
const NOTICE_LIFE_MS: i64 = 72 * 60 * 60_000;
/// Seconds between tries of a letter with a code; the last one repeats until the code is void.
const CODE_GAPS_S: [i64; 5] = [5, 15, 30, 60, 120];
/// Minutes between tries of a notice: 71 hours in all, after which it is set aside.
const NOTICE_GAPS_MIN: [i64; 10] = [1, 5, 15, 60, 120, 240, 480, 960, 960, 1_440];
/// Characters of a relay's answer that are kept.
const REASON_CHARS: usize = 200;

/// What letters say where an operator's command ran.
pub(super) const PLACE: &str = "the portal's own machine";

/// What becomes of a letter that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Tried again then.
    Retry(Moment),
    /// Given up: its code is void by then.
    Drop,
    /// Set aside for the operator.
    Park,
}

/// News about an account, before it is a letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tale<'a> {
    /// What happened.
    pub(super) about: About,
    /// The account's id.
    pub(super) account: &'a str,
    /// Its username.
    pub(super) name: &'a str,
    /// See [`News::detail`].
    pub(super) detail: &'a str,
}

impl Tale<'_> {
    /// The letter of it, for whoever sends it to some addresses only.
    pub(super) fn letter(&self, knock: &Knock, now: Moment) -> Letter {
        self.letter_by(&knock.source.to_string(), &knock.client, now)
    }

    /// The letter of what an operator's command did.
    pub(super) fn letter_by_operator(&self, now: Moment) -> Letter {
        self.letter_by(PLACE, OPERATOR, now)
    }

    /// The letter of what was done from `source` with `client`.
    pub(super) fn letter_by(&self, source: &str, client: &str, now: Moment) -> Letter {
        Letter::News(News {
            about: self.about,
            name: self.name.to_owned(),
            at: now.epoch_ms(),
            source: source.to_owned(),
            client: client.to_owned(),
            detail: self.detail.to_owned(),
        })
    }
}

impl Accounts {
    /// Writes a notice to every verified address of an account. Ring `letter_written` after the commit.
    pub(super) async fn write_to_all(
        &self,
        tx: &mut Tx,
        account: &str,
        letter: &Letter,
        now: Moment,
    ) -> Result<(), Fault> {
        for address in tx.list_addresses(account).await? {
            if address.verified_at.is_some() {
                self.write_to(
                    tx,
                    Recipient::Address(&address.id),
                    None,
                    letter,
                    now,
                    now.plus_ms(NOTICE_LIFE_MS),
                )
                .await?;
            }
        }
        Ok(())
    }

    /// Writes news about an account to every verified address of it. Ring `letter_written` after the commit.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        news: Tale<'_>,
        now: Moment,
    ) -> Result<(), Fault> {
        let letter = news.letter(knock, now);
        self.write_to_all(tx, news.account, &letter, now).await
    }

    /// Writes the same news to an address that the account had, by its contact.
    pub(super) async fn tell_former(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        news: &Tale<'_>,
        former: &str,
        now: Moment,
    ) -> Result<(), Fault> {
        let until = now.plus_ms(NOTICE_LIFE_MS);
        self.write_to(tx, Recipient::Contact(former), None, &news.letter(knock, now), now, until).await
    }

    /// Writes a letter to one stored address. Ring `letter_written` after the commit.
    pub(super) async fn write_to(
        &self,
        tx: &mut Tx,
        to: Recipient<'_>,
        code: Option<&str>,
        letter: &Letter,
        now: Moment,
        expires_at: Moment,
    ) -> Result<(), Fault> {
        self.write_as(tx, &new_id(now, &self.chance), to, code, letter, (now, expires_at)).await
    }

    /// The same under an `id` that the caller chose, to find the letter again; written and void at `times`.
    pub(super) async fn write_as(
        &self,
        tx: &mut Tx,
        id: &str,
        to: Recipient<'_>,
        code: Option<&str>,
        letter: &Letter,
        (now, expires_at): (Moment, Moment),
    ) -> Result<(), Fault> {
        let text = Zeroizing::new(serde_json::to_vec(letter)?);
        let sealed = self.keyring.seal(&self.chance, &place_of(id), &text)?;
        let new = NewLetter { id, to, code, sealed: &sealed, now, expires_at };
        Ok(tx.insert_letter(&new).await?)
    }

    /// Rings for the letters of what was committed.
    pub(super) fn rung<T>(&self, done: Result<T, Refusal>) -> Result<T, Refusal> {
        if done.is_ok() {
            self.letter_written.notify_one();
        }
        done
    }

    /// Sends what is due, several letters at once; gives how many were tried.
    pub async fn send_due_letters(&self) -> Result<usize, Fault> {
        let now = self.clock.now();
        let next = read_tx!(self.store, Fault, |tx| Ok(tx.next_letter_due().await?)).await?;
        if next.is_none_or(|at| at > now) {
            return Ok(0);
        }
        let at_once = self.postage.left(self.rules.letters_per_minute, now).min(AT_ONCE);
        if at_once == 0 {
            return Ok(0);
        }
        let lease = new_id(now, &self.chance);
        let until = now.plus_ms(LEASE_MS);
        let due =
            write_tx!(self.store, Fault, |tx| Ok(tx.claim_due_letters(&lease, until, now, at_once).await?))
                .await?;
        let tried = due.len();
        self.postage.spend(tried, now);
        let mut on_their_way: FuturesUnordered<_> =
            due.iter().map(|letter| self.deliver(letter, &lease)).collect();
        while let Some(done) = on_their_way.next().await {
            if let Err(fault) = done {
                tracing::error!(%fault, "a letter could not be dealt with; it is tried again after its lease");
            }
        }
        Ok(tried)
    }

    async fn deliver(&self, due: &DueLetter, lease: &str) -> Result<(), Fault> {
        let now = self.clock.now();
        if now >= due.expires_at {
            return self.give_up(due, lease, now, Next::Drop, "too late to be of use").await;
        }
        let Some(to) = &due.to else {
            return self.give_up(due, lease, now, Next::Drop, "the address is verified no more").await;
        };
        let letter = match self.open_letter(due) {
            Ok(letter) => letter,
            Err(fault) => return self.give_up(due, lease, now, Next::Park, &fault.to_string()).await,
        };
        match self.post.send(to, &due.id, &letter, now).await {
            Ok(()) => self.note_sent(due, lease).await,
            Err(NotSent { permanent, reason }) => {
                let now = self.clock.now();
                self.give_up(due, lease, now, next_step(due, permanent, now), &reason).await
            }
        }
    }

    fn open_letter(&self, due: &DueLetter) -> Result<Letter, Fault> {
        let text = self.keyring.open(&place_of(&due.id), &due.sealed)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// The relay has the letter: it is wiped, and the code in it lives from now.
    async fn note_sent(&self, due: &DueLetter, lease: &str) -> Result<(), Fault> {
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
        due: &DueLetter,
        lease: &str,
        now: Moment,
        next: Next,
        reason: &str,
    ) -> Result<(), Fault> {
        let reason = crate::domain::text::inert(reason, REASON_CHARS);
        tracing::warn!(letter = due.id, attempt = due.attempts, ?next, reason, "a letter was not sent");
        write_tx!(self.store, Fault, |tx| {
            match next {
                Next::Retry(at) => tx.set_retry(&due.id, lease, at, &reason).await?,
                Next::Drop => tx.set_dropped(&due.id, lease, now, &reason).await?,
                Next::Park => tx.set_parked(&due.id, lease, now, &reason).await?,
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn send_letters_until(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.send_due_letters().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(fault) => tracing::warn!(%fault, "could not look for letters; looking again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.letter_written.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// What a letter's seal is bound to: its own row.
fn place_of(id: &str) -> String {
    format!("outbox {id}")
}

/// When a letter that the relay did not take is tried again, if at all.
fn next_step(due: &DueLetter, permanent: bool, now: Moment) -> Next {
    let nth = usize::try_from(due.attempts.max(1) - 1).unwrap_or(usize::MAX);
    let at = if due.code.is_some() {
        let gap = CODE_GAPS_S.get(nth).or(CODE_GAPS_S.last());
        now.plus_ms(gap.copied().unwrap_or(120) * 1_000)
    } else {
        match NOTICE_GAPS_MIN.get(nth) {
            Some(gap) => now.plus_minutes(*gap),
            None => return Next::Park,
        }
    };
    if permanent {
        Next::Park
    } else if at >= due.expires_at {
        Next::Drop
    } else {
        Next::Retry(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(code: bool, attempts: i64) -> DueLetter {
        DueLetter {
            id: "l".to_owned(),
            to: None,
            code: code.then(|| "c".to_owned()),
            sealed: Vec::new(),
            created_at: Moment::from_epoch_ms(0),
            expires_at: Moment::from_epoch_ms(if code { 30 * 60_000 } else { NOTICE_LIFE_MS }),
            attempts,
        }
    }

    #[test]
    fn a_code_is_tried_until_it_is_void_and_then_dropped() {
        let mut now = Moment::from_epoch_ms(0);
        let mut waits = Vec::new();
        for attempt in 1.. {
            match next_step(&letter(true, attempt), false, now) {
                Next::Retry(at) => {
                    waits.push(at.ms_since(now) / 1_000);
                    now = at;
                }
                next => {
                    assert_eq!(next, Next::Drop);
                    break;
                }
            }
        }
        assert_eq!(waits[..6], [5, 15, 30, 60, 120, 120]);
        assert!(now < Moment::from_epoch_ms(30 * 60_000));
        assert!(now > Moment::from_epoch_ms(27 * 60_000));
    }

    #[test]
    fn a_notice_is_tried_for_three_days_and_then_set_aside() {
        let mut now = Moment::from_epoch_ms(0);
        for attempt in 1..=10 {
            let Next::Retry(at) = next_step(&letter(false, attempt), false, now) else {
                panic!("attempt {attempt} was the last")
            };
            now = at;
        }
        assert_eq!(now.epoch_ms() / 3_600_000, 71);
        assert_eq!(next_step(&letter(false, 11), false, now), Next::Park);
    }

    #[test]
    fn what_the_relay_refuses_for_good_is_set_aside_at_once() {
        assert_eq!(next_step(&letter(true, 1), true, Moment::from_epoch_ms(0)), Next::Park);
        assert_eq!(next_step(&letter(false, 1), true, Moment::from_epoch_ms(0)), Next::Park);
    }
}
