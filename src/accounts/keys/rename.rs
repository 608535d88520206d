//! Giving a key another comment.

use super::{answer, pick, view};
use crate::accounts::happened::{Happened, Whom};
use crate::accounts::request::keys::Answer;
use crate::accounts::request::{Refusal, Reply, SignedIn};
use crate::accounts::{Accounts, Fault, Knock};
use crate::domain::ssh_key::comment as harmless;
use crate::store::write_tx;

impl Accounts {
    /// Who saw another comment than there is by now is told instead of overwriting it.
    pub(super) async fn rename_key(
        &self,
        knock: &Knock,
        member: &SignedIn,
        key: &str,
        seen: Option<&str>,
        comment: &str,
    ) -> Result<Reply, Fault> {
        let (now, account, comment) = (self.clock.now(), member.account(), harmless(comment));
        let event = self.event(Happened::KeyRenamed, Whom::Account(account), knock, now);
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let Some(mut kept) = pick(tx.list_keys(account).await?, key) else {
                return Ok(Reply::Refused(Refusal::NotFound));
            };
            let seen = seen.unwrap_or(&kept.comment);
            if !tx.claim_key_comment(&kept.id, account, seen, &comment).await? {
                return Ok(answer(Answer::RenamedElsewhere(view(kept))));
            }
            tx.insert_event(&event).await?;
            kept.comment.clone_from(&comment);
            Ok(answer(Answer::Renamed(view(kept))))
        })
        .await
    }
}
