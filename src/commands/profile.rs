//! `profile …` and `addresses …`: what can be asked, and what is told.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::examples;
use super::output::{Render, columns};
use crate::accounts::request::profile::{Changes, EmailAddressView, ProfileView};
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
    Profile(ProfileView),
    /// `profile set`
    Changed(ProfileView),
    /// `emails list`
    Addresses(Vec<EmailAddressView>),
    /// `emails add`
    Added {
        /// The address.
        address: EmailAddressView,
        /// From when on another code can be sent.
        resend_at: Timestamp,
    },
    /// `emails verify`
    Verified(EmailAddressView),
    /// `emails primary`
    Primary(EmailAddressView),
    /// `emails remove`
    Removed(EmailAddressView),
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
            Self::Profile(view) => profile_json(view),
            Self::Changed(view) => json!({ "changed": profile_json(view) }),
            Self::Addresses(addresses) => {
                json!({ "emails": addresses.iter().map(email_json).collect::<Vec<_>>() })
            }
            Self::Added { address, resend_at } => {
                json!({ "added": email_json(address), "resend_at": resend_at.to_string() })
            }
            Self::Verified(address) => json!({ "verified": email_json(address) }),
            Self::Primary(address) => json!({ "primary": email_json(address) }),
            Self::Removed(address) => json!({ "removed": email_json(address) }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::Addresses(addresses) => Some(addresses.iter().map(email_json).collect()),
            _ => None,
        }
    }
}

const fn state(address: &EmailAddressView) -> &'static str {
    match (address.is_primary, address.verified_at) {
        (true, _) => "primary",
        (false, Some(_)) => "verified",
        (false, None) => "not verified",
    }
}

fn profile_text(view: &ProfileView) -> String {
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
        view.addresses.iter().map(|address| address.address.as_str()).collect::<Vec<_>>().join(", "),
    )
}

fn profile_json(view: &ProfileView) -> Value {
    json!({
        "name": view.name,
        "display_name": view.display_name,
        "language": view.language,
        "time_zone": view.time_zone,
        "plain": view.plain,
        "no_color": view.no_color,
        "emails": view.addresses.iter().map(email_json).collect::<Vec<_>>(),
        "reviewed_at": view.reviewed_at.map(|at| at.to_string()),
    })
}

fn email_json(address: &EmailAddressView) -> Value {
    json!({
        "id": address.id,
        "address": address.address,
        "primary": address.is_primary,
        "verified_at": address.verified_at.map(|at| at.to_string()),
        "added_at": address.added_at.to_string(),
    })
}
