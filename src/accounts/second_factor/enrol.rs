//! Turning the second factor on and off, not too often. Either raises the epoch: sessions that signed in without it, or
//! with one that is gone, end.

use super::super::event_kind::EventKind;
use super::super::notifications::Notification;
use super::super::request::second_factor::SecondFactorReply;
use super::super::request::{Enrolment, Refusal, SignedIn};
use super::super::shared::{lock_current, require_current, reserve};
use super::super::undo::SensitiveChange;
use super::super::{Accounts, Error, Fault, RequestContext};
use super::check::place_of;
use crate::domain::audit_event::AuditEvent;
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::recovery_code::{CODES, RecoveryCode};
use crate::domain::secret::Secret;
use crate::domain::throttle::ENROLMENT_LIFE_MS;
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::{TotpCode, TotpSecret};
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{Origin, Tx, read_tx, write_tx};

impl Accounts {
    /// The story of [`super::super::request::second_factor::SecondFactorRequest::Enrol`].
    pub(super) async fn enrol(&self, member: &SignedIn) -> Result<SecondFactorReply, Error> {
        read_tx!(self.store, Error, |tx| require_no_second_factor(tx, member).await).await?;
        let enrolment = Enrolment::new(member, TotpSecret::generate(&self.entropy));
        Ok(SecondFactorReply::Enrolment(enrolment))
    }

