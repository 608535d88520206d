//! `doorkey email`: emails that were set aside because they could not be sent.

use std::io::Write;

use clap::Subcommand;

use super::output::{answer, columns, json};
use crate::accounts::Accounts;
use crate::accounts::admin::ParkedEmailView;

#[derive(Debug, Subcommand)]
pub enum OperatorEmailCommand {
    /// List the parked emails that can still be tried again, with the reason of each
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Send a parked email again; the running portal does it within a second
    Retry {
        /// Id of the email
        id: String,
    },
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorEmailCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorEmailCommand::List { json: as_json } => {
            answer(out, accounts.list_parked_emails().await, |out, emails| {
                if as_json { json(out, &emails) } else { columns(out, &table(&emails)) }
            })
        }
        OperatorEmailCommand::Retry { id } => {
            answer(out, accounts.retry_parked_email(&id).await, |out, ()| {
                writeln!(out, "The email will be sent again.")
            })
        }
    }
}

fn table(emails: &[ParkedEmailView]) -> Vec<Vec<String>> {
    let head = ["ID", "KIND", "TO", "PARKED", "EXPIRES", "REASON"].map(str::to_owned).to_vec();
    let row = |email: &ParkedEmailView| {
        let to = email.to.clone().unwrap_or_else(|| "(no longer verified)".to_owned());
        let (parked, expires) = (email.parked_at.to_string(), email.expires_at.to_string());
        vec![email.id.clone(), email.kind.to_owned(), to, parked, expires, email.reason.clone()]
    };
    std::iter::once(head).chain(emails.iter().map(row)).collect()
}
