//! `version`: the version of this program.

use std::fmt;

use serde::Serialize;

use super::prelude::*;

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

    async fn run(self, _: Anyone, _: &mut Context) -> Result<ProgramVersion> {
        Ok(ProgramVersion { version: env!("CARGO_PKG_VERSION") })
    }
}

impl Output for ProgramVersion {}

impl fmt::Display for ProgramVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "doorkey {}", self.version)
    }
}