    /// The story of [`super::super::request::second_factor::SecondFactorRequest::Begin`].
    pub(super) async fn begin_enrolment(&self, member: &SignedIn) -> Result<SecondFactorReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let secret = TotpSecret::generate(&self.entropy);
        let sealed = self.keyring.get().seal(&self.entropy, &pending_place_of(account), secret.as_bytes())?;
        write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            require_no_second_factor(tx, member).await?;
            tx.keep_pending_enrolment(account, &sealed, member.epoch(), now).await?;
            Ok::<(), Error>(())
        })
        .await?;
        Ok(SecondFactorReply::Begun(Enrolment::new(member, secret), now.plus_ms(ENROLMENT_LIFE_MS)))
    }

    /// The story of [`super::super::request::second_factor::SecondFactorRequest::Confirm`]. A wrong code leaves the secret
    /// waiting, and counts nowhere, as in the story below.
    pub(super) async fn confirm_enrolment(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        typed: &Secret,
    ) -> Result<SecondFactorReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let sealed = read_tx!(self.store, Error, |tx| {
            require_no_second_factor(tx, member).await?;
            let sealed = tx.find_pending_enrolment(account, member.epoch(), now).await?;
            Ok::<_, Error>(sealed.ok_or(Refusal::EnrolmentExpired)?)
        })
        .await?;
        let secret = self.keyring.get().open(&pending_place_of(account), &sealed)?;
        let secret = TotpSecret::from_bytes(&secret).ok_or(Refusal::EnrolmentExpired)?;
        let enrolment = Enrolment::new(member, secret);
        self.turn_on(cx, member, &enrolment, typed, Some(&sealed)).await
    }

    /// The story of [`super::super::request::second_factor::SecondFactorRequest::TurnOn`]. A wrong code is no guess
    /// at a secret, for the secret stands on the same page; so it counts nowhere.
    pub(super) async fn turn_second_factor_on(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        enrolment: &Enrolment,
        typed: &Secret,
    ) -> Result<SecondFactorReply, Error> {
        self.turn_on(cx, member, enrolment, typed, None).await
    }

    /// `pending` is the row of a secret that was kept, which only one code may take.
    async fn turn_on(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        enrolment: &Enrolment,
        typed: &Secret,
        pending: Option<&[u8]>,
    ) -> Result<SecondFactorReply, Error> {
        let (now, account) = (self.clock.now(), member.account());
        if enrolment.account != account {
            return Err(Refusal::NotFound.into());
        }
        let app_time = self.clock.reference_time();
        let code = TotpCode::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::App))?;
        let step = enrolment.secret.step_of(&code, app_time);
        let step = step.ok_or(Refusal::SecondFactorRefused)?;
        let sealed =
            self.keyring.get().seal(&self.entropy, &place_of(account), enrolment.secret.as_bytes())?;
        let codes = self.generate_recovery_codes();
        let ip = cx.source.to_string();
        let from = Origin { ip: &ip, client: &cx.client };
        let epoch = self
            .then_send(write_tx!(self.store, Error, |tx| {
                lock_current(tx, member).await?;
                self.reserve_change(tx, account, now).await?;
                match pending {
                    Some(sealed) if !tx.claim_pending_enrolment(account, sealed).await? => {
                        return Err(Refusal::EnrolmentExpired.into());
                    }
                    Some(_) => {}
                    None => tx.delete_pending_enrolment(account).await?,
                }
                let undo = self.offer_undo(tx, cx, account, (EventKind::TwoFactorOn, ""), now).await?;
                require_no_second_factor(tx, member).await?;
                let epoch = tx.claim_epoch(account, member.epoch(), &cx.session, now).await?;
                let epoch = epoch.ok_or(Refusal::SignedOutElsewhere)?;
                tx.insert_second_factor(account, &sealed, step, from, now).await?;
                self.replace_recovery_codes(tx, account, &codes, now).await?;
                for undo in [&undo, &undo.also(EventKind::RecoveryCodesCreated)] {
                    self.record_undoable(tx, cx, member, undo, now).await?;
                }
                Ok(epoch)
            }))
            .await?;
        self.revocations.announce(account, epoch);
        let left = i64::try_from(CODES).unwrap_or(i64::MAX);
        let member =
            member.at_epoch(epoch).with_second_factor(Some(left)).reauthenticated_by_second_factor(now);
        let codes = codes.iter().map(RecoveryCode::grouped).collect();
        Ok(SecondFactorReply::TurnedOn(member, codes))
    }

    /// The story of [`super::super::request::second_factor::SecondFactorRequest::TurnOff`].
    pub(super) async fn turn_second_factor_off(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<SecondFactorReply, Error> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        let event = self.event(EventKind::TwoFactorOff, member.subject(), cx, now);
        let kind = EmailKind::TwoFactorOff;
        let email = Notification { kind, account, name, detail: "" }.email(cx, now);
        let epoch = self
            .then_send(write_tx!(self.store, Error, |tx| {
                lock_current(tx, member).await?;
                if tx.find_second_factor(account).await?.is_none() {
                    return Err(Refusal::SecondFactorUnchanged.into());
                }
                if tx.has_short_password(account).await? {
                    return Err(Refusal::PasswordTooShortAlone.into());
                }
                self.reserve_change(tx, account, now).await?;
                let owner = (account, member.epoch());
                let epoch = self.take_second_factor_off(tx, owner, &event, &email, now).await?;
                Ok(epoch.ok_or(Refusal::SignedOutElsewhere)?)
            }))
            .await?;
        self.revocations.announce(account, epoch);
        Ok(SecondFactorReply::TurnedOff(member.at_epoch(epoch).with_second_factor(None)))
    }

    /// Counts a change by the member; a change that is refused after it is none, for its transaction is rolled back.
    async fn reserve_change(&self, tx: &mut Tx, account: &str, now: Timestamp) -> Result<(), Error> {
        let (bucket, mark) = (BucketKind::TwoFactor.of(&[account]), new_id(now, &self.entropy));
        reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await
    }

    /// Takes the second factor off an account that is still in its epoch, for its member or an operator: writes the
    /// row and an email to every verified address, and gives the new epoch. Without it nothing may be committed.
    pub(in crate::accounts) async fn take_second_factor_off(
        &self,
        tx: &mut Tx,
        (account, epoch): (&str, i64),
        event: &AuditEvent,
        email: &EmailMessage,
        now: Timestamp,
    ) -> Result<Option<i64>, Fault> {
        let (kind, ip, client) = (EventKind::TwoFactorOff, event.ip.as_str(), event.client.as_str());
        let change = SensitiveChange { kind, detail: "", ip, client };
        let undo = self.offer_undo_of(tx, account, change, now).await?;
        let Some(epoch) = tx.claim_epoch(account, epoch, &event.session, now).await? else { return Ok(None) };
        tx.delete_second_factor(account).await?;
        tx.insert_event(event).await?;
        self.enqueue_undoable(tx, account, email, Some(&undo), now).await?;
        Ok(Some(epoch))
    }
}

/// What the seal on a secret is bound to that waits for its code: moved to another row or table, it opens nothing.
fn pending_place_of(account: &str) -> String {
    format!("pending enrolment {account}")
}

/// Refuses when the proof is void, or there is a second factor already.
async fn require_no_second_factor(tx: &mut Tx, member: &SignedIn) -> Result<(), Error> {
    require_current(tx, member).await?;
    match tx.find_second_factor(member.account()).await? {
        Some(_) => Err(Refusal::SecondFactorUnchanged.into()),
        None => Ok(()),
    }
}
