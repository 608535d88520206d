//! The keys of a member, and those that their client showed and could be added.

use super::answer;
use crate::accounts::request::keys::{KeysReply, ShownKey};
use crate::accounts::request::{Refusal, Reply, SignedIn};
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::registered_key::RegisteredKey;
use crate::store::read_tx;

impl Accounts {
    pub(super) async fn list_keys(&self, cx: &RequestContext, member: &SignedIn) -> Result<Reply, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let keys = tx.list_keys(member.account()).await?;
            let shown = shown(cx, &keys);
            Ok(answer(KeysReply::List(keys, shown)))
        })
        .await
    }
}

/// What the connection has shown and the account does not have.
fn shown(cx: &RequestContext, keys: &[RegisteredKey]) -> Vec<ShownKey> {
    let is_new = |fingerprint| keys.iter().all(|kept| kept.fingerprint != fingerprint);
    let shown = cx.shown.iter().filter(|key| is_new(key.fingerprint()));
    shown
        .map(|key| ShownKey {
            fingerprint: key.fingerprint().to_string(),
            algorithm: key.algorithm().to_owned(),
            line: key.line(),
        })
        .collect()
}
