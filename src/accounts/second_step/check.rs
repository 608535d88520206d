//! Checking what was typed as a second step.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::request::Refusal;
use super::super::{Accounts, Fault, Knock};
use crate::domain::code::same_mac;
use crate::domain::moment::Moment;
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret::Secret;
use crate::domain::throttle::FAILS_TO_DISABLE;
use crate::domain::totp::{AppCode, Seed, beginning_of, step_at};
use crate::mail::About;
use crate::store::{StepTry, StoredRecoveryCode, Tx, write_tx};

/// What was typed, by its shape.
#[derive(Debug)]
pub(in crate::accounts) enum Typed {
    /// A code of the authenticator app.
    App(AppCode),
    /// A recovery code.
    Saved(RecoveryCode),
}

impl Typed {
    /// What has neither shape is no try: a slip costs the person nothing.
    pub(in crate::accounts) fn read(typed: &Secret) -> Option<Self> {
        let app = AppCode::parse(typed.expose()).map(Self::App);
        app.or_else(|| RecoveryCode::parse(typed.expose()).map(Self::Saved))
    }
}

/// What was right, and is yet to be used up.
#[derive(Debug)]
pub(in crate::accounts) enum Right {
    /// The app's code of this step.
    Step(i64),
    /// The recovery code with this id.
    Saved(String),
}

/// Whose second step it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) struct Owner<'a> {
    /// The account's id.
    pub(in crate::accounts) account: &'a str,
    /// Its username.
    pub(in crate::accounts) name: &'a str,
    /// The epoch of the proof that it is shown beside.
    pub(in crate::accounts) epoch: i64,
}

/// What became of a try before anything was compared.
enum Reserved {
    Compare(Vec<u8>, Vec<StoredRecoveryCode>),
    Later(Moment),
    Locked,
    /// The account changed meanwhile.
    Void,
}

impl Accounts {
    /// Counts the try in a commit of its own, then compares. A wrong one is written down.
    pub(in crate::accounts) async fn check_second_step(
        &self,
        knock: &Knock,
        owner: Owner<'_>,
        typed: &Typed,
    ) -> Result<Result<Right, Refusal>, Fault> {
        let now = self.clock.now();
        let right = match self.reserve_second_step(owner, typed, now).await? {
            Reserved::Compare(sealed, saved) => self.compare(owner, typed, &sealed, &saved, now)?,
            Reserved::Later(at) => return Ok(Err(Refusal::TryLater(at))),
            Reserved::Locked => return Ok(Err(Refusal::SecondStepLocked)),
            Reserved::Void => return Ok(Err(Refusal::SecondStepExpired)),
        };
        match right {
            Some(right) => Ok(Ok(right)),
            None => Ok(Err(self.refuse_second_step(knock, owner).await?)),
        }
    }

    /// Uses up what was right; `false` when somebody else did. Ring `letter_written` after the commit.
    pub(in crate::accounts) async fn claim_second_step(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        owner: Owner<'_>,
        right: &Right,
        now: Moment,
    ) -> Result<bool, Fault> {
        let Owner { account, name, .. } = owner;
        let id = match right {
            Right::Step(step) => return Ok(tx.claim_step(account, *step).await?),
            Right::Saved(id) => id,
        };
        if !tx.claim_recovery_code(id, account, now).await? {
            return Ok(false);
        }
        let left = tx.find_second_step(account).await?.map_or(0, |step| step.recovery_codes).to_string();
        let tale = Tale { about: About::RecoveryCodeUsed, account, name, detail: &left };
        tx.insert_event(&self.event(Happened::RecoveryCodeUsed, Whom::Account(account), knock, now)).await?;
        self.tell(tx, knock, tale, now).await?;
        Ok(true)
    }

    /// Writes down that a code was wrong, or used already.
    pub(in crate::accounts) async fn refuse_second_step(
        &self,
        knock: &Knock,
        owner: Owner<'_>,
    ) -> Result<Refusal, Fault> {
        let whom = Whom::Account(owner.account);
        let event = self.event(Happened::SecondStepRefused, whom, knock, self.clock.now());
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Refusal::SecondStepRefused)
    }

    async fn reserve_second_step(
        &self,
        owner: Owner<'_>,
        typed: &Typed,
        now: Moment,
    ) -> Result<Reserved, Fault> {
        let Owner { account, epoch, .. } = owner;
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, epoch).await? {
                return Ok(Reserved::Void);
            }
            // Nobody guesses 120 bits, so tries at recovery codes are not counted here: whoever knows the password
            // and guesses without end does not keep the owner out who has one.
            if let Typed::Saved(_) = typed {
                return Ok(match tx.find_second_step(account).await? {
                    Some(_) => Reserved::Compare(Vec::new(), tx.list_recovery_codes(account).await?),
                    None => Reserved::Void,
                });
            }
            Ok(match tx.reserve_second_step(account, step_at(now), FAILS_TO_DISABLE).await? {
                StepTry::Admitted(sealed) => {
                    Reserved::Compare(sealed, tx.list_recovery_codes(account).await?)
                }
                StepTry::NotBefore(step) => Reserved::Later(beginning_of(step)),
                StepTry::Full => Reserved::Locked,
                StepTry::Off => Reserved::Void,
            })
        })
        .await
    }

    fn compare(
        &self,
        owner: Owner<'_>,
        typed: &Typed,
        sealed: &[u8],
        saved: &[StoredRecoveryCode],
        now: Moment,
    ) -> Result<Option<Right>, Fault> {
        let code = match typed {
            Typed::App(code) => {
                let seed = self.keyring.open(&place_of(owner.account), sealed)?;
                let step = Seed::from_bytes(&seed).and_then(|seed| seed.step_of(code, now));
                return Ok(step.map(Right::Step));
            }
            Typed::Saved(code) => code,
        };
        let mut right = None;
        for kept in saved {
            let Some(key) = self.keyring.code_key_of(&kept.key_id) else {
                tracing::error!(key = kept.key_id, "a recovery code's key is not among the secret keys");
                continue;
            };
            if same_mac(&code.mac(key, owner.account), &kept.mac) {
                right = Some(Right::Saved(kept.id.clone()));
            }
        }
        Ok(right)
    }
}

/// What the seal on a seed is bound to: the account. A row that was moved to another account opens nothing.
pub(super) fn place_of(account: &str) -> String {
    format!("second step {account}")
}
