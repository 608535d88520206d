//! `2fa …`: two-factor authentication.

use super::prelude::*;
use super::recovery_codes::new_codes;
use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{Enrolment, Refusal};

/// Show whether two-factor authentication is on
#[derive(Debug, Args)]
pub(super) struct TwoFactorStatus;

impl Command for TwoFactorStatus {
    const EXAMPLE: &'static str =
        r#"{"on_since":"2026-11-22T14:05:09Z","recovery_codes_left":8,"two_factor":true}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let view =
            ask!(cx, SecondFactor(member, SecondFactorRequest::Status), SecondFactorReply::Now(view) => view);
        let left = view.recovery_codes;
        let text = match view.on_since {
            Some(since) => {
                format!("Two-factor authentication has been on since {since}. Recovery codes left: {left}.\n")
            }
            None => "Two-factor authentication is off. Turn it on: 2fa enroll\n".to_owned(),
        };
        let (on_since, is_on) = (view.on_since, view.on_since.is_some());
        let json = json!({ "two_factor": is_on, "on_since": on_since, "recovery_codes_left": left });
        Ok(Answer::new(text, json))
    }
}

/// Print a secret for an authenticator app, then read the code that the app shows
///
/// The code is read from the next line of standard input; if it is wrong, the line after it is tried. The first
/// line with --json is {"secret":"...","uri":"otpauth://totp/..."}.
#[derive(Debug, Args)]
pub(super) struct TwoFactorEnroll;

impl Command for TwoFactorEnroll {
    const EXAMPLE: &'static str = r#"{"recovery_codes":["0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V"],"two_factor":true}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let enrolment = ask!(cx, SecondFactor(member.clone(), SecondFactorRequest::Enrol), SecondFactorReply::Enrolment(it) => it);
        let secret = secret(&enrolment, cx);
        cx.write(&secret).await?;
        let mut refused = None;
        loop {
            let code = match (cx.code("Code: ").await, refused.take()) {
                (Err(CommandError::Failed(_)), Some(refusal)) => return Err(CommandError::Refused(refusal)),
                (code, _) => code?,
            };
            let request = SecondFactorRequest::TurnOn { enrolment: enrolment.clone(), code };
            match cx.ask(Request::SecondFactor(member.clone(), request)).await {
                Ok(Reply::SecondFactor(SecondFactorReply::TurnedOn(member, codes))) => {
                    let (codes, text) = new_codes(&member, &codes, cx);
                    let json = json!({ "two_factor": true, "recovery_codes": codes });
                    let done = Answer::done("two-factor-on", "Two-factor authentication is on", json);
                    return Ok(done.with_details(&format!("\n{text}")));
                }
                Ok(other) => return Err(unexpected(&other)),
                Err(CommandError::Refused(
                    refusal @ (Refusal::SecondFactorRefused | Refusal::CodeMalformed(_)),
                )) => {
                    if cx.connection.has_pty {
                        let failure = CommandFailure::refused(&refusal, &cx.portal, cx.host.now(), &cx.zone);
                        cx.write(&failure.printed(OutputFormat::Text).err).await?;
                    }
                    refused = Some(refusal);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// What the authenticator app needs.
fn secret(enrolment: &Enrolment, cx: &CommandContext) -> String {
    let (groups, uri) = (enrolment.grouped(), enrolment.uri(&cx.portal.name));
    if cx.format() == OutputFormat::Text {
        return format!(
            "Type this secret into your authenticator app:\n\n  {}\n\nor open this link with it:\n\n  {}\n\n",
            groups.expose(),
            uri.expose(),
        );
    }
    let secret: String = groups.expose().split(' ').collect();
    line_of(&json!({ "secret": secret, "uri": uri.expose() }))
}

/// Turn off two-factor authentication; all your other sessions are signed out
#[derive(Debug, Args)]
pub(super) struct TwoFactorDisable;

impl Command for TwoFactorDisable {
    const EXAMPLE: &'static str = r#"{"two_factor":false}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        ask!(cx, SecondFactor(member, SecondFactorRequest::TurnOff), SecondFactorReply::TurnedOff(_) => ());
        let json = json!({ "two_factor": false });
        Ok(Answer::done("two-factor-off", "Two-factor authentication is off", json))
    }
}
