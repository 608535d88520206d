//! `doorkey keys`: rotating the secret keys, and how a running server follows their file.
//!
//! A key is known everywhere before it is current anywhere. So on no node does a person meet a code, a password or an
//! email that was made with a key which that node lacks.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use serde_json::json;
use tokio::signal::unix::Signal;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::output::{answer, columns, complain, json};
use crate::accounts::Accounts;
use crate::accounts::admin::{KeyView, SecretKeysView};
use crate::config::keys::{self, KeysFault};
use crate::domain::entropy::Entropy;
use crate::domain::exit_code;
use crate::domain::keyring::{KeyState, Keyring};
use crate::domain::timestamp::Timestamp;

/// How often a server looks whether the file is another one.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long `rotate` waits for nodes that share the file to read it: a few looks.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often `rotate` asks meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(250);

pub const HELP: &str = "\
The file of keys.secret_keys has one or more keys. The current one makes everything new; the others only open and check
what was made with them. Doorkey replaces the file as a whole; a running server reads the new one within two seconds, or
at once on SIGHUP.

To rotate: `doorkey keys rotate`. It adds a key, waits until every running node knows it, and only then makes it
current. Nodes with a copy of their own of the file are named: copy the file to them, then type the command again, and
copy the file once more after that. Passwords move to the new key as people sign in; authenticator secrets are sealed
anew at once; codes, invitations and unsent emails expire within days.

To end it: `doorkey keys list` shows what still needs each key, and `doorkey keys remove ID` removes one that nothing
needs. Recovery codes need their key until they are used or replaced, and a password does until its owner signs in. Keep
a copy of the file apart from the copies of the database, and old copies of it as long as old backups.";

