//! `whoami`: which account a script acts as.

use super::prelude::*;

/// Print your username
#[derive(Debug, Args)]
pub(super) struct Whoami;

impl Command<MemberCaller> for Whoami {
    const EXAMPLE: &'static str =
        r#"{"account":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","name":"ada","signed_in_with":"key"}"#;

    async fn run(self, caller: MemberCaller, _: &mut CommandContext) -> Result<Answer> {
        let MemberCaller { signed_in, with } = caller;
        let name = signed_in.name();
        let json = json!({ "account": signed_in.account(), "name": name, "signed_in_with": with });
        Ok(Answer::new(format!("{name}\n"), json))
    }
}
