//! `keys …`: the SSH keys of a member.

use super::prelude::*;
use crate::accounts::request::keys::{KeysReply, KeysRequest};
use crate::domain::ssh_key::is_unfinished;

/// List your SSH keys
#[derive(Debug, Args)]
pub(super) struct KeysList;

impl Command for KeysList {
    const LIST: Option<&'static str> = Some("keys");
    const EXAMPLE: &'static str = r#"{"keys":[{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let keys = ask!(cx, Keys(member, KeysRequest::List), KeysReply::List(keys, _) => keys);
        let rows = keys.iter().map(|key| {
            [
                key.fingerprint.to_string(),
                key.algorithm.clone(),
                cx.time(key.added_at),
                cx.time_or_never(key.last_used_at),
                match (key.suspended_at, key.verified_at) {
                    (Some(_), _) => "suspended",
                    (None, Some(_)) => "yes",
                    (None, None) => "not yet",
                }
                .to_owned(),
                key.comment.clone(),
            ]
        });
        let head = ["FINGERPRINT", "ALGORITHM", "ADDED", "LAST USED", "VERIFIED", "COMMENT"];
        let empty = "You have no key here. Add one: keys add < id_ed25519.pub";
        Ok(Answer::table(head, rows, empty, json!({ "keys": keys })))
    }
}

/// Add the public key on standard input, one line as in a .pub file
///
/// Needs your password: with --password-stdin in the first line, before the key. Connect once with the
/// new key under your own name (ssh -i KEY NAME@HOST) to prove that it is yours: from then on it also
/// signs you in where no name is given.
#[derive(Debug, Args)]
pub(super) struct KeysAdd;

impl Command for KeysAdd {
    const EXAMPLE: &'static str = r#"{"added":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        // All of standard input, so that a private key is recognised.
        let line = cx.text("Public key (not shown): ", is_unfinished).await?;
        let key = ask!(cx, Keys(member, KeysRequest::Add { line }), KeysReply::Added(key) => key);
        let message = format!("{} is registered", key.fingerprint);
        Ok(Answer::done("key-added", message, json!({ "added": key })))
    }
}

/// Change the comment of an SSH key
#[derive(Debug, Args)]
pub(super) struct KeysRename {
    /// Its id or its fingerprint, SHA256:...
    key: String,
    /// The new comment
    #[arg(value_hint = WORDS)]
    comment: String,
}

impl Command for KeysRename {
    const EXAMPLE: &'static str = r#"{"renamed":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@desk","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let Self { key, comment } = self;
        let key = ask!(cx, Keys(member, KeysRequest::Rename { key, seen: None, comment }), KeysReply::Renamed(key) => key);
        let message = format!("{} has a new comment", key.fingerprint);
        Ok(Answer::done("key-renamed", message, json!({ "renamed": key })))
    }
}

/// Remove an SSH key and sign out all your other sessions. Needs your password
#[derive(Debug, Args)]
pub(super) struct KeysRemove {
    /// Its id or its fingerprint, SHA256:...
    key: String,
}

impl Command for KeysRemove {
    const EXAMPLE: &'static str = r#"{"removed":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let key =
            ask!(cx, Keys(member, KeysRequest::Remove { key: self.key }), KeysReply::Removed(_, key) => key);
        let message = format!("{} is no longer registered", key.fingerprint);
        Ok(Answer::done("key-removed", message, json!({ "removed": key })))
    }
}

/// Keep an SSH key that a password reset has suspended; needs your password
#[derive(Debug, Args)]
pub(super) struct KeysKeep {
    /// Its id or its fingerprint, SHA256:...
    key: String,
}

impl Command for KeysKeep {
    const EXAMPLE: &'static str = r#"{"kept":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let key = ask!(cx, Keys(member, KeysRequest::Keep { key: self.key }), KeysReply::Kept(key) => key);
        let message = format!("{} is kept", key.fingerprint);
        Ok(Answer::done("key-kept", message, json!({ "kept": key })))
    }
}
