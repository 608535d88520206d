//! Checking what was typed as a second factor.
//!
//! Wrong codes of the authenticator are counted by where they come from, so that whoever knows the password can't keep
//! the owner out, and tells on themselves:
//!
//! | from | wrong ones in a row | between them |
//! |---|---|---|
//! | where nothing but the password speaks for the owner, all together | 50 | growing to an hour, and an hour from then on |
//! | one known source, session or proven key; codes from the emails to one address | 20 each | growing to an hour |
//! | all together, for one authenticator (NIST SP 800-63B-4 section 3.2.2) | 100 | three in 30 seconds |
//!
//! Those beside an undo code are counted apart, by the address that it went to ([`crate::accounts::undo`]).
//!
//! The first wrong one of a day is told by email, and each lock. A right code at a place of the owner's unlocks every
//! other place, a recovery code all of them; a password reset asks for the authenticator beside the code from the email,
//! which is a place of its own for each address. So a thief with the password shuts no more than places that the account doesn't know,
//! and there until the owner's next right code or new password.

use strum::IntoStaticStr;

use super::super::event_kind::{EventKind, Subject};
use super::super::notifications::Notification;
use super::super::request::Refusal;
use super::super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::code::same_mac;
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::{TotpCode, TotpSecret, step_at, step_start};
use crate::mail::EmailKind;
use crate::store::{FactorLock, FactorPlace, RateLimit, TotpAttempt, Tx, UnusedRecoveryCode, write_tx};

/// What was typed, by its shape.
#[derive(Debug)]
pub(in crate::accounts) enum TypedFactor {
    /// A code of the authenticator app.
    App(TotpCode),
    /// A recovery code.
    Recovery(RecoveryCode),
}

impl TypedFactor {
    /// What has neither shape is no try: a slip costs the person nothing.
    pub(in crate::accounts) fn read(typed: &Secret) -> Result<Self, Refusal> {
        let typed = typed.expose();
        let app = || TotpCode::parse(typed).map(Self::App);
        let recovery = RecoveryCode::parse(typed).map(Self::Recovery);
        let found = if RecoveryCode::is_certain(typed) { recovery } else { app().or(recovery) };
        found.ok_or(Refusal::CodeMalformed(CodeForm::SecondFactor))
    }

    /// The app's code where it may also be a password: none is as short, so nothing else must stand there.
    pub(in crate::accounts) fn read_app_alone(typed: &Secret) -> Option<Self> {
        TotpCode::parse_alone(typed.expose()).map(Self::App)
    }
}

/// A right code that is not used up yet.
#[derive(Debug)]
pub(in crate::accounts) enum CheckedFactor {
    /// The app's code of this step.
    Step(i64),
    /// The recovery code with this id.
    Recovery(String),
}

/// The account whose second factor is checked.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) struct FactorOwner<'a> {
    pub(in crate::accounts) account: &'a str,
    pub(in crate::accounts) name: &'a str,
    /// The epoch of the proof of the first factor.
    pub(in crate::accounts) epoch: i64,
    /// The first factor.
    pub(in crate::accounts) preceding: PrecedingProof<'a>,
}

/// What was right before the second factor is asked for. The name is for the email's template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::accounts) enum PrecedingProof<'a> {
    /// The password.
    Password,
    /// A registered key.
    Key,
    /// The code from an email, by its id or that of its grant.
    Code(&'a str),
    /// The undo code from an email.
    Undo,
    /// A session that is signed in.
    Session,
    /// The password, at a service of this machine.
    Service(&'a str),
}

impl FactorLock {
    /// For the email's template.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Elsewhere => "elsewhere",
            Self::Here => "here",
            Self::Anywhere => "anywhere",
        }
    }
}

/// A wrong code, to be told.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::accounts) struct WrongFactor {
    /// What it has locked.
    pub(in crate::accounts) locks: Option<FactorLock>,
}

/// What a counted try is compared with.
enum Candidates {
    /// The sealed secret of the authenticator, and what is locked if the try is wrong.
    Totp(Vec<u8>, Option<FactorLock>),
    RecoveryCodes(Vec<UnusedRecoveryCode>),
}

