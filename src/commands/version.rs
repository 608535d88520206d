//! `version`: the version of this program.

use super::prelude::*;

/// Print the version
#[derive(Debug, Args)]
pub(super) struct Version;

impl Command<Anyone> for Version {
    const EXAMPLE: &'static str = r#"{"version":"0.1.0"}"#;

    async fn run(self, _: Anyone, _: &mut CommandContext) -> Result<Answer> {
        let version = env!("CARGO_PKG_VERSION");
        Ok(Answer::new(format!("doorkey {version}\n"), json!({ "version": version })))
    }
}
