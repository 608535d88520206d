//! `2fa …`: two-factor authentication.

use std::fmt;

use serde::Serialize;

use super::prelude::*;
use super::recovery_codes::NewCodes;
use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{Enrolment, Refusal};
use crate::domain::timestamp::Timestamp;

/// Show whether two-factor authentication is on
#[derive(Debug, Args)]
pub(super) struct Status;

#[derive(Debug, Serialize)]
pub(super) struct TwoFactorStatus {
    two_factor: bool,
    on_since: Option<Timestamp>,
    recovery_codes_left: i64,
}

impl Command for Status {
    type Caller = SignedIn;
    type Output = TwoFactorStatus;
    const EXAMPLE: &'static str =
        r#"{"on_since":"2026-11-22T14:05:09Z","recovery_codes_left":8,"two_factor":true}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<TwoFactorStatus> {
        let view =
            ask!(cx, SecondFactor(member, SecondFactorRequest::Status), SecondFactorReply::Now(view) => view);
        Ok(TwoFactorStatus {
            two_factor: view.on_since.is_some(),
            on_since: view.on_since,
            recovery_codes_left: view.recovery_codes,
        })
    }
}

impl Output for TwoFactorStatus {}

impl fmt::Display for TwoFactorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(since) = self.on_since else {
            return writeln!(f, "Two-factor authentication is off. Turn it on: 2fa enroll");
        };
        let left = self.recovery_codes_left;
        writeln!(f, "Two-factor authentication is on since {since}. Recovery codes left: {left}.")
    }
}

/// Print a secret for an authenticator app, then read the code that the app shows
///
/// The code is read from the next line of standard input; if it is wrong, the line after it is tried. The first
/// line with --json is {"secret":"...","uri":"otpauth://totp/..."}.
#[derive(Debug, Args)]
pub(super) struct Enroll;

impl Command for Enroll {
    type Caller = SignedIn;
    type Output = NewCodes;
    const EXAMPLE: &'static str = r#"{"recovery_codes":["0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V"],"two_factor":true}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<NewCodes> {
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
                    return Ok(NewCodes::new(&member, &codes, true, cx));
                }
                Ok(other) => return Err(super::context::unexpected(&other)),
                Err(CommandError::Refused(refusal @ Refusal::SecondFactorRefused)) => {
                    if cx.connection.has_pty {
                        let failure = CommandFailure::refused(&refusal, &cx.portal, cx.host.now());
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
fn secret(enrolment: &Enrolment, cx: &Context) -> String {
    let (groups, uri) = (enrolment.grouped(), enrolment.uri(&cx.portal.name));
    if cx.format() == OutputFormat::Text {
        return format!(
            "Type this secret into your authenticator app:\n\n  {}\n\nor give it this address:\n\n  {}\n\n",
            groups.expose(),
            uri.expose(),
        );
    }
    let secret: String = groups.expose().split(' ').collect();
    line_of(&json!({ "secret": secret, "uri": uri.expose() }))
}

/// Turn off two-factor authentication; all your other sessions are signed out
#[derive(Debug, Args)]
pub(super) struct Disable;

impl Command for Disable {
    type Caller = SignedIn;
    type Output = Done;
    const EXAMPLE: &'static str = r#"{"two_factor":false}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<Done> {
        ask!(cx, SecondFactor(member, SecondFactorRequest::TurnOff), SecondFactorReply::TurnedOff(_) => ());
        let json = json!({ "two_factor": false });
        Ok(Done::new("two-factor-off", "Two-factor authentication is off", json))
    }
}
