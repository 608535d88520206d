//! `doorkey user`: adding, listing, showing, disabling, enabling and importing accounts, and turning a second
//! step off.

use std::io::{BufRead, BufReader, Write};

use clap::{Args, Subcommand};

use super::import::{self, Format};
use super::output::{EXIT_NO_INPUT, EXIT_REFUSED, answer, columns, complain, json};
use crate::accounts::Accounts;
use crate::accounts::admin::{BadRow, ImportFault, NewUser, UserView};
use crate::domain::secret::Secret;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account; without a password the person sets one through "Forgot your password?"
    Add(AddArgs),
    /// List all accounts
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show one account
    Show {
        /// Username or address
        name: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Shut an account and end its sessions
    Disable {
        /// Username or address
        name: String,
    },
    /// Open an account again
    Enable {
        /// Username or address
        name: String,
    },
    /// Turn somebody's two-factor authentication off: for a lost authenticator and lost recovery codes
    SecondFactorOff {
        /// Username or address
        name: String,
    },
    /// Take accounts over from a file: all of them, or none when one row is wrong
    Import(ImportArgs),
}

/// What a new account needs.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Username
    name: String,
    /// The primary address; you vouch for it
    #[arg(long)]
    email: String,
    /// The name that others see
    #[arg(long, default_value = "")]
    display_name: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

/// Which file, and how it is written.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file, or `-` for standard input
    file: String,
    /// How the file is written; told by its name (.csv, .jsonl) when left out
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Carries `command` out; gives the exit code.
///
/// # Errors
/// What is not the operator's doing: a store that is down, a closed standard output.
pub async fn run(
    command: UserCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u8> {
    match command {
        UserCommand::Add(args) => add(args, accounts, out, input).await,
        UserCommand::List { json: as_json } => answer(out, accounts.list_users().await, |out, users| {
            if as_json { json(out, &users) } else { columns(out, &table(&users)) }
        }),
        UserCommand::Show { name, json: as_json } => {
            answer(out, accounts.show_user(&name).await, |out, user| {
                if as_json { json(out, &user) } else { columns(out, &facts(&user)) }
            })
        }
        UserCommand::Disable { name } => answer(out, accounts.disable_user(&name).await, |out, ()| {
            writeln!(out, "Disabled `{name}`. Its sessions revoke within seconds.")
        }),
        UserCommand::Enable { name } => {
            answer(out, accounts.enable_user(&name).await, |out, ()| writeln!(out, "Enabled `{name}`."))
        }
        UserCommand::SecondFactorOff { name } => {
            answer(out, accounts.turn_off_second_factor(&name).await, |out, password_too| {
                let hint = if password_too {
                    " The password was too short to be all there is and is gone too: the next one is set with \
                     \"Forgot your password?\"."
                } else {
                    ""
                };
                writeln!(
                    out,
                    "Turned two-factor authentication of `{name}` off. Its sessions revoke within seconds.{hint}"
                )
            })
        }
        UserCommand::Import(args) => take_over(args, accounts, out, input).await,
    }
}

async fn add(
    args: AddArgs,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u8> {
    let password = if args.password_stdin { Some(first_line(input)?) } else { None };
    let new = NewUser { name: args.name, email: args.email, display_name: args.display_name, password };
    answer(out, accounts.add_user(new).await, |out, user| {
        let hint =
            if user.has_password { "" } else { " The first password is set with \"Forgot your password?\"." };
        writeln!(out, "Added `{}`.{hint}", user.name)
    })
}

/// The password as it stands on the line: only the line's end is not part of it.
fn first_line(input: &mut dyn BufRead) -> std::io::Result<Secret> {
    let mut line = zeroize::Zeroizing::new(String::with_capacity(2_048));
    input.read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

async fn take_over(
    args: ImportArgs,
    accounts: &Accounts,
    out: &mut dyn Write,
    input: &mut dyn BufRead,
) -> anyhow::Result<u8> {
    let Some(format) = args.format.or_else(|| Format::of_file(&args.file)) else {
        complain("the file's name does not tell how it is written; say --format csv or --format jsonl");
        return Ok(EXIT_REFUSED);
    };
    let read = if args.file == "-" {
        import::read(format, input)
    } else {
        match std::fs::File::open(&args.file) {
            Ok(file) => import::read(format, &mut BufReader::new(file)),
            Err(error) => {
                complain(&format!("{}: {error}", args.file));
                return Ok(EXIT_NO_INPUT);
            }
        }
    };
    let rows = match read {
        Ok(rows) => rows,
        Err(bad) => return Ok(name_bad_rows(&args.file, &bad)),
    };
    match accounts.import(&rows).await {
        Ok(count) => {
            writeln!(out, "Imported {count} accounts.")?;
            Ok(0)
        }
        Err(ImportFault::BadRows(bad)) => Ok(name_bad_rows(&args.file, &bad)),
        Err(ImportFault::Failed(denied)) => Err(denied.into()),
    }
}

/// `people.csv:7: the username …`, as compilers say it.
fn name_bad_rows(file: &str, bad: &[BadRow]) -> u8 {
    for BadRow { line, reason } in bad {
        complain(&format!("{file}:{line}: {reason}"));
    }
    complain("nothing was imported");
    EXIT_REFUSED
}

fn table(users: &[UserView]) -> Vec<Vec<String>> {
    let head = ["NAME", "ADDRESS", "DISPLAY NAME", "TEAMS", "STATE"].map(str::to_owned).to_vec();
    let row = |user: &UserView| {
        let teams: Vec<&str> = user.teams.iter().map(|team| team.team.as_str()).collect();
        let address = user.emails.first().cloned().unwrap_or_default();
        vec![user.name.clone(), address, user.display_name.clone(), teams.join(", "), state(user).to_owned()]
    };
    std::iter::once(head).chain(users.iter().map(row)).collect()
}

fn facts(user: &UserView) -> Vec<Vec<String>> {
    let line = |label: &str, value: String| vec![label.to_owned(), value];
    let teams: Vec<String> = user.teams.iter().map(|team| format!("{} ({})", team.team, team.role)).collect();
    let password_set = user.password_changed_at.filter(|_| user.has_password);
    vec![
        line("Name:", user.name.clone()),
        line("Display name:", user.display_name.clone()),
        line("Email addresses:", user.emails.join(", ")),
        line("Teams:", teams.join(", ")),
        line("State:", state(user).to_owned()),
        line("Made:", user.created_at.to_string()),
        line("Password set:", password_set.map_or_else(|| "never".to_owned(), |at| at.to_string())),
        line("Id:", user.id.clone()),
    ]
}

fn state(user: &UserView) -> &'static str {
    match (user.disabled_at, user.has_password) {
        (Some(_), _) => "disabled",
        (None, true) => "active",
        (None, false) => "no password yet",
    }
}
