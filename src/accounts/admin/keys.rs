//! Removing an SSH key of an account: of a laptop that was stolen, or one that a restore of the database brought back.

use super::super::Accounts;
use super::super::event_kind::EventKind;
use super::super::keys::pick;
use super::AdminError;
use super::users::find;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::text::inert;
use crate::store::write_tx;

impl Accounts {
    /// Removes a key, by its id or fingerprint, and tells every address of the account; gives the username and what the
    /// key was. As when its owner removes it, the epoch rises: no session that signed in with the key can do anything any
    /// more. A disabled account has no session, and its key goes all the same.
    pub async fn remove_key_of(&self, name: &str, key: &str) -> Result<(String, RegisteredKey), AdminError> {
        let now = self.clock.now();
        let (account, kept, epoch) = self
            .then_send(write_tx!(self.store, AdminError, |tx| {
                let named = find(tx, name).await?;
                tx.claim_any_account_lock(&named.id).await?;
                // Before the lock the epoch may have risen, or the account have gone.
                let account = tx
                    .find_account(&named.id)
                    .await?
                    .ok_or_else(|| AdminError::NoUser(named.name.clone()))?;
                let kept = pick(tx.list_keys(&account.id).await?, key.trim())
                    .ok_or_else(|| AdminError::NoKey(account.name.clone(), inert(key, 80)))?;
                let epoch = tx.claim_epoch(&account.id, account.auth_epoch, "", now).await?;
                tx.delete_key(&kept.id, &account.id).await?;
                let fingerprint = kept.fingerprint.to_string();
                self.note_change(tx, &account, EventKind::KeyRemoved, &fingerprint, now).await?;
                Ok((account, kept, epoch))
            }))
            .await?;
        if let Some(epoch) = epoch {
            self.revocations.announce(&account.id, epoch);
        }
        Ok((account.name, kept))
    }
}
