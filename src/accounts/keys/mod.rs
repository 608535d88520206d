//! SSH keys of a member: which there are, one more, one less, and signing in with one.

mod add;
mod list;
mod proof;
mod public;
mod remove;
mod rename;

pub use public::public_keys_in;

use super::request::keys::{Answer, Ask, KeyView};
use super::request::{Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::store::KeptKey;

impl Accounts {
    /// The stories of [`super::request::Request::Keys`].
    pub(super) async fn keys(&self, knock: &Knock, member: &SignedIn, ask: Ask) -> Result<Reply, Fault> {
        match ask {
            Ask::List => self.list_keys(knock, member).await,
            Ask::Add { line } => self.add_key(knock, member, &line).await,
            Ask::Rename { key, seen, comment } => {
                self.rename_key(knock, member, &key, seen.as_deref(), &comment).await
            }
            Ask::Remove { key } => self.remove_key(knock, member, &key).await,
        }
    }
}

/// The key that `name`, an id or a fingerprint, means.
fn pick(mut kept: Vec<KeptKey>, name: &str) -> Option<KeptKey> {
    kept.retain(|kept| kept.id == name || kept.fingerprint.to_string() == name);
    kept.pop()
}

fn view(kept: KeptKey) -> KeyView {
    KeyView {
        id: kept.id,
        fingerprint: kept.fingerprint.to_string(),
        algorithm: kept.algorithm,
        comment: kept.comment,
        added_at: kept.added_at,
        last_used_at: kept.last_used_at,
        proven_at: kept.proven_at,
    }
}

fn answer(answer: Answer) -> Reply {
    Reply::Keys(answer)
}
