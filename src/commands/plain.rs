//! `plain`: the portal in line mode. The session opens it instead of running a command.

use super::prelude::*;

/// Open the portal as plain prompts
#[derive(Debug, Args)]
pub(super) struct Plain;

impl Command<Anyone> for Plain {
    const EXAMPLE: &'static str = "";

    async fn run(self, _: Anyone, _: &mut CommandContext) -> Result<Answer> {
        Err(CommandError::internal())
    }
}
