//! SSH keys of a member: listing, adding, renaming and removing them, and signing in with one. A key that a reset
//! has suspended ([`super::forgot_password`]) counts nowhere until its owner keeps it.

mod add;
mod keep;
mod list;
mod proof;
mod public;
mod remove;
mod rename;

pub use public::{public_keys_in, public_keys_of_entry_in};

use super::request::SignedIn;
use super::request::keys::{KeysReply, KeysRequest};
use super::{Accounts, Error, RequestContext};
use crate::domain::registered_key::RegisteredKey;

impl Accounts {
    /// The stories of [`super::request::Request::Keys`].
    pub(super) async fn keys(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: KeysRequest,
    ) -> Result<KeysReply, Error> {
        match request {
            KeysRequest::List => self.list_keys(cx, member).await,
            KeysRequest::Add { line } => self.add_key(cx, member, &line).await,
            KeysRequest::Rename { key, seen, comment } => {
                self.rename_key(cx, member, &key, seen.as_deref(), &comment).await
            }
            KeysRequest::Remove { key } => self.remove_key(cx, member, &key).await,
            KeysRequest::Keep { key } => self.keep_key(cx, member, &key).await,
        }
    }
}

/// The key that `name`, an id or a fingerprint, means.
pub(super) fn pick(mut kept: Vec<RegisteredKey>, name: &str) -> Option<RegisteredKey> {
    kept.retain(|kept| kept.id == name || kept.fingerprint.to_string() == name);
    kept.pop()
}
