//! Turning the second step on and off. Either raises the epoch: whoever came in without it, or with one that
//! is gone, can do nothing any more.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::request::security::Answer;
use super::super::request::{Enrolment, Refusal, Reply, SignedIn};
use super::super::{Accounts, Fault, Knock};
use super::check::place_of;
use crate::domain::moment::Moment;
use crate::domain::recovery_code::{CODES, RecoveryCode};
use crate::domain::secret::Secret;
use crate::domain::totp::{AppCode, Seed};
use crate::mail::{About, Letter};
use crate::store::{Event, Tx, read_tx, write_tx};

impl Accounts {
    /// The story of [`super::super::request::security::Ask::Enrol`].
    pub(super) async fn enrol(&self, member: &SignedIn) -> Result<Reply, Fault> {
        let refusal = read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Some(Refusal::SignedOutElsewhere));
            }
            let is_on = tx.find_second_step(member.account()).await?.is_some();
            Ok(is_on.then_some(Refusal::SecondStepUnchanged))
        });
        if let Some(refusal) = refusal.await? {
            return Ok(Reply::Refused(refusal));
        }
        let enrolment = Enrolment::new(member, Seed::generate(&self.chance));
        Ok(Reply::Security(Answer::Enrolment(enrolment)))
    }

    /// The story of [`super::super::request::security::Ask::TurnOn`]. A wrong code is no guess at a secret, for
    /// the seed stands on the same page; so it counts nowhere.
    pub(super) async fn turn_second_step_on(
        &self,
        knock: &Knock,
        member: &SignedIn,
        enrolment: &Enrolment,
        typed: &Secret,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        if enrolment.account != account {
            return Ok(Reply::Refused(Refusal::NotFound));
        }
        let step = AppCode::parse(typed.expose()).and_then(|code| enrolment.seed.step_of(&code, now));
        let Some(step) = step else { return Ok(Reply::Refused(Refusal::SecondStepRefused)) };
        let sealed = self.keyring.seal(&self.chance, &place_of(account), enrolment.seed.as_bytes())?;
        let codes = self.draw_recovery_codes();
        let on = self.event(Happened::SecondStepOn, Whom::Account(account), knock, now);
        let made = self.event(Happened::RecoveryCodesCreated, Whom::Account(account), knock, now);
        let raised = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            if tx.find_second_step(account).await?.is_some() {
                return Ok(Err(Refusal::SecondStepUnchanged));
            }
            // First of all that is written: who is too late by now has changed nothing.
            let Some(epoch) = tx.claim_epoch(account, member.epoch(), now).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            tx.insert_second_step(account, &sealed, step, now).await?;
            self.keep_recovery_codes(tx, account, &codes, now).await?;
            for (event, about) in [(&on, About::SecondStepOn), (&made, About::RecoveryCodesCreated)] {
                tx.insert_event(event).await?;
                self.tell(tx, knock, Tale { about, account, name, detail: "" }, now).await?;
            }
            Ok(Ok(epoch))
        });
        let epoch = match raised.await? {
            Ok(epoch) => epoch,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.endings.announce(account, epoch);
        self.letter_written.notify_one();
        let left = i64::try_from(CODES).unwrap_or(i64::MAX);
        let member = member.at_epoch(epoch).with_second_step(Some(left)).confirmed_by_second_step(now);
        let codes = codes.iter().map(RecoveryCode::grouped).collect();
        Ok(Reply::Security(Answer::TurnedOn(member, codes)))
    }

    /// The story of [`super::super::request::security::Ask::TurnOff`].
    pub(super) async fn turn_second_step_off(
        &self,
        knock: &Knock,
        member: &SignedIn,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        let event = self.event(Happened::SecondStepOff, Whom::Account(account), knock, now);
        let tale = Tale { about: About::SecondStepOff, account, name, detail: "" };
        let raised = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            if tx.find_second_step(account).await?.is_none() {
                return Ok(Err(Refusal::SecondStepUnchanged));
            }
            if tx.has_short_password(account).await? {
                return Ok(Err(Refusal::PasswordTooShortAlone));
            }
            let letter = tale.letter(knock, now);
            let raised =
                self.take_second_step_off(tx, (account, member.epoch()), &event, &letter, now).await?;
            Ok(raised.ok_or(Refusal::SignedOutElsewhere))
        });
        let epoch = match raised.await? {
            Ok(epoch) => epoch,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.endings.announce(account, epoch);
        self.letter_written.notify_one();
        Ok(Reply::Security(Answer::TurnedOff(member.at_epoch(epoch).with_second_step(None))))
    }

    /// Takes the second step off an account that is still in its epoch, whoever wants it so: the row is
    /// written, the letter goes to every verified address, and the new epoch is given.
    pub(in crate::accounts) async fn take_second_step_off(
        &self,
        tx: &mut Tx,
        (account, epoch): (&str, i64),
        event: &Event,
        letter: &Letter,
        now: Moment,
    ) -> Result<Option<i64>, Fault> {
        let Some(epoch) = tx.claim_epoch(account, epoch, now).await? else { return Ok(None) };
        tx.delete_second_step(account).await?;
        tx.insert_event(event).await?;
        self.write_to_all(tx, account, letter, now).await?;
        Ok(Some(epoch))
    }
}
