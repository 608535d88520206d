//! `emails …`: the email addresses of a member.

use super::prelude::*;
use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::flow::wording::email_state;
use crate::messages::Language;

/// List your email addresses
#[derive(Debug, Args)]
pub(super) struct EmailsList;

impl Command for EmailsList {
    const LIST: Option<&'static str> = Some("emails");
    const EXAMPLE: &'static str = r#"{"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let profile =
            ask!(cx, Profile(member, ProfileRequest::Show), ProfileReply::Profile(profile) => profile);
        let rows = profile.emails.iter().map(|email| {
            let state = email_state(email).to(&Language::English);
            let (verified, added) = (cx.time_or_never(email.verified_at), cx.time(email.added_at));
            [email.address.clone(), state.to_owned(), verified, added]
        });
        let empty = "You have no address here. Add one: emails add ADDRESS";
        let json = json!({ "emails": profile.emails });
        Ok(Answer::table(["ADDRESS", "STATE", "VERIFIED", "ADDED"], rows, empty, json))
    }
}

/// Add an address, or send another code to one that is not verified; needs your password
#[derive(Debug, Args)]
pub(super) struct EmailsAdd {
    /// The address
    address: String,
}

impl Command for EmailsAdd {
    const EXAMPLE: &'static str = r#"{"added":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":false,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null},"resend_at":"2026-11-22T14:06:09Z"}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = Request::Profile(member, ProfileRequest::AddEmail { address: self.address });
        let (email, resend_at) = ask!(
            cx,
            request,
            Reply::Profile(ProfileReply::CodeSent { address, resend_at }) => (address, resend_at)
        );
        let message = format!("An email with a code is on its way to {}", email.address);
        let details = format!(
            "The address counts once you have typed that code: emails verify {}\n\
             You can ask for another code from {}.\n",
            email.address,
            cx.zone.hour_minute(resend_at),
        );
        let json = json!({ "added": email, "resend_at": resend_at });
        Ok(Answer::done("code-sent", message, json).with_details(&details))
    }
}

/// Verify an address with the code from its email, on standard input or asked for on a terminal
#[derive(Debug, Args)]
pub(super) struct EmailsVerify {
    /// The address, or its id
    address: String,
    /// Caught, so that the reason can be given.
    #[arg(hide = true)]
    secrets: Vec<String>,
}

impl Command for EmailsVerify {
    const EXAMPLE: &'static str = r#"{"verified":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":false,"verified_at":"2026-11-22T14:05:09Z","added_client":null,"added_ip":null,"suspended_at":null}}"#;

    fn check(&self) -> Result<(), CommandFailure> {
        CommandFailure::unless_empty(&self.secrets)
    }

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let code = cx.code("Code (not shown): ").await?;
        let request = ProfileRequest::VerifyEmail { address: self.address, code };
        let email = ask!(cx, Profile(member, request), ProfileReply::Verified(email) => email);
        let message = format!("{} is verified", email.address);
        Ok(Answer::done("email-verified", message, json!({ "verified": email })))
    }
}

/// Make a verified address the primary one; needs your password, and signs out your other sessions
#[derive(Debug, Args)]
pub(super) struct EmailsPrimary {
    /// The address, or its id
    address: String,
}

impl Command for EmailsPrimary {
    const EXAMPLE: &'static str = r#"{"primary":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":"2026-11-22T14:05:09Z","added_client":null,"added_ip":null,"suspended_at":null}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = Request::Profile(member, ProfileRequest::SetPrimary { address: self.address });
        let email = ask!(cx, request, Reply::Profile(ProfileReply::PrimaryChanged(_, email)) => email);
        let message = format!("{} is your primary address now", email.address);
        Ok(Answer::done("primary-email-changed", message, json!({ "primary": email })))
    }
}

/// Remove an address; needs your password
#[derive(Debug, Args)]
pub(super) struct EmailsRemove {
    /// The address, or its id
    address: String,
}

impl Command for EmailsRemove {
    const EXAMPLE: &'static str = r#"{"removed":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":false,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = Request::Profile(member, ProfileRequest::RemoveEmail { address: self.address });
        let email = ask!(cx, request, Reply::Profile(ProfileReply::Removed(email)) => email);
        let message = format!("{} was removed", email.address);
        Ok(Answer::done("email-removed", message, json!({ "removed": email })))
    }
}

/// Keep an address that a password reset has suspended; needs your password
#[derive(Debug, Args)]
pub(super) struct EmailsKeep {
    /// The address, or its id
    address: String,
}

impl Command for EmailsKeep {
    const EXAMPLE: &'static str = r#"{"kept":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":false,"verified_at":"2026-11-22T14:05:09Z","added_client":null,"added_ip":null,"suspended_at":null}}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let request = Request::Profile(member, ProfileRequest::KeepEmail { address: self.address });
        let email = ask!(cx, request, Reply::Profile(ProfileReply::Kept(email)) => email);
        let message = format!("{} is kept", email.address);
        Ok(Answer::done("email-kept", message, json!({ "kept": email })))
    }
}
