//! `profile …` and `addresses …`: what can be asked, and what is told.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::answer::{Tell, columns};
use super::shapes;
use crate::accounts::request::profile::{AddressView, Changes, ProfileView};
use crate::domain::moment::Moment;

/// `profile …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ProfileCommand {
    /// Show your profile
    #[command(after_help = shapes::PROFILE_GET)]
    Get,
    /// Change what is named, and nothing else
    #[command(after_help = shapes::PROFILE_SET)]
    Set(ProfileChanges),
}

/// What `profile set` changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ProfileChanges {
    /// What others in your teams read; '' for none
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// Another username; needs your password, and your other visits end
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
pub enum AddressesCommand {
    /// List your addresses
    #[command(after_help = shapes::ADDRESSES_LIST)]
    List,
    /// Add an address, or send another code to one that is not verified; needs your password
    #[command(after_help = shapes::ADDRESSES_ADD)]
    Add {
        /// The address
        address: String,
    },
    /// Verify an address by the code from its letter, on standard input or asked on a terminal
    #[command(after_help = shapes::ADDRESSES_VERIFY)]
    Verify {
        /// The address, or its id
        address: String,
        /// Caught so that the reason can be told.
        #[arg(hide = true)]
        secrets: Vec<String>,
    },
    /// Make a verified address the main one; needs your password, and your other visits end
    #[command(after_help = shapes::ADDRESSES_MAIN)]
    Main {
        /// The address, or its id
        address: String,
    },
    /// Remove an address; needs your password
    #[command(after_help = shapes::ADDRESSES_REMOVE)]
    Remove {
        /// The address, or its id
        address: String,
    },
}

/// What these commands tell.
#[derive(Debug)]
pub enum ProfileTold {
    /// `profile get`
    Profile(ProfileView),
    /// `profile set`
    Changed(ProfileView),
    /// `addresses list`
    Addresses(Vec<AddressView>),
    /// `addresses add`
    Added {
        /// The address.
        address: AddressView,
        /// From when on another code can be sent.
        resend_at: Moment,
    },
    /// `addresses verify`
    Verified(AddressView),
    /// `addresses main`
    Main(AddressView),
    /// `addresses remove`
    Removed(AddressView),
}

impl Tell for ProfileTold {
    fn text(&self) -> String {
        match self {
            Self::Profile(view) => profile_text(view),
            Self::Changed(view) => {
                format!("OK: Your profile has been changed [profile-changed]\n{}", profile_text(view))
            }
            Self::Addresses(addresses) if addresses.is_empty() => {
                "You have no address here. Add one: addresses add ADDRESS\n".to_owned()
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
                "OK: A letter with a code is on its way to {0} [code-sent]\n\
                 It counts once you have typed that code: addresses verify {0}\n\
                 Another code can be sent from {1}.\n",
                address.address,
                resend_at.hour_minute(),
            ),
            Self::Verified(address) => format!("OK: {} is verified [address-verified]\n", address.address),
            Self::Main(address) => {
                format!("OK: {} is your main address now [main-address-changed]\n", address.address)
            }
            Self::Removed(address) => format!("OK: {} was removed [address-removed]\n", address.address),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Profile(view) => profile_json(view),
            Self::Changed(view) => json!({ "changed": profile_json(view) }),
            Self::Addresses(addresses) => {
                json!({ "addresses": addresses.iter().map(address_json).collect::<Vec<_>>() })
            }
            Self::Added { address, resend_at } => {
                json!({ "added": address_json(address), "resend_at": resend_at.to_string() })
            }
            Self::Verified(address) => json!({ "verified": address_json(address) }),
            Self::Main(address) => json!({ "main": address_json(address) }),
            Self::Removed(address) => json!({ "removed": address_json(address) }),
        }
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        match self {
            Self::Addresses(addresses) => Some(addresses.iter().map(address_json).collect()),
            _ => None,
        }
    }
}

const fn state(address: &AddressView) -> &'static str {
    match (address.is_main, address.verified_at) {
        (true, _) => "main",
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
        "addresses": view.addresses.iter().map(address_json).collect::<Vec<_>>(),
        "reviewed_at": view.reviewed_at.map(|at| at.to_string()),
    })
}

fn address_json(address: &AddressView) -> Value {
    json!({
        "id": address.id,
        "address": address.address,
        "main": address.is_main,
        "verified_at": address.verified_at.map(|at| at.to_string()),
        "added_at": address.added_at.to_string(),
    })
}
