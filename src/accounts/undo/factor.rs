//! The second factor that was on before a change: it is asked by its kept secret, whatever is on now.

use super::FoundUndo;
use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::request::Refusal;
use crate::accounts::second_factor::{CheckedFactor, FactorOwner, PrecedingProof, TypedFactor, WrongFactor};
use crate::accounts::{Accounts, Error, Fault, RequestContext};
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::{TotpCode, step_at};
use crate::store::{FactorPlace, Tx, read_tx, write_tx};

impl Accounts {
    /// Checks a code of the second factor that was on before the change. Counted like one at a sign-in: the try in a
    /// commit of its own, before anything is compared.
    pub(super) async fn check_former_factor(
        &self,
        cx: &RequestContext,
        found: &FoundUndo,
        on_since: Timestamp,
        typed: &TypedFactor,
    ) -> Result<CheckedFactor, Error> {
        let right = match typed {
            TypedFactor::App(code) => match self.check_former_app(found, on_since, code).await? {
                Ok(right) => Some(right),
                Err(wrong) => return Err(self.refuse_former_factor(cx, found, wrong).await?.into()),
            },
            TypedFactor::Recovery(code) => {
                let kept = read_tx!(self.store, Error, |tx| Ok(tx
                    .list_undo_recovery_codes(&found.snapshot.id)
                    .await?));
                self.right_recovery_code(&found.account.id, code, &kept.await?)
            }
        };
        if let Some(right) = right {
            return Ok(right);
        }
        Err(self.refuse_former_factor(cx, found, WrongFactor::default()).await?.into())
    }

    async fn check_former_app(
        &self,
        FoundUndo { account, snapshot }: &FoundUndo,
        on_since: Timestamp,
        code: &TotpCode,
    ) -> Result<Result<CheckedFactor, WrongFactor>, Error> {
        // Apps know the true time, whatever the portal goes by.
        let app_time = self.clock.reference_time();
        let (account, step) = (&account.id, step_at(app_time));
        let attempt = write_tx!(self.store, Error, |tx| {
            tx.claim_any_account_lock(account).await?;
            Ok(tx.reserve_undo_second_factor(snapshot, on_since, step).await?)
        });
        let (sealed, locks) = self.admitted_try(attempt.await?, app_time, Refusal::UndoCodeRefused)?;
        Ok(self.right_app_code(account, code, &sealed, app_time)?.ok_or(WrongFactor { locks }))
    }

    /// Uses up what was right; `false` when somebody else did.
    pub(super) async fn claim_former_factor(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        FoundUndo { account, snapshot }: &FoundUndo,
        on_since: Timestamp,
        right: &CheckedFactor,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let (account, name) = (&account.id, &account.name);
        let id = match right {
            // Where that one is still on, the step is used for everything else too.
            CheckedFactor::Step(step) => {
                return Ok(tx.claim_undo_step(snapshot, on_since, *step).await?
                    && (!is_on(tx, account, on_since).await?
                        || tx.claim_step(account, *step, &place()).await?));
            }
            CheckedFactor::Recovery(id) => id,
        };
        // The one that is on may have it too.
        if !tx.claim_recovery_code(id, account, now).await? && !tx.claim_undo_recovery_code(id).await? {
            return Ok(false);
        }
        tx.insert_event(&self.event(EventKind::RecoveryCodeUsed, Subject::Account(account, name), cx, now))
            .await?;
        Ok(true)
    }

    /// Records that a code was wrong, or used already, and gives the refusal.
    pub(super) async fn refuse_former_factor(
        &self,
        cx: &RequestContext,
        FoundUndo { account, .. }: &FoundUndo,
        wrong: WrongFactor,
    ) -> Result<Refusal, Fault> {
        let (name, epoch, preceding) = (account.name.as_str(), account.auth_epoch, PrecedingProof::Undo);
        let owner = FactorOwner { account: &account.id, name, epoch, preceding };
        self.refuse_second_factor(cx, owner, wrong).await
    }
}

/// Where a code beside an undo code is right.
fn place() -> FactorPlace {
    FactorPlace::Own("undo".to_owned())
}

/// Whether the second factor that was turned on then is still on.
async fn is_on(tx: &mut Tx, account: &str, on_since: Timestamp) -> Result<bool, Fault> {
    let factor = tx.find_second_factor(account).await?;
    Ok(factor.is_some_and(|factor| factor.on_since == on_since))
}
