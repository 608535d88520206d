//! `doorkey generate`: the manual, the man pages, shell completions, a filter for fail2ban, units for
//! systemd, what monitoring needs and a sample configuration. All
//! of them are written from the declarations that the program itself runs on, so they cannot fall behind it.

mod container;
mod fail2ban;
mod man_page;
mod manual;
mod monitoring;
mod package;
pub(super) mod unit;

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

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
    /// Print a unit for systemd, to be installed as /etc/systemd/system/doorkey.service
    Unit {
        /// Print the socket instead, doorkey.socket, for port 22 without privileges
        #[arg(long)]
        socket: bool,
        /// Where the program is
        #[arg(long, value_name = "PATH", default_value = unit::BINARY)]
        binary: PathBuf,
        /// Where its settings are
        #[arg(long, value_name = "PATH", default_value = unit::SETTINGS)]
        settings: PathBuf,
    },
    /// Write what a package has beside the program: units, user, folders, man pages, completions, scripts for dpkg
    Package {
        /// Where to write it: files below `root`, scripts below `scripts`
        #[arg(long)]
        directory: PathBuf,
    },
    /// Print a Dockerfile: builds from source, runs without root on a read-only file system
    Dockerfile,
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
            for (name, page) in man_page::pages()? {
                write_file(&directory.join(name), &page, 0o644, out)?;
            }
        }
        OperatorGenerateCommand::Completions { shell } => {
            out.write_all(completions(shell).as_bytes())?;
        }
        OperatorGenerateCommand::Fail2ban => write!(out, "{}", fail2ban::filter())?,
        OperatorGenerateCommand::Unit { socket: true, .. } => write!(out, "{}", unit::socket())?,
        OperatorGenerateCommand::Unit { binary, settings, .. } => {
            write!(out, "{}", unit::service(&binary, &settings))?;
        }
        OperatorGenerateCommand::Package { directory } => {
            for (name, text) in package::files()? {
                write_file(&directory.join("root").join(name), &text, 0o644, out)?;
            }
            for (name, script) in package::scripts() {
                write_file(&directory.join("scripts").join(name), &script, 0o755, out)?;
            }
        }
        OperatorGenerateCommand::Dockerfile => write!(out, "{}", container::dockerfile())?,
        OperatorGenerateCommand::GrafanaDashboard => write!(out, "{}", monitoring::dashboard())?,
        OperatorGenerateCommand::AlertRules => write!(out, "{}", monitoring::alert_rules())?,
        OperatorGenerateCommand::Config => write!(out, "{}", config::sample())?,
    }
    Ok(out.flush()?)
}

/// Writes `text`, with the folders it needs, and prints the path.
fn write_file(path: &Path, text: &str, mode: u32, out: &mut dyn Write) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    std::fs::write(path, text)
        .and_then(|()| std::fs::set_permissions(path, Permissions::from_mode(mode)))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(writeln!(out, "{}", path.display())?)
}

fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "doorkey", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
