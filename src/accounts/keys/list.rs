//! The keys of a member, and those that their client offered and could be added.

use crate::accounts::request::SignedIn;
use crate::accounts::request::keys::{KeysReply, OfferedKey};
use crate::accounts::shared::require_current;
use crate::accounts::{Accounts, Error, RequestContext};
use crate::domain::registered_key::RegisteredKey;
use crate::store::read_tx;

impl Accounts {
    pub(super) async fn list_keys(&self, cx: &RequestContext, member: &SignedIn) -> Result<KeysReply, Error> {
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let keys = tx.list_keys(member.account()).await?;
            let offered = offered(cx, &keys);
            Ok(KeysReply::List(keys, offered))
        })
        .await
    }
}

/// The keys that the connection has offered and the account does not have.
fn offered(cx: &RequestContext, keys: &[RegisteredKey]) -> Vec<OfferedKey> {
    let is_new = |fingerprint| keys.iter().all(|kept| kept.fingerprint != fingerprint);
    let offered = cx.offered_keys.iter().filter(|key| is_new(key.fingerprint()));
    offered
        .map(|key| OfferedKey {
            fingerprint: key.fingerprint().to_string(),
            algorithm: key.algorithm().to_owned(),
            line: key.line(),
        })
        .collect()
}
