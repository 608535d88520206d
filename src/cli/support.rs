//! `doorkey support`: reading and answering support cases, and the code that support reads out.

use std::io::{BufRead, Read, Write};

use clap::Subcommand;

use super::output::{EXIT_REFUSED, answer, columns, complain, json};
use crate::accounts::Accounts;
use crate::accounts::admin::{AnswerDelivery, CaseDetail, CaseListing};

/// The most bytes of an answer that are read.
const ANSWER_MAX: u64 = 64 * 1024;

/// What can be done with support cases.
#[derive(Debug, Subcommand)]
pub enum SupportAdminCommand {
    /// List the open cases
    List {
        /// The closed ones as well
        #[arg(long)]
        all: bool,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show one case and all that was said
    Show {
        /// Its number
        number: i64,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Answer a case with the text on standard input
    Reply {
        /// Its number
        number: i64,
    },
    /// Close a case
    Close {
        /// Its number
        number: i64,
    },
    /// Make a one-time code for a reset and print it once: read it out to somebody of whom you are sure
    ///
    /// It is typed in the reset page under "I already have a code", is good for 30 minutes and one reset, and
    /// every verified address of the account gets an email about it.
    IssueCode {
        /// Username or address
        name: String,
    },
}

/// Carries `command` out; gives the exit code.
///
/// # Errors
/// What is not the operator's doing: a store that is down, a closed standard output.
pub async fn run(
    command: SupportAdminCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u8> {
    match command {
        SupportAdminCommand::List { all, json: as_json } => {
            answer(out, accounts.list_all_cases(all).await, |out, cases| {
                if as_json { json(out, &cases) } else { columns(out, &table(&cases)) }
            })
        }
        SupportAdminCommand::Show { number, json: as_json } => {
            answer(out, accounts.show_any_case(number).await, |out, case| {
                if as_json { json(out, &case) } else { show(out, &case) }
            })
        }
        SupportAdminCommand::Reply { number } => {
            let mut text = String::new();
            if input.take(ANSWER_MAX).read_to_string(&mut text).is_err() {
                complain("the answer on standard input is not UTF-8");
                return Ok(EXIT_REFUSED);
            }
            answer(out, accounts.reply_to_case(number, &text).await, |out, told| {
                writeln!(out, "Answered case {number}. {}", who_was_told(told))
            })
        }
        SupportAdminCommand::Close { number } => {
            answer(out, accounts.close_any_case(number).await, |out, told| {
                writeln!(out, "Closed case {number}. {}", who_was_told(told))
            })
        }
        SupportAdminCommand::IssueCode { name } => {
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

fn who_was_told(told: AnswerDelivery) -> &'static str {
    match told {
        AnswerDelivery::ByEmail => "An email says so.",
        AnswerDelivery::Nobody => "The guest's address is not verified, so no email went there.",
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

/// Who it is, or who it says to be.
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
