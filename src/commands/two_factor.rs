//! `2fa …`: two-factor authentication.

use super::prelude::*;
use super::recovery_codes::new_codes;
use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{Enrolment, Refusal};
use crate::domain::secret::Secret;

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
///
/// In two steps, for scripts: --start prints the secret and ends; within 15 minutes --confirm-stdin takes the code.
#[derive(Debug, Args)]
pub(super) struct TwoFactorEnroll {
    /// Only print the secret, which then waits for its code. It takes the place of one that waits already
    #[arg(long, conflicts_with = "confirm_stdin")]
    start: bool,
    /// Turn it on with the code in the next line of standard input, which belongs to the secret of --start; if it is
    /// wrong, the line after it is tried
    #[arg(long)]
    confirm_stdin: bool,
}

impl Command for TwoFactorEnroll {
    const EXAMPLE: &'static str = r#"{"recovery_codes":["0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V"],"two_factor":true}"#;
    const VARIANT: Option<(&'static str, &'static str)> = Some((
        "--start",
        r#"{"expires_at":"2026-11-22T14:20:09Z","secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","two_factor":false,"uri":"otpauth://totp/Doorkey:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Doorkey"}"#,
    ));

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        if self.start {
            return start(member, cx).await;
        }
        if self.confirm_stdin {
            return turn_on(member, cx, |code| SecondFactorRequest::Confirm { code }).await;
        }
        let enrolment = ask!(cx, SecondFactor(member.clone(), SecondFactorRequest::Enrol), SecondFactorReply::Enrolment(it) => it);
        let secret = secret(&enrolment, cx);
        cx.write(&secret).await?;
        turn_on(member, cx, |code| SecondFactorRequest::TurnOn { enrolment: enrolment.clone(), code }).await
    }
}

/// Shows a secret that waits for its code.
async fn start(member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
    let (enrolment, until) = ask!(cx, SecondFactor(member, SecondFactorRequest::Begin), SecondFactorReply::Begun(it, until) => (it, until));
    let text = format!(
        "{}Two-factor authentication is not on yet. Turn it on before {} with the code that the app shows:\n\n  \
         2fa enroll --confirm-stdin\n",
        secret_text(&enrolment, cx),
        cx.zone.date_minute(until),
    );
    let (secret, uri) = secret_and_uri(&enrolment, cx);
    let json = json!({ "two_factor": false, "secret": secret, "uri": uri, "expires_at": until });
    Ok(Answer::new(text, json))
}

/// Turns it on with the code in the next line, or in one after it.
async fn turn_on(
    member: SignedIn,
    cx: &mut CommandContext,
    request: impl Fn(Secret) -> SecondFactorRequest,
) -> Result<Answer> {
    let mut refused = None;
    loop {
        let code = match (cx.code("Code: ").await, refused.take()) {
            (Err(CommandError::Failed(_)), Some(refusal)) => return Err(CommandError::Refused(refusal)),
            (code, _) => code?,
        };
        match cx.ask(Request::SecondFactor(member.clone(), request(code))).await {
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

/// What the authenticator app needs.
fn secret(enrolment: &Enrolment, cx: &CommandContext) -> String {
    if cx.format() == OutputFormat::Text {
        return secret_text(enrolment, cx);
    }
    let (secret, uri) = secret_and_uri(enrolment, cx);
    line_of(&json!({ "secret": secret, "uri": uri }))
}

fn secret_text(enrolment: &Enrolment, cx: &CommandContext) -> String {
    let (groups, uri) = (enrolment.grouped(), enrolment.uri(&cx.portal.name));
    format!(
        "Type this secret into your authenticator app:\n\n  {}\n\nor open this link with it:\n\n  {}\n\n",
        groups.expose(),
        uri.expose(),
    )
}

fn secret_and_uri(enrolment: &Enrolment, cx: &CommandContext) -> (String, String) {
    let secret = enrolment.grouped().expose().split(' ').collect();
    (secret, enrolment.uri(&cx.portal.name).expose().to_owned())
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
