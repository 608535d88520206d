//! `recovery-codes …`: the codes that replace the authenticator once each.

use super::prelude::*;
use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::domain::recovery_code::FEW_LEFT;
use crate::domain::secret::Secret;

/// Show how many recovery codes are left
#[derive(Debug, Args)]
pub(super) struct RecoveryCodesStatus;

impl Command for RecoveryCodesStatus {
    const EXAMPLE: &'static str = r#"{"recovery_codes_left":8}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let view =
            ask!(cx, SecondFactor(member, SecondFactorRequest::Status), SecondFactorReply::Now(view) => view);
        let left = view.recovery_codes;
        let hint = if left <= FEW_LEFT { " Make new ones: recovery-codes new" } else { "" };
        let text = match view.on_since {
            Some(_) => format!("Recovery codes left: {left}.{hint}\n"),
            None => "You have no recovery codes: two-factor authentication is off. Turn it on: 2fa enroll\n"
                .to_owned(),
        };
        Ok(Answer::new(text, json!({ "recovery_codes_left": left })))
    }
}

/// Print new recovery codes, this once; the old ones stop working
#[derive(Debug, Args)]
pub(super) struct RecoveryCodesNew;

impl Command for RecoveryCodesNew {
    const EXAMPLE: &'static str = r#"{"recovery_codes":["0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V"]}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let codes = ask!(cx, SecondFactor(member.clone(), SecondFactorRequest::MakeRecoveryCodes), SecondFactorReply::RecoveryCodes(it) => it);
        let (codes, text) = new_codes(&member, &codes, cx);
        Ok(Answer::new(text, json!({ "recovery_codes": codes })))
    }
}

/// The codes, and the text to keep that shows them this once.
pub(super) fn new_codes<'a>(
    member: &SignedIn,
    codes: &'a [Secret],
    cx: &CommandContext,
) -> (Vec<&'a str>, String) {
    let (name, portal, now) = (member.name(), &cx.portal, cx.host.now());
    let codes: Vec<&str> = codes.iter().map(Secret::expose).collect();
    let text = format!(
        "Recovery codes of {name} at {} ({}), made {}.\n\
         Each works once in place of the authenticator. They are not shown again.\n\n{}\n",
        portal.name,
        portal.organisation,
        cx.zone.date_minute(now),
        codes.join("\n"),
    );
    (codes, text)
}
