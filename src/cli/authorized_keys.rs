//! `doorkey authorized-keys`: somebody's public keys, as sshd wants them of its `AuthorizedKeysCommand`
//! (`sshd_config(5)`). It opens the store and nothing else: whom sshd runs it as need not read secret keys.

use std::io::Write;

use crate::accounts::public_keys_in;
use crate::config::Settings;
use crate::domain::exit_code;
use crate::store::Store;

pub(super) const HELP: &str = "\
In sshd_config, on a machine that can reach the portal's store:

  AuthorizedKeysCommand /usr/bin/doorkey --config /etc/doorkey.toml authorized-keys %u
  AuthorizedKeysCommandUser doorkey

Only open accounts have keys here. A name that nobody has prints nothing and is no error.";

/// Prints the keys of `name`, a line each, and nothing else.
///
/// # Errors
/// A store that is down, a closed standard output: sshd then lets nobody in by these keys.
pub async fn run(settings: &Settings, name: &str, out: &mut dyn Write) -> anyhow::Result<u32> {
    let store = Store::open(&settings.store.url).await?;
    for line in public_keys_in(&store, name).await? {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    store.close().await;
    Ok(exit_code::DONE)
}
