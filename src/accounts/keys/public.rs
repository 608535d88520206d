//! An account's public keys, for servers that authorize people by them.

use crate::accounts::directory::AskedFor;
use crate::accounts::request::Refusal;
use crate::accounts::{Accounts, Error, Fault, RequestContext};
use crate::domain::name::canonical_identifier;
use crate::store::{Store, read_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::PublicKeys`]. A name that nobody has and one
    /// without keys get the same answer; addresses are no names here, so nothing is learnt about them.
    pub(in crate::accounts) async fn public_keys(
        &self,
        cx: &RequestContext,
        name: &str,
    ) -> Result<Vec<String>, Error> {
        if !self.rules.public_keys {
            return Err(Refusal::PublicKeysOff.into());
        }
        let (now, limit) = (self.clock.now(), self.limits().key_lookups_per_source);
        let canonical = canonical_identifier(name);
        let found = read_tx!(self.store, Error, |tx| {
            self.reserve_lookup(tx, cx, limit, now).await?;
            let keys = tx.list_public_keys(&canonical).await?;
            Ok((keys, tx.find_account_by_identifier(&canonical).await?))
        });
        let (keys, account) = found.await?;
        // Servers let people in by these. A directory is asked about somebody who has keys here, and not for every name
        // that a stranger thinks of.
        match account {
            Some(account)
                if !keys.is_empty()
                    && !Box::pin(self.is_in_directory_for(AskedFor::Stranger, &account.id)).await? =>
            {
                Ok(Vec::new())
            }
            _ => Ok(keys),
        }
    }
}

/// The same of the account that is this entry of a directory: whoever had the username before has nothing here.
pub async fn public_keys_of_entry_in(store: &Store, name: &str, entry: &str) -> Result<Vec<String>, Fault> {
    let canonical = canonical_identifier(name);
    read_tx!(store, Fault, |tx| {
        let account = tx.find_account_by_identifier(&canonical).await?;
        let known = tx.find_known_entry(entry).await?;
        match (account, known) {
            (Some(account), Some(known)) if account.id == known.account => {
                Ok(tx.list_public_keys(&canonical).await?)
            }
            _ => Ok(Vec::new()),
        }
    })
    .await
}

/// The public keys of the open account with this username, a line each; none when there is no such account.
pub async fn public_keys_in(store: &Store, name: &str) -> Result<Vec<String>, Fault> {
    let canonical = canonical_identifier(name);
    read_tx!(store, Fault, |tx| Ok(tx.list_public_keys(&canonical).await?)).await
}
