//! `undo`: takes back a change that somebody else made, with the undo code from the email about it.

use super::prelude::*;
use crate::accounts::request::Refusal;
use crate::accounts::request::undo::{UndoPreview, UndoReply, UndoRequest, UndoSummary};
use crate::domain::exit_code;
use crate::domain::secret::Secret;
use crate::domain::time_zone::TimeZone;
use crate::flow::undo::wording;
use crate::flow::wording::{refusal_in, suspended_since};
use crate::messages::Language;

/// Undo a change that someone else made to your account, with the undo code from the email about it
#[derive(Debug, Args)]
pub(super) struct Undo {
    /// Read the undo code and your new password from standard input, a line each; if you used two-factor
    /// authentication before the change, its code is the third line. If one is refused, the next line is tried
    #[arg(long)]
    code_stdin: bool,
    /// Show what would be undone and change nothing; reads only the undo code
    #[arg(long, requires = "code_stdin")]
    preview: bool,
    /// Caught, so that the reason can be given.
    #[arg(hide = true)]
    secrets: Vec<String>,
}

impl Command<Anyone> for Undo {
    const EXAMPLE: &'static str = r#"{"at":"2026-11-22T14:05:09Z","cannot_restore":["lovelace@home.example.org"],"change":"primary-email-changed","client":"SSH-2.0-OpenSSH_9.2","detail":"eve@example.net","dropped":[{"address":"eve@example.net","kind":"address"},{"comment":"eve@laptop","fingerprint":"SHA256:7tVQ0fVbOqkD8cN6sBp3rjU3aUb6cSjkhXb1YvV8m2E","kind":"key"},{"kind":"two_factor","on_since":"2026-11-22T14:06:31Z"},{"count":8,"kind":"recovery_codes"}],"ip":"192.0.2.7","name":"ada","restored":[{"address":"ada@example.org","kind":"primary_address"},{"address":"ada@work.example.org","kind":"address"},{"kind":"two_factor","on_since":"2026-03-02T09:12:44Z"},{"count":7,"kind":"recovery_codes"}],"suspended":0,"undone":true}"#;
    const VARIANT: Option<(&'static str, &'static str)> = Some((
        "--preview",
        r#"{"asks_two_factor":false,"at":"2026-11-22T14:05:09Z","cannot_restore":["lovelace@home.example.org"],"change":"key-added","client":"SSH-2.0-OpenSSH_9.2","detail":"SHA256:7tVQ0fVbOqkD8cN6sBp3rjU3aUb6cSjkhXb1YvV8m2E","dropped":[{"address":"eve@example.net","kind":"address"},{"comment":"eve@laptop","fingerprint":"SHA256:7tVQ0fVbOqkD8cN6sBp3rjU3aUb6cSjkhXb1YvV8m2E","kind":"key"},{"kind":"two_factor","on_since":"2026-11-22T14:06:31Z"},{"count":8,"kind":"recovery_codes"}],"ip":"192.0.2.7","name":"ada","restored":[{"address":"ada@example.org","kind":"primary_address"},{"address":"ada@work.example.org","kind":"address"},{"kind":"two_factor","on_since":"2026-03-02T09:12:44Z"},{"count":7,"kind":"recovery_codes"}],"undone":false}"#,
    ));

    const TAKES: &'static [&'static str] = &["--2fa-stdin"];

    fn check(&self) -> Result<(), CommandFailure> {
        CommandFailure::unless_empty(&self.secrets)
    }

    async fn run(self, _: Anyone, cx: &mut CommandContext) -> Result<Answer> {
        if !self.code_stdin {
            let ssh = cx.portal.ssh("", &cx.portal.undo_user);
            let message = format!(
                "undo reads the undo code and your new password from standard input with --code-stdin. To be asked for \
                 them: {ssh}"
            );
            return Err(CommandError::usage(&message));
        }
        let code = cx.secret("the undo code").await?;
        if self.preview {
            return preview(cx, code).await;
        }
        let password = cx.secret("the new password").await?;
        undo(cx, code, password).await
    }
}