#[derive(Debug, Subcommand)]
pub enum OperatorKeysCommand {
    /// List the secret keys, never their content: since when, what still needs each, and which nodes lack it
    List {
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Add a key, and make it current as soon as every running node knows it; go on with a rotation that waits
    #[command(after_help = HELP)]
    Rotate {
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Seal every authenticator secret with the current key; `rotate` does so too
    Reseal {
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove a key that nothing needs any more
    Remove {
        /// Id of the key
        id: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs `command` on the keys in the file at `path` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, the file cannot be written.
pub async fn run(
    command: OperatorKeysCommand,
    path: &Path,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorKeysCommand::List { json: as_json } => {
            answer(out, accounts.secret_keys(&load(path)?).await, |out, view| {
                if as_json { json(out, &view) } else { columns(out, &table(&view)) }
            })
        }
        OperatorKeysCommand::Rotate { json } => rotate(path, accounts, json, out).await,
        OperatorKeysCommand::Reseal { json } => reseal(&load(path)?, accounts, json, out).await,
        OperatorKeysCommand::Remove { id, json } => remove(path, &id, accounts, json, out).await,
    }
}

async fn rotate(path: &Path, accounts: &Accounts, as_json: bool, out: &mut dyn Write) -> anyhow::Result<u32> {
    let now = accounts.now();
    let with_next = keys::change(path, &Entropy::System, |text, known| {
        known.next_id().is_none().then(|| Keyring::with_next(text, &Entropy::System, now))
    })?;
    let Some(next) = with_next.next_id() else { return Err(disappeared(path).into()) };
    if !as_json {
        writeln!(out, "The key {next} is next in {}.", path.display())?;
    }
    let lacking = nodes_without(next, &with_next, accounts).await?;
    if !lacking.is_empty() {
        if as_json {
            json(out, &json!({ "key": next, "current": false, "unknown_to": lacking }))?;
        }
        complain(&format!(
            "the key {next} is not current yet, because these nodes do not know it: {}. Copy {} to them, then type \
             `doorkey keys rotate` again",
            lacking.join(", "),
            path.display()
        ));
        return Ok(exit_code::LATER);
    }
    let rotated = keys::change(path, &Entropy::System, |text, known| {
        known.knows(next).then(|| Keyring::activated(text, next))
    })?;
    if rotated.code_key().0 != next {
        complain(&format!("the key {next} is not current: it was removed meanwhile"));
        return Ok(exit_code::NO);
    }
    if !as_json {
        writeln!(out, "It is current now. Nodes with a copy of their own of the file need the new one too.")?;
    }
    reseal(&rotated, accounts, as_json, out).await
}

/// The running nodes that do not know the key `id`, after those that share the file had time to read it.
async fn nodes_without(id: &str, keyring: &Keyring, accounts: &Accounts) -> anyhow::Result<Vec<String>> {
    let begun = Instant::now();
    loop {
        let view = accounts.secret_keys(keyring).await?;
        let lacking = view.keys.into_iter().find(|key| key.id == id).map(|key| key.unknown_to);
        let lacking = lacking.unwrap_or_default();
        if lacking.is_empty() || begun.elapsed() > PATIENCE {
            return Ok(lacking);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

async fn reseal(
    keyring: &Keyring,
    accounts: &Accounts,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    let key = keyring.code_key().0;
    answer(out, accounts.reseal(keyring).await, |out, count| {
        if as_json {
            return json(out, &json!({ "key": key, "current": true, "resealed": count }));
        }
        writeln!(out, "Sealed {count} authenticator secrets with the key {key}.")
    })
}

async fn remove(
    path: &Path,
    id: &str,
    accounts: &Accounts,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    let keyring = load(path)?;
    let view = accounts.secret_keys(&keyring).await?;
    if let Some(reason) = view
        .keys
        .iter()
        .find(|key| key.id == id)
        .map_or_else(|| Some(format!("there is no key {id}")), |key| keeps(key, path))
    {
        complain(&reason);
        return Ok(exit_code::NO);
    }
    keys::change(path, &Entropy::System, |text, known| {
        (known.knows(id) && known.code_key().0 != id).then(|| Keyring::without(text, id))
    })?;
    let was_oldest = keyring.oldest_id() == id;
    if as_json {
        json(out, &json!({ "removed": id, "was_oldest": was_oldest }))?;
        return Ok(exit_code::DONE);
    }
    writeln!(out, "Removed the key {id} from {}.", path.display())?;
    if was_oldest {
        writeln!(
            out,
            "It was the oldest: counters of tries from one place start again, and places that people sign in from are \
             learnt again."
        )?;
    }
    Ok(exit_code::DONE)
}

/// Why a key cannot be removed.
fn keeps(key: &KeyView, path: &Path) -> Option<String> {
    let id = &key.id;
    let needs = key.needs();
    match key.state {
        None => Some(format!("{} lacks the key {id} already; it is needed by {needs}", path.display())),
        Some(KeyState::Current) => {
            Some(format!("the key {id} is current; make another one current first: `doorkey keys rotate`"))
        }
        _ if !needs.is_empty() => Some(format!("the key {id} is needed by {needs}; nothing was removed")),
        _ if !key.current_at.is_empty() => Some(format!(
            "the key {id} is still current at these nodes: {}; copy {} to them first",
            key.current_at.join(", "),
            path.display()
        )),
        _ => None,
    }
}

fn table(view: &SecretKeysView) -> Vec<Vec<String>> {
    let head = ["KEY", "STATE", "CREATED", "NEEDED BY", "UNKNOWN TO NODES"].map(str::to_owned).to_vec();
    let row = |key: &KeyView| {
        let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        vec![
            key.id.clone(),
            key.state.map_or_else(|| "missing".to_owned(), |state| state.to_string()),
            key.created_at.map_or_else(|| "-".to_owned(), Timestamp::date_minute),
            or_dash(key.needs()),
            or_dash(key.unknown_to.join(", ")),
        ]
    };
    std::iter::once(head).chain(view.keys.iter().map(row)).collect()
}

fn load(path: &Path) -> Result<Keyring, KeysFault> {
    keys::load(path)?.ok_or_else(|| disappeared(path))
}

fn disappeared(path: &Path) -> KeysFault {
    KeysFault { path: path.to_owned(), reason: "disappeared meanwhile".to_owned() }
}

/// Reads the file again whenever it is another one, and on SIGHUP, until `stop`. A file that cannot be used changes
/// nothing: the server goes on with the keys that it has.
pub(super) async fn follow(
    path: PathBuf,
    accounts: Arc<Accounts>,
    mut hangup: Signal,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The file may have changed between the server's start and here.
    let mut seen = None;
    loop {
        let asked = tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => false,
            _ = hangup.recv() => true,
        };
        let now = identity(&path).await;
        if asked || now != seen {
            seen = now;
            Box::pin(read_again(&path, &accounts)).await;
        }
    }
}

/// What changes when the file is replaced, whatever its age: a copy may keep the old one's.
async fn identity(path: &Path) -> Option<(u64, i64, i64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = tokio::fs::metadata(path).await.ok()?;
    Some((meta.ino(), meta.ctime(), meta.ctime_nsec(), meta.len()))
}

async fn read_again(path: &Path, accounts: &Accounts) {
    let from = path.to_owned();
    let read = tokio::task::spawn_blocking(move || load(&from)).await;
    let refusal = match read {
        Ok(Ok(keyring)) => match accounts.follow_keyring(keyring).await {
            Ok(true) => {
                tracing::info!(keys = accounts.known_keys(), "the secret keys were read again");
                return;
            }
            Ok(false) => return,
            Err(fault) => fault.to_string(),
        },
        Ok(Err(fault)) => fault.to_string(),
        Err(failed) => failed.to_string(),
    };
    tracing::error!(refusal, "the secret keys were not read again; the old ones stay in use");
}
