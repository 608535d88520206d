//! `doorkey outbox`: emails that were not sent yet, or could not be sent.

use std::io::Write;

use clap::Subcommand;

use super::output::{columns, report};
use crate::accounts::Accounts;
use crate::accounts::admin::UnsentEmailView;
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Subcommand)]
pub enum OperatorOutboxCommand {
    /// List the unsent emails, oldest first, with why each was not sent; a parked one is not tried any more
    List {
        /// Only those that are parked
        #[arg(long)]
        parked: bool,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show one unsent email, without its text
    Show {
        /// Id of the email
        id: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Try an unsent email again at once; the running portal does it within a second
    Retry {
        /// Id of the email
        id: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Drop an unsent email; it is never sent, and a code in it reaches nobody
    Drop {
        /// Id of the email
        id: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorOutboxCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorOutboxCommand::List { parked, json } => {
            report(out, json, accounts.list_unsent_emails(parked).await, |out, emails| {
                columns(out, &table(emails))
            })
        }
        OperatorOutboxCommand::Show { id, json } => {
            report(out, json, accounts.show_unsent_email(&id).await, |out, email| columns(out, &facts(email)))
        }
        OperatorOutboxCommand::Retry { id, json } => {
            report(out, json, accounts.retry_email(&id).await, |out, _| {
                writeln!(out, "The email will be sent again.")
            })
        }
        OperatorOutboxCommand::Drop { id, json } => {
            report(out, json, accounts.drop_email(&id).await, |out, _| {
                writeln!(out, "Dropped the email. Nobody gets it.")
            })
        }
    }
}

fn recipient(email: &UnsentEmailView) -> String {
    email.to.clone().unwrap_or_else(|| "(no longer verified)".to_owned())
}

fn table(emails: &[UnsentEmailView]) -> Vec<Vec<String>> {
    let head = ["ID", "STATE", "KIND", "TO", "CREATED", "NEXT TRY", "TRIES", "REASON"];
    let row = |email: &UnsentEmailView| {
        vec![
            email.id.clone(),
            email.state.to_string(),
            email.kind.to_owned(),
            recipient(email),
            email.created_at.to_string(),
            email.next_at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
            email.attempts.to_string(),
            email.reason.clone().unwrap_or_default(),
        ]
    };
    std::iter::once(head.map(str::to_owned).to_vec()).chain(emails.iter().map(row)).collect()
}

fn facts(email: &UnsentEmailView) -> Vec<Vec<String>> {
    let line = |label: &str, value: String| vec![label.to_owned(), value];
    let moment = |label: &str, at: Option<Timestamp>| at.map(|at| line(label, at.to_string()));
    let mut lines = vec![
        line("Id:", email.id.clone()),
        line("State:", email.state.to_string()),
        line("Kind:", email.kind.to_owned()),
        line("User:", email.user.clone().unwrap_or_else(|| "(no account)".to_owned())),
        line("To:", recipient(email)),
        line("Created:", email.created_at.to_string()),
    ];
    lines.extend(moment("Next try:", email.next_at));
    lines.extend(moment("Parked:", email.parked_at));
    lines.push(line("Expires:", email.expires_at.to_string()));
    lines.push(line("Tries:", email.attempts.to_string()));
    lines.extend(email.reason.clone().map(|reason| line("Reason:", reason)));
    lines
}
