//! Checking what was typed as a second factor.

use super::super::event_kind::{EventKind, Subject};
use super::super::notifications::Notification;
use super::super::request::Refusal;
use super::super::{Accounts, Error, Fault, RequestContext};
use crate::domain::code::same_mac;
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret::Secret;
use crate::domain::throttle::FAILS_TO_DISABLE;
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::{TotpCode, TotpSecret, step_at, step_start};
use crate::mail::EmailKind;
use crate::store::{TotpAttempt, Tx, UnusedRecoveryCode, write_tx};

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
    pub(in crate::accounts) fn read(typed: &Secret) -> Option<Self> {
        let app = TotpCode::parse(typed.expose()).map(Self::App);
        app.or_else(|| RecoveryCode::parse(typed.expose()).map(Self::Recovery))
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
}

/// What a counted try is compared with.
enum Candidates {
    /// The sealed secret of the authenticator.
    Totp(Vec<u8>),
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
        let candidates = self.reserve_second_factor(owner, typed, app_time).await?;
        match self.compare(owner, typed, &candidates, app_time)? {
            Some(right) => Ok(right),
            None => Err(self.refuse_second_factor(cx, owner).await?.into()),
        }
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
            CheckedFactor::Step(step) => return Ok(tx.claim_step(account, *step).await?),
            CheckedFactor::Recovery(id) => id,
        };
        if !tx.claim_recovery_code(id, account, now).await? {
            return Ok(false);
        }
        let left =
            tx.find_second_factor(account).await?.map_or(0, |factor| factor.recovery_codes).to_string();
        let notification = Notification { kind: EmailKind::RecoveryCodeUsed, account, name, detail: &left };
        tx.insert_event(&self.event(EventKind::RecoveryCodeUsed, Subject::Account(account), cx, now)).await?;
        self.notify(tx, cx, notification, now).await?;
        Ok(true)
    }

    /// Records that a code was wrong, or used already, and gives the refusal.
    pub(in crate::accounts) async fn refuse_second_factor(
        &self,
        cx: &RequestContext,
        owner: FactorOwner<'_>,
    ) -> Result<Refusal, Fault> {
        self.commit_event(cx, EventKind::TwoFactorRefused, Subject::Account(owner.account)).await?;
        Ok(Refusal::SecondFactorRefused)
    }

    async fn reserve_second_factor(
        &self,
        FactorOwner { account, epoch, .. }: FactorOwner<'_>,
        typed: &TypedFactor,
        app_time: Timestamp,
    ) -> Result<Candidates, Error> {
        write_tx!(self.store, Error, |tx| {
            if !tx.is_current(account, epoch).await? {
                return Err(Refusal::SecondFactorExpired.into());
            }
            // Nobody guesses 120 bits, so tries at recovery codes are not counted here: guessing without end by
            // somebody who knows the password does not keep the owner out, who has one.
            if let TypedFactor::Recovery(_) = typed {
                tx.find_second_factor(account).await?.ok_or(Refusal::SecondFactorExpired)?;
                return Ok(Candidates::RecoveryCodes(tx.list_recovery_codes(account).await?));
            }
            match tx.reserve_second_factor(account, step_at(app_time), FAILS_TO_DISABLE).await? {
                TotpAttempt::Admitted(sealed) => Ok(Candidates::Totp(sealed)),
                TotpAttempt::NotBefore(step) => {
                    let wait_ms = step_start(step).ms_since(app_time);
                    Err(Refusal::TryLater(self.clock.now().plus_ms(wait_ms)).into())
                }
                TotpAttempt::Full => Err(Refusal::SecondFactorLocked.into()),
                TotpAttempt::Off => Err(Refusal::SecondFactorExpired.into()),
            }
        })
        .await
    }

    fn compare(
        &self,
        owner: FactorOwner<'_>,
        typed: &TypedFactor,
        candidates: &Candidates,
        app_time: Timestamp,
    ) -> Result<Option<CheckedFactor>, Fault> {
        let (code, stored) = match (typed, candidates) {
            (TypedFactor::App(code), Candidates::Totp(sealed)) => {
                let secret = self.keyring.get().open(&place_of(owner.account), sealed)?;
                let step = TotpSecret::from_bytes(&secret).and_then(|secret| secret.step_of(code, app_time));
                return Ok(step.map(CheckedFactor::Step));
            }
            (TypedFactor::Recovery(code), Candidates::RecoveryCodes(stored)) => (code, stored),
            _ => return Ok(None),
        };
        let keyring = self.keyring.get();
        let mut right = None;
        for stored in stored {
            let Some(key) = keyring.code_key_of(&stored.key_id) else {
                tracing::error!(key = stored.key_id, "a recovery code's key is not among the secret keys");
                continue;
            };
            if same_mac(&code.mac(key, owner.account), &stored.mac) {
                right = Some(CheckedFactor::Recovery(stored.id.clone()));
            }
        }
        Ok(right)
    }
}

/// What the seal on a secret is bound to: the account. Moved to another account's row, it opens nothing.
pub(in crate::accounts) fn place_of(account: &str) -> String {
    format!("two-factor authentication {account}")
}
