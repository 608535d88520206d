//! Recovery codes: drawn, shown once, kept as hashes.

use super::super::event_kind::{EventKind, Subject};
use super::super::notifications::Notification;
use super::super::request::second_factor::SecondFactorReply;
use super::super::request::{Refusal, Reply, SignedIn};
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::recovery_code::{CODES, RecoveryCode};
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{NewRecoveryCode, Tx, write_tx};

impl Accounts {
    /// The story of [`super::super::request::second_factor::SecondFactorRequest::MakeRecoveryCodes`].
    pub(super) async fn make_recovery_codes(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        let codes = self.draw_recovery_codes();
        let event = self.event(EventKind::RecoveryCodesCreated, Subject::Account(account), cx, now);
        let notification = Notification { kind: EmailKind::RecoveryCodesCreated, account, name, detail: "" };
        let refusal = write_tx!(self.store, Fault, |tx| {
            // Two sessions that make codes at the same time do so one after the other.
            if !tx.claim_account_lock(account).await? || !tx.is_current(account, member.epoch()).await? {
                return Ok(Some(Refusal::SignedOutElsewhere));
            }
            if tx.find_second_factor(account).await?.is_none() {
                return Ok(Some(Refusal::SecondFactorUnchanged));
            }
            self.keep_recovery_codes(tx, account, &codes, now).await?;
            tx.insert_event(&event).await?;
            self.notify(tx, cx, notification, now).await?;
            Ok(None)
        });
        if let Some(refusal) = refusal.await? {
            return Ok(Reply::Refused(refusal));
        }
        self.outbox.wake();
        let codes = codes.iter().map(RecoveryCode::grouped).collect();
        Ok(Reply::SecondFactor(SecondFactorReply::RecoveryCodes(codes)))
    }

    /// Fresh codes, which are nobody's yet.
    pub(super) fn draw_recovery_codes(&self) -> Vec<RecoveryCode> {
        (0..CODES).map(|_| RecoveryCode::generate(&self.entropy)).collect()
    }

    /// Keeps `codes` in the place of those that the account had.
    pub(super) async fn keep_recovery_codes(
        &self,
        tx: &mut Tx,
        account: &str,
        codes: &[RecoveryCode],
        now: Timestamp,
    ) -> Result<(), Fault> {
        tx.delete_recovery_codes(account).await?;
        let (key_id, key) = self.keyring.code_key();
        for code in codes {
            let (id, mac) = (new_id(now, &self.entropy), code.mac(key, account));
            tx.insert_recovery_code(&NewRecoveryCode { id: &id, account, mac: &mac, key_id, now }).await?;
        }
        Ok(())
    }
}
