//! `plain`: the portal in line mode. The session opens it instead of running a command.

use super::prelude::*;
use crate::messages::Language;

/// Open the portal as plain prompts
#[derive(Debug, Args)]
pub(super) struct Plain {
    /// The language of the prompts; scripts rely on the English ones
    #[arg(long = LANG, value_name = "en|de", default_value = "en")]
    lang: Language,
}

/// The option that the session reads.
pub(super) const LANG: &str = "lang";

impl Command<Anyone> for Plain {
    const EXAMPLE: &'static str = "";

    async fn run(self, _: Anyone, _: &mut CommandContext) -> Result<Answer> {
        Err(CommandError::internal())
    }
}
