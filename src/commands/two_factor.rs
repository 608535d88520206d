//! `2fa` and `recovery-codes`: two-factor authentication and its recovery codes, in one line.

use clap::Subcommand;
use serde_json::{Value, json};

use super::examples;
use super::output::Render;
use crate::accounts::request::Enrolment;
use crate::accounts::request::second_factor::SecondFactorView;
use crate::domain::portal::PortalInfo;
use crate::domain::recovery_code::FEW_LEFT;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;

/// `2fa …`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum TwoFactorCommand {
    /// Say whether you have two-factor authentication
    #[command(after_help = examples::SECOND_FACTOR_STATUS)]
    Status,
    /// Print a secret for an authenticator app, then read the code that the app shows
    #[command(after_help = enroll_help())]
    Enroll,
    /// Turn two-factor authentication off; every other session of yours ends
    #[command(after_help = examples::SECOND_FACTOR_DISABLE)]
    Disable,
}

/// `recovery-codes …`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum RecoveryCodesCommand {
    /// Say how many are left
    #[command(after_help = examples::RECOVERY_CODES_STATUS)]
    Status,
    /// Print new ones, this once, as text to be kept; the old ones are good no more
    #[command(after_help = examples::RECOVERY_CODES_NEW)]
    New,
}

/// `2fa status`
#[derive(Clone, Copy, Debug)]
pub struct TwoFactorStatus(pub SecondFactorView);

/// `2fa enroll`, before the code: not an answer yet, but what the app needs.
#[derive(Debug)]
pub struct TotpSecretShown<'a> {
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
    pub portal: PortalInfo,
    /// When.
    pub at: Timestamp,
    /// The codes.
    pub codes: Vec<Secret>,
    /// Whether it is the end of turning two-factor authentication on.
    pub turned_on: bool,
}

/// `2fa disable`
#[derive(Clone, Copy, Debug)]
pub struct SecondFactorOff;

/// `recovery-codes status`
#[derive(Clone, Copy, Debug)]
pub struct RecoveryCodesLeft(pub SecondFactorView);

impl Render for TwoFactorStatus {
    fn text(&self) -> String {
        match self.0.on_since {
            Some(since) => {
                format!(
                    "Two-factor authentication is on since {since}. Recovery codes left: {}.\n",
                    self.0.recovery_codes
                )
            }
            None => "Two-factor authentication is off. Turn it on: 2fa enroll\n".to_owned(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "two_factor": self.0.on_since.is_some(),
            "on_since": self.0.on_since.map(|since| since.to_string()),
            "recovery_codes_left": self.0.recovery_codes,
        })
    }
}

impl TotpSecretShown<'_> {
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

impl Render for RecoveryCodesMade {
    fn text(&self) -> String {
        let on = if self.turned_on { "OK: Two-factor authentication is on [two-factor-on]\n\n" } else { "" };
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
            json!({ "two_factor": true, "recovery_codes": codes })
        } else {
            json!({ "recovery_codes": codes })
        }
    }
}

impl Render for SecondFactorOff {
    fn text(&self) -> String {
        "OK: Two-factor authentication is off [two-factor-off]\n".to_owned()
    }

    fn json(&self) -> Value {
        json!({ "two_factor": false })
    }
}

impl Render for RecoveryCodesLeft {
    fn text(&self) -> String {
        match self.0 {
            SecondFactorView { on_since: None, .. } => {
                "You have no recovery codes: two-factor authentication is off. Turn it on: 2fa enroll\n"
                    .to_owned()
            }
            SecondFactorView { recovery_codes, .. } if recovery_codes <= FEW_LEFT => {
                format!("Recovery codes left: {recovery_codes}. Make new ones: recovery-codes new\n")
            }
            SecondFactorView { recovery_codes, .. } => format!("Recovery codes left: {recovery_codes}.\n"),
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
        examples::SECOND_FACTOR_ENROLL
    )
}
