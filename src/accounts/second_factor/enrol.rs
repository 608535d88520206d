//! Turning the second factor on and off. Either raises the epoch: whoever came in without it, or with one that
//! is gone, can do nothing any more.

use super::super::event_kind::{EventKind, Subject};
use super::super::outbox::AccountNotification;
use super::super::request::second_factor::SecondFactorReply;
use super::super::request::{Enrolment, Refusal, Reply, SignedIn};
use super::super::{Accounts, Fault, RequestContext};
use super::check::place_of;
use crate::domain::audit_event::AuditEvent;
use crate::domain::recovery_code::{CODES, RecoveryCode};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::{TotpCode, TotpSecret};
use crate::mail::{EmailMessage, NotificationKind};
use crate::store::{Tx, read_tx, write_tx};

impl Accounts {
    /// The story of [`super::super::request::second_factor::SecondFactorRequest::Enrol`].
    pub(super) async fn enrol(&self, member: &SignedIn) -> Result<Reply, Fault> {
        let refusal = read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Some(Refusal::SignedOutElsewhere));
            }
            let is_on = tx.find_second_factor(member.account()).await?.is_some();
            Ok(is_on.then_some(Refusal::SecondFactorUnchanged))
        });
        if let Some(refusal) = refusal.await? {
            return Ok(Reply::Refused(refusal));
        }
        let enrolment = Enrolment::new(member, TotpSecret::generate(&self.entropy));
        Ok(Reply::SecondFactor(SecondFactorReply::Enrolment(enrolment)))
    }

    /// The story of [`super::super::request::second_factor::SecondFactorRequest::TurnOn`]. A wrong code is no guess at a secret, for
    /// the seed stands on the same page; so it counts nowhere.
    pub(super) async fn turn_second_factor_on(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        enrolment: &Enrolment,
        typed: &Secret,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        if enrolment.account != account {
            return Ok(Reply::Refused(Refusal::NotFound));
        }
        let step = TotpCode::parse(typed.expose()).and_then(|code| enrolment.seed.step_of(&code, now));
        let Some(step) = step else { return Ok(Reply::Refused(Refusal::SecondFactorRefused)) };
        let sealed = self.keyring.seal(&self.entropy, &place_of(account), enrolment.seed.as_bytes())?;
        let codes = self.draw_recovery_codes();
        let on = self.event(EventKind::TwoFactorOn, Subject::Account(account), cx, now);
        let made = self.event(EventKind::RecoveryCodesCreated, Subject::Account(account), cx, now);
        let raised = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            if tx.find_second_factor(account).await?.is_some() {
                return Ok(Err(Refusal::SecondFactorUnchanged));
            }
            // First of all that is written: who is too late by now has changed nothing.
            let Some(epoch) = tx.claim_epoch(account, member.epoch(), now).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            tx.insert_second_factor(account, &sealed, step, now).await?;
            self.keep_recovery_codes(tx, account, &codes, now).await?;
            for (event, about) in
                [(&on, NotificationKind::TwoFactorOn), (&made, NotificationKind::RecoveryCodesCreated)]
            {
                tx.insert_event(event).await?;
                self.tell(tx, cx, AccountNotification { about, account, name, detail: "" }, now).await?;
            }
            Ok(Ok(epoch))
        });
        let epoch = match raised.await? {
            Ok(epoch) => epoch,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.revocations.announce(account, epoch);
        self.email_written.notify_one();
        let left = i64::try_from(CODES).unwrap_or(i64::MAX);
        let member =
            member.at_epoch(epoch).with_second_factor(Some(left)).reauthenticated_by_second_factor(now);
        let codes = codes.iter().map(RecoveryCode::grouped).collect();
        Ok(Reply::SecondFactor(SecondFactorReply::TurnedOn(member, codes)))
    }

    /// The story of [`super::super::request::second_factor::SecondFactorRequest::TurnOff`].
    pub(super) async fn turn_second_factor_off(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        let event = self.event(EventKind::TwoFactorOff, Subject::Account(account), cx, now);
        let notification =
            AccountNotification { about: NotificationKind::TwoFactorOff, account, name, detail: "" };
        let raised = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            if tx.find_second_factor(account).await?.is_none() {
                return Ok(Err(Refusal::SecondFactorUnchanged));
            }
            if tx.has_short_password(account).await? {
                return Ok(Err(Refusal::PasswordTooShortAlone));
            }
            let email = notification.email(cx, now);
            let raised =
                self.take_second_factor_off(tx, (account, member.epoch()), &event, &email, now).await?;
            Ok(raised.ok_or(Refusal::SignedOutElsewhere))
        });
        let epoch = match raised.await? {
            Ok(epoch) => epoch,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.revocations.announce(account, epoch);
        self.email_written.notify_one();
        Ok(Reply::SecondFactor(SecondFactorReply::TurnedOff(member.at_epoch(epoch).with_second_factor(None))))
    }

    /// Takes the second factor off an account that is still in its epoch, whoever wants it so: the row is
    /// written, the email goes to every verified address, and the new epoch is given.
    pub(in crate::accounts) async fn take_second_factor_off(
        &self,
        tx: &mut Tx,
        (account, epoch): (&str, i64),
        event: &AuditEvent,
        email: &EmailMessage,
        now: Timestamp,
    ) -> Result<Option<i64>, Fault> {
        let Some(epoch) = tx.claim_epoch(account, epoch, now).await? else { return Ok(None) };
        tx.delete_second_factor(account).await?;
        tx.insert_event(event).await?;
        self.write_to_all(tx, account, email, now).await?;
        Ok(Some(epoch))
    }
}
