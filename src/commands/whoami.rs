//! `whoami`: which account a script acts as.

use std::fmt;

use serde::Serialize;

use super::prelude::*;

/// Print your username
#[derive(Debug, Args)]
pub(super) struct Whoami;

#[derive(Debug, Serialize)]
pub(super) struct Identity {
    account: String,
    name: String,
    signed_in_with: &'static str,
}

impl Command for Whoami {
    type Caller = Member;
    type Output = Identity;
    const EXAMPLE: &'static str =
        r#"{"account":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","name":"ada","signed_in_with":"key"}"#;

    async fn run(self, caller: Member, _: &mut Context) -> Result<Identity> {
        let Member { signed_in, with } = caller;
        let (account, name) = (signed_in.account().to_owned(), signed_in.name().to_owned());
        Ok(Identity { account, name, signed_in_with: with })
    }
}

impl Output for Identity {}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)
    }
}