impl Accounts {
    /// Counts the try in a commit of its own, then compares. A wrong one is recorded.
    pub(in crate::accounts) async fn check_second_factor(
        &self,
        cx: &RequestContext,
        owner: FactorOwner<'_>,
        typed: &TypedFactor,
    ) -> Result<CheckedFactor, Error> {
        // Apps know the true time, whatever the portal goes by.
        let app_time = self.clock.reference_time();
        let candidates = self.reserve_second_factor(cx, owner, typed, app_time).await?;
        if let Some(right) = self.compare(owner, typed, &candidates, app_time)? {
            return Ok(right);
        }
        let locks = if let Candidates::Totp(_, locks) = candidates { locks } else { None };
        Err(self.refuse_second_factor(cx, owner, WrongFactor { locks }).await?.into())
    }

    /// Uses up what was right; `false` when somebody else did. Call `outbox.wake()` after the commit.
    pub(in crate::accounts) async fn claim_second_factor(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        owner: FactorOwner<'_>,
        right: &CheckedFactor,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let FactorOwner { account, name, .. } = owner;
        let id = match right {
            CheckedFactor::Step(step) => {
                let place = self.factor_place(tx, cx, owner, now).await?;
                return Ok(tx.claim_step(account, *step, &place).await?);
            }
            CheckedFactor::Recovery(id) => id,
        };
        if !tx.claim_recovery_code(id, account, now).await? {
            return Ok(false);
        }
        let left =
            tx.find_second_factor(account).await?.map_or(0, |factor| factor.recovery_codes).to_string();
        let notification = Notification { kind: EmailKind::RecoveryCodeUsed, account, name, detail: &left };
        tx.insert_event(&self.event(EventKind::RecoveryCodeUsed, Subject::Account(account, name), cx, now))
            .await?;
        self.notify(tx, cx, notification, now).await?;
        Ok(true)
    }

    /// Records that a code was wrong, or used already, and gives the refusal.
    pub(in crate::accounts) async fn refuse_second_factor(
        &self,
        cx: &RequestContext,
        FactorOwner { account, name, preceding, .. }: FactorOwner<'_>,
        WrongFactor { locks }: WrongFactor,
    ) -> Result<Refusal, Fault> {
        let (now, subject) = (self.clock.now(), Subject::Account(account, name));
        let (bucket, mark) = (BucketKind::TwoFactorRefused.of(&[account]), new_id(now, &self.entropy));
        let told = self.then_send(write_tx!(self.store, Fault, |tx| {
            tx.claim_account_lock(account).await?;
            tx.insert_event(&self.event(EventKind::TwoFactorRefused, subject, cx, now)).await?;
            let first = tx.reserve_in_windows(&bucket, &mark, bucket.fixed_limits(), now).await?;
            if let RateLimit::Admitted { .. } = first {
                let (kind, detail) = (EmailKind::TwoFactorRefused, preceding.into());
                self.notify(tx, cx, Notification { kind, account, name, detail }, now).await?;
            }
            if let Some(lock) = locks {
                tx.insert_event(&self.event(EventKind::TwoFactorLocked, subject, cx, now)).await?;
                let (kind, detail) = (EmailKind::TwoFactorLocked, lock.as_str());
                self.notify(tx, cx, Notification { kind, account, name, detail }, now).await?;
            }
            Ok(())
        }));
        told.await?;
        Ok(Refusal::SecondFactorRefused)
    }

    /// What speaks for the owner beside the password, if anything does.
    async fn factor_place(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        FactorOwner { account, preceding, .. }: FactorOwner<'_>,
        now: Timestamp,
    ) -> Result<FactorPlace, Fault> {
        match preceding {
            PrecedingProof::Session => return Ok(FactorPlace::Own(format!("session:{}", cx.session))),
            PrecedingProof::Code(id) => {
                let address = tx.find_address_of_code(id).await?;
                let address = address.as_deref().unwrap_or("support");
                return Ok(FactorPlace::Own(format!("code:{address}")));
            }
            PrecedingProof::Undo => return Ok(FactorPlace::Own("undo".to_owned())),
            // Whatever the service says of where they are: wrong codes there lock no place of the owner's.
            PrecedingProof::Service(service) => return Ok(FactorPlace::Own(format!("service:{service}"))),
            PrecedingProof::Password | PrecedingProof::Key => {}
        }
        if let Some(key) = cx.proven
            && self.holds_key_of(tx, cx, account).await?
        {
            return Ok(FactorPlace::Own(format!("key:{}", key.fingerprint())));
        }
        let source_mac = self.source_mac(account, &cx.source.to_string());
        let is_known = tx.is_known_source(account, &source_mac, now).await?;
        Ok(if is_known { FactorPlace::Own(source_mac) } else { FactorPlace::Elsewhere })
    }

