//! The `doorkey` program on the operator's command line: `serve` (the default), `demo`, `check`, `user`, `team`, `support`,
//! `keys`, `authorized-keys` and `generate`.
//!
//! Exit codes: [`crate::domain::exit_code`].

pub mod authorized_keys;
pub mod demo;
mod generate;
mod import;
pub mod keys;
mod node;
mod output;
pub mod serve;
pub mod support;
pub mod team;
pub mod user;
mod wiring;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::config::keys::KeysFault;
use crate::config::{ConfigError, Settings};
use crate::domain::exit_code;
use crate::mail::MailFault;
use crate::mail::smtp::RelayFault;
use crate::mail::templates::TemplateFault;
use crate::ssh::host_key::HostKeyError;
use crate::store::StoreFault;

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
    /// Run a throw-away portal with sample accounts and show each email it sends
    Demo(demo::DemoArgs),
    /// Check the settings, the keys and the database, and report what is wrong
    Check {
        /// Print every setting in effect, without secrets
        #[arg(long)]
        effective: bool,
    },
    /// Manage accounts: add, list, show, disable, enable, import, turn off two-factor authentication
    #[command(subcommand)]
    User(user::OperatorUserCommand),
    /// Manage teams and their members
    #[command(subcommand)]
    Team(team::OperatorTeamCommand),
    /// Answer support cases and issue reset codes
    #[command(subcommand)]
    Support(support::OperatorSupportCommand),
    /// Rotate the secret keys: the pepper of passwords and the keys of codes and sealed texts
    #[command(subcommand, after_help = keys::HELP)]
    Keys(keys::OperatorKeysCommand),
    /// Print a user's public SSH keys, for sshd's `AuthorizedKeysCommand`
    #[command(after_help = authorized_keys::HELP)]
    AuthorizedKeys {
        /// Username; an unknown one prints nothing
        name: String,
    },
    /// Print the manual, man pages, shell completions or a sample configuration
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
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "doorkey: {fault:#}");
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
            || matches!(cause.downcast_ref(), Some(StoreFault::Newer { .. } | StoreFault::Open { .. }))
    })
}

fn carry_out(cli: Cli) -> anyhow::Result<u32> {
    let settings = || Settings::load(cli.config.as_deref());
    let mut out = std::io::stdout();
    let runtime = Runtime::new().context("the async runtime did not start")?;
    runtime.block_on(async {
        match cli.command.unwrap_or(OperatorCommand::Serve) {
            OperatorCommand::Demo(args) => demo::run(args).await,
            OperatorCommand::Serve => serve::run(&settings()?).await,
            OperatorCommand::Check { effective } => check(&settings()?, effective).await,
            OperatorCommand::User(command) => {
                let accounts = wiring::accounts(&settings()?).await?;
                user::run(command, &accounts, &mut out, &mut std::io::stdin().lock()).await
            }
            OperatorCommand::Team(command) => {
                team::run(command, &*wiring::accounts(&settings()?).await?, &mut out).await
            }
            OperatorCommand::Support(command) => {
                let accounts = wiring::accounts(&settings()?).await?;
                support::run(command, &accounts, &mut out, &mut std::io::stdin().lock()).await
            }
            OperatorCommand::Keys(command) => {
                let settings = settings()?;
                let accounts = wiring::accounts(&settings).await?;
                keys::run(command, &settings.keys.secret_keys, &accounts, &mut out).await
            }
            OperatorCommand::AuthorizedKeys { name } => {
                authorized_keys::run(&settings()?, &name, &mut out).await
            }
            OperatorCommand::Generate(command) => generate::run(command, &mut out).map(|()| exit_code::DONE),
        }
    })
}

async fn check(settings: &Settings, effective: bool) -> anyhow::Result<u32> {
    let accounts = wiring::accounts(settings).await?;
    let key = wiring::host_key(settings)?;
    let mut out = std::io::stdout();
    if effective {
        write!(out, "{}", settings.effective())?;
    } else {
        for warning in accounts.clock_warnings().await? {
            writeln!(out, "Warning: {warning}")?;
        }
        writeln!(out, "Settings, keys and database are in order. Host key: {}", key.fingerprint())?;
    }
    Ok(exit_code::DONE)
}
