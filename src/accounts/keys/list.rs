//! The keys of a member, and those that their client showed and could be added.

use super::{answer, view};
use crate::accounts::request::keys::{Answer, ShownKey};
use crate::accounts::request::{Refusal, Reply, SignedIn};
use crate::accounts::{Accounts, Fault, Knock};
use crate::store::{KeptKey, read_tx};

impl Accounts {
    pub(super) async fn list_keys(&self, knock: &Knock, member: &SignedIn) -> Result<Reply, Fault> {
        read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
            }
            let keys = tx.list_keys(member.account()).await?;
            let shown = shown(knock, &keys);
            Ok(answer(Answer::List(keys.into_iter().map(view).collect(), shown)))
        })
        .await
    }
}

/// What the connection has shown and the account does not have.
fn shown(knock: &Knock, keys: &[KeptKey]) -> Vec<ShownKey> {
    let is_new = |fingerprint| keys.iter().all(|kept| kept.fingerprint != fingerprint);
    let shown = knock.shown.iter().filter(|key| is_new(key.fingerprint()));
    shown
        .map(|key| ShownKey {
            fingerprint: key.fingerprint().to_string(),
            algorithm: key.algorithm().to_owned(),
            line: key.line(),
        })
        .collect()
}
