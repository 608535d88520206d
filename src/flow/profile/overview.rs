//! Who you are here and what you prefer, a row each. Page `settings/profile`; Enter opens one of them.

use std::borrow::Cow;

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::appearance::Appearance;
use crate::domain::email_address::EmailAddress;
use crate::domain::profile::Profile;
use crate::flow::context::MemberContext;
use crate::flow::deletion::DeleteAccount;
use crate::flow::emails::EmailListPage;
use crate::flow::export::ExportPage;
use crate::flow::page::{Action, Notice, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::messages::Label;
use crate::{label, text};

use super::ProfileSettingPage;
use super::setting::ProfileField;

/// The list of settings.
#[derive(Debug)]
pub struct ProfilePage {
    pub(in crate::flow) cx: MemberContext,
    profile: Option<Profile>,
}

impl ProfilePage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, profile: None }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Profile, ProfileRequest::Show)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let reviewed = Action::link("reviewed", text!(self.cx, "profile-addresses-are-up-to-date"));
        let has_own = self.cx.portal.capabilities.accounts;
        let review = self.profile.as_ref().filter(|_| has_own).map(|_| reviewed);
        let can_be_deleted = self.profile.is_some() && self.cx.portal.account_deletion;
        let delete = Action::link("delete-account", text!(self.cx, "profile-delete-account"));
        let delete = can_be_deleted.then_some(delete);
        let table = self.profile.as_ref().map(|profile| table(profile, &self.cx));
        let export = Action::link("export", text!(self.cx, "profile-export"));
        let export = self.profile.as_ref().map(|_| export);
        let actions = review.into_iter().chain(export).chain(delete);
        let head = ("settings/profile", text!(self.cx, "profile-title"));
        self.cx.list_page(Section::Profile, head, table, actions)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("reviewed") => self.review(),
            Event::Pressed("export") => Step::go(ExportPage::new(self.cx.fresh())),
            Event::Pressed("delete-account") => Step::go(DeleteAccount::new(self.cx.fresh())),
            Event::Replied(Reply::Profile(reply)) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn open(&mut self, row: usize) -> Step {
        let (Some(profile), cx) = (&self.profile, self.cx.fresh()) else { return Step::Stay };
        match ProfileField::ALL.get(row).copied() {
            Some(ProfileField::Name | ProfileField::DisplayName) if !cx.portal.capabilities.accounts => {
                self.cx.refuse_in_directory()
            }
            Some(field) => Step::go(ProfileSettingPage::new(cx, field, profile.clone())),
            None if row < ProfileField::ALL.len() + ADDRESS_ROWS => Step::go(EmailListPage::new(cx)),
            None => Step::Stay,
        }
    }

    fn review(&mut self) -> Step {
        let Some(profile) = &self.profile else { return Step::Stay };
        let verified = profile.emails.iter().filter(|address| address.verified_at.is_some());
        let seen = verified.map(|address| address.id.clone()).collect();
        self.cx.ask(Request::Profile, ProfileRequest::Review { seen })
    }

    fn replied(&mut self, reply: ProfileReply) -> Step {
        match reply {
            ProfileReply::Profile(profile) => {
                self.profile = Some(profile);
                Step::Stay
            }
            ProfileReply::Reviewed(profile) => {
                self.profile = Some(profile);
                self.cx.toast("emails-reviewed", text!(self.cx, "profile-addresses-reviewed"))
            }
            ProfileReply::ChangedElsewhere(profile) => {
                self.profile = Some(profile);
                let text = text!(self.cx, "profile-addresses-changed-elsewhere");
                self.cx.notify(Notice::bad("changed-elsewhere", text))
            }
            _ => Step::Stay,
        }
    }
}

/// Rows about addresses, behind those of the settings.
const ADDRESS_ROWS: usize = 2;

fn table<'a>(profile: &'a Profile, cx: &MemberContext) -> Table<'a> {
    let setting = |field: ProfileField| vec![field.label().to(cx).into(), shown(profile, field, cx)];
    let addresses: [Vec<Cow<'_, str>>; ADDRESS_ROWS] = [
        vec![text!(cx, "profile-addresses").into(), addresses(profile, cx).into()],
        vec![text!(cx, "profile-addresses-checked").into(), reviewed(profile, cx)],
    ];
    let rows = ProfileField::ALL.into_iter().map(setting).chain(addresses);
    Table::facts([text!(cx, "profile-setting"), text!(cx, "profile-now")], rows)
}

