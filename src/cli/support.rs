//! `doorkey support`: answers support cases and issues the reset code that support reads out on the telephone.

use std::io::{BufRead, Read, Write};

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{answer, columns, complain, report};
use crate::accounts::Accounts;
use crate::accounts::admin::{AnswerDelivery, CaseDetail, CaseListing};
use crate::domain::exit_code;
use crate::domain::input;

/// Longest answer that is read, in bytes.
const ANSWER_MAX: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub enum OperatorSupportCommand {
    /// List the open cases
    List {
        /// Include closed cases
        #[arg(long)]
        all: bool,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show a case with its messages
    Show {
        /// Number of the case
        number: i64,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Reply to a case with the text on standard input
    Reply {
        /// Number of the case
        number: i64,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Close a case
    Close {
        /// Number of the case
        number: i64,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Issue a reset code and print it once, to read out to a person whose identity you have checked
    ///
    /// The person types it on the reset page under "I already have a code". It works once within 30 minutes. Every
    /// verified address of the account gets an email about it.
    IssueResetCode {
        /// Username or email address
        name: String,
        /// Print a JSON object; the code is in it
        #[arg(long)]
        json: bool,
    },
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorSupportCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u32> {
    match command {
        OperatorSupportCommand::List { all, json: as_json } => {
            report(out, as_json, accounts.list_all_cases(all).await, |out, cases| columns(out, &table(cases)))
        }
        OperatorSupportCommand::Show { number, json: as_json } => {
            report(out, as_json, accounts.show_any_case(number).await, show)
        }
        OperatorSupportCommand::Reply { number, json: as_json } => {
            let mut bytes = Vec::new();
            input.take(ANSWER_MAX).read_to_end(&mut bytes)?;
            let text = match input::text(&bytes) {
                Ok(text) => text,
                Err(fault) => {
                    complain(&format!("the answer on standard input {fault}"));
                    return Ok(exit_code::POLICY);
                }
            };
            let told =
                accounts.reply_to_case(number, text).await.map(|told| done_to_case("replied", number, told));
            report(out, as_json, told, |out, told| {
                writeln!(out, "Answered case {number}. {}", who_was_told(told))
            })
        }
        OperatorSupportCommand::Close { number, json: as_json } => {
            let told = accounts.close_any_case(number).await.map(|told| done_to_case("closed", number, told));
            report(out, as_json, told, |out, told| {
                writeln!(out, "Closed case {number}. {}", who_was_told(told))
            })
        }
        OperatorSupportCommand::IssueResetCode { name, json: true } => {
            // The code is asked for to be read out: it is printed once, here and nowhere else.
            let issued = accounts.issue_reset_code(&name).await.map(|issued| {
                json!({
                    "user": issued.name, "code": issued.code.expose(), "valid_until": issued.until, "emails": issued.emails,
                })
            });
            report(out, true, issued, |_, _| Ok(()))
        }
        OperatorSupportCommand::IssueResetCode { name, json: false } => {
            answer(out, accounts.issue_reset_code(&name).await, |out, issued| {
                let (name, until, emails) = (issued.name, issued.until.date_minute(), issued.emails);
                writeln!(out, "{}", issued.code.expose())?;
                writeln!(
                    out,
                    "For `{name}`, under \"I already have a code\", once, until {until}. \
                     Emails tell {emails} of its addresses."
                )
            })
        }
    }
}

/// What was done to a case, as JSON.
fn done_to_case(done: &str, number: i64, told: AnswerDelivery) -> Value {
    json!({ "done": done, "number": number, "emailed": told == AnswerDelivery::ByEmail })
}

fn who_was_told(told: &Value) -> &'static str {
    if told["emailed"] == true {
        "An email says so."
    } else {
        "The guest's address is not verified, so no email went there."
    }
}

fn table(cases: &[CaseListing]) -> Vec<Vec<String>> {
    let head = ["NUMBER", "STATE", "CHANGED", "FROM", "SUBJECT"].map(str::to_owned).to_vec();
    let row = |case: &CaseListing| {
        let (state, changed) = (case.state.to_string(), case.changed_at.to_string());
        vec![case.number.to_string(), state, changed, from(case), case.subject.clone()]
    };
    std::iter::once(head).chain(cases.iter().map(row)).collect()
}

/// The account, or who the guest claims to be; nobody has checked the claim.
fn from(case: &CaseListing) -> String {
    match (&case.user, &case.claimed) {
        (Some(user), _) => user.clone(),
        (None, claimed) => format!("a guest, says \"{}\"", claimed.as_deref().unwrap_or_default()),
    }
}

fn show(out: &mut dyn Write, case: &CaseDetail) -> std::io::Result<()> {
    let listing = &case.listing;
    let line = |label: &str, value: String| vec![label.to_owned(), value];
    let mut facts = vec![
        line("Case:", listing.number.to_string()),
        line("Subject:", listing.subject.clone()),
        line("State:", listing.state.to_string()),
        line("Opened:", listing.opened_at.to_string()),
        line("Changed:", listing.changed_at.to_string()),
    ];
    match (&listing.user, &listing.contact) {
        (Some(user), _) => facts.push(line("User:", user.clone())),
        (None, contact) => {
            let claimed = listing.claimed.clone().unwrap_or_default();
            facts.push(line("Says to be:", format!("{claimed} (a guest; nobody has checked it)")));
            let word = if listing.contact_verified == Some(true) {
                "emails there reach the guest"
            } else {
                "address not verified"
            };
            facts.push(line("Answers to:", format!("{} ({word})", contact.as_deref().unwrap_or_default())));
        }
    }
    columns(out, &facts)?;
    for fact in &case.facts {
        writeln!(out, "{fact}")?;
    }
    for said in &case.messages {
        writeln!(out, "\n{} wrote at {}:", said.author, said.at)?;
        for line in said.text.lines() {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}
