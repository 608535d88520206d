//! `profile …`: names, language, time zone and preferences of a member.

use clap::ValueEnum;

use super::prelude::*;
use crate::accounts::request::profile::{Changes, ProfileReply, ProfileRequest};
use crate::domain::appearance::Appearance;
use crate::domain::profile::Profile;
use crate::messages::LanguageChoice;

/// Show your profile
#[derive(Debug, Args)]
pub(super) struct ProfileGet;

impl Command for ProfileGet {
    const EXAMPLE: &'static str = r#"{"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}],"display_name":"Ada Lovelace","language":"auto","name":"ada","no_color":false,"appearance":"auto","plain":false,"emails_reviewed_at":null,"time_zone":"Europe/Berlin"}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let profile =
            ask!(cx, Profile(member, ProfileRequest::Show), ProfileReply::Profile(profile) => profile);
        Ok(Answer::new(text(&profile, cx), json!(profile)))
    }
}

fn text(profile: &Profile, cx: &CommandContext) -> String {
    let yes_no = |yes: bool| if yes { "yes" } else { "no" };
    let addresses: Vec<&str> = profile.emails.iter().map(|email| email.address.as_str()).collect();
    let reviewed = cx.time_or_never(profile.emails_reviewed_at);
    let addresses = addresses.join(", ");
    let lines = [
        ("Username", profile.name.as_str()),
        ("Display name", &profile.display_name),
        ("Language", profile.language.as_str()),
        ("Time zone", &profile.time_zone),
        ("Plain prompts", yes_no(profile.plain)),
        ("No colours", yes_no(profile.no_color)),
        ("Appearance", profile.appearance.as_str()),
        ("Addresses", &addresses),
        ("Addresses reviewed", &reviewed),
    ];
    let lines: Vec<String> = lines.into_iter().map(|(label, value)| format!("{label}: {value}\n")).collect();
    lines.concat()
}

/// Change what is named, and nothing else
#[derive(Debug, Args)]
pub(super) struct ProfileSet {
    /// What others in your teams read; '' for none
    #[arg(long, value_name = "TEXT", value_hint = WORDS)]
    display_name: Option<String>,
    /// Another username; needs your password, and signs out your other sessions
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// The language of pages and emails, or the one that your client asks for
    #[arg(long, value_name = "auto|en|de")]
    language: Option<LanguageChoice>,
    /// UTC, a name such as Europe/Berlin, or an offset such as +02:00
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    time_zone: Option<String>,
    /// Plain prompts instead of a screen, whenever your key says who you are
    #[arg(long, value_name = "yes|no", hide_possible_values = true)]
    plain: Option<YesNo>,
    /// No colours, whenever your key says who you are
    #[arg(long, value_name = "yes|no", hide_possible_values = true)]
    no_color: Option<YesNo>,
    /// For a dark or a light background, or as your terminal says
    #[arg(long, value_name = "auto|dark|light")]
    appearance: Option<Appearance>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

impl ProfileSet {
    fn changes(&self) -> Changes {
        let is_yes = |answer: YesNo| answer == YesNo::Yes;
        Changes {
            display_name: self.display_name.clone(),
            name: self.user_name.clone(),
            language: self.language,
            time_zone: self.time_zone.clone(),
            plain: self.plain.map(is_yes),
            no_color: self.no_color.map(is_yes),
            appearance: self.appearance,
        }
    }
}

impl Command for ProfileSet {
    const EXAMPLE: &'static str = r#"{"changed":{"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":null,"added_client":null,"added_ip":null,"suspended_at":null}],"display_name":"Ada Lovelace","language":"auto","name":"ada","no_color":false,"appearance":"auto","plain":false,"emails_reviewed_at":null,"time_zone":"Europe/Berlin"}}"#;

    fn check(&self) -> Result<(), CommandFailure> {
        if self.changes() == Changes::default() {
            let message = "Nothing to change: profile set --time-zone Europe/Berlin. See: help profile set";
            return Err(CommandFailure::usage(message));
        }
        Ok(())
    }

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        // Only what is named changes, so nothing that was not seen is overwritten.
        let request = ProfileRequest::Set { changes: Box::new(self.changes()), seen: None };
        let (newer, profile) =
            ask!(cx, Profile(member, request), ProfileReply::Changed(newer, profile) => (newer, profile));
        cx.zone = newer.time_zone().clone();
        let done =
            Answer::done("profile-changed", "Your profile has been changed", json!({ "changed": profile }));
        Ok(done.with_details(&text(&profile, cx)))
    }
}
