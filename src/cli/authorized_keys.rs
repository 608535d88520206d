//! `doorkey authorized-keys`: a user's public keys in the format that sshd expects of its `AuthorizedKeysCommand`
//! (`sshd_config(5)`). It opens only the store, so the user that sshd runs it as needs no access to the secret keys.

use std::io::Write;

use super::wiring;
use crate::accounts::{public_keys_in, public_keys_of_entry_in};
use crate::clock::Clock;
use crate::config::Settings;
use crate::directory::{DirectoryFault, Shown};
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
    let of_directory = match keys_of_directory(settings, name).await? {
        InDirectory::NotAsked => None,
        InDirectory::Nobody => return Ok(exit_code::DONE),
        InDirectory::Somebody { entry, keys } => Some((entry, keys)),
    };
    let store = Store::open_with(&settings.store.url, settings.store.prepared_statements).await?;
    let found = match &of_directory {
        Some((entry, _)) => public_keys_of_entry_in(&store, name, entry).await,
        None => public_keys_in(&store, name).await,
    };
    store.close().await;
    let mut lines = found?;
    lines.extend(of_directory.into_iter().flat_map(|(_, keys)| keys));
    lines.dedup();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(exit_code::DONE)
}

/// What a directory says of a username.
enum InDirectory {
    /// Accounts live in the store.
    NotAsked,
    /// It lets nobody of that name in.
    Nobody,
    /// Who it is, and the keys that it holds of them.
    Somebody { entry: String, keys: Vec<String> },
}

/// Only keys: a line of theirs with options, `cert-authority` above all, would let whoever writes it choose what it opens.
async fn keys_of_directory(settings: &Settings, name: &str) -> anyhow::Result<InDirectory> {
    let Some(directory) = wiring::directory(settings, wiring::directory_programs(settings)?)? else {
        return Ok(InDirectory::NotAsked);
    };
    let (canonical, now) = (canonical_identifier(name), Clock::wall_clock());
    let entry = match directory.lookup(&canonical).await? {
        Some(entry) if entry.is_open(now) && canonical_identifier(&entry.name) == canonical => entry.entry,
        None if !directory.shows(Shown::People).await? => return Err(DirectoryFault::ShowsNobody.into()),
        _ => return Ok(InDirectory::Nobody),
    };
    let lines = if settings.capabilities().ssh_keys { directory.ssh_keys(&entry).await? } else { Vec::new() };
    let keys = lines.iter().filter_map(|line| SshKey::parse(line).ok());
    Ok(InDirectory::Somebody { entry: entry.id, keys: keys.map(|key| key.line()).collect() })
}
