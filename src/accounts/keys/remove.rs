//! Taking a key off the account.

use super::{answer, pick, view};
use crate::accounts::happened::{Happened, Whom};
use crate::accounts::outbox::Tale;
use crate::accounts::request::keys::Answer;
use crate::accounts::request::{Refusal, Reply, SignedIn};
use crate::accounts::{Accounts, Fault, Knock};
use crate::mail::About;
use crate::store::write_tx;

impl Accounts {
    /// The epoch rises: whoever came in with that key can do nothing any more, and neither can any other
    /// visit but this one.
    pub(super) async fn remove_key(
        &self,
        knock: &Knock,
        member: &SignedIn,
        key: &str,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let account = member.account();
        let event = self.event(Happened::KeyRemoved, Whom::Account(account), knock, now);
        let removed = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let Some(kept) = pick(tx.list_keys(account).await?, key) else {
                return Ok(Err(Refusal::NotFound));
            };
            // First of all that is written: who is too late by now has changed nothing.
            let Some(epoch) = tx.claim_epoch(account, member.epoch(), now).await? else {
                return Ok(Err(Refusal::SignedOutElsewhere));
            };
            tx.delete_key(&kept.id, account).await?;
            let fingerprint = kept.fingerprint.to_string();
            let (about, name) = (About::KeyRemoved, member.name());
            let tale = Tale { about, account, name, detail: &fingerprint };
            tx.insert_event(&event).await?;
            self.tell(tx, knock, tale, now).await?;
            Ok(Ok((kept, epoch)))
        });
        let (kept, epoch) = match removed.await? {
            Ok(removed) => removed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.endings.announce(account, epoch);
        self.letter_written.notify_one();
        Ok(answer(Answer::Removed(member.at_epoch(epoch), view(kept))))
    }
}
