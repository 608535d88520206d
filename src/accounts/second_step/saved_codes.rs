//! Saved codes: drawn, shown once, kept as hashes.

use super::super::happened::{Happened, Whom};
use super::super::outbox::Tale;
use super::super::request::security::Answer;
use super::super::request::{Refusal, Reply, SignedIn};
use super::super::{Accounts, Fault, Knock};
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::domain::saved_code::{CODES, SavedCode};
use crate::mail::About;
use crate::store::{NewSavedCode, Tx, write_tx};

impl Accounts {
    /// The story of [`super::super::request::security::Ask::MakeSavedCodes`].
    pub(super) async fn make_saved_codes(&self, knock: &Knock, member: &SignedIn) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let (account, name) = (member.account(), member.name());
        let codes = self.draw_saved_codes();
        let event = self.event(Happened::SavedCodesMade, Whom::Account(account), knock, now);
        let tale = Tale { about: About::SavedCodesMade, account, name, detail: "" };
        let refusal = write_tx!(self.store, Fault, |tx| {
            // Two visits that make codes at the same time do so one after the other.
            if !tx.claim_account_lock(account).await? || !tx.is_current(account, member.epoch()).await? {
                return Ok(Some(Refusal::SignedOutElsewhere));
            }
            if tx.find_second_step(account).await?.is_none() {
                return Ok(Some(Refusal::SecondStepUnchanged));
            }
            self.keep_saved_codes(tx, account, &codes, now).await?;
            tx.insert_event(&event).await?;
            self.tell(tx, knock, tale, now).await?;
            Ok(None)
        });
        if let Some(refusal) = refusal.await? {
            return Ok(Reply::Refused(refusal));
        }
        self.letter_written.notify_one();
        let codes = codes.iter().map(SavedCode::grouped).collect();
        Ok(Reply::Security(Answer::SavedCodes(codes)))
    }

    /// Fresh codes, which are nobody's yet.
    pub(super) fn draw_saved_codes(&self) -> Vec<SavedCode> {
        (0..CODES).map(|_| SavedCode::generate(&self.chance)).collect()
    }

    /// Keeps `codes` in the place of those that the account had.
    pub(super) async fn keep_saved_codes(
        &self,
        tx: &mut Tx,
        account: &str,
        codes: &[SavedCode],
        now: Moment,
    ) -> Result<(), Fault> {
        tx.delete_saved_codes(account).await?;
        let (key_id, key) = self.keyring.code_key();
        for code in codes {
            let (id, mac) = (new_id(now, &self.chance), code.mac(key, account));
            tx.insert_saved_code(&NewSavedCode { id: &id, account, mac: &mac, key_id, now }).await?;
        }
        Ok(())
    }
}
