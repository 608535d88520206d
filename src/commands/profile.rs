//! `profile …` and `addresses …`: what can be asked, and what is told.

use crate::domain::email_address::EmailAddress;
use crate::domain::profile::Profile;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::examples;
use super::output::{Render, columns};
use crate::accounts::request::profile::Changes;
use crate::domain::timestamp::Timestamp;

/// `profile …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ProfileCommand {
    /// Show your profile
    #[command(after_help = examples::PROFILE_GET)]
    Get,
    /// Change what is named, and nothing else
    #[command(after_help = examples::PROFILE_SET)]
    Set(ProfileChanges),
}

/// What `profile set` changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ProfileChanges {
    /// What others in your teams read; '' for none
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// Another username; needs your password, and your other sessions revoke
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// The language of the portal; only en so far
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// UTC, a name such as Europe/Berlin, or an offset such as +02:00
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    time_zone: Option<String>,
    /// Plain prompts instead of a screen, whenever your key says who comes
    #[arg(long, value_name = "yes|no", hide_possible_values = true)]
    plain: Option<YesNo>,
    /// No colours, whenever your key says who comes
    #[arg(long, value_name = "yes|no", hide_possible_values = true)]
    no_color: Option<YesNo>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    /// It shall be so.
    Yes,
    /// It shall not.
    No,
}

impl ProfileChanges {
    /// As the service is asked; `None` when nothing is to be changed.
    #[must_use]
    pub fn changes(self) -> Option<Changes> {
        let changes = Changes {
            display_name: self.display_name,
            name: self.user_name,
            language: self.language,
            time_zone: self.time_zone,
            plain: self.plain.map(|it| it == YesNo::Yes),
            no_color: self.no_color.map(|it| it == YesNo::Yes),
        };
        (changes != Changes::default()).then_some(changes)
    }
}

/// `addresses …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum EmailsCommand {
    /// List your addresses
    #[command(after_help = examples::EMAILS_LIST)]
    List,
    /// Add an address, or send another code to one that is not verified; needs your password
    #[command(after_help = examples::EMAILS_ADD)]
    Add {
        /// The address
        address: String,
    },
    /// Verify an address by the code from its email, on standard input or asked on a terminal
    #[command(after_help = examples::EMAILS_VERIFY)]
    Verify {
        /// The address, or its id
        address: String,
        /// Caught so that the reason can be told.
        #[arg(hide = true)]
        secrets: Vec<String>,
    },
    /// Make a verified address the primary one; needs your password, and your other sessions revoke
    #[command(after_help = examples::EMAILS_PRIMARY)]
    Primary {
        /// The address, or its id
        address: String,
    },
    /// Remove an address; needs your password
    #[command(after_help = examples::EMAILS_REMOVE)]
    Remove {
        /// The address, or its id
        address: String,
    },
}

/// What these commands tell.
#[derive(Debug)]
pub enum ProfileOutput {
    /// `profile get`
    Profile(Profile),
    /// `profile set`
    Changed(Profile),
    /// `emails list`
    Addresses(Vec<EmailAddress>),
    /// `emails add`
    Added {
        /// The address.
        address: EmailAddress,
        /// From when on another code can be sent.
        resend_at: Timestamp,
    },
    /// `emails verify`
    Verified(EmailAddress),
    /// `emails primary`
    Primary(EmailAddress),
    /// `emails remove`
    Removed(EmailAddress),
}

impl Render for ProfileOutput {
    fn text(&self) -> String {
        match self {
            Self::Profile(view) => profile_text(view),
            Self::Changed(view) => {
                format!("OK: Your profile has been changed [profile-changed]\n{}", profile_text(view))
            }
            Self::Addresses(addresses) if addresses.is_empty() => {
                "You have no address here. Add one: emails add ADDRESS\n".to_owned()
            }
            Self::Addresses(addresses) => columns(
                &["ADDRESS", "STATE", "VERIFIED", "ADDED"],
                addresses.iter().map(|address| {
                    let verified =
                        address.verified_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
                    let state = state(address).to_owned();
                    vec![address.address.clone(), state, verified, address.added_at.to_string()]
                }),
            ),
            Self::Added { address, resend_at } => format!(
                "OK: An email with a code is on its way to {0} [code-sent]\n\
                 It counts once you have typed that code: emails verify {0}\n\
                 Another code can be sent from {1}.\n",
                address.address,
                resend_at.hour_minute(),
            ),
            Self::Verified(address) => format!("OK: {} is verified [email-verified]\n", address.address),
            Self::Primary(address) => {
                format!("OK: {} is your primary address now [primary-email-changed]\n", address.address)
            }
            Self::Removed(address) => format!("OK: {} was removed [email-removed]\n", address.address),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Profile(view) => json!(view),
            Self::Changed(view) => json!({ "changed": view }),
            Self::Addresses(addresses) => json!({ "emails": addresses }),
            Self::Added { address, resend_at } => {
                json!({ "added": address, "resend_at": resend_at })
            }
            Self::Verified(address) => json!({ "verified": address }),
            Self::Primary(address) => json!({ "primary": address }),
            Self::Removed(address) => json!({ "removed": address }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::Addresses(addresses) => Some(addresses.iter().map(|address| json!(address)).collect()),
            _ => None,
        }
    }
}

const fn state(address: &EmailAddress) -> &'static str {
    match (address.is_primary, address.verified_at) {
        (true, _) => "primary",
        (false, Some(_)) => "verified",
        (false, None) => "not verified",
    }
}

fn profile_text(view: &Profile) -> String {
    let yes_no = |yes: bool| if yes { "yes" } else { "no" };
    let reviewed = view.reviewed_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    format!(
        "Username: {}\nDisplay name: {}\nLanguage: {}\nTime zone: {}\nPlain prompts: {}\nNo colours: {}\n\
         Addresses: {}\nAddresses reviewed: {reviewed}\n",
        view.name,
        view.display_name,
        view.language,
        view.time_zone,
        yes_no(view.plain),
        yes_no(view.no_color),
        view.emails.iter().map(|address| address.address.as_str()).collect::<Vec<_>>().join(", "),
    )
}