/// The value of a setting.
pub(super) fn shown<'a>(profile: &'a Profile, field: ProfileField, cx: &MemberContext) -> Cow<'a, str> {
    let yes_no = |yes: bool| Cow::Borrowed(if yes { text!(cx, "yes") } else { text!(cx, "no") });
    match field {
        ProfileField::Name => Cow::Borrowed(&profile.name),
        ProfileField::DisplayName if profile.display_name.is_empty() => {
            Cow::Borrowed(text!(cx, "profile-display-name-none"))
        }
        ProfileField::DisplayName => Cow::Borrowed(&profile.display_name),
        ProfileField::Language => match profile.language.chosen() {
            None => Cow::Borrowed(text!(cx, "profile-auto")),
            Some(language) => Cow::Owned(format!("{} ({})", language.name(), language.tag())),
        },
        ProfileField::TimeZone => Cow::Borrowed(&profile.time_zone),
        ProfileField::Plain => yes_no(profile.plain),
        ProfileField::NoColor => yes_no(profile.no_color),
        ProfileField::Appearance => Cow::Borrowed(appearance(profile.appearance).to(cx)),
    }
}

/// The word for it.
pub(super) const fn appearance(appearance: Appearance) -> Label {
    match appearance {
        Appearance::Auto => label!("profile-auto"),
        Appearance::Dark => label!("profile-appearance-dark"),
        Appearance::Light => label!("profile-appearance-light"),
    }
}

fn addresses(profile: &Profile, cx: &MemberContext) -> String {
    let shown = |it: &EmailAddress| match (it.is_primary, it.verified_at) {
        _ if it.suspended_at.is_some() => text!(cx, "profile-address-suspended", address = &it.address),
        (true, _) => text!(cx, "profile-address-primary", address = &it.address),
        (false, Some(_)) => it.address.clone(),
        (false, None) => text!(cx, "profile-address-not-verified", address = &it.address),
    };
    profile.emails.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// When the person last said that the addresses are up to date, in their time zone.
fn reviewed(profile: &Profile, cx: &MemberContext) -> Cow<'static, str> {
    match profile.emails_reviewed_at {
        None => text!(cx, "profile-addresses-not-checked").into(),
        Some(at) => cx.zone().date_minute(at).into(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::cx;
    use crate::messages::LanguageChoice;

    pub(in crate::flow) fn view() -> Profile {
        let address = |id: &str, is_primary, verified_at| EmailAddress {
            id: id.into(),
            address: format!("{id}@example.org"),
            is_primary,
            verified_at,
            canonical: format!("{id}@example.org"),
            primary_until: None,
            added_at: Timestamp::from_epoch_ms(0),
            added_ip: None,
            added_client: None,
            suspended_at: None,
        };
        let at = Some(Timestamp::from_epoch_ms(0));
        Profile {
            name: "ada".into(),
            display_name: String::new(),
            language: LanguageChoice::default(),
            time_zone: "+02:00".into(),
            plain: false,
            no_color: true,
            appearance: Appearance::Auto,
            version: 3,
            emails: vec![
                address("ada", true, at),
                address("lovelace", false, at),
                address("new", false, None),
            ],
            emails_reviewed_at: at,
            created_at: Timestamp::from_epoch_ms(0),
        }
    }

    fn shown_profile() -> Flow {
        let cx = MemberContext { member: SignedIn::in_zone_for_test("ada", "+02:00"), ..cx() };
        let mut flow = Flow::ProfilePage(ProfilePage::new(cx));
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
                "Language: auto",
                "Time zone: +02:00",
                "Plain prompts: no",
                "No colours: yes",
                "Appearance: auto",
                "Addresses: ada@example.org (primary), lovelace@example.org, new@example.org (not verified)",
                "Addresses checked: 1970-01-01 02:00 +02",
            ]
        );
        let ids = [
            "name",
            "display-name",
            "language",
            "time-zone",
            "plain",
            "no-color",
            "appearance",
            "emails",
            "emails",
        ];
        for (row, id) in ids.into_iter().enumerate() {
            let Step::Go(next) = flow.update(Event::Opened(row)) else { panic!("{id} does not open") };
            assert_eq!(next.page().id, format!("settings/profile/{id}"));
        }
        assert!(matches!(flow.update(Event::Opened(9)), Step::Stay));
    }

    #[test]
    fn the_addresses_can_be_reviewed() {
        let mut flow = shown_profile();
        let Step::Ask(Request::Profile(_, ProfileRequest::Review { seen })) =
            flow.update(Event::Pressed("reviewed"))
        else {
            panic!("it must ask")
        };
        assert_eq!(seen, ["ada", "lovelace"]);
        let reviewed = Profile { emails_reviewed_at: Some(Timestamp::from_epoch_ms(60_000)), ..view() };
        flow.update(Event::Replied(Reply::Profile(ProfileReply::Reviewed(reviewed))));
        assert_eq!(flow.page().toast.unwrap().id, "emails-reviewed");
        assert!(flow.page().table.unwrap().rows[8][1].contains("02:01"));
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
        assert!(!page.table.unwrap().rows[7][1].contains("lovelace"));
    }
}
