//! `doorkey authorized-keys`: a user's public keys in the format that sshd expects of its `AuthorizedKeysCommand`
//! (`sshd_config(5)`). It opens only the store, so the user that sshd runs it as needs no access to the secret keys.

use std::io::Write;

use super::wiring;
use crate::accounts::public_keys_in;
use crate::config::Settings;
use crate::domain::exit_code;
use crate::domain::name::canonical_identifier;
use crate::domain::ssh_key::SshKey;
use crate::store::Store;

pub(super) const HELP: &str = "\
In sshd_config, on a machine that can reach the portal's store:

  AuthorizedKeysCommand /usr/local/bin/doorkey --config /etc/doorkey/doorkey.toml authorized-keys %u
  AuthorizedKeysCommandUser doorkey

With directory.ssh_keys the keys of the directory are printed too, without any line that has options or is of a
certificate authority; whoever is not in the directory has none.

A disabled account has no keys here. A key that a password reset has suspended is not printed. An unknown username
prints nothing and is not an error.";

/// Prints the keys of `name`, one a line, and nothing else.
///
/// # Errors
/// The store is down or standard output is closed; sshd then lets nobody in with these keys.
pub async fn run(settings: &Settings, name: &str, out: &mut dyn Write) -> anyhow::Result<u32> {
    let Some(of_directory) = keys_of_directory(settings, name).await? else { return Ok(exit_code::DONE) };
    let store = Store::open_with(&settings.store.url, settings.store.prepared_statements).await?;
    let found = public_keys_in(&store, name).await;
    store.close().await;
    let mut lines = found?;
    lines.extend(of_directory);
    lines.dedup();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(exit_code::DONE)
}

/// What a directory has, none where it holds no keys; nothing where it does not let this person in. Only keys: a line of
/// theirs with options, `cert-authority` above all, would let whoever writes it choose what it opens.
async fn keys_of_directory(settings: &Settings, name: &str) -> anyhow::Result<Option<Vec<String>>> {
    let Some(directory) = wiring::directory(settings, wiring::programs(settings)?)? else {
        return Ok(Some(Vec::new()));
    };
    let canonical = canonical_identifier(name);
    let entry = match directory.lookup(&canonical).await? {
        Some(entry) if !entry.is_disabled && canonical_identifier(&entry.name) == canonical => entry.entry,
        _ => return Ok(None),
    };
    if !settings.capabilities().ssh_keys {
        return Ok(Some(Vec::new()));
    }
    let lines = directory.ssh_keys(&entry).await?;
    let keys = lines.iter().filter_map(|line| SshKey::parse(line).ok());
    Ok(Some(keys.map(|key| key.line()).collect()))
}
