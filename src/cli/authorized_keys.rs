//! `doorkey authorized-keys`: a user's public keys in the format that sshd expects of its `AuthorizedKeysCommand`
//! (`sshd_config(5)`). It opens only the store, so the user that sshd runs it as needs no access to the secret keys.

use std::io::Write;

use crate::accounts::public_keys_in;
use crate::config::Settings;
use crate::domain::exit_code;
use crate::store::Store;

pub(super) const HELP: &str = "\
In sshd_config, on a machine that can reach the portal's store:

  AuthorizedKeysCommand /usr/local/bin/doorkey --config /etc/doorkey/doorkey.toml authorized-keys %u
  AuthorizedKeysCommandUser doorkey

A disabled account has no keys here. A key that a password reset has suspended is not printed. An unknown username
prints nothing and is not an error.";

/// Prints the keys of `name`, one a line, and nothing else.
///
/// # Errors
/// The store is down or standard output is closed; sshd then lets nobody in with these keys.
pub async fn run(settings: &Settings, name: &str, out: &mut dyn Write) -> anyhow::Result<u32> {
    let store = Store::open_with(&settings.store.url, settings.store.prepared_statements).await?;
    let found = public_keys_in(&store, name).await;
    store.close().await;
    for line in found? {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(exit_code::DONE)
}
