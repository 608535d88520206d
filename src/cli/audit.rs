//! `doorkey audit`: whether the audit log is as it was written, and a copy of it for elsewhere.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::json;

use super::activity::{Kinds, kinds};
use super::output::{complain, report};
use crate::accounts::Accounts;
use crate::accounts::admin::{AdminError, AuditFault, AuditVerdict, OperatorEvents};
use crate::domain::audit_chain::{ChainFault, ChainHeadRecord};
use crate::domain::exit_code;
use crate::domain::since::Since;
use crate::domain::timestamp::Timestamp;

pub(super) const VERIFY_HELP: &str = "\
Each row of the audit log is sealed with a key that is not in the database, and linked to the row before it. So this tells
when somebody has changed, deleted, added or moved rows in the database itself: which row, whose, when, and how. It only
reads, and may run beside the portal. With a NAME it reads all of it too, and tells of that account's rows, and of missing
ones of which nothing says whose they were.

What it cannot tell by itself is that the whole database, or its newest part, was put back to an earlier state. For that,
keep the head that it prints where nobody can write who writes to the database, and give it with the next call:

  doorkey audit verify --expect 1204:5f0c9a3e17b2d4c86e0f5a1b3c7d9e2f4a6b8c0d1e3f5a7b9c1d3e5f7a9b0c2d

Exit code 0: everything is as it was written. 1: something is not. 78: the secret keys are not those of this database.";

pub(super) const ACCEPT_HELP: &str = "\
After `verify` has found something that cannot be put right, such as rows that were deleted by hand, it would find it for
ever, and rows from there on are kept beyond audit.retention_days. This ends that: what is there now counts as genuine, and
the log says when that was decided. Keep a copy first: `doorkey audit export --jsonl` and `doorkey backup`.

Everything is done in one transaction, for which a portal on SQLite waits. Stop it if there are very many rows.";

#[derive(Debug, Subcommand)]
pub enum OperatorAuditCommand {
    /// Check that no row of the audit log was changed, deleted, added or moved
    #[command(after_help = VERIFY_HELP)]
    Verify {
        /// Username or email address: tell only of this account; without one, of all
        name: Option<String>,
        /// The head that an earlier call printed; it must still be in the chain
        #[arg(long, value_name = "HEAD")]
        expect: Option<ChainHeadRecord>,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take the audit log for genuine as it is now: seal and link every row anew
    #[command(after_help = ACCEPT_HELP)]
    Accept {
        /// Confirm that what was found has been looked into
        #[arg(long, required = true)]
        yes: bool,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write the audit log to standard output, the oldest event first
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Username or email address; without one, the events of everybody
    name: Option<String>,
    /// Only what happened since then: how long ago, such as 1h, 30m, 7d or 2w, a day such as 2026-11-22 (UTC), or RFC 3339
    /// such as 2026-11-22T14:05:09Z
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only what happened before then, written the same way
    #[arg(long, value_name = "TIME")]
    until: Option<Since>,
    /// Only one kind, such as sign-in-failed, or `refused` for all refusals
    #[arg(long, value_name = "KIND", value_parser = kinds)]
    kind: Option<Kinds>,
    /// Print a JSON object a line instead of an array
    #[arg(long)]
    jsonl: bool,
}

/// The manual's chapter.
pub(super) const CHAPTER: &str = "\
Every security event is a row of the table `activity`, written in the transaction that makes it true: what people see as
their activity, `doorkey activity` shows of all, and `doorkey audit export --jsonl` writes out for a log archive. A row is
kept for `audit.retention_days`. Deleting an account takes the person, the addresses and the clients out of its rows.

Each row is sealed with a key that is not in the database (it is in it only under the secret keys), and linked to the row
before it, in the whole log and of the same account. Both ends of this chain are sealed too. Who can write to the database
and has not the secret keys can therefore not change, delete, add or move rows unnoticed:

```
$ doorkey audit verify
Row 17 (of ada, 2026-11-22T14:05:09Z, id 019a...) was changed after it was written.
Row 21 (of ada, between 2026-11-22T14:07:30Z and 2026-11-22T14:09:02Z) was deleted.
The audit log is not as it was written: 2 faults, 1203 rows.
Head: 1204:5f0c9a3e17b2d4c86e0f5a1b3c7d9e2f4a6b8c0d1e3f5a7b9c1d3e5f7a9b0c2d
```

It exits with 1 when it finds something, so a timer can call it. `doorkey audit verify NAME` tells of one account only. A
rotation of the secret keys, `backup`, `restore` and `migrate-store` keep the chain. What is deleted for its age leaves an
anchor, so the rest is still complete. A row that a clock wrote that was ahead is put at the chain's end when its turn comes,
under a new number, so that it keeps no other row beyond its time.

Not found by that alone:

- The whole database, or the newest rows with the sealed end, put back to an earlier copy. Keep the head that `verify` prints
  where the database's administrators cannot write, and give it back with `--expect`. The log of the portal has each event
  as well: send it to another machine.
- The count of a refusal that is counted in one row, put back to an earlier count of the same row.
- On PostgreSQL, a row deleted within seconds of its COMMIT, while many others are being written: it has its place in the
  chain only when the next one looks. A row that was changed or added is always found.
- Anything done by who has the secret keys.

When something was found and looked into, `doorkey audit accept --yes` seals what is there, so that later faults stand out.
";

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorAuditCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorAuditCommand::Verify { name, expect, json } => {
            let found = match name {
                Some(name) => accounts.verify_audit_log_of(&name, expect).await,
                None => accounts.verify_audit_log(expect).await,
            };
            let is_ok = found.as_ref().is_ok_and(|verdict| verdict.ok);
            let code = report(out, json, found, say)?;
            Ok(if code == exit_code::DONE && !is_ok { exit_code::NO } else { code })
        }
        OperatorAuditCommand::Accept { json: as_json, .. } => {
            let accepted = accounts.accept_audit_log().await.map(|rows| json!({ "accepted": rows }));
            report(out, as_json, accepted, |out, accepted| {
                writeln!(
                    out,
                    "Sealed and linked {} rows anew. Restart the portal on every node.",
                    accepted["accepted"]
                )
            })
        }
        OperatorAuditCommand::Export(args) => export(args, accounts, out).await,
    }
}

