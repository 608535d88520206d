//! `join`: accepts an invitation to a team, or signs up.

use super::prelude::*;
use super::sign_in::signed_in;
use crate::accounts::request::join::{JoinReply, JoinRequest};
use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
use crate::domain::exit_code;
use crate::flow::Flow;

/// Accept an invitation to a team with the code from its email
#[derive(Debug, Args)]
pub(super) struct JoinCommand {
    /// The address that the invitation came to
    address: Option<String>,
    /// Read the code from the email and your password from standard input, a line each
    #[arg(long, requires = "address")]
    code_stdin: bool,
    /// The username you want, if you have no account yet
    #[arg(long, value_name = "NAME", requires = "code_stdin")]
    user_name: Option<String>,
    /// Your display name, if you have no account yet
    #[arg(long, value_name = "NAME", requires = "user_name", value_hint = WORDS)]
    display_name: Option<String>,
}

impl Command<Anyone> for JoinCommand {
    const EXAMPLE: &'static str = r#"{"name":"alan","new":true,"teams":["Platform"]}"#;

    async fn run(self, _: Anyone, cx: &mut CommandContext) -> Result<Answer> {
        let (member, is_new) =
            if self.code_stdin { self.join_from_stdin(cx).await? } else { self.join_on_terminal(cx).await? };
        let name = member.name().to_owned();
        let teams = ask!(cx, Teams(member, TeamsRequest::List), TeamsReply::List(teams) => teams);
        let teams: Vec<String> = teams.into_iter().map(|team| team.name).collect();
        let created = if is_new { "Your account has been created. " } else { "" };
        let message = format!("{created}You are {name}, with the teams: {}", teams.join(", "));
        Ok(Answer::done("joined", message, json!({ "name": name, "new": is_new, "teams": teams })))
    }
}

impl JoinCommand {
    async fn join_on_terminal(self, cx: &mut CommandContext) -> Result<(SignedIn, bool)> {
        if !cx.connection.has_pty {
            let message = "join asks on a terminal (ssh -t), or takes code and password with --code-stdin.";
            return Err(CommandError::usage(message));
        }
        let flow = crate::flow::join::Join::new(cx.portal.clone());
        let flow = flow.with_address(self.address.as_deref().unwrap_or_default());
        let flow = cx.host.prompt(Flow::Join(flow), signed_in).await?;
        let is_new = flow.page().toast.is_some_and(|toast| toast.id == "signed-up");
        let member = flow.member().cloned();
        member.map(|member| (member, is_new)).ok_or(CommandError::Disconnected)
    }

    /// Reads both lines before it asks for anything, so that half a pipe changes nothing.
    async fn join_from_stdin(self, cx: &mut CommandContext) -> Result<(SignedIn, bool)> {
        let address = self.address.unwrap_or_default();
        let code = cx.secret("the code").await?;
        let password = cx.secret("the password").await?;
        let grant = match cx.ask(Request::Join(JoinRequest::Prove { address, code })).await? {
            Reply::Join(JoinReply::SignInFirst { name, .. }) => {
                return Ok((cx.sign_in(name, password).await?, false));
            }
            Reply::Join(JoinReply::Proven(grant)) => grant,
            other => return Err(unexpected(&other)),
        };
        let Some(name) = self.user_name else {
            let message = "That address has no account yet. Nothing was changed, and the code stays good. \
                           Choose a username: --user-name NAME";
            return Err(CommandError::failed("user-name-needed", message, exit_code::USAGE));
        };
        let display_name = self.display_name.unwrap_or_default();
        match cx.ask(Request::Join(JoinRequest::SignUp { grant, name, display_name, password })).await? {
            Reply::Join(JoinReply::SignedUp(member)) => Ok((member, true)),
            Reply::Join(JoinReply::NotSignedUp(_, refusal)) => Err(CommandError::Refused(refusal)),
            other => Err(unexpected(&other)),
        }
    }
}
