//! `doorkey user`: everything about accounts.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};

use clap::{ArgGroup, Args, Subcommand};
use serde::Serializer;
use serde::ser::SerializeSeq;
use serde_json::json;

use super::import::{self, ImportFormat};
use super::limits;
use super::output::{columns, complain, report};
use crate::accounts::Accounts;
use crate::accounts::admin::{
    AdminError, BadRow, ImportFault, NewUser, PosixWanted, Unlocked, UserDetails, UserView,
};
use crate::domain::exit_code;
use crate::domain::portal::PortalInfo;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Subcommand)]
pub enum OperatorUserCommand {
    /// Add an account; without a password, the user sets one with "Forgot your password?"
    Add(AddArgs),
    /// List accounts in the order of their usernames
    List(ListArgs),
    /// Show one account: its waits and locks, last sign-ins, two-factor authentication, sessions, addresses and keys
    Show(NamedArgs),
    /// Clear the waits and locks of an account: wrong passwords and codes, and limits of emails and changes
    Unlock(NamedArgs),
    /// Give an account another username and sign out its sessions
    Rename {
        /// Username or email address
        name: String,
        /// The new username
        new: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Manage the email addresses of an account
    #[command(subcommand)]
    Email(OperatorUserEmailCommand),
    /// Email a reset code to the primary address of an account
    ResetEmail(NamedArgs),
    /// Manage the SSH keys of an account
    #[command(subcommand)]
    Keys(OperatorUserKeysCommand),
    /// Manage the sessions of an account
    #[command(subcommand)]
    Sessions(OperatorUserSessionsCommand),
    /// Disable an account and sign out its sessions
    Disable(NamedArgs),
    /// Enable a disabled account
    Enable(NamedArgs),
    /// Delete an account at once, with its addresses, keys, support cases and the teams that nobody else is in
    ///
    /// It cannot be undone. The account is disabled first; the deletion waits until its sessions have ended. Its username
    /// is reserved for 30 days.
    Delete {
        /// Username or email address
        name: String,
        /// Do it; without this the command only says what it would delete
        #[arg(long)]
        yes: bool,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Turn off two-factor authentication, for a user who lost the authenticator and the recovery codes
    #[command(name = "disable-2fa")]
    Disable2fa(NamedArgs),
    /// Make an account one of Unix machines too: its numbers, home directory and shell, which programs read over LDAP
    #[command(group(ArgGroup::new("numbers").required(true).args(["uid", "clear"])))]
    SetPosix {
        /// Username or email address
        name: String,
        /// Number of the user, which no other account may have
        #[arg(long)]
        uid: Option<i64>,
        /// Number of the group (default: that of the user)
        #[arg(long)]
        gid: Option<i64>,
        /// Home directory (default: /home/ and the username)
        #[arg(long, value_name = "DIR")]
        home: Option<String>,
        /// Shell
        #[arg(long, value_name = "PATH", default_value = "/bin/bash")]
        shell: String,
        /// Make it none of Unix machines any more
        #[arg(long, conflicts_with_all = ["gid", "home"])]
        clear: bool,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Import accounts from a file: all of them, or none if a row is wrong. Sign-ins go on meanwhile; if it is
    /// interrupted, the same command goes on with it
    Import(ImportArgs),
}

/// `doorkey user email`.
#[derive(Debug, Subcommand)]
pub enum OperatorUserEmailCommand {
    /// Add an address, or verify one that the user has added; you vouch that it is theirs
    Add(AddressArgs),
    /// Remove an address that is not the primary one
    Remove(AddressArgs),
    /// Make a verified address the primary one and sign out the account's sessions
    Primary(AddressArgs),
}

/// `doorkey user keys`.
#[derive(Debug, Subcommand)]
pub enum OperatorUserKeysCommand {
    /// List the SSH keys of an account, the oldest first
    List(NamedArgs),
    /// Remove an SSH key and sign out the account's sessions
    Remove {
        /// Username or email address
        name: String,
        /// Its id or its fingerprint, SHA256:...
        key: String,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `doorkey user sessions`.
#[derive(Debug, Subcommand)]
pub enum OperatorUserSessionsCommand {
    /// Sign out one session, or all of them
    Revoke {
        /// Username or email address
        name: String,
        /// Id of the session, from `user show` (default: all)
        id: Option<String>,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct NamedArgs {
    /// Username or email address
    name: String,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct AddressArgs {
    /// Username or email address
    name: String,
    /// The email address
    address: String,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
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
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file, or - for standard input
    file: String,
    /// Format of the file (default: by its name, .csv, .jsonl or .json)
    #[arg(long, value_enum)]
    format: Option<ImportFormat>,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
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
        OperatorUserCommand::Show(NamedArgs { name, json }) => {
            report(out, json, accounts.show_user(&name).await, show)
        }
        OperatorUserCommand::Unlock(NamedArgs { name, json }) => {
            report(out, json, accounts.unlock_user(&name).await, say_unlocked)
        }
        OperatorUserCommand::Rename { name, new, json: as_json } => {
            let done = accounts.rename_user(&name, &new).await;
            let done = done.map(|new| json!({ "done": "renamed", "user": new, "former_name": name }));
            report(out, as_json, done, |out, _| {
                writeln!(
                    out,
                    "Renamed `{name}` to `{}`. Its sessions are signed out within seconds.",
                    new.trim()
                )
            })
        }
        OperatorUserCommand::Email(command) => email(command, accounts, out).await,
        OperatorUserCommand::ResetEmail(NamedArgs { name, json }) => {
            report(out, json, accounts.send_reset_email(&name).await, |out, sent| {
                writeln!(
                    out,
                    "A reset code for `{}` goes to {}. If it does not arrive: `doorkey outbox list`.",
                    sent.name, sent.to
                )
            })
        }
        OperatorUserCommand::Keys(command) => keys(command, accounts, out).await,
        OperatorUserCommand::Sessions(OperatorUserSessionsCommand::Revoke { name, id, json: as_json }) => {
            let done = accounts.revoke_sessions(&name, id.as_deref()).await;
            let done =
                done.map(|count| json!({ "done": "sessions-revoked", "user": name, "sessions": count }));
            report(out, as_json, done, |out, done| match done["sessions"].as_u64() {
                Some(0) => writeln!(out, "`{name}` has no session."),
                Some(1) => writeln!(out, "Signed out 1 session of `{name}`. It ends within seconds."),
                count => {
                    let count = count.unwrap_or_default();
                    writeln!(out, "Signed out {count} sessions of `{name}`. They end within seconds.")
                }
            })
        }
        OperatorUserCommand::Disable(NamedArgs { name, json: as_json }) => {
            let done = accounts.disable_user(&name).await;
            report(out, as_json, done.map(|()| done_to_user("disabled", &name)), |out, _| {
                writeln!(out, "Disabled `{name}`. Its sessions are signed out within seconds.")
            })
        }
        OperatorUserCommand::Enable(NamedArgs { name, json: as_json }) => {
            let done = accounts.enable_user(&name).await;
            report(out, as_json, done.map(|()| done_to_user("enabled", &name)), |out, _| {
                writeln!(out, "Enabled `{name}`.")
            })
        }
        OperatorUserCommand::Delete { name, yes, json } => delete(&name, yes, json, accounts, out).await,
        OperatorUserCommand::Disable2fa(NamedArgs { name, json: as_json }) => {
            let done = accounts.turn_off_second_factor(&name).await;
            let done = done.map(|password_too| {
                json!({ "done": "2fa-disabled", "user": name, "password_removed": password_too })
            });
            report(out, as_json, done, |out, done| {
                let hint = if done["password_removed"] == true {
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
        OperatorUserCommand::SetPosix { name, uid, gid, home, shell, clear: _, json: as_json } => {
            let posix = uid.map(|uid| PosixWanted { uid, gid: gid.unwrap_or(uid), home, shell });
            let done = accounts.set_posix_account(&name, posix.as_ref()).await;
            let done = done.map(|user| match &posix {
                Some(posix) => {
                    json!({ "done": "posix-set", "user": user, "uid": posix.uid, "gid": posix.gid })
                }
                None => json!({ "done": "posix-cleared", "user": user }),
            });
            report(out, as_json, done, |out, done| match done["uid"].as_i64() {
                Some(uid) => writeln!(out, "`{name}` is the user {uid} of Unix machines now."),
                None => writeln!(out, "`{name}` is no user of Unix machines any more."),
            })
        }
        OperatorUserCommand::Import(args) => import_file(args, accounts, out, input).await,
    }
}

/// What was done to which user, as JSON.
fn done_to_user(done: &str, user: &str) -> serde_json::Value {
    json!({ "done": done, "user": user })
}

async fn email(
    command: OperatorUserEmailCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    let (args, id, done, said) = match command {
        OperatorUserEmailCommand::Add(args) => {
            let done = accounts.add_email_of(&args.name, &args.address).await;
            (args, "email-added", done, "Added. Emails tell every address of the account.")
        }
        OperatorUserEmailCommand::Remove(args) => {
            let done = accounts.remove_email_of(&args.name, &args.address).await;
            (args, "email-removed", done, "Removed. Emails tell it and every address that is left.")
        }
        OperatorUserEmailCommand::Primary(args) => {
            let done = accounts.set_primary_of(&args.name, &args.address).await;
            (
                args,
                "primary-email-changed",
                done,
                "It is primary now. Sessions are signed out within seconds.",
            )
        }
    };
    let done = done.map(|()| json!({ "done": id, "user": args.name, "address": args.address }));
    report(out, args.json, done, |out, _| writeln!(out, "{said}"))
}

async fn keys(
    command: OperatorUserKeysCommand,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    match command {
        OperatorUserKeysCommand::List(NamedArgs { name, json }) => {
            let user = accounts.show_user(&name).await;
            report(out, json, user.map(|user| user.keys), |out, keys| {
                if keys.is_empty() {
                    return writeln!(out, "`{name}` has no SSH key.");
                }
                keys.iter().try_for_each(|key| writeln!(out, "{}", key_line(key)))
            })
        }
        OperatorUserKeysCommand::Remove { name, key, json: as_json } => {
            let done = accounts.remove_key_of(&name, &key).await;
            let done = done.map(|(user, key)| json!({ "done": "key-removed", "user": user, "key": key }));
            report(out, as_json, done, |out, done| {
                let fingerprint = done["key"]["fingerprint"].as_str().unwrap_or(&key);
                writeln!(
                    out,
                    "Removed {fingerprint}. The account's sessions are signed out within seconds, and an email tells \
                     every address."
                )
            })
        }
    }
}

async fn delete(
    name: &str,
    yes: bool,
    as_json: bool,
    accounts: &Accounts,
    out: &mut dyn Write,
) -> anyhow::Result<u32> {
    if !yes {
        let found = accounts.show_user(name).await;
        let code = report(out, as_json, found, |out, user| {
            show(out, user)?;
            writeln!(out, "\nNothing was deleted. To delete it: `doorkey user delete {} --yes`.", user.name)
        })?;
        return Ok(if code == exit_code::DONE { exit_code::NO } else { code });
    }
    let done = accounts.delete_user(name).await;
    let done = done.map(|(name, teams)| json!({ "done": "deleted", "user": name, "teams": teams }));
    report(out, as_json, done, |out, done| {
        let teams: Vec<_> =
            done["teams"].as_array().into_iter().flatten().filter_map(|team| team.as_str()).collect();
        let teams =
            if teams.is_empty() { String::new() } else { format!(" Teams deleted: {}.", teams.join(", ")) };
        writeln!(out, "Deleted `{}`.{teams}", done["user"].as_str().unwrap_or(name))
    })
}

fn say_unlocked(out: &mut dyn Write, unlocked: &Unlocked) -> std::io::Result<()> {
    let name = &unlocked.user;
    if unlocked.cleared.is_empty() {
        writeln!(out, "No limit of `{name}` was in force.")?;
    } else {
        writeln!(out, "Cleared for `{name}`:")?;
    }
    for limit in &unlocked.cleared {
        writeln!(out, "  {}", limits::sentence(limit))?;
    }
    if unlocked.is_disabled {
        writeln!(out, "The account is disabled; `doorkey user enable {name}` enables it.")?;
    }
    Ok(())
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
    report(out, args.json, accounts.add_user(new).await, |out, user| {
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
    let Some(format) = args.format.or_else(|| ImportFormat::of_file(&args.file)) else {
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
    let (rows, unreadable) = read;
    match accounts.import_file(&rows, unreadable).await {
        Ok(count) => {
            report(out, args.json, Ok(json!({ "done": "imported", "accounts": count })), |out, _| {
                let noun = if count == 1 { "account" } else { "accounts" };
                writeln!(out, "Imported {count} {noun}.")
            })?;
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
/// So many lines are said of one file.
const LINES_SAID: usize = 100;

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
    for (nth, BadRow { line, reason }) in bad.iter().enumerate() {
        if said.len() >= LINES_SAID {
            said.push(format!("{file}: {} more rows are wrong from line {line} on", bad.len() - nth));
            break;
        }
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

fn show(out: &mut dyn Write, user: &UserDetails) -> std::io::Result<()> {
    let line = |label: &str, value: String| vec![label.to_owned(), value];
    let mut lines = vec![
        line("Name:", user.name.clone()),
        line("Display name:", user.display_name.clone()),
        line("State:", state_in_full(user)),
        line("Created:", user.created_at.to_string()),
    ];
    lines.extend(user.delete_at.map(|at| line("To be deleted:", at.to_string())));
    let password_set = user.password_changed_at.filter(|_| user.has_password);
    lines.push(line("Password set:", password_set.map_or_else(|| "never".to_owned(), |at| at.to_string())));
    let two_factor = user.two_factor.as_ref().map_or_else(
        || "off".to_owned(),
        |factor| format!("on since {}, {} recovery codes left", factor.on_since, factor.recovery_codes_left),
    );
    lines.push(line("Two-factor:", two_factor));
    if user.live_reset_codes > 0 {
        lines.push(line("Reset codes:", format!("{} valid now", user.live_reset_codes)));
    }
    lines.push(line("Id:", user.id.clone()));
    let teams = user.teams.iter().map(|team| format!("{} ({})", team.team, team.role));
    let emails = user.emails.iter().map(|email| {
        let mut words = Vec::new();
        words.extend(email.is_primary.then_some("primary"));
        words.push(if email.verified_at.is_some() { "verified" } else { "not verified" });
        words.extend(email.suspended_at.map(|_| "suspended by a password reset"));
        format!("{} ({})", email.address, words.join(", "))
    });
    let sessions = user.sessions.iter().map(|active| {
        let session = &active.session;
        let (id, ip, client) = (&session.id, &session.ip, &session.client);
        format!("{id} from {ip} with {client} since {}, idle {} s", session.started_at, active.idle_s)
    });
    let sign_ins = user.sign_ins.iter().map(|event| {
        let from = if event.ip.is_empty() { "the operator" } else { &event.ip };
        format!("{} from {from} with {} ({})", event.last_at, event.client, event.kind)
    });
    listed(&mut lines, "Email addresses:", "none", emails);
    listed(&mut lines, "Teams:", "none", teams);
    listed(&mut lines, "SSH keys:", "none", user.keys.iter().map(key_line));
    listed(&mut lines, "Sessions:", "none", sessions);
    listed(&mut lines, "Last sign-ins:", "none", sign_ins);
    listed(&mut lines, "Limits in force:", "none", user.limits.iter().map(limits::sentence));
    columns(out, &lines)?;
    if !user.limits.is_empty() {
        writeln!(out, "\nTo clear these limits: `doorkey user unlock {}`.", user.name)?;
    }
    Ok(())
}

fn key_line(key: &RegisteredKey) -> String {
    let last_use = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {at}"));
    let suspended = if key.suspended_at.is_some() { ", suspended by a password reset" } else { "" };
    format!("{} {} {} ({last_use}{suspended})", key.algorithm, key.fingerprint, key.comment)
}

/// Lines of one label, which stands before the first.
fn listed(lines: &mut Vec<Vec<String>>, label: &str, nothing: &str, items: impl Iterator<Item = String>) {
    let before = lines.len();
    for item in items {
        let label = if lines.len() == before { label } else { "" };
        lines.push(vec![label.to_owned(), item]);
    }
    if lines.len() == before {
        lines.push(vec![label.to_owned(), nothing.to_owned()]);
    }
}

/// Whether somebody can sign in now, in a few words.
fn state_in_full(user: &UserDetails) -> String {
    let since = |at: Timestamp| format!("disabled since {at}");
    let locked = user.limits.iter().filter(|limit| limit.until.is_none()).count();
    match (user.disabled_at, user.has_password) {
        (Some(at), _) => since(at),
        (None, _) if locked > 0 => "locked (see the limits below)".to_owned(),
        (None, _) if !user.limits.is_empty() => "active, with limits in force (see below)".to_owned(),
        (None, true) => "active".to_owned(),
        (None, false) => "no password yet".to_owned(),
    }
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
    use clap::Parser as _;

    use super::*;

    #[test]
    fn what_one_of_two_is_needed_names_both() {
        let told = |words: &[&str]| {
            let parsed = crate::cli::Cli::try_parse_from([&["doorkey"], words].concat());
            parsed.err().unwrap().to_string()
        };
        assert!(told(&["limits", "clear"]).contains("<ID|--source <ADDRESS>>"));
        assert!(told(&["limits", "clear", "1", "--source", "192.0.2.7"]).contains("cannot be used with"));
        assert!(told(&["restore"]).contains("<FILE|--in-place>"));
        assert!(told(&["restore", "doorkey.db", "--in-place"]).contains("cannot be used with"));
        assert!(told(&["user", "set-posix", "ada"]).contains("<--uid <UID>|--clear>"));
        assert!(told(&["user", "set-posix", "ada", "--uid", "1", "--clear"]).contains("cannot be used with"));
    }

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
        let bad: Vec<BadRow> = (2..=3_001).map(|line| row(line, &format!("`user{line}` is taken"))).collect();
        let said = said_of_rows("people.csv", &bad);
        assert_eq!(said.len(), 101);
        assert_eq!(said[100], "people.csv: 2900 more rows are wrong from line 102 on");
    }
}