fn say(out: &mut dyn Write, verdict: &AuditVerdict) -> std::io::Result<()> {
    let AuditVerdict { user, rows, waiting, deleted_through, head, fault_count, faults, .. } = verdict;
    for AuditFault { fault, what } in faults {
        writeln!(out, "{}", sentence(fault, what))?;
    }
    let more = fault_count - faults.len() as u64;
    if more > 0 {
        writeln!(out, "And {more} more.")?;
    }
    let log =
        user.as_ref().map_or_else(|| "The audit log".to_owned(), |user| format!("The audit log of {user}"));
    match fault_count {
        0 => writeln!(out, "{log} is as it was written: {rows} rows.")?,
        count => writeln!(out, "{log} is not as it was written: {count} faults, {rows} rows.")?,
    }
    if *waiting > 0 {
        writeln!(
            out,
            "{waiting} rows wait for their place in the chain; a running portal gives it to them."
        )?;
    }
    if *deleted_through > 0 {
        writeln!(
            out,
            "It begins after row {deleted_through}: what was before was deleted for its age (audit.retention_days), or \
             numbered anew by `audit accept`."
        )?;
    }
    if let Some(head) = head {
        writeln!(out, "Head: {head}")?;
    }
    if *fault_count > 0 {
        writeln!(
            out,
            "\nSomebody, or something, has written to the database past Doorkey. Keep a copy of it as it is (`doorkey backup`,\n\
             `doorkey audit export`), compare with an earlier backup and with the log of the portal, change the passwords of\n\
             the database, and rotate the secret keys (`doorkey keys rotate`) if their file may have been read. Nothing beyond the\n\
             first fault is deleted for its age until then; `doorkey audit accept` ends that."
        )?;
    }
    Ok(())
}

