//! Recovery codes: generated, shown once, stored as keyed hashes.

use super::super::event_kind::EventKind;
use super::super::request::second_factor::SecondFactorReply;
use super::super::request::{Refusal, SignedIn};
use super::super::shared::{lock_current, reserve};
use super::super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::recovery_code::{CODES, RecoveryCode};
use crate::domain::timestamp::Timestamp;
use crate::store::{NewRecoveryCode, Tx, write_tx};

impl Accounts {
    /// The story of [`super::super::request::second_factor::SecondFactorRequest::MakeRecoveryCodes`].
    pub(super) async fn make_recovery_codes(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<SecondFactorReply, Error> {
        let (now, codes) = (self.clock.now(), self.generate_recovery_codes());
        let (bucket, mark) = (BucketKind::RecoveryCodes.of(&[member.account()]), new_id(now, &self.entropy));
        self.then_send(write_tx!(self.store, Error, |tx| {
            // Two sessions that make codes at the same time do so one after the other.
            lock_current(tx, member).await?;
            if tx.find_second_factor(member.account()).await?.is_none() {
                return Err(Refusal::SecondFactorUnchanged.into());
            }
            reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?;
            let change = (EventKind::RecoveryCodesCreated, "");
            let undo = self.offer_undo(tx, cx, member.account(), change, now).await?;
            self.replace_recovery_codes(tx, member.account(), &codes, now).await?;
            Ok(self.record_undoable(tx, cx, member, &undo, now).await?)
        }))
        .await?;
        Ok(SecondFactorReply::RecoveryCodes(codes.iter().map(RecoveryCode::grouped).collect()))
    }

    /// Fresh codes, which belong to no account yet.
    pub(super) fn generate_recovery_codes(&self) -> Vec<RecoveryCode> {
        (0..CODES).map(|_| RecoveryCode::generate(&self.entropy)).collect()
    }

    /// Stores `codes` in place of those that the account had.
    pub(super) async fn replace_recovery_codes(
        &self,
        tx: &mut Tx,
        account: &str,
        codes: &[RecoveryCode],
        now: Timestamp,
    ) -> Result<(), Fault> {
        tx.delete_recovery_codes(account).await?;
        let keyring = self.keyring.get();
        let (key_id, key) = keyring.code_key();
        for code in codes {
            let (id, mac) = (new_id(now, &self.entropy), code.mac(key, account));
            tx.insert_recovery_code(&NewRecoveryCode { id: &id, account, mac: &mac, key_id, now }).await?;
        }
        Ok(())
    }
}
