//! Who you are here and what you prefer, a row each. Page `settings/profile`; Enter opens one of them.

use crate::domain::email_address::EmailAddress;
use crate::domain::profile::Profile;
use std::borrow::Cow;

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::language::Language;
use crate::domain::time_zone::TimeZone;

use super::context::{MemberContext, Section};
use super::page::{Action, Notice, Page, Table, Tone};
use super::profile_setting::{ProfileField, ProfileSetting};
use super::settings_emails::SettingsEmails;
use super::{Event, Flow, Step};

/// A member looking after who they are and how they are reached.
#[derive(Debug)]
pub struct SettingsProfile {
    pub(super) cx: MemberContext,
    /// `None` until it has come.
    view: Option<Profile>,
}

impl SettingsProfile {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, view: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member| Request::Profile(member, ProfileRequest::Show))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/profile", "Profile");
        if let Some(view) = &self.view {
            page.table = Some(table(view));
            page.actions.push(Action::link("reviewed", "These addresses are up to date"));
        }
        if self.view.is_some() || !self.cx.waiting {
            page.actions.extend(MemberContext::navigation(Section::Profile, true));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("reviewed") => self.review(),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn open(&mut self, row: usize) -> Step {
        let Some(view) = &self.view else { return Step::Stay };
        match ProfileField::ALL.get(row) {
            Some(setting) => {
                let next = ProfileSetting::new(self.cx.fresh(), *setting, view.clone());
                Step::go(Flow::ProfileSetting(next))
            }
            None if row < ProfileField::ALL.len() + ADDRESS_ROWS => {
                Step::go(Flow::SettingsEmails(SettingsEmails::list(self.cx.fresh())))
            }
            None => Step::Stay,
        }
    }

    fn review(&mut self) -> Step {
        let Some(view) = &self.view else { return Step::Stay };
        let verified = view.emails.iter().filter(|address| address.verified_at.is_some());
        let seen = verified.map(|address| address.id.clone()).collect();
        self.cx.ask(|member| Request::Profile(member, ProfileRequest::Review { seen }))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Profile(ProfileReply::Profile(view)) => self.view = Some(view),
            Reply::Profile(ProfileReply::Reviewed(view)) => {
                self.view = Some(view);
                self.cx.toast("recovery-reviewed", "Noted: your addresses are right.");
            }
            Reply::Profile(ProfileReply::ChangedElsewhere(view)) => {
                self.view = Some(view);
                let text = "Your addresses were changed in another session just now. Nothing was noted. \
                            Look at them again.";
                self.cx.notice = Some(Notice { tone: Tone::Bad, id: "changed-elsewhere", text: text.into() });
            }
            _ => {}
        }
        Step::Stay
    }
}

/// Rows about addresses, behind those of the settings.
const ADDRESS_ROWS: usize = 2;

fn table(view: &Profile) -> Table<'_> {
    let setting = |setting: &ProfileField| vec![Cow::Borrowed(setting.label()), shown(view, *setting)];
    let addresses: [Vec<Cow<'_, str>>; ADDRESS_ROWS] = [
        vec!["Addresses".into(), addresses(view).into()],
        vec!["Addresses checked".into(), reviewed(view).into()],
    ];
    Table {
        columns: vec!["Setting", "Now"],
        rows: ProfileField::ALL.iter().map(setting).chain(addresses).collect(),
        opens: true,
        empty: Cow::Borrowed(""),
    }
}

/// How a setting stands.
pub(super) fn shown(view: &Profile, setting: ProfileField) -> Cow<'_, str> {
    let yes_no = |yes: bool| Cow::Borrowed(if yes { "yes" } else { "no" });
    match setting {
        ProfileField::Name => Cow::Borrowed(&view.name),
        ProfileField::DisplayName if view.display_name.is_empty() => Cow::Borrowed("none"),
        ProfileField::DisplayName => Cow::Borrowed(&view.display_name),
        ProfileField::Language => Language::parse(&view.language).map_or_else(
            |_| Cow::Borrowed(view.language.as_str()),
            |language| Cow::Owned(format!("{} ({})", language.name(), language.tag())),
        ),
        ProfileField::TimeZone => Cow::Borrowed(&view.time_zone),
        ProfileField::Plain => yes_no(view.plain),
        ProfileField::NoColor => yes_no(view.no_color),
    }
}

