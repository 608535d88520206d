//! Giving a key another comment.

use super::pick;
use crate::accounts::event_kind::EventKind;
use crate::accounts::request::keys::KeysReply;
use crate::accounts::request::{Refusal, SignedIn};
use crate::accounts::shared::lock_current;
use crate::accounts::{Accounts, Error, RequestContext};
use crate::domain::ssh_key::comment as harmless;
use crate::store::write_tx;

impl Accounts {
    /// A session that saw another comment than there is now is told so instead of overwriting it.
    pub(super) async fn rename_key(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        key: &str,
        seen: Option<&str>,
        comment: &str,
    ) -> Result<KeysReply, Error> {
        let (now, account, comment) = (self.clock.now(), member.account(), harmless(comment));
        write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            let mut kept = pick(tx.list_keys(account).await?, key).ok_or(Refusal::NotFound)?;
            let seen = seen.unwrap_or(&kept.comment);
            if !tx.claim_key_comment(&kept.id, account, seen, &comment).await? {
                return Ok(KeysReply::RenamedElsewhere(kept));
            }
            self.record(tx, cx, member, EventKind::KeyRenamed, now).await?;
            kept.comment.clone_from(&comment);
            Ok(KeysReply::Renamed(kept))
        })
        .await
    }
}
