//! `doorkey user`: adding, listing, showing, disabling, enabling and importing accounts, and turning two-factor
//! authentication off.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};

use clap::{Args, Subcommand};
use serde::Serializer;
use serde::ser::SerializeSeq;

use super::import::{self, Format};
use super::output::{answer, columns, complain, json};
use crate::accounts::Accounts;
use crate::accounts::admin::{AdminError, BadRow, ImportFault, NewUser, UserView};
use crate::domain::exit_code;
use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;

#[derive(Debug, Subcommand)]
pub enum OperatorUserCommand {
    /// Add an account; without a password, the user sets one with "Forgot your password?"
    Add(AddArgs),
    /// List accounts in the order of their usernames
    List(ListArgs),
    /// Show one account
    Show {
        /// Username or email address
        name: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Disable an account and sign out its sessions
    Disable {
        /// Username or email address
        name: String,
    },
    /// Enable a disabled account
    Enable {
        /// Username or email address
        name: String,
    },
    /// Turn off two-factor authentication, for a user who lost the authenticator and the recovery codes
    #[command(name = "disable-2fa")]
    Disable2fa {
        /// Username or email address
        name: String,
    },
    /// Import accounts from a file: all of them, or none if a row is wrong. Sign-ins go on meanwhile; if it is
    /// interrupted, the same command goes on with it
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    /// Begin behind this username: the last one of the page before
    #[arg(long, value_name = "NAME")]
    after: Option<String>,
    /// Print at most this many accounts
    #[arg(long, value_name = "COUNT")]
    limit: Option<u32>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Username
    name: String,
    /// Primary email address; counts as verified
    #[arg(long)]
    email: String,
    /// Name that others see
    #[arg(long, default_value = "")]
    display_name: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file, or - for standard input
    file: String,
    /// Format of the file (default: by its name, .csv, .jsonl or .json)
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Runs `command` and returns the exit code.
///
/// # Errors
/// Failures that the operator did not cause: the store is down, standard output is closed.
pub async fn run(
    command: OperatorUserCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u32> {
    match command {
        OperatorUserCommand::Add(args) => add(args, accounts, out, input).await,
        OperatorUserCommand::List(args) => list(args, accounts, out).await,
        OperatorUserCommand::Show { name, json: as_json } => {
            answer(out, accounts.show_user(&name).await, |out, user| {
                if as_json { json(out, &user) } else { columns(out, &facts(&user)) }
            })
        }
        OperatorUserCommand::Disable { name } => {
            answer(out, accounts.disable_user(&name).await, |out, ()| {
                writeln!(out, "Disabled `{name}`. Its sessions are signed out within seconds.")
            })
        }
        OperatorUserCommand::Enable { name } => {
            answer(out, accounts.enable_user(&name).await, |out, ()| writeln!(out, "Enabled `{name}`."))
        }
        OperatorUserCommand::Disable2fa { name } => {
            answer(out, accounts.turn_off_second_factor(&name).await, |out, password_too| {
                let hint = if password_too {
                    " The password was too short without a second factor and is removed too: set a new one with \
                     \"Forgot your password?\"."
                } else {
                    ""
                };
                writeln!(
                    out,
                    "Turned off two-factor authentication of `{name}`. Its sessions are signed out within seconds.{hint}"
                )
            })
        }
        OperatorUserCommand::Import(args) => import_file(args, accounts, out, input).await,
    }
}

/// Accounts read at a time: a million fit in neither the memory nor the time that a statement has.
const PAGE: u32 = 500;

/// The accounts of a list, page by page.
struct Pages<'a> {
    accounts: &'a Accounts,
    after: Option<String>,
    left: u32,
}

impl Pages<'_> {
    /// The next page; an empty one is the end.
    async fn next(&mut self) -> Result<Vec<UserView>, AdminError> {
        let limit = self.left.min(PAGE);
        let page = self.accounts.list_users(self.after.as_deref(), i64::from(limit)).await?;
        self.left -= u32::try_from(page.len()).unwrap_or(limit).min(limit);
        if let Some(last) = page.last() {
            self.after = Some(last.name.clone());
        }
        Ok(page)
    }
}

async fn list(args: ListArgs, accounts: &Accounts, out: &mut dyn Write) -> anyhow::Result<u32> {
    let mut pages = Pages { accounts, after: args.after, left: args.limit.unwrap_or(u32::MAX) };
    let mut page = pages.next().await?;
    if args.json {
        let mut printer = serde_json::Serializer::pretty(&mut *out);
        let mut array = printer.serialize_seq(None)?;
        while !page.is_empty() {
            page.iter().try_for_each(|user| array.serialize_element(user))?;
            page = pages.next().await?;
        }
        array.end()?;
        writeln!(out)?;
    } else {
        let mut lines = vec![table_head()];
        while !page.is_empty() {
            lines.extend(page.iter().map(table_row));
            columns(out, &lines)?;
            lines.clear();
            page = pages.next().await?;
        }
        columns(out, &lines)?;
    }
    Ok(exit_code::DONE)
}

async fn add(
    args: AddArgs,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u32> {
    let password = if args.password_stdin { Some(first_line(input)?) } else { None };
    let new = NewUser { name: args.name, email: args.email, display_name: args.display_name, password };
    answer(out, accounts.add_user(new).await, |out, user| {
        let hint =
            if user.has_password { "" } else { " The first password is set with \"Forgot your password?\"." };
        writeln!(out, "Added `{}`.{hint}", user.name)?;
        writeln!(
            out,
            "\nSend this to {}:\n\n  {}",
            user.emails.join(", "),
            welcome(&user.name, user.has_password, accounts.portal())
        )?;
        if accounts.portal().address.is_none() {
            writeln!(out, "\nHOST is what people type to reach this machine; set it in portal.address.")?;
        }
        Ok(())
    })
}

/// What somebody needs to know who has a new account.
fn welcome(username: &str, has_password: bool, portal: &PortalInfo) -> String {
    let PortalInfo { name, organisation, .. } = portal;
    let how = if has_password {
        "sign in with the password that you were given"
    } else {
        "choose \"Forgot your password?\" to set your password with the code that comes by email"
    };
    let command = portal.ssh("", username);
    format!("Your {name} account at {organisation} is ready. In a terminal, type `{command}`, and {how}.")
}

/// The password is the whole line without its end, spaces included.
fn first_line(input: &mut dyn BufRead) -> std::io::Result<Secret> {
    let mut line = zeroize::Zeroizing::new(String::with_capacity(2_048));
    input.read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

async fn import_file(
    args: ImportArgs,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u32> {
    let Some(format) = args.format.or_else(|| Format::of_file(&args.file)) else {
        complain("the format is not clear from the file's name; add --format csv or --format jsonl");
        return Ok(exit_code::POLICY);
    };
    let read = if args.file == "-" {
        import::read(format, input)
    } else {
        match std::fs::File::open(&args.file) {
            Ok(file) => import::read(format, &mut BufReader::new(file)),
            Err(error) => {
                complain(&format!("{}: {error}", args.file));
                return Ok(exit_code::NO_INPUT);
            }
        }
    };
    let rows = match read {
        Ok(rows) => rows,
        Err(bad) => return Ok(report_bad_rows(&args.file, &bad)),
    };
    match accounts.import(&rows).await {
        Ok(count) => {
            writeln!(out, "Imported {count} accounts.")?;
            Ok(exit_code::DONE)
        }
        Err(ImportFault::BadRows(bad)) => Ok(report_bad_rows(&args.file, &bad)),
        Err(ImportFault::TakenMeanwhile { imported, taken }) => {
            name_rows(&args.file, &taken);
            complain(&format!(
                "these were taken by somebody during the import; {imported} accounts were imported"
            ));
            Ok(exit_code::POLICY)
        }
        Err(ImportFault::Failed(denied)) => Err(denied.into()),
    }
}

/// So many rows with the same reason are named one by one.
const ROWS_NAMED: usize = 3;

/// `people.csv:7: the username …`, the format of compilers. What is wrong with the header or the separator is wrong with
/// every row, so of more rows with one reason only the first is named.
fn name_rows(file: &str, bad: &[BadRow]) {
    for line in said_of_rows(file, bad) {
        complain(&line);
    }
}

fn said_of_rows(file: &str, bad: &[BadRow]) -> Vec<String> {
    let mut rows: HashMap<&str, Vec<u64>> = HashMap::new();
    for BadRow { line, reason } in bad {
        rows.entry(reason).or_default().push(*line);
    }
    let mut said = Vec::new();
    for BadRow { line, reason } in bad {
        let lines = &rows[reason.as_str()];
        if lines.len() <= ROWS_NAMED {
            said.push(format!("{file}:{line}: {reason}"));
        } else if lines[0] == *line {
            let (more, last) = (lines.len() - 1, lines[lines.len() - 1]);
            said.push(format!("{file}:{line}: {reason}"));
            said.push(format!("{file}:{line}: the same in {more} more rows, up to line {last}"));
        }
    }
    said
}

fn report_bad_rows(file: &str, bad: &[BadRow]) -> u32 {
    name_rows(file, bad);
    complain("nothing was imported");
    exit_code::POLICY
}

fn table_head() -> Vec<String> {
    ["NAME", "EMAIL", "DISPLAY NAME", "TEAMS", "STATE"].map(str::to_owned).to_vec()
}

fn table_row(user: &UserView) -> Vec<String> {
    let teams: Vec<&str> = user.teams.iter().map(|team| team.team.as_str()).collect();
    let address = user.emails.first().cloned().unwrap_or_default();
    vec![user.name.clone(), address, user.display_name.clone(), teams.join(", "), state(user).to_owned()]
}

fn facts(user: &UserView) -> Vec<Vec<String>> {
    let line = |label: &str, value: String| vec![label.to_owned(), value];
    let teams: Vec<String> = user.teams.iter().map(|team| format!("{} ({})", team.team, team.role)).collect();
    let password_set = user.password_changed_at.filter(|_| user.has_password);
    let mut lines = vec![
        line("Name:", user.name.clone()),
        line("Display name:", user.display_name.clone()),
        line("Email addresses:", user.emails.join(", ")),
        line("Teams:", teams.join(", ")),
        line("State:", state(user).to_owned()),
        line("Created:", user.created_at.to_string()),
        line("Password set:", password_set.map_or_else(|| "never".to_owned(), |at| at.to_string())),
        line("Id:", user.id.clone()),
    ];
    if let Some(at) = user.delete_at {
        lines.insert(5, line("To be deleted:", at.to_string()));
    }
    lines
}

fn state(user: &UserView) -> &'static str {
    match (user.disabled_at, user.has_password) {
        (Some(_), _) => "disabled",
        (None, true) => "active",
        (None, false) => "no password yet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_for_a_new_user_has_the_command_with_the_address() {
        let address = "portal.acme.example:2222".parse().ok();
        let portal = PortalInfo { address, ..PortalInfo::for_test() };
        assert_eq!(
            welcome("ada", false, &portal),
            "Your Doorkey account at acme.example is ready. In a terminal, type `ssh -p 2222 ada@portal.acme.example`, \
             and choose \"Forgot your password?\" to set your password with the code that comes by email."
        );
        assert!(
            welcome("ada", true, &portal).ends_with("and sign in with the password that you were given.")
        );
    }

    /// F73: a file with semicolons is wrong in every row.
    #[test]
    fn one_reason_in_many_rows_is_said_once_with_their_number() {
        let row = |line: u64, reason: &str| BadRow { line, reason: reason.to_owned() };
        let mut bad: Vec<BadRow> = (2..=3_001).map(|line| row(line, "missing field `email`")).collect();
        bad.insert(1, row(2, "is not UTF-8"));
        bad.push(row(3_002, "is not UTF-8"));
        assert_eq!(
            said_of_rows("people.csv", &bad),
            [
                "people.csv:2: missing field `email`",
                "people.csv:2: the same in 2999 more rows, up to line 3001",
                "people.csv:2: is not UTF-8",
                "people.csv:3002: is not UTF-8",
            ]
        );
    }
}
