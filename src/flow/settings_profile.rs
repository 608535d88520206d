//! Who you are here and what you prefer, a row each. Page `settings/profile`; Enter opens one of them.

use std::borrow::Cow;

use crate::accounts::request::profile::{AddressView, Answer, Ask, ProfileView};
use crate::accounts::request::{Reply, Request};
use crate::domain::language::Language;
use crate::domain::time_zone::TimeZone;

use super::page::{Action, Notice, Page, Table, Tone};
use super::profile_setting::{ProfileSetting, Setting};
use super::seat::{Place, Seat};
use super::settings_addresses::SettingsAddresses;
use super::{Event, Flow, Step};

/// A member looking after who they are and how they are reached.
#[derive(Debug)]
pub struct SettingsProfile {
    pub(super) seat: Seat,
    /// `None` until it has come.
    view: Option<ProfileView>,
}

impl SettingsProfile {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(seat: Seat) -> Self {
        Self { seat, view: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.seat.begin(|member| Request::Profile(member, Ask::Show))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/profile", "Profile");
        if let Some(view) = &self.view {
            page.table = Some(table(view));
            page.actions.push(Action::link("reviewed", "These addresses are up to date"));
        }
        if self.view.is_some() || !self.seat.waiting {
            page.actions.extend(Seat::navigation(Place::Profile, true));
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
        match Setting::ALL.get(row) {
            Some(setting) => {
                let next = ProfileSetting::new(self.seat.anew(), *setting, view.clone());
                Step::go(Flow::ProfileSetting(next))
            }
            None if row < Setting::ALL.len() + ADDRESS_ROWS => {
                Step::go(Flow::SettingsAddresses(SettingsAddresses::list(self.seat.anew())))
            }
            None => Step::Stay,
        }
    }

    fn review(&mut self) -> Step {
        let Some(view) = &self.view else { return Step::Stay };
        let verified = view.addresses.iter().filter(|address| address.verified_at.is_some());
        let seen = verified.map(|address| address.id.clone()).collect();
        self.seat.ask(|member| Request::Profile(member, Ask::Review { seen }))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Profile(Answer::Profile(view)) => self.view = Some(view),
            Reply::Profile(Answer::Reviewed(view)) => {
                self.view = Some(view);
                self.seat.toast("recovery-reviewed", "Noted: your addresses are right.");
            }
            Reply::Profile(Answer::ChangedElsewhere(view)) => {
                self.view = Some(view);
                let text = "Your addresses were changed in another visit just now. Nothing was noted. \
                            Look at them again.";
                self.seat.notice =
                    Some(Notice { tone: Tone::Bad, id: "changed-elsewhere", text: text.into() });
            }
            _ => {}
        }
        Step::Stay
    }
}

/// Rows about addresses, behind those of the settings.
const ADDRESS_ROWS: usize = 2;

fn table(view: &ProfileView) -> Table<'_> {
    let setting = |setting: &Setting| vec![Cow::Borrowed(setting.label()), shown(view, *setting)];
    let addresses: [Vec<Cow<'_, str>>; ADDRESS_ROWS] = [
        vec!["Addresses".into(), addresses(view).into()],
        vec!["Addresses checked".into(), reviewed(view).into()],
    ];
    Table {
        columns: vec!["Setting", "Now"],
        rows: Setting::ALL.iter().map(setting).chain(addresses).collect(),
        opens: true,
        empty: Cow::Borrowed(""),
    }
}

/// How a setting stands.
pub(super) fn shown(view: &ProfileView, setting: Setting) -> Cow<'_, str> {
    let yes_no = |yes: bool| Cow::Borrowed(if yes { "yes" } else { "no" });
    match setting {
        Setting::Name => Cow::Borrowed(&view.name),
        Setting::DisplayName if view.display_name.is_empty() => Cow::Borrowed("none"),
        Setting::DisplayName => Cow::Borrowed(&view.display_name),
        Setting::Language => Language::parse(&view.language).map_or_else(
            |_| Cow::Borrowed(view.language.as_str()),
            |language| Cow::Owned(format!("{} ({})", language.name(), language.tag())),
        ),
        Setting::TimeZone => Cow::Borrowed(&view.time_zone),
        Setting::Plain => yes_no(view.plain),
        Setting::NoColor => yes_no(view.no_color),
    }
}