/// The addresses, and what each is.
fn addresses(view: &Profile) -> String {
    let shown = |it: &EmailAddress| match (it.is_primary, it.verified_at) {
        (true, _) => format!("{} (primary)", it.address),
        (false, Some(_)) => it.address.clone(),
        (false, None) => format!("{} (not verified)", it.address),
    };
    view.emails.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// When somebody last said that the addresses are up to date, as the person reads it.
fn reviewed(view: &Profile) -> String {
    let zone = TimeZone::parse(&view.time_zone).unwrap_or_default();
    view.reviewed_at.map_or_else(|| "not yet".to_owned(), |at| zone.date_minute(at))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::cx;

    pub(in crate::flow) fn view() -> Profile {
        let address = |id: &str, is_primary, verified_at| EmailAddress {
            id: id.into(),
            address: format!("{id}@example.org"),
            canonical: format!("{id}@example.org"),
            is_primary,
            verified_at,
            added_at: Timestamp::from_epoch_ms(0),
            primary_until: None,
        };
        let at = Some(Timestamp::from_epoch_ms(0));
        Profile {
            name: "ada".into(),
            display_name: String::new(),
            language: "en".into(),
            time_zone: "+02:00".into(),
            plain: false,
            no_color: true,
            version: 3,
            emails: vec![
                address("ada", true, at),
                address("lovelace", false, at),
                address("new", false, None),
            ],
            reviewed_at: at,
            created_at: Timestamp::from_epoch_ms(0),
        }
    }

    fn shown_profile() -> Flow {
        let mut flow = Flow::SettingsProfile(SettingsProfile::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Profile(_, ProfileRequest::Show))));
        flow.update(Event::Replied(Reply::Profile(ProfileReply::Profile(view()))));
        flow
    }

    #[test]
    fn each_setting_is_a_row_and_opens_its_page() {
        let mut flow = shown_profile();
        let page = flow.page();
        let table = page.table.unwrap();
        let cells: Vec<_> = table.rows.iter().map(|row| format!("{}: {}", row[0], row[1])).collect();
        assert_eq!(
            cells,
            [
                "Username: ada",
                "Display name: none",
                "Language: English (en)",
                "Time zone: +02:00",
                "Plain prompts: no",
                "No colours: yes",
                "Addresses: ada@example.org (primary), lovelace@example.org, new@example.org (not verified)",
                "Addresses checked: 1970-01-01 02:00 +02",
            ]
        );
        let ids = ["name", "display-name", "language", "time-zone", "plain", "no-color", "emails", "emails"];
        for (row, id) in ids.into_iter().enumerate() {
            let Step::Go(next) = flow.update(Event::Opened(row)) else { panic!("{id} does not open") };
            assert_eq!(next.page().id, format!("settings/profile/{id}"));
        }
        assert!(matches!(flow.update(Event::Opened(8)), Step::Stay));
    }

    #[test]
    fn the_addresses_can_be_found_right() {
        let mut flow = shown_profile();
        let Step::Ask(Request::Profile(_, ProfileRequest::Review { seen })) =
            flow.update(Event::Pressed("reviewed"))
        else {
            panic!("it must ask")
        };
        assert_eq!(seen, ["ada", "lovelace"]);
        let reviewed = Profile { reviewed_at: Some(Timestamp::from_epoch_ms(60_000)), ..view() };
        flow.update(Event::Replied(Reply::Profile(ProfileReply::Reviewed(reviewed))));
        assert_eq!(flow.page().toast.unwrap().id, "recovery-reviewed");
        assert!(flow.page().table.unwrap().rows[7][1].contains("02:01"));
    }

    #[test]
    fn addresses_that_changed_meanwhile_are_not_confirmed_but_shown() {
        let mut flow = shown_profile();
        flow.update(Event::Pressed("reviewed"));
        let mut newer = view();
        newer.emails.remove(1);
        flow.update(Event::Replied(Reply::Profile(ProfileReply::ChangedElsewhere(newer))));
        let page = flow.page();
        assert_eq!(page.notice.unwrap().id, "changed-elsewhere");
        assert!(!page.table.unwrap().rows[6][1].contains("lovelace"));
    }
}
