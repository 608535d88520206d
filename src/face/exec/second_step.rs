//! `2fa` and `recovery-codes`: the second step and its recovery codes, in one line.

use clap::Subcommand;
use serde_json::{Value, json};

use super::answer::Tell;
use super::shapes;
use crate::accounts::request::Enrolment;
use crate::accounts::request::security::SecurityView;
use crate::domain::moment::Moment;
use crate::domain::portal::Portal;
use crate::domain::recovery_code::FEW_LEFT;
use crate::domain::secret::Secret;

/// `2fa …`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum SecondStepCommand {
    /// Say whether you have a second step
    #[command(after_help = shapes::SECOND_STEP_STATUS)]
    Status,
    /// Print a secret for an authenticator app, then read the code that the app shows
    #[command(after_help = enroll_help())]
    Enroll,
    /// Turn the second step off; every other visit of yours ends
    #[command(after_help = shapes::SECOND_STEP_DISABLE)]
    Disable,
}

/// `recovery-codes …`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum RecoveryCodesCommand {
    /// Say how many are left
    #[command(after_help = shapes::RECOVERY_CODES_STATUS)]
    Status,
    /// Print new ones, this once, as text to be kept; the old ones are good no more
    #[command(after_help = shapes::RECOVERY_CODES_NEW)]
    New,
}

/// `2fa status`
#[derive(Clone, Copy, Debug)]
pub struct SecondStepStatus(pub SecurityView);

/// `2fa enroll`, before the code: not an answer yet, but what the app needs.
#[derive(Debug)]
pub struct SeedShown<'a> {
    /// The seed.
    pub enrolment: &'a Enrolment,
    /// The portal's name, for the app's list.
    pub portal: &'a str,
}

/// `2fa enroll`, `recovery-codes new`
#[derive(Debug)]
pub struct RecoveryCodesMade {
    /// Username.
    pub name: String,
    /// The portal they are for.
    pub portal: Portal,
    /// When.
    pub at: Moment,
    /// The codes.
    pub codes: Vec<Secret>,
    /// Whether it is the end of turning the second step on.
    pub turned_on: bool,
}

/// `2fa disable`
#[derive(Clone, Copy, Debug)]
pub struct SecondStepOff;

/// `recovery-codes status`
#[derive(Clone, Copy, Debug)]
pub struct RecoveryCodesLeft(pub SecurityView);

impl Tell for SecondStepStatus {
    fn text(&self) -> String {
        match self.0.on_since {
            Some(since) => {
                format!(
                    "The second step is on since {since}. Recovery codes left: {}.\n",
                    self.0.recovery_codes
                )
            }
            None => "The second step is off. Turn it on: 2fa enroll\n".to_owned(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "second_step": self.0.on_since.is_some(),
            "on_since": self.0.on_since.map(|since| since.to_string()),
            "recovery_codes_left": self.0.recovery_codes,
        })
    }
}

impl SeedShown<'_> {
    /// For people, with line feeds.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "Type this secret into your authenticator app:\n\n  {}\n\nor give it this address:\n\n  {}\n\n",
            self.enrolment.grouped().expose(),
            self.enrolment.uri(self.portal).expose(),
        )
    }

    /// One object.
    #[must_use]
    pub fn json(&self) -> Value {
        let secret: String = self.enrolment.grouped().expose().split(' ').collect();
        json!({ "secret": secret, "uri": self.enrolment.uri(self.portal).expose() })
    }
}

impl Tell for RecoveryCodesMade {
    fn text(&self) -> String {
        let on = if self.turned_on { "OK: The second step is on [second-step-on]\n\n" } else { "" };
        let codes: String = self.codes.iter().flat_map(|code| [code.expose(), "\n"]).collect();
        format!(
            "{on}Recovery codes of {} at {} ({}), made {}.\n\
             Each works once in place of the authenticator. They are not shown again.\n\n{codes}",
            self.name,
            self.portal.name,
            self.portal.organisation,
            self.at.date_minute(),
        )
    }

    fn json(&self) -> Value {
        let codes: Vec<&str> = self.codes.iter().map(Secret::expose).collect();
        if self.turned_on {
            json!({ "second_step": true, "recovery_codes": codes })
        } else {
            json!({ "recovery_codes": codes })
        }
    }
}

impl Tell for SecondStepOff {
    fn text(&self) -> String {
        "OK: The second step is off [second-step-off]\n".to_owned()
    }

    fn json(&self) -> Value {
        json!({ "second_step": false })
    }
}

impl Tell for RecoveryCodesLeft {
    fn text(&self) -> String {
        match self.0 {
            SecurityView { on_since: None, .. } => {
                "You have no recovery codes: the second step is off. Turn it on: 2fa enroll\n".to_owned()
            }
            SecurityView { recovery_codes, .. } if recovery_codes <= FEW_LEFT => {
                format!("Recovery codes left: {recovery_codes}. Make new ones: recovery-codes new\n")
            }
            SecurityView { recovery_codes, .. } => format!("Recovery codes left: {recovery_codes}.\n"),
        }
    }

    fn json(&self) -> Value {
        json!({ "recovery_codes_left": self.0.recovery_codes })
    }
}

fn enroll_help() -> String {
    format!(
        "The code is read from the next line of standard input; a wrong one is told, and the line after it is \
         read.\n\n{}\n\nThe line before it is {{\"secret\":\"...\",\"uri\":\"otpauth://totp/...\"}}.",
        shapes::SECOND_STEP_ENROLL
    )
}