async fn look(cx: &mut CommandContext, code: &Secret) -> Result<UndoPreview> {
    let request = Request::Undo(UndoRequest::Preview { code: code.clone() });
    Ok(ask!(cx, request, Reply::Undo(UndoReply::Preview(preview)) => preview))
}

async fn preview(cx: &mut CommandContext, code: Secret) -> Result<Answer> {
    let found = look(cx, &code).await?;
    let mut lines = wording::change(&found, &Language::English);
    lines.extend(wording::would_do(&found.summary, &Language::English));
    if found.asks_second_factor {
        lines.push("Needs: the two-factor code of before the change, as the third line".to_owned());
    }
    let mut json = json_of(&found, &found.summary, false);
    json["asks_two_factor"] = json!(found.asks_second_factor);
    Ok(Answer::new(lines.into_iter().map(|line| line + "\n").collect(), json))
}

/// The undo and the new password go in one request: either all of it is done, or the undo code stays good; where a
/// directory has the password, it may refuse it once the change is undone. A password
/// that a rule refuses gives way to the one in the next line, and the second factor's code, where there is one, comes
/// after it.
async fn undo(cx: &mut CommandContext, code: Secret, mut password: Secret) -> Result<Answer> {
    let found = look(cx, &code).await?;
    let mut second_factor = None;
    let (summary, suspended) = loop {
        let request = Request::Undo(UndoRequest::RevertAndSetPassword {
            code: code.clone(),
            second_factor: second_factor.clone(),
            password: password.clone(),
        });
        match cx.ask(request).await {
            Ok(Reply::Undo(UndoReply::PasswordSet(_, summary, suspended))) => break (summary, suspended),
            Ok(Reply::Undo(UndoReply::PasswordNotSet(_, summary, refusal))) => {
                return Err(without_password(cx, &summary, &refusal));
            }
            Ok(Reply::Undo(UndoReply::SecondFactorFirst)) if second_factor.is_none() => {
                second_factor = Some(cx.secret("the two-factor code").await?);
            }
            Ok(other) => return Err(unexpected(&other)),
            Err(CommandError::Refused(refusal @ Refusal::Password(_))) => {
                let next = cx.secret("another new password").await;
                password = next.map_err(|_| CommandError::Refused(refusal))?;
            }
            Err(error) => return Err(error),
        }
    };
    let mut lines = wording::did(&summary, &Language::English);
    if suspended > 0 {
        lines.push(format!("{} See what they are: review", suspended_since(suspended)));
    }
    let details: String = lines.into_iter().map(|line| line + "\n").collect();
    let mut json = json_of(&found, &summary, true);
    json["suspended"] = json!(suspended);
    let message = "The change was undone, and your new password is set";
    Ok(Answer::done("change-undone", message, json).with_details(&details))
}

/// The change is undone, and the directory did not take the new password.
fn without_password(cx: &CommandContext, summary: &UndoSummary, refusal: &Refusal) -> CommandError {
    let why = refusal_in(refusal, &cx.portal, &TimeZone::default()).text;
    let old = if summary.keeps_password {
        "Your old password no longer works here, and still works for your organization's other services"
    } else {
        "Your old password no longer works"
    };
    let reset = cx.portal.ssh("", &cx.portal.reset_user);
    let message = format!(
        "The change was undone, but your new password was not set. {why} {old}. To set one, with a code by email: {reset}"
    );
    CommandError::failed("undone-without-password", &message, exit_code::POLICY)
}

fn json_of(found: &UndoPreview, summary: &UndoSummary, undone: bool) -> serde_json::Value {
    json!({
        "undone": undone,
        "name": summary.name,
        "change": found.change.as_str(),
        "detail": found.detail,
        "at": found.at,
        "ip": found.ip,
        "client": found.client,
        "restored": summary.restored,
        "dropped": summary.dropped,
        "cannot_restore": summary.cannot_restore,
    })
}
