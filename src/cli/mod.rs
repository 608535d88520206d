//! The `doorkey` program on the operator's command line: `serve` (the default), `init`, `demo`, `check`, `doctor`, `user`, `team`, `service-account`, `support`,
//! `outbox`, `limits`, `activity`, `audit`, `keys`, `verify`, `authorized-keys`, `backup`, `restore`, `migrate-store`, `top` and `generate`.
//!
//! Exit codes: [`crate::domain::exit_code`].

pub mod activity;
pub mod audit;
pub mod authorized_keys;
mod backup;
mod check;
mod confine;
pub mod demo;
mod doctor;
mod exposed;
mod generate;
mod hook;
mod import;
mod init;
pub mod keys;
pub mod limits;
mod listening;
mod migrate_store;
mod node;
mod open_files;
pub mod outbox;
mod output;
mod report;
mod restore;
pub mod serve;
mod service;
pub mod service_account;
pub mod support;
pub mod team;
mod top;
pub mod user;
mod verify;
mod wiring;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use output::StandardOutput;

use crate::config::keys::KeysFault;
use crate::config::{ConfigError, DEFAULT_FILE, Settings};
use crate::domain::exit_code;
use crate::domain::service::PeerFault;
use crate::mail::MailFault;
use crate::mail::smtp::RelayFault;
use crate::mail::templates::TemplateFault;
use crate::sandbox::SandboxFault;
use crate::ssh::host_key::HostKeyError;
use crate::store::{StoreFault, sqlite_file};

/// A self-service account portal over SSH.
#[derive(Debug, Parser)]
#[command(name = "doorkey", version, about, max_term_width = 100)]
#[command(
    after_help = "Without a command it runs `serve`. `doorkey demo` shows everything on a throw-away database."
)]
struct Cli {
    /// The settings file (default: doorkey.toml in the working directory, if it exists)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<OperatorCommand>,
}

#[derive(Debug, Subcommand)]
enum OperatorCommand {
    /// Run the portal
    Serve,
    /// Write a settings file, doorkey.toml, from the answers to five questions
    #[command(after_help = init::HELP)]
    Init(init::InitArgs),
    /// Run a throw-away portal with sample accounts and show each email it sends
    Demo(demo::DemoArgs),
    /// Check whether people can sign in: settings, keys, database, replication, emails, disk
    #[command(after_help = check::help())]
    Check(check::CheckArgs),
    /// Find out what is wrong and what to do: what `check` looks at, the mail relay, DNS, the port and the address
    #[command(after_help = doctor::help())]
    Doctor(doctor::DoctorArgs),
    /// Manage accounts: add, show, unlock, rename, disable, delete, import; their addresses, SSH keys, sessions and
    /// two-factor authentication
    #[command(subcommand)]
    User(user::OperatorUserCommand),
    /// Manage teams and their members
    #[command(subcommand)]
    Team(team::OperatorTeamCommand),
    /// Manage the service accounts of programs that search people and teams over LDAP
    #[command(subcommand)]
    ServiceAccount(service_account::OperatorServiceAccountCommand),
    /// Answer support cases and issue reset codes
    #[command(subcommand)]
    Support(support::OperatorSupportCommand),
    /// Unsent emails: list and show them, try one again, drop one
    #[command(subcommand)]
    Outbox(outbox::OperatorOutboxCommand),
    /// Other systems that are told what happened: list what waits for them, try one, replay what was given up
    #[command(subcommand)]
    Hook(hook::OperatorHookCommand),
    /// The waits and locks in force: list and clear them
    #[command(subcommand)]
    Limits(limits::OperatorLimitsCommand),
    /// Print what happened to one account or to all, and go on with what happens
    Activity(activity::ActivityArgs),
    /// Check that the audit log is as it was written, and export it
    #[command(subcommand)]
    Audit(audit::OperatorAuditCommand),
    /// Rotate the secret keys: the pepper of passwords and the keys of codes and sealed texts
    #[command(subcommand, after_help = keys::HELP)]
    Keys(keys::OperatorKeysCommand),
    /// Have a password checked by the running portal, for PAM and checkpassword
    #[command(after_help = verify::HELP)]
    Verify(verify::VerifyArgs),
    /// Print a user's public SSH keys, for sshd's `AuthorizedKeysCommand`
    #[command(after_help = authorized_keys::HELP)]
    AuthorizedKeys {
        /// Username; an unknown one prints nothing
        name: String,
    },
    /// Back the database up while the portal runs
    #[command(after_help = backup::HELP)]
    Backup(backup::BackupArgs),
    /// Put a backup in place, and void what may have been used since it was made
    #[command(after_help = restore::HELP)]
    Restore(restore::RestoreArgs),
    /// Move everything to another database, SQLite to PostgreSQL or back
    #[command(after_help = migrate_store::HELP)]
    MigrateStore(migrate_store::MigrateStoreArgs),
    /// Watch a running server: sessions, sign-ins, refusals, emails, hashes, the database
    #[command(after_help = top::HELP)]
    Top(top::TopArgs),
    /// Run programs for the portal, which may not itself
    #[command(hide = true)]
    RunPrograms {
        /// The programs that are run, and no others
        programs: Vec<PathBuf>,
    },
    /// Print the manual, man pages, completions, a systemd unit, a dashboard, alert rules or a sample configuration
    #[command(subcommand)]
    Generate(generate::OperatorGenerateCommand),
}

