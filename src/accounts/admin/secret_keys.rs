//! The secret keys, as an operator rotates them: which are known, where, and what still needs each.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::Accounts;
use super::super::second_factor::place_of;
use super::super::sessions::NODE_LIFE_MS;
use super::AdminError;
use crate::domain::keyring::{KeyState, Keyring, sealing_key};
use crate::domain::timestamp::Timestamp;
use crate::store::{NodeKeys, Store, StoreFault, read_tx, write_tx};

/// Authenticator secrets that are sealed anew in one transaction.
const BATCH: i64 = 500;

/// The secret keys and the nodes that use them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretKeysView {
    /// The current one first; last those that the file lacks and rows need.
    pub keys: Vec<KeyView>,
    /// Ids of the nodes that run.
    pub nodes: Vec<String>,
}

/// One secret key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// Its id.
    pub id: String,
    /// `None` when the file lacks it.
    pub state: Option<KeyState>,
    /// When it was made, if the file says so.
    pub created_at: Option<Timestamp>,
    /// How many rows of each kind need it.
    pub needed_by: BTreeMap<&'static str, i64>,
    /// The nodes that do not know it.
    pub unknown_to: Vec<String>,
    /// The nodes that make everything new with it.
    pub current_at: Vec<String>,
}

impl KeyView {
    /// `12 passwords, 3 recovery codes`; empty when nothing needs it.
    #[must_use]
    pub fn needs(&self) -> String {
        let each: Vec<String> =
            self.needed_by.iter().map(|(rows, count)| format!("{count} {rows}")).collect();
        each.join(", ")
    }
}

impl Accounts {
    /// The ids of the keys that this process knows, the current one first, with spaces between them.
    #[must_use]
    pub fn known_keys(&self) -> String {
        ids(&self.keyring.get())
    }

    /// Uses `keyring` from now on, and tells the other nodes so; `false` when it is what is used already.
    ///
    /// # Errors
    /// When it lacks the key that this node makes everything with: then it is not the file's next version.
    pub async fn follow_keyring(&self, keyring: Keyring) -> Result<bool, AdminError> {
        let known = self.keyring.get();
        if ids(&known) == ids(&keyring) {
            return Ok(false);
        }
        let current = known.code_key().0;
        if !keyring.knows(current) {
            return Err(AdminError::KeyLost(current.to_owned()));
        }
        self.keyring.replace(keyring);
        let (node, keys) = (self.sessions.node(), self.known_keys());
        write_tx!(self.store, AdminError, |tx| Ok(tx.set_node_keys(node, &keys).await?)).await?;
        Ok(true)
    }

    /// The keys of `keyring`, what needs each, and where each is known.
    pub async fn secret_keys(&self, keyring: &Keyring) -> Result<SecretKeysView, AdminError> {
        let now = self.clock.now();
        // Reads whole tables, so without the deadline of a request.
        let mut tx = self.store.begin_reading().await?;
        let uses = tx.list_key_uses(now).await?;
        let nodes = tx.list_node_keys(now.plus_ms(-NODE_LIFE_MS)).await?;
        tx.rollback().await;

        let mut needs: BTreeMap<String, BTreeMap<&'static str, i64>> = BTreeMap::new();
        for one in uses {
            let id = if one.is_seal { sealing_key(&one.key) } else { std::str::from_utf8(&one.key).ok() };
            let id = id.unwrap_or("?").to_owned();
            *needs.entry(id).or_default().entry(one.rows).or_default() += one.count;
        }
        let mut keys: Vec<KeyView> = keyring
            .list()
            .map(|(id, state, created_at)| view(id, Some(state), created_at, needs.remove(id), &nodes))
            .collect();
        keys.extend(needs.into_iter().map(|(id, needed_by)| view(&id, None, None, Some(needed_by), &nodes)));
        Ok(SecretKeysView { keys, nodes: nodes.into_iter().map(|node| node.id).collect() })
    }

    /// Seals the key of the audit log with the current key.
    async fn reseal_chain_key(&self, keyring: &Keyring) -> Result<(), AdminError> {
        let head = read_tx!(self.store, AdminError, |tx| Ok(tx.find_chain_head().await?)).await?;
        let Some(head) = head.filter(|head| sealing_key(&head.sealed_key) != Some(keyring.code_key().0))
        else {
            return Ok(());
        };
        let new = head.resealed(keyring, &self.entropy).map_err(super::Fault::from)?;
        write_tx!(self.store, AdminError, |tx| Ok(tx.claim_chain_reseal(&head.sealed_key, &new).await?))
            .await?;
        Ok(())
    }

    /// Seals the key of the audit log, and every authenticator secret that an older key seals, with the current one; gives how many
    /// authenticator secrets. May be ended at
    /// any time and begun again.
    pub async fn reseal(&self, keyring: &Keyring) -> Result<u64, AdminError> {
        self.reseal_chain_key(keyring).await?;
        let (current, mut after, mut resealed) = (keyring.code_key().0, String::new(), 0);
        loop {
            let mut tx = self.store.begin_reading().await?;
            let batch = tx.list_sealed_seeds(&after, BATCH).await?;
            tx.rollback().await;
            let Some((last, _)) = batch.last() else { return Ok(resealed) };
            after = last.clone();
            let mut changed = Vec::new();
            for (account, old) in batch.iter().filter(|(_, sealed)| sealing_key(sealed) != Some(current)) {
                let place = place_of(account);
                let seed = keyring.open(&place, old).map_err(super::Fault::from)?;
                let new = keyring.seal(&self.entropy, &place, &seed).map_err(super::Fault::from)?;
                changed.push((account, old, new));
            }
            if changed.is_empty() {
                continue;
            }
            resealed += write_tx!(self.store, AdminError, |tx| {
                let mut claimed = 0;
                for (account, old, new) in &changed {
                    claimed += u64::from(tx.claim_reseal(account, old, new).await?);
                }
                Ok(claimed)
            })
            .await?;
        }
    }
}

/// The current key of a running node that `keyring` lacks, if there is one: what that node makes could not be read with
/// `keyring`, and the other way round.
pub async fn key_of_another_node(
    store: &Store,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<Option<String>, StoreFault> {
    let since = now.plus_ms(-NODE_LIFE_MS);
    let nodes = read_tx!(store, StoreFault, |tx| tx.list_node_keys(since).await).await?;
    let current = nodes.iter().filter_map(|node| node.keys.split(' ').next());
    Ok(current.filter(|id| !id.is_empty()).find(|id| !keyring.knows(id)).map(str::to_owned))
}

/// The ids of the keys, the current one first.
fn ids(keyring: &Keyring) -> String {
    keyring.list().map(|(id, ..)| id).collect::<Vec<_>>().join(" ")
}

fn view(
    id: &str,
    state: Option<KeyState>,
    created_at: Option<Timestamp>,
    needed_by: Option<BTreeMap<&'static str, i64>>,
    nodes: &[NodeKeys],
) -> KeyView {
    let at = |is_so: &dyn Fn(&str) -> bool| {
        nodes.iter().filter(|node| is_so(&node.keys)).map(|node| node.id.clone()).collect()
    };
    KeyView {
        id: id.to_owned(),
        state,
        created_at,
        needed_by: needed_by.unwrap_or_default(),
        unknown_to: at(&|keys| !keys.split(' ').any(|known| known == id)),
        current_at: at(&|keys| keys.split(' ').next() == Some(id)),
    }
}
