//! `setup`: creates the first account with the setup code.

use super::PromptStatus;
use super::prelude::*;
use crate::accounts::request::setup::{FirstAccount, SetupAddress, SetupReply, SetupRequest};
use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
use crate::flow::Flow;
use crate::flow::setup::PortalSetup;

/// Create the first account of a new portal with the setup code that it printed
#[derive(Debug, Args)]
pub(super) struct SetupCommand {
    /// Read the setup code and your new password from standard input, a line each. The address is not checked
    #[arg(long, requires_all = ["user_name", "email", "team"])]
    code_stdin: bool,
    /// The username you want
    #[arg(long, value_name = "NAME", requires = "code_stdin")]
    user_name: Option<String>,
    /// Your email address
    #[arg(long, value_name = "ADDRESS", requires = "code_stdin")]
    email: Option<String>,
    /// The name of the first team, which you will own
    #[arg(long, value_name = "NAME", requires = "code_stdin")]
    team: Option<String>,
    /// Caught, so that the reason can be given.
    #[arg(hide = true)]
    secrets: Vec<String>,
}

impl Command<Anyone> for SetupCommand {
    const EXAMPLE: &'static str = r#"{"name":"ada","teams":["Platform"]}"#;

    fn check(&self) -> Result<(), CommandFailure> {
        CommandFailure::unless_empty(&self.secrets)
    }

    async fn run(self, _: Anyone, cx: &mut CommandContext) -> Result<Answer> {
        let member =
            if self.code_stdin { self.set_up_from_stdin(cx).await? } else { set_up_on_terminal(cx).await? };
        let name = member.name().to_owned();
        let teams = ask!(cx, Teams(member, TeamsRequest::List), TeamsReply::List(teams) => teams);
        let teams: Vec<String> = teams.into_iter().map(|team| team.name).collect();
        let message =
            format!("This portal has been set up. You are {name} and own the team {}", teams.join(", "));
        Ok(Answer::done("set-up", message, json!({ "name": name, "teams": teams })))
    }
}

async fn set_up_on_terminal(cx: &mut CommandContext) -> Result<SignedIn> {
    ask!(cx, Request::Setup(SetupRequest::Status), Reply::Setup(SetupReply::Open) => ());
    if !cx.connection.has_pty {
        let ssh = cx.portal.ssh("", &cx.portal.setup_user);
        let message = format!(
            "setup asks on a terminal ({ssh}), or takes the setup code and your new password with --code-stdin."
        );
        return Err(CommandError::usage(&message));
    }
    let flow = cx.host.prompt(Flow::PortalSetup(PortalSetup::new(cx.portal.clone())), is_set_up).await?;
    flow.member().cloned().ok_or(CommandError::Disconnected)
}

fn is_set_up(flow: &Flow) -> PromptStatus {
    match flow {
        Flow::PortalSetup(_) => PromptStatus::Pending,
        flow if flow.member().is_some() => PromptStatus::Reached,
        _ => PromptStatus::Left,
    }
}

impl SetupCommand {
    /// Reads both lines before it asks for anything, so that half a pipe changes nothing.
    async fn set_up_from_stdin(self, cx: &mut CommandContext) -> Result<SignedIn> {
        let code = cx.secret("the setup code").await?;
        let password = cx.secret("the password").await?;
        let proven = Request::Setup(SetupRequest::Prove { code });
        let grant = ask!(cx, proven, Reply::Setup(SetupReply::Proven(grant)) => grant);
        let address = SetupAddress::Vouched(self.email.unwrap_or_default());
        let (name, team) = (self.user_name.unwrap_or_default(), self.team.unwrap_or_default());
        let first = Box::new(FirstAccount { grant, address, name, password, team });
        match cx.ask(Request::Setup(SetupRequest::Create(first))).await? {
            Reply::Setup(SetupReply::Created(member)) => Ok(member),
            Reply::Setup(SetupReply::NotCreated(_, refusal)) => Err(CommandError::Refused(refusal)),
            other => Err(unexpected(&other)),
        }
    }
}