/// The addresses, and what each is.
fn addresses(view: &ProfileView) -> String {
    let shown = |it: &AddressView| match (it.is_main, it.verified_at) {
        (true, _) => format!("{} (main)", it.address),
        (false, Some(_)) => it.address.clone(),
        (false, None) => format!("{} (not verified)", it.address),
    };
    view.addresses.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// When somebody last said that the addresses are up to date, as the person reads it.
fn reviewed(view: &ProfileView) -> String {
    let zone = TimeZone::parse(&view.time_zone).unwrap_or_default();
    view.reviewed_at.map_or_else(|| "not yet".to_owned(), |at| zone.date_minute(at))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::moment::Moment;
    use crate::flow::testing::seat;

    pub(in crate::flow) fn view() -> ProfileView {
        let address = |id: &str, is_main, verified_at| AddressView {
            id: id.into(),
            address: format!("{id}@example.org"),
            is_main,
            verified_at,
            added_at: Moment::from_epoch_ms(0),
        };
        let at = Some(Moment::from_epoch_ms(0));
        ProfileView {
            name: "ada".into(),
            display_name: String::new(),
            language: "en".into(),
            time_zone: "+02:00".into(),
            plain: false,
            no_color: true,
            version: 3,
            addresses: vec![
                address("ada", true, at),
                address("lovelace", false, at),
                address("new", false, None),
            ],
            reviewed_at: at,
        }
    }

    fn shown_profile() -> Flow {
        let mut flow = Flow::SettingsProfile(SettingsProfile::new(seat()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Profile(_, Ask::Show))));
        flow.update(Event::Replied(Reply::Profile(Answer::Profile(view()))));
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
                "Addresses: ada@example.org (main), lovelace@example.org, new@example.org (not verified)",
                "Addresses checked: 1970-01-01 02:00 +02",
            ]
        );
        let ids =
            ["name", "display-name", "language", "time-zone", "plain", "no-color", "addresses", "addresses"];
        for (row, id) in ids.into_iter().enumerate() {
            let Step::Go(next) = flow.update(Event::Opened(row)) else { panic!("{id} does not open") };
            assert_eq!(next.page().id, format!("settings/profile/{id}"));
        }
        assert!(matches!(flow.update(Event::Opened(8)), Step::Stay));
    }

    #[test]
    fn the_addresses_can_be_found_right() {
        let mut flow = shown_profile();
        let Step::Ask(Request::Profile(_, Ask::Review { seen })) = flow.update(Event::Pressed("reviewed"))
        else {
            panic!("it must ask")
        };
        assert_eq!(seen, ["ada", "lovelace"]);
        let reviewed = ProfileView { reviewed_at: Some(Moment::from_epoch_ms(60_000)), ..view() };
        flow.update(Event::Replied(Reply::Profile(Answer::Reviewed(reviewed))));
        assert_eq!(flow.page().toast.unwrap().id, "recovery-reviewed");
        assert!(flow.page().table.unwrap().rows[7][1].contains("02:01"));
    }

    #[test]
    fn addresses_that_changed_meanwhile_are_not_confirmed_but_shown() {
        let mut flow = shown_profile();
        flow.update(Event::Pressed("reviewed"));
        let mut newer = view();
        newer.addresses.remove(1);
        flow.update(Event::Replied(Reply::Profile(Answer::ChangedElsewhere(newer))));
        let page = flow.page();
        assert_eq!(page.notice.unwrap().id, "changed-elsewhere");
        assert!(!page.table.unwrap().rows[6][1].contains("lovelace"));
    }
}
