//! `recovery-codes …`: the codes that replace the authenticator once each.

use std::fmt;

use serde::Serialize;

use super::prelude::*;
use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::domain::recovery_code::FEW_LEFT;
use crate::domain::secret::Secret;

/// Show how many recovery codes are left
#[derive(Debug, Args)]
pub(super) struct Status;

#[derive(Debug, Serialize)]
pub(super) struct CodesLeft {
    recovery_codes_left: i64,
    #[serde(skip)]
    is_on: bool,
}

impl Command for Status {
    type Caller = SignedIn;
    type Output = CodesLeft;
    const EXAMPLE: &'static str = r#"{"recovery_codes_left":8}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<CodesLeft> {
        let view =
            ask!(cx, SecondFactor(member, SecondFactorRequest::Status), SecondFactorReply::Now(view) => view);
        Ok(CodesLeft { recovery_codes_left: view.recovery_codes, is_on: view.on_since.is_some() })
    }
}

impl Output for CodesLeft {}

impl fmt::Display for CodesLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.recovery_codes_left;
        if !self.is_on {
            let text = "You have no recovery codes: two-factor authentication is off. Turn it on: 2fa enroll";
            return writeln!(f, "{text}");
        }
        let hint = if left <= FEW_LEFT { " Make new ones: recovery-codes new" } else { "" };
        writeln!(f, "Recovery codes left: {left}.{hint}")
    }
}

/// Print new recovery codes, this once; the old ones stop working
#[derive(Debug, Args)]
pub(super) struct New;

/// Recovery codes, shown this once as text to be kept.
#[derive(Debug, Serialize)]
pub(super) struct NewCodes {
    recovery_codes: Vec<String>,
    /// Present when the codes come with two-factor authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    two_factor: Option<bool>,
    #[serde(skip)]
    heading: String,
}

impl NewCodes {
    pub(super) fn new(member: &SignedIn, codes: &[Secret], is_turned_on: bool, cx: &Context) -> Self {
        let (name, portal, now) = (member.name(), &cx.portal, cx.host.now());
        Self {
            recovery_codes: codes.iter().map(|code| code.expose().to_owned()).collect(),
            two_factor: is_turned_on.then_some(true),
            heading: format!(
                "Recovery codes of {name} at {} ({}), made {}.",
                portal.name,
                portal.organisation,
                now.date_minute(),
            ),
        }
    }
}

impl Command for New {
    type Caller = SignedIn;
    type Output = NewCodes;
    const EXAMPLE: &'static str = r#"{"recovery_codes":["0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V"]}"#;

    async fn run(self, member: SignedIn, cx: &mut Context) -> Result<NewCodes> {
        let codes = ask!(cx, SecondFactor(member.clone(), SecondFactorRequest::MakeRecoveryCodes), SecondFactorReply::RecoveryCodes(it) => it);
        Ok(NewCodes::new(&member, &codes, false, cx))
    }
}

impl Output for NewCodes {}

impl fmt::Display for NewCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.two_factor.is_some() {
            writeln!(f, "OK: Two-factor authentication is on [two-factor-on]\n")?;
        }
        writeln!(f, "{}", self.heading)?;
        writeln!(f, "Each works once in place of the authenticator. They are not shown again.\n")?;
        self.recovery_codes.iter().try_for_each(|code| writeln!(f, "{code}"))
    }
}
