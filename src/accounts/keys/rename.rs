//! Giving a key another comment.

use super::{answer, pick};
use crate::accounts::event_kind::{EventKind, Subject};
use crate::accounts::request::keys::KeysReply;
use crate::accounts::request::{Refusal, Reply, SignedIn};
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::ssh_key::comment as harmless;
use crate::store::write_tx;

impl Accounts {
    /// Who saw another comment than there is by now is told instead of overwriting it.
    pub(super) async fn rename_key(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        key: &str,
        seen: Option<&str>,
        comment: &str,
    ) -> Result<Reply, Fault> {
        let (now, account, comment) = (self.clock.now(), member.account(), harmless(comment));
        let event = self.event(EventKind::KeyRenamed, Subject::Account(account), cx, now);
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let Some(mut kept) = pick(tx.list_keys(account).await?, key) else {
                return Ok(Reply::Refused(Refusal::NotFound));
            };
            let seen = seen.unwrap_or(&kept.comment);
            if !tx.claim_key_comment(&kept.id, account, seen, &comment).await? {
                return Ok(answer(KeysReply::RenamedElsewhere(kept)));
            }
            tx.insert_event(&event).await?;
            kept.comment.clone_from(&comment);
            Ok(answer(KeysReply::Renamed(kept)))
        })
        .await
    }
}