/// Parses `args` (the program's name first) and runs the command.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(refused) => {
            // Help and version come this way too. If printing fails there is nothing left to do.
            let _ = refused.print();
            return process_code(if refused.use_stderr() { exit_code::USAGE } else { exit_code::DONE });
        }
    };
    match carry_out(cli) {
        Ok(code) => process_code(code),
        Err(fault) if output::has_reader_left(&fault) => process_code(exit_code::READER_LEFT),
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "doorkey: {}", output::told(&fault));
            process_code(if is_misconfiguration(&fault) { exit_code::CONFIG } else { exit_code::UNAVAILABLE })
        }
    }
}

/// A process has one byte for its exit code (wait(2)).
fn process_code(code: u32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

fn is_misconfiguration(fault: &anyhow::Error) -> bool {
    fault.chain().any(|cause| {
        cause.is::<ConfigError>()
            || cause.is::<KeysFault>()
            || cause.is::<HostKeyError>()
            || cause.is::<TemplateFault>()
            || cause.is::<MailFault>()
            || cause.is::<RelayFault>()
            || cause.is::<SandboxFault>()
            || cause.is::<PeerFault>()
            || matches!(cause.downcast_ref(), Some(StoreFault::Newer { .. } | StoreFault::Open { .. }))
    })
}

/// Why a command that needs a runtime does not start.
const NO_RUNTIME: &str = "the async runtime did not start";

fn on_a_runtime(work: impl Future<Output = anyhow::Result<u32>>) -> anyhow::Result<u32> {
    Runtime::new().context(NO_RUNTIME)?.block_on(work)
}

/// The settings of a portal that an operator looks after. Where nothing says where its database is, none is made: it would
/// be an empty one in whatever folder the command was typed.
fn settings_of_a_portal(file: Option<&Path>) -> anyhow::Result<Settings> {
    let settings = Settings::load(file)?;
    let is_told = file.is_some() || Path::new(DEFAULT_FILE).exists() || settings != Settings::default();
    let is_missing = || sqlite_file(&settings.store.url).is_some_and(|database| !database.exists());
    if !is_told && is_missing() {
        let reason = format!(
            "it is not in this folder, and neither is {DEFAULT_FILE}. Name the settings with --config FILE, or begin here with \
             `doorkey serve`"
        );
        return Err(StoreFault::Open { url: settings.store.url, reason }.into());
    }
    Ok(settings)
}

fn carry_out(cli: Cli) -> anyhow::Result<u32> {
    let settings = || Settings::load(cli.config.as_deref());
    let without_database = || Settings::load_without_database(cli.config.as_deref());
    let portal = || settings_of_a_portal(cli.config.as_deref());
    let mut out = StandardOutput::new();
    match cli.command.unwrap_or(OperatorCommand::Serve) {
        OperatorCommand::Serve => serve::run(&settings()?, cli.config.as_deref()),
        OperatorCommand::Init(args) => {
            let file = cli.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
            init::run(&args, file, &mut out, &mut std::io::stdin().lock())
        }
        OperatorCommand::Demo(args) => on_a_runtime(demo::run(args)),
        OperatorCommand::Check(args) => on_a_runtime(check::run(&without_database()?, &args, &mut out)),
        OperatorCommand::Doctor(args) => on_a_runtime(doctor::run(&without_database()?, &args, &mut out)),
        OperatorCommand::User(command) => on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
            user::run(command, accounts, &mut out, &mut std::io::stdin().lock()).await
        })),
        OperatorCommand::Team(command) => on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
            team::run(command, accounts, &mut out).await
        })),
        OperatorCommand::ServiceAccount(command) => {
            on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
                service_account::run(command, accounts, &mut out).await
            }))
        }
        OperatorCommand::Support(command) => {
            on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
                support::run(command, accounts, &mut out, &mut std::io::stdin().lock()).await
            }))
        }
        OperatorCommand::Outbox(command) => {
            on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
                outbox::run(command, accounts, &mut out).await
            }))
        }
        OperatorCommand::Hook(command) => {
            let settings = portal()?;
            on_a_runtime(hook::run(command, &settings, &mut out))
        }
        OperatorCommand::Limits(command) => {
            on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
                limits::run(command, accounts, &mut out).await
            }))
        }
        OperatorCommand::Activity(args) => {
            on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
                activity::run(args, accounts, &mut out).await
            }))
        }
        OperatorCommand::Audit(command) => {
            on_a_runtime(wiring::with_accounts(&portal()?, async |accounts| {
                audit::run(command, accounts, &mut out).await
            }))
        }
        OperatorCommand::Keys(command) => {
            let settings = portal()?;
            let path = &settings.keys.secret_keys;
            on_a_runtime(wiring::with_accounts(&settings, async |accounts| {
                keys::run(command, path, accounts, &mut out).await
            }))
        }
        OperatorCommand::Verify(args) => Ok(verify::run(&args, cli.config.as_deref())),
        OperatorCommand::AuthorizedKeys { name } => {
            on_a_runtime(authorized_keys::run(&settings()?, &name, &mut out))
        }
        OperatorCommand::Backup(args) => {
            let file = cli.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
            on_a_runtime(backup::run(&args, &settings()?, file, &mut out))
        }
        OperatorCommand::Restore(args) => on_a_runtime(restore::run(&args, &settings()?, &mut out)),
        OperatorCommand::MigrateStore(args) => on_a_runtime(migrate_store::run(&args, &mut out)),
        OperatorCommand::Top(args) => on_a_runtime(top::run(&without_database()?, &args, &mut out)),
        OperatorCommand::RunPrograms { programs } => {
            crate::programs::run(&programs)?;
            Ok(exit_code::DONE)
        }
        OperatorCommand::Generate(command) => generate::run(command, &mut out).map(|()| exit_code::DONE),
    }
}
