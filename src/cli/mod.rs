//! What an operator types: `serve` (the default), `demo`, `user`, `team`, `support`, `authorized-keys`, `check`.
//!
//! Exit codes: [`crate::domain::exit_code`].

pub mod authorized_keys;
pub mod demo;
mod import;
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
    after_help = "Without a command it serves. `doorkey demo` shows everything on a throw-away database."
)]
struct Cli {
    /// The settings file; `doorkey.toml` in this folder is read when there is one.
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
    /// Check the settings, the keys and the store, and say what is wrong
    Check {
        /// Print every setting as it is in effect, secrets left out
        #[arg(long)]
        effective: bool,
    },
    /// Add, list, show, disable, enable and import accounts, and turn a lost two-factor authentication off
    #[command(subcommand)]
    User(user::UserCommand),
    /// Add and list teams, and who is in them
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// List, show, answer and close support cases, and make one-time codes
    #[command(subcommand)]
    Support(support::SupportAdminCommand),
    /// Print somebody's public SSH keys, for sshd's `AuthorizedKeysCommand`
    #[command(after_help = authorized_keys::HELP)]
    AuthorizedKeys {
        /// Username; one that nobody has prints nothing
        name: String,
    },
}

/// Parses `args` (the program's name first) and runs what they ask for.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(refused) => {
            // clap prints help and version through here as well; nothing is left to do if that fails.
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

/// A process has one byte for it (wait(2)); no code of ours needs more.
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
    let runtime = Runtime::new().context("the async runtime did not start")?;
    if let Some(OperatorCommand::Demo(args)) = cli.command {
        return runtime.block_on(demo::run(args));
    }
    let settings = Settings::load(cli.config.as_deref())?;
    match cli.command.unwrap_or(OperatorCommand::Serve) {
        OperatorCommand::Serve => runtime.block_on(serve::run(&settings)),
        OperatorCommand::Check { effective } => runtime.block_on(check(&settings, effective)),
        OperatorCommand::User(command) => runtime.block_on(async {
            let accounts = wiring::accounts(&settings).await?;
            user::run(command, &accounts, &mut std::io::stdout(), &mut std::io::stdin().lock()).await
        }),
        OperatorCommand::Team(command) => runtime.block_on(async {
            let accounts = wiring::accounts(&settings).await?;
            team::run(command, &accounts, &mut std::io::stdout()).await
        }),
        OperatorCommand::Support(command) => runtime.block_on(async {
            let accounts = wiring::accounts(&settings).await?;
            support::run(command, &accounts, &mut std::io::stdout(), &mut std::io::stdin().lock()).await
        }),
        OperatorCommand::AuthorizedKeys { name } => {
            runtime.block_on(authorized_keys::run(&settings, &name, &mut std::io::stdout()))
        }
        OperatorCommand::Demo(args) => runtime.block_on(demo::run(args)),
    }
}

async fn check(settings: &Settings, effective: bool) -> anyhow::Result<u32> {
    wiring::accounts(settings).await?;
    let key = wiring::host_key(settings)?;
    let mut out = std::io::stdout();
    if effective {
        write!(out, "{}", settings.effective())?;
    } else {
        writeln!(out, "Settings, keys and store are in order. Host key: {}", key.fingerprint())?;
    }
    Ok(exit_code::DONE)
}
