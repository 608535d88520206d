//! `doorkey limits`: the waits and locks that are in force, and clearing them.

use std::io::Write;
use std::net::IpAddr;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;

use super::output::{columns, complain, report};
use crate::accounts::Accounts;
use crate::accounts::admin::{LimitView, MOST_COUNTED};
use crate::domain::source::Source;

pub(super) const HELP: &str = "\
Sources are stored as keyed hashes, so a limit shows its address only where something happened from it within 30 days.
Penalties (ssh.per_source_penalties) and lookups of public keys are counted in the memory of each node and are not listed.
A running portal may repeat what it has refused to a source for up to 30 seconds after that was cleared.

`doorkey user unlock NAME` clears all that is counted about one account.";

#[derive(Debug, Subcommand)]
pub enum OperatorLimitsCommand {
    /// List the limits in force: what is not possible, for whom, from where and until when
    #[command(after_help = HELP)]
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Clear one limit, or all that is counted about a source
    #[command(after_help = HELP)]
    Clear(ClearArgs),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["id", "source"])))]
pub struct ClearArgs {
    /// Id of the limit, from `limits list` or `user show`
    id: Option<String>,
    /// Clear everything that is counted about the source of this IP address
    #[arg(long, value_name = "ADDRESS")]
    source: Option<IpAddr>,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorLimitsCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorLimitsCommand::List { json } => {
            let found = accounts.list_limits().await;
            if found.as_ref().is_ok_and(|found| found.is_cut) {
                complain(&format!(
                    "more than {MOST_COUNTED} tries or counters are kept; the limits that the others are in are not listed"
                ));
            }
            report(out, json, found.map(|found| found.limits), |out, limits| {
                if limits.is_empty() {
                    writeln!(out, "No limit is in force.")
                } else {
                    columns(out, &table(limits))
                }
            })
        }
        OperatorLimitsCommand::Clear(ClearArgs { source: Some(address), json: as_json, .. }) => {
            let source = Source::of(address);
            let cleared = accounts.clear_limits_of_source(source).await;
            let cleared = cleared.map(|count| json!({ "source": source.to_string(), "cleared": count }));
            report(out, as_json, cleared, |out, cleared| {
                if cleared["cleared"] == 0 {
                    writeln!(out, "Nothing is counted about {source}.")
                } else {
                    writeln!(out, "Cleared what was counted about {source}.")
                }
            })
        }
        OperatorLimitsCommand::Clear(ClearArgs { id, json, .. }) => {
            report(out, json, accounts.clear_limit(&id.unwrap_or_default()).await, |out, limit| {
                writeln!(out, "Cleared: {}.", sentence(limit))
            })
        }
    }
}

fn table(limits: &[LimitView]) -> Vec<Vec<String>> {
    let head = ["ID", "CANNOT", "USER", "FROM", "COUNT", "UNTIL"].map(str::to_owned).to_vec();
    let row = |limit: &LimitView| {
        vec![
            limit.id.clone(),
            limit.what.to_owned(),
            limit.user.clone().unwrap_or_else(|| "-".to_owned()),
            limit.place.clone().unwrap_or_else(|| "everywhere".to_owned()),
            limit.count.to_string(),
            limit.until.map_or_else(|| "cleared".to_owned(), |at| at.to_string()),
        ]
    };
    std::iter::once(head).chain(limits.iter().map(row)).collect()
}

/// `cannot sign in with the password from 192.0.2.7 until 2026-11-22T14:05:09Z (12 tries)`.
pub(super) fn sentence(limit: &LimitView) -> String {
    let from = limit.place.as_ref().map(|place| format!(" (from: {place})")).unwrap_or_default();
    let until = limit.until.map_or_else(|| "until it is cleared".to_owned(), |at| format!("until {at}"));
    format!("cannot {}{from} {until}, counted {}", limit.what, limit.count)
}