/// `Row 17 (of ada, 2026-11-22T14:05:09Z, id 019a…) was changed after it was written.`
fn sentence(fault: &ChainFault, what: &str) -> String {
    let ChainFault { seq, through, id, users, at, before, .. } = fault;
    let about = match (seq, through, id) {
        (Some(first), Some(last), _) if first == last => format!("Row {first}"),
        (Some(first), Some(last), _) => format!("Rows {first} to {last}"),
        (Some(seq), None, Some(_)) => format!("Row {seq}"),
        (None, None, Some(_)) => "A row without a place in the chain".to_owned(),
        (Some(seq), ..) => return format!("Head {seq}: {what}."),
        _ => return format!("{}.", capitalised(what)),
    };
    let time = |at: &Timestamp| at.to_string();
    let facts = [
        (!users.is_empty()).then(|| format!("of {}", users.join(", "))),
        match (through, at, before) {
            (None, at, _) => at.as_ref().map(time),
            (Some(_), Some(at), Some(before)) => Some(format!("between {at} and {before}")),
            (Some(_), Some(at), None) => Some(format!("after {at}")),
            (Some(_), None, Some(before)) => Some(format!("before {before}")),
            (Some(_), None, None) => None,
        },
        id.as_ref().map(|id| format!("id {id}")),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    let what = if about.starts_with("Rows") { what.replacen("was", "were", 1) } else { what.to_owned() };
    format!("{about}{facts} {what}.")
}

fn capitalised(what: &str) -> String {
    let mut chars = what.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

async fn export(args: ExportArgs, accounts: &Accounts, out: &mut dyn Write) -> anyhow::Result<u32> {
    let now = accounts.now();
    let wanted = OperatorEvents {
        user: args.name,
        since: args.since.map(|since| since.moment(now)),
        kinds: args.kind.map(|Kinds(kinds)| kinds).unwrap_or_default(),
        limit: 0,
    };
    let until = args.until.map(|until| until.moment(now));
    let mut is_first = true;
    let written = accounts
        .export_audit_log(&wanted, until, |event| -> anyhow::Result<()> {
            if !args.jsonl {
                out.write_all(if is_first { b"[\n" } else { b",\n" })?;
            }
            is_first = false;
            serde_json::to_writer(&mut *out, &event)?;
            if args.jsonl {
                writeln!(out)?;
            }
            Ok(())
        })
        .await;
    match written {
        Ok(_) if args.jsonl => {}
        Ok(0) => writeln!(out, "[]")?,
        Ok(_) => writeln!(out, "\n]")?,
        Err(error) => match error.downcast::<AdminError>() {
            Ok(denied @ AdminError::NoUser(_)) => {
                complain(&denied.to_string());
                return Ok(exit_code::NO);
            }
            Ok(fault) => return Err(fault.into()),
            Err(error) => return Err(error),
        },
    }
    out.flush()?;
    Ok(exit_code::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit_chain::ChainFaultKind;

    #[test]
    fn a_fault_is_told_with_row_account_and_time() {
        let at = Some(Timestamp::from_epoch_ms(1_795_341_909_000));
        let of = |kind, seq, through, id: Option<&str>| ChainFault {
            seq,
            through,
            id: id.map(str::to_owned),
            users: vec!["ada".to_owned()],
            at,
            ..ChainFault::of(kind)
        };
        let told = |fault: ChainFault| sentence(&fault, fault.kind.meaning());
        assert_eq!(
            told(of(ChainFaultKind::Changed, Some(5), None, Some("x"))),
            "Row 5 (of ada, 2026-11-22T10:05:09Z, id x) was changed after it was written."
        );
        assert_eq!(
            told(of(ChainFaultKind::Missing, Some(5), Some(7), None)),
            "Rows 5 to 7 (of ada, after 2026-11-22T10:05:09Z) were deleted."
        );
        assert_eq!(
            told(ChainFault::of(ChainFaultKind::HeadMissing)),
            "The row of audit_chain, which says where the chain ends, was deleted."
        );
        let rewound = ChainFault { seq: Some(9), ..ChainFault::of(ChainFaultKind::Rewound) };
        assert!(told(rewound).starts_with("Head 9: the chain does not contain"));
    }
}
