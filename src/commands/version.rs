//! `version`: the version of this program.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::command::Command;
use super::context::Context;
use super::failure::CommandError;
use super::output::Output;
use super::sign_in::Anyone;

/// Print the version
#[derive(Debug, Args)]
pub(super) struct Version;

#[derive(Debug, Serialize)]
pub(super) struct ProgramVersion {
    version: &'static str,
}

impl Command for Version {
    type Caller = Anyone;
    type Output = ProgramVersion;
    const EXAMPLE: &'static str = r#"{"version":"0.1.0"}"#;

    async fn run(self, _: Anyone, _: &mut Context) -> Result<ProgramVersion, CommandError> {
        Ok(ProgramVersion { version: env!("CARGO_PKG_VERSION") })
    }
}

impl Output for ProgramVersion {}

impl fmt::Display for ProgramVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "doorkey {}", self.version)
    }
}
