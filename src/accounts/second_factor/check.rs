//! Checking what was typed as a second factor.

use super::super::event_kind::{EventKind, Subject};
use super::super::outbox::AccountNotification;
use super::super::request::Refusal;
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::code::same_mac;
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret::Secret;
use crate::domain::throttle::FAILS_TO_DISABLE;
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::{TotpCode, TotpSecret, step_at, step_start};
use crate::mail::NotificationKind;
use crate::store::{TotpAttempt, Tx, UnusedRecoveryCode, write_tx};

/// What was typed, by its shape.
#[derive(Debug)]
pub(in crate::accounts) enum TypedFactor {
    /// A code of the authenticator app.
    App(TotpCode),
    /// A recovery code.
    Saved(RecoveryCode),
}

impl TypedFactor {
    /// What has neither shape is no try: a slip costs the person nothing.
    pub(in crate::accounts) fn read(typed: &Secret) -> Option<Self> {
        let app = TotpCode::parse(typed.expose()).map(Self::App);
        app.or_else(|| RecoveryCode::parse(typed.expose()).map(Self::Saved))
    }
}

/// What was right, and is yet to be used up.
#[derive(Debug)]
pub(in crate::accounts) enum CheckedFactor {
    /// The app's code of this step.
    Step(i64),
    /// The recovery code with this id.
    Saved(String),
}

/// Whose second factor it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) struct FactorOwner<'a> {
    /// The account's id.
    pub(in crate::accounts) account: &'a str,
    /// Its username.
    pub(in crate::accounts) name: &'a str,
    /// The epoch of the proof that it is shown beside.
    pub(in crate::accounts) epoch: i64,
}

/// What became of a try before anything was compared.
enum FactorAttempt {
    Compare(Vec<u8>, Vec<UnusedRecoveryCode>),
    Later(Timestamp),
    Locked,
    /// The account changed meanwhile.
    Void,
}

impl Accounts {
    /// Counts the try in a commit of its own, then compares. A wrong one is written down.
    pub(in crate::accounts) async fn check_second_factor(
        &self,
        cx: &RequestContext,
        owner: FactorOwner<'_>,
        typed: &TypedFactor,
    ) -> Result<Result<CheckedFactor, Refusal>, Fault> {
        let now = self.clock.now();
        let right = match self.reserve_second_factor(owner, typed, now).await? {
            FactorAttempt::Compare(sealed, saved) => self.compare(owner, typed, &sealed, &saved, now)?,
            FactorAttempt::Later(at) => return Ok(Err(Refusal::TryLater(at))),
            FactorAttempt::Locked => return Ok(Err(Refusal::SecondFactorLocked)),
            FactorAttempt::Void => return Ok(Err(Refusal::SecondFactorExpired)),
        };
        match right {
            Some(right) => Ok(Ok(right)),
            None => Ok(Err(self.refuse_second_factor(cx, owner).await?)),
        }
    }

    /// Uses up what was right; `false` when somebody else did. Ring `email_written` after the commit.
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
            CheckedFactor::Saved(id) => id,
        };
        if !tx.claim_recovery_code(id, account, now).await? {
            return Ok(false);
        }
        let left = tx.find_second_factor(account).await?.map_or(0, |step| step.recovery_codes).to_string();
        let notification =
            AccountNotification { about: NotificationKind::RecoveryCodeUsed, account, name, detail: &left };
        tx.insert_event(&self.event(EventKind::RecoveryCodeUsed, Subject::Account(account), cx, now)).await?;
        self.tell(tx, cx, notification, now).await?;
        Ok(true)
    }

    /// Writes down that a code was wrong, or used already.
    pub(in crate::accounts) async fn refuse_second_factor(
        &self,
        cx: &RequestContext,
        owner: FactorOwner<'_>,
    ) -> Result<Refusal, Fault> {
        let subject = Subject::Account(owner.account);
        let event = self.event(EventKind::TwoFactorRefused, subject, cx, self.clock.now());
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Refusal::SecondFactorRefused)
    }

    async fn reserve_second_factor(
        &self,
        owner: FactorOwner<'_>,
        typed: &TypedFactor,
        now: Timestamp,
    ) -> Result<FactorAttempt, Fault> {
        let FactorOwner { account, epoch, .. } = owner;
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, epoch).await? {
                return Ok(FactorAttempt::Void);
            }
            // Nobody guesses 120 bits, so tries at recovery codes are not counted here: whoever knows the password
            // and guesses without end does not keep the owner out who has one.
            if let TypedFactor::Saved(_) = typed {
                return Ok(match tx.find_second_factor(account).await? {
                    Some(_) => FactorAttempt::Compare(Vec::new(), tx.list_recovery_codes(account).await?),
                    None => FactorAttempt::Void,
                });
            }
            Ok(match tx.reserve_second_factor(account, step_at(now), FAILS_TO_DISABLE).await? {
                TotpAttempt::Admitted(sealed) => {
                    FactorAttempt::Compare(sealed, tx.list_recovery_codes(account).await?)
                }
                TotpAttempt::NotBefore(step) => FactorAttempt::Later(step_start(step)),
                TotpAttempt::Full => FactorAttempt::Locked,
                TotpAttempt::Off => FactorAttempt::Void,
            })
        })
        .await
    }

    fn compare(
        &self,
        owner: FactorOwner<'_>,
        typed: &TypedFactor,
        sealed: &[u8],
        saved: &[UnusedRecoveryCode],
        now: Timestamp,
    ) -> Result<Option<CheckedFactor>, Fault> {
        let code = match typed {
            TypedFactor::App(code) => {
                let seed = self.keyring.open(&place_of(owner.account), sealed)?;
                let step = TotpSecret::from_bytes(&seed).and_then(|seed| seed.step_of(code, now));
                return Ok(step.map(CheckedFactor::Step));
            }
            TypedFactor::Saved(code) => code,
        };
        let mut right = None;
        for kept in saved {
            let Some(key) = self.keyring.code_key_of(&kept.key_id) else {
                tracing::error!(key = kept.key_id, "a recovery code's key is not among the secret keys");
                continue;
            };
            if same_mac(&code.mac(key, owner.account), &kept.mac) {
                right = Some(CheckedFactor::Saved(kept.id.clone()));
            }
        }
        Ok(right)
    }
}

/// What the seal on a seed is bound to: the account. A row that was moved to another account opens nothing.
pub(super) fn place_of(account: &str) -> String {
    format!("two-factor authentication {account}")
}
