//! `plain`: the portal in line mode. The session opens it instead of running a command.

use super::prelude::*;

/// Open the portal as plain prompts
#[derive(Debug, Args)]
pub(super) struct Plain;

impl Command for Plain {
    type Caller = Anyone;
    type Output = Done;
    const EXAMPLE: &'static str = "";

    async fn run(self, _: Anyone, _: &mut Context) -> Result<Done> {
        Err(CommandError::internal())
    }
}
