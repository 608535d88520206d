//! `doorkey generate`: the manual, the man pages, shell completions, a filter for fail2ban, units for
//! systemd, what monitoring needs and a sample configuration. All
//! of them are written from the declarations that the program itself runs on, so they cannot fall behind it.

mod fail2ban;
mod man_page;
mod manual;
mod monitoring;
mod unit;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;

use super::Cli;
use crate::config;

/// What can be generated.
#[derive(Debug, Subcommand)]
pub(super) enum OperatorGenerateCommand {
    /// Print the manual in Markdown: every command, setting and exit code
    Manual,
    /// Write the man pages doorkey.1, doorkey.toml.5, doorkey-commands.7 and doorkey-operation.7
    Man {
        /// Where to write them
        #[arg(long, default_value = ".")]
        directory: PathBuf,
    },
    /// Print a script that completes `doorkey` on the command line
    Completions {
        /// The shell it is for
        shell: Shell,
    },
    /// Print a filter for fail2ban, which bans sources that guess passwords and codes
    Fail2ban,
    /// Print a unit for systemd
    Unit {
        /// Print the socket instead, for port 22 without privileges
        #[arg(long)]
        socket: bool,
        /// Where the program is
        #[arg(long, value_name = "PATH", default_value = unit::BINARY)]
        binary: PathBuf,
        /// Where its settings are
        #[arg(long, value_name = "PATH", default_value = unit::SETTINGS)]
        settings: PathBuf,
    },
    /// Print a dashboard for Grafana, as JSON to import
    GrafanaDashboard,
    /// Print alerting rules for Prometheus
    AlertRules,
    /// Print a sample doorkey.toml with every setting at its default, commented out
    Config,
}

/// # Errors
/// A folder that cannot be written, a closed standard output.
pub(super) fn run(command: OperatorGenerateCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        OperatorGenerateCommand::Manual => write!(out, "{}", manual::manual())?,
        OperatorGenerateCommand::Man { directory } => {
            std::fs::create_dir_all(&directory)
                .with_context(|| format!("cannot create {}", directory.display()))?;
            for (name, page) in man_page::pages()? {
                let path = directory.join(name);
                std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
                writeln!(out, "{}", path.display())?;
            }
        }
        OperatorGenerateCommand::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "doorkey", &mut script);
            out.write_all(&script)?;
        }
        OperatorGenerateCommand::Fail2ban => write!(out, "{}", fail2ban::filter())?,
        OperatorGenerateCommand::Unit { socket: true, .. } => write!(out, "{}", unit::socket())?,
        OperatorGenerateCommand::Unit { binary, settings, .. } => {
            write!(out, "{}", unit::service(&binary, &settings))?;
        }
        OperatorGenerateCommand::GrafanaDashboard => write!(out, "{}", monitoring::dashboard())?,
        OperatorGenerateCommand::AlertRules => write!(out, "{}", monitoring::alert_rules())?,
        OperatorGenerateCommand::Config => write!(out, "{}", config::sample())?,
    }
    Ok(out.flush()?)
}
