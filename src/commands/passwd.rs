//! `passwd`: changes the password, on a terminal or with both passwords on standard input.

use super::context::PromptStatus;
use super::prelude::*;
use super::sign_in::Proven;
use crate::accounts::request::ResetGrant;
use crate::domain::secret::Secret;
use crate::flow::Flow;
use crate::flow::context::MemberContext;
use crate::flow::password::ChangePassword;

/// Change your password
#[derive(Debug, Args)]
pub(super) struct Passwd {
    /// Read the current and the new password from standard input, a line each; if you use two-factor
    /// authentication, its code is the third line. --password-stdin is the same
    #[arg(long)]
    stdin: bool,
    /// Caught, so that the reason can be given.
    #[arg(hide = true)]
    secrets: Vec<String>,
}

impl Command<Anyone> for Passwd {
    /// The current password is read here: it both signs in and confirms the change.
    const EXAMPLE: &'static str = r#"{"changed":true,"name":"ada"}"#;
    const TAKES: &'static [&'static str] = &["--password-stdin", "--2fa-stdin"];

    fn check(&self) -> Result<(), CommandFailure> {
        CommandFailure::unless_empty(&self.secrets)
    }

    async fn run(self, _: Anyone, cx: &mut CommandContext) -> Result<Answer> {
        let is_piped = self.stdin || cx.options.password_stdin;
        let name = if is_piped { change_from_stdin(cx).await? } else { change_on_terminal(cx).await? };
        let json = json!({ "changed": true, "name": name });
        Ok(Answer::done("password-changed", "Your password has been changed", json))
    }
}

async fn change_on_terminal(cx: &mut CommandContext) -> Result<String> {
    let member = MemberCaller::identify(cx).await?.signed_in;
    if !cx.connection.has_pty {
        let message = "passwd asks on a terminal (ssh -t), or takes both passwords with --stdin.";
        return Err(CommandError::usage(message));
    }
    let name = member.name().to_owned();
    let flow = ChangePassword::new(MemberContext::new(cx.portal.clone(), member));
    cx.host.prompt(Flow::ChangePassword(flow), password_changed).await?;
    Ok(name)
}

/// Reads both lines before it asks for anything, so that half a pipe changes nothing.
async fn change_from_stdin(cx: &mut CommandContext) -> Result<String> {
    if cx.connection.key.is_none() {
        cx.account_name()?;
    }
    let current = cx.secret("the current password").await?;
    let new = cx.secret("the new password").await?;
    let member = match cx.sign_in_with_key(true).await? {
        Some(member) => member,
        None => match cx.sign_in_to_change(cx.account_name()?, current.clone()).await? {
            Proven::SignedIn(member) => member,
            Proven::PasswordDue(grant) => return replace_due_password(cx, grant, new).await,
        },
    };
    let request = Request::ChangePassword { member, current, new };
    Ok(ask!(cx, request, Reply::PasswordChanged(member) => member.name().to_owned()))
}

/// The current password was shown, and is good for nothing but this.
async fn replace_due_password(
    cx: &mut CommandContext,
    grant: ResetGrant,
    password: Secret,
) -> Result<String> {
    let name = grant.name().to_owned();
    match cx.host.request(Request::SetPassword { grant, password }).await? {
        Reply::PasswordSet(..) => Ok(name),
        Reply::PasswordNotSet(_, refusal) => Err(CommandError::Refused(refusal)),
        other => Err(unexpected(&other)),
    }
}

fn password_changed(flow: &Flow) -> PromptStatus {
    let Flow::ChangePassword(_) = flow else { return PromptStatus::Left };
    let is_changed = flow.page().toast.is_some_and(|toast| toast.id == "password-changed");
    if is_changed { PromptStatus::Reached } else { PromptStatus::Pending }
}