    async fn reserve_second_factor(
        &self,
        cx: &RequestContext,
        owner: FactorOwner<'_>,
        typed: &TypedFactor,
        app_time: Timestamp,
    ) -> Result<Candidates, Error> {
        let (FactorOwner { account, epoch, .. }, now) = (owner, self.clock.now());
        write_tx!(self.store, Error, |tx| {
            if !tx.claim_account_lock(account).await? || !tx.is_current(account, epoch).await? {
                return Err(Refusal::SecondFactorExpired.into());
            }
            // Nobody guesses 120 bits, so tries at recovery codes are not counted here: guessing without end by
            // somebody who knows the password does not keep the owner out, who has one.
            if let TypedFactor::Recovery(_) = typed {
                tx.find_second_factor(account).await?.ok_or(Refusal::SecondFactorExpired)?;
                return Ok(Candidates::RecoveryCodes(tx.list_recovery_codes(account).await?));
            }
            let place = self.factor_place(tx, cx, owner, now).await?;
            let attempt = tx.reserve_second_factor(account, step_at(app_time), &place, now).await?;
            let (sealed, locks) = self.admitted_try(attempt, app_time, Refusal::SecondFactorExpired)?;
            Ok(Candidates::Totp(sealed, locks))
        })
        .await
    }

    fn compare(
        &self,
        FactorOwner { account, .. }: FactorOwner<'_>,
        typed: &TypedFactor,
        candidates: &Candidates,
        app_time: Timestamp,
    ) -> Result<Option<CheckedFactor>, Fault> {
        match (typed, candidates) {
            (TypedFactor::App(code), Candidates::Totp(sealed, _)) => {
                self.right_app_code(account, code, sealed, app_time)
            }
            (TypedFactor::Recovery(code), Candidates::RecoveryCodes(stored)) => {
                Ok(self.right_recovery_code(account, code, stored))
            }
            _ => Ok(None),
        }
    }

    /// The sealed secret that a counted try is compared with, and what is locked if it is wrong; or why it is not looked
    /// at, `off` where there is no such authenticator.
    pub(in crate::accounts) fn admitted_try(
        &self,
        attempt: TotpAttempt,
        app_time: Timestamp,
        off: Refusal,
    ) -> Result<(Vec<u8>, Option<FactorLock>), Refusal> {
        match attempt {
            TotpAttempt::Admitted { sealed, locks } => Ok((sealed, locks)),
            TotpAttempt::Later(at) => Err(Refusal::TryLater(at.into())),
            TotpAttempt::NotBefore(step) => {
                let wait_ms = step_start(step).ms_since(app_time);
                Err(Refusal::TryLater(self.clock.now().plus_ms(wait_ms).into()))
            }
            TotpAttempt::Full => Err(Refusal::SecondFactorLocked),
            TotpAttempt::Off => Err(off),
        }
    }

    /// The step that `code` is right for, by this sealed secret.
    pub(in crate::accounts) fn right_app_code(
        &self,
        account: &str,
        code: &TotpCode,
        sealed: &[u8],
        app_time: Timestamp,
    ) -> Result<Option<CheckedFactor>, Fault> {
        let secret = self.keyring.get().open(&place_of(account), sealed)?;
        let step = TotpSecret::from_bytes(&secret).and_then(|secret| secret.step_of(code, app_time));
        Ok(step.map(CheckedFactor::Step))
    }

    /// The one of `stored` that `code` is. All are compared.
    pub(in crate::accounts) fn right_recovery_code(
        &self,
        account: &str,
        code: &RecoveryCode,
        stored: &[UnusedRecoveryCode],
    ) -> Option<CheckedFactor> {
        let keyring = self.keyring.get();
        let mut right = None;
        for stored in stored {
            let Some(key) = keyring.code_key_of(&stored.key_id) else {
                tracing::error!(key = stored.key_id, "a recovery code's key is not among the secret keys");
                continue;
            };
            if same_mac(&code.mac(key, account), &stored.mac) {
                right = Some(CheckedFactor::Recovery(stored.id.clone()));
            }
        }
        right
    }
}

/// What the seal on a secret is bound to: the account. Moved to another account's row, it opens nothing.
pub(in crate::accounts) fn place_of(account: &str) -> String {
    format!("two-factor authentication {account}")
}
