//! Somebody's public keys, for servers that let people in by them.

use crate::accounts::request::{Refusal, Reply};
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::name::canonical_identifier;
use crate::store::{RateLimit, Store, read_tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::PublicKeys`]. A name that nobody has and one
    /// without keys get the same answer; addresses are no names here, so nothing is learnt about them.
    pub(in crate::accounts) async fn public_keys(
        &self,
        cx: &RequestContext,
        name: &str,
    ) -> Result<Reply, Fault> {
        if !self.rules.public_keys {
            return Ok(Reply::Refused(Refusal::PublicKeysOff));
        }
        let (now, bucket) = (self.clock.now(), self.source_bucket("looks", cx));
        let limit = self.rules.limits.looks_per_source;
        let tried = write_tx!(self.store, Fault, |tx| Ok(tx.reserve_rate(&bucket, limit, now).await?));
        if let RateLimit::Later(at) = tried.await? {
            return Ok(Reply::Refused(Refusal::TryLater(at)));
        }
        Ok(Reply::PublicKeys(public_keys_in(&self.store, name).await?))
    }
}

/// The public keys of the open account with this username, a line each; none when there is no such account.
pub async fn public_keys_in(store: &Store, name: &str) -> Result<Vec<String>, Fault> {
    let canonical = canonical_identifier(name);
    read_tx!(store, Fault, |tx| Ok(tx.list_public_keys(&canonical).await?)).await
}
