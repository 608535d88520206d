//! `forgot`: resets a forgotten password; first it asks for a code, then `--code-stdin` sets the password.

use super::prelude::*;
use crate::accounts::request::second_factor::SecondFactorReply;
use crate::accounts::request::{Refusal, RequestId};
use crate::domain::exit_code;
use crate::domain::text::inert;
use crate::flow::wording::{suspended_since, too_soon};
use crate::messages::Language;

/// Reset a forgotten password: request a code, then set a new password with --code-stdin
#[derive(Debug, Args)]
pub(super) struct Forgot {
    /// Email or username
    #[arg(value_name = "NAME")]
    account: Option<String>,
    /// Read the code from the email and the new password from standard input, a line each; if you use two-factor
    /// authentication, its code is the third line. If one is refused, the next line is tried
    #[arg(long)]
    code_stdin: bool,
    /// The request ID that forgot --json printed. With it, the code works from any network, no matter what others
    /// have typed
    #[arg(long, value_name = "ID", requires = "code_stdin")]
    request: Option<String>,
    /// Caught, so that the reason can be given.
    #[arg(hide = true)]
    secrets: Vec<String>,
}

/// The longest name that is repeated: the longest email address.
const NAME_CHARS: usize = 254;

impl Command<Anyone> for Forgot {
    const EXAMPLE: &'static str = r#"{"code_valid_minutes":10,"name":"ada","request":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","resend_at":"2026-11-22T14:06:09Z","sender":"portal@acme.example"}"#;
    const VARIANT: Option<(&'static str, &'static str)> =
        Some(("--code-stdin", r#"{"name":"ada","reset":true,"suspended":0}"#));

    const TAKES: &'static [&'static str] = &["--2fa-stdin"];

    fn check(&self) -> Result<(), CommandFailure> {
        CommandFailure::unless_empty(&self.secrets)
    }

    async fn run(self, _: Anyone, cx: &mut CommandContext) -> Result<Answer> {
        let name = match self.account {
            Some(name) => name,
            None => cx.account_name()?,
        };
        let requests = match self.request.as_deref().map(RequestId::parse) {
            Some(None) => {
                return Err(CommandError::usage(
                    "--request takes the request ID that `forgot --json` printed.",
                ));
            }
            request => request.flatten().into_iter().collect(),
        };
        if self.code_stdin { reset(cx, name, requests).await } else { request_code(cx, name).await }
    }
}

/// Prints the same for known and unknown names.
async fn request_code(cx: &mut CommandContext, name: String) -> Result<Answer> {
    let request = Request::RequestCode { name: name.clone() };
    let requested = ask!(cx, request, Reply::CodeRequested(requested) => requested);
    let (name, portal, next) = (inert(&name, NAME_CHARS), &cx.portal, requested.next);
    if let Some(notice) = too_soon(&next, &Language::English) {
        return Err(CommandError::failed(notice.id, &notice.text, exit_code::LATER));
    }
    let message = format!(
        "If \"{name}\" has an account here, an email with a code is on its way from {}",
        portal.sender
    );
    let details = format!(
        "Look in the spam or junk folder, and check the spelling above. The code is valid for {} minutes\n\
         after the email was sent. You can ask for another one {}.\n\
         Then: forgot NAME --code-stdin, with the code and the new password on standard input, a line each.\n\
         To type the code on another network, bring the request ID along: forgot --json prints it.\n",
        portal.code_ttl_minutes,
        next.from_when(),
    );
    let json = json!({
        "name": name,
        "request": requested.request.as_str(),
        "resend_at": next.resend_at,
        "code_valid_minutes": portal.code_ttl_minutes,
        "sender": portal.sender,
    });
    Ok(Answer::done("code-requested", message, json).with_details(&details))
}

/// A refusal that came after the code was used up.
fn with_code_used(cx: &CommandContext, refusal: &Refusal) -> CommandError {
    let told = CommandFailure::refused(refusal, &cx.portal, cx.host.now(), &cx.zone);
    CommandError::Failed(told.and("The code is used up: request another one."))
}

/// Code, password and second factor go in one request: either all of it is done, or the code stays good. A password
/// that a rule refuses gives way to the one in the next line, and the second factor's code, where there is one, comes
/// after it. A directory can only be asked for a password once the code is used up; what is left then is the right to
/// set one.
async fn reset(cx: &mut CommandContext, name: String, requests: Vec<RequestId>) -> Result<Answer> {
    let code = cx.secret("the code").await?;
    let mut password = cx.secret("the new password").await?;
    let (mut second_factor, mut granted) = (None, None);
    let suspended = loop {
        let request = match granted.take() {
            Some(grant) => Request::SetPassword { grant, password: password.clone() },
            None => Request::ResetPassword {
                name: name.clone(),
                requests: requests.clone(),
                code: code.clone(),
                password: password.clone(),
                second_factor: second_factor.clone(),
            },
        };
        let (refusal, kept) = match cx.host.request(request).await? {
            Reply::PasswordSet(_, suspended) => break suspended,
            Reply::SecondFactor(SecondFactorReply::SecondFactorFirst) if second_factor.is_none() => {
                second_factor = Some(cx.secret("the two-factor code").await?);
                continue;
            }
            Reply::PasswordNotSet(kept, refusal) => (refusal, Some(kept)),
            Reply::Refused(refusal) => (refusal, None),
            other => return Err(unexpected(&other)),
        };
        let is_code_used = kept.is_some();
        let next = match &refusal {
            Refusal::Password(_) => cx.secret("another new password").await.ok(),
            _ => None,
        };
        match next {
            Some(next) => (password, granted) = (next, kept.flatten()),
            None if is_code_used => return Err(with_code_used(cx, &refusal)),
            None => return Err(CommandError::Refused(refusal)),
        }
    };
    let json = json!({ "reset": true, "name": inert(&name, NAME_CHARS), "suspended": suspended });
    let answer = Answer::done("password-reset", "Your password has been successfully reset", json);
    Ok(match suspended {
        0 => answer,
        1 => answer.with_details(&format!("{} Run `review` to see it.\n", suspended_since(1))),
        _ => answer.with_details(&format!("{} Run `review` to see them.\n", suspended_since(suspended))),
    })
}
