//! `doorkey restore`: puts a backup in place and voids what may have been used since it was made.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde_json::json;

use super::output::{self, columns, copy_refused};
use crate::accounts::EventKind;
use crate::clock::Clock;
use crate::config::{Settings, keys};
use crate::domain::exit_code;
use crate::store::copy::{self, Restored, UNTOLD, Voiding};

pub(super) const HELP: &str = "\
Stop the portal on every node first; a database that is in use is refused. FILE is checked, copied beside the database,
brought up to date, and takes its place in one step; FILE itself stays as it is. A database that has accounts is replaced
only with --force, and is kept under another name.

What may have been used since the backup was made is void: reset, verification and undo codes, reset grants,
invitations, sign-up codes, codes of support cases, current codes of authenticators, authenticators that wait for their
first code, sessions, and emails that were not sent. Each account's activity says so. Events that hooks were not told of
wait for `doorkey hook replay`. Passwords, SSH keys, two-factor authentication, locks, service accounts and what a reset
suspended are as they were.

For PostgreSQL, restore with pg_restore or from a base backup, then, with a store.url that leads to PostgreSQL itself and
not through PgBouncer:

  doorkey restore --in-place";

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "in_place"])))]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct RestoreArgs {
    /// A backup made by `doorkey backup`
    file: Option<PathBuf>,
    /// The database was restored by other means; only void what may have been used since
    #[arg(long)]
    in_place: bool,
    /// Replace a database that has accounts, and keep it under another name
    #[arg(long, conflicts_with = "in_place")]
    force: bool,
    /// Void recovery codes too; who has lost the authenticator then needs support
    #[arg(long)]
    void_recovery_codes: bool,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// Restores the database and says what was voided.
///
/// # Errors
/// The store or standard output failed.
pub(super) async fn run(args: &RestoreArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<u32> {
    let keyring = keys::load(&settings.keys.secret_keys)?;
    let how = Voiding {
        now: Clock::wall_clock(),
        event_kind: EventKind::DatabaseRestored.as_str(),
        client: crate::accounts::OPERATOR,
        recovery_codes: args.void_recovery_codes,
        keyring: keyring.as_ref(),
    };
    let url = &settings.store.url;
    let restored = match &args.file {
        Some(file) => copy::restore(url, file, args.force, &how).await,
        None => copy::void_in_place(url, &how).await,
    };
    match restored {
        Ok(restored) if args.json => {
            let Restored { accounts, as_of, previous, voided, service_accounts } = &restored;
            let voided: BTreeMap<_, _> = voided.iter().map(|(what, count)| (what, count)).collect();
            let done = json!({
                "accounts": accounts,
                "as_of": as_of,
                "previous": previous,
                "voided": voided,
                "service_accounts": service_accounts,
            });
            output::json(out, &done)?;
        }
        Ok(restored) => say(out, args, &restored, settings.hooks.file.is_some())?,
        Err(fault) => return copy_refused(fault),
    }
    out.flush()?;
    Ok(exit_code::DONE)
}

fn say(out: &mut dyn Write, args: &RestoreArgs, restored: &Restored, has_hooks: bool) -> std::io::Result<()> {
    let Restored { accounts, as_of, previous, voided, service_accounts } = restored;
    let as_of = as_of.map_or_else(String::new, |at| format!(", as of {}", at.seconds()));
    match &args.file {
        Some(file) => writeln!(out, "Restored {accounts} accounts from {}{as_of}.", file.display())?,
        None => writeln!(out, "The database has {accounts} accounts{as_of}.")?,
    }
    if let Some(previous) = previous {
        writeln!(out, "The database that was there before is kept as {}.", previous.display())?;
    }
    writeln!(out, "\nVoid, because it may have been used since:\n")?;
    let rows = voided.iter().map(|(what, count)| vec![format!("  {what}"), count.to_string()]);
    columns(out, &rows.collect::<Vec<_>>())?;
    writeln!(
        out,
        "\nPasswords, SSH keys, two-factor authentication, locks and what a reset suspended are as they were then: \
         disable again who was disabled since.\nSSH keys, email addresses and members of teams that were removed since \
         are back: `doorkey user show NAME` shows those of an account, `doorkey user keys remove NAME KEY` removes a key."
    )?;
    if !service_accounts.is_empty() {
        writeln!(
            out,
            "Service accounts that were removed since are back, and their secrets of then are good: there are {}. \
             `doorkey service-account list` shows what each may read, `doorkey service-account remove NAME` removes one.",
            service_accounts.join(", ")
        )?;
    }
    if voided.iter().any(|(what, count)| *what == UNTOLD && *count > 0) {
        writeln!(
            out,
            "`doorkey hook list` shows the events that hooks were not told of, and `doorkey hook replay HOOK` tells them; \
             some may have been told since the backup was made."
        )?;
    }
    if has_hooks {
        writeln!(
            out,
            "Hooks are not told of the restore: have the systems behind them read everything anew, unless this is a \
             rehearsal."
        )?;
    }
    if !args.void_recovery_codes {
        writeln!(out, "Recovery codes stay valid, also those used since; --void-recovery-codes voids them.")?;
    }
    writeln!(out, "Next: `doorkey check`, then start the portal.")
}
