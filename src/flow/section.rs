//! The pages that are reached from anywhere: by the navigation, by an SSH username or by a command.

use std::sync::LazyLock;

use strum::EnumCount;

use super::Flow;
use super::activity::ActivityListPage;
use super::context::MemberContext;
use super::keys::KeyListPage;
use super::page::{Action, ActionKind, Place, Places};
use super::password::ChangePassword;
use super::profile::ProfilePage;
use super::security::SecurityPage;
use super::sessions::SessionListPage;
use super::support::CaseListPage;
use super::teams::TeamListPage;
use crate::domain::capabilities::Capabilities;
use crate::messages::{Label, Language};
use crate::{label, text};

/// A page in the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumCount)]
pub enum Section {
    /// Where a member lands.
    #[default]
    Teams,
    /// The first tab of the settings.
    Profile,
    /// Change the password.
    Password,
    /// Two-factor authentication and recovery codes.
    Security,
    /// SSH keys.
    Keys,
    /// Where the member is signed in.
    Sessions,
    /// What happened to the account.
    Activity,
    /// Support cases.
    Support,
}

impl Section {
    /// Every section and its place, in the order of their numbers.
    const ALL: [Self; Self::COUNT] = [
        Self::Teams,
        Self::Profile,
        Self::Password,
        Self::Security,
        Self::Keys,
        Self::Sessions,
        Self::Activity,
        Self::Support,
    ];

    const PLACES: [Place; Self::ALL.len()] = {
        let mut places = [Self::Teams.place(); Self::ALL.len()];
        let mut n = 0;
        while n < places.len() {
            places[n] = Self::ALL[n].place();
            n += 1;
        }
        places
    };

    const fn place(self) -> Place {
        let (id, label, is_tab) = match self {
            Self::Teams => ("teams", label!("section-teams"), false),
            Self::Profile => ("settings/profile", label!("section-profile"), true),
            Self::Password => ("settings/password", label!("section-password"), true),
            Self::Security => ("settings/security", label!("section-security"), true),
            Self::Keys => ("settings/keys", label!("section-keys"), true),
            Self::Sessions => ("settings/sessions", label!("section-sessions"), true),
            Self::Activity => ("activity", label!("section-activity"), false),
            Self::Support => ("support", label!("section-support"), false),
        };
        Place { id, label, is_tab }
    }

    /// The tabs as one section: the action that leads to the first of them, and its label.
    const SETTINGS: (&'static str, Label) = ("settings", label!("section-settings"));

    /// Where an action of the navigation leads.
    pub(super) fn of_action(id: &str) -> Option<Self> {
        let id = if id == Self::SETTINGS.0 { Self::Profile.place().id } else { id };
        Self::ALL.into_iter().find(|section| section.place().id == id)
    }

    /// The action that leads to the page that people call `word`: its id, or the last word of it.
    #[must_use]
    pub fn named(word: &str) -> Option<&'static str> {
        let by_id = Self::ids().find(|id| id.eq_ignore_ascii_case(word));
        by_id.or_else(|| Self::ids().find(|id| Self::last_word(id).eq_ignore_ascii_case(word)))
    }

    /// The actions of the navigation that lead to a page.
    pub fn ids() -> impl Iterator<Item = &'static str> {
        Self::PLACES.into_iter().map(|place| place.id)
    }

    /// What is enough of an id to say it: `security` of `settings/security`.
    #[must_use]
    pub fn last_word(id: &str) -> &str {
        id.rsplit('/').next().unwrap_or_default()
    }

    /// True for the tabs of the settings.
    const fn is_tab(self) -> bool {
        self.place().is_tab
    }

    /// Whether there is anything to do there.
    const fn is_of_use(self, can: Capabilities) -> bool {
        match self {
            Self::Password => can.change,
            _ => true,
        }
    }

    /// All places, on the page `id`, which belongs to this one.
    pub(super) fn places(self, id: &str, can: Capabilities) -> Places {
        static ALL: [Place; Section::ALL.len()] = Section::PLACES;
        static WITHOUT_PASSWORD: LazyLock<Vec<Place>> = LazyLock::new(|| {
            ALL.into_iter().filter(|place| place.id != Section::Password.place().id).collect()
        });
        let all: &[Place] = if Self::Password.is_of_use(can) { &ALL } else { &WITHOUT_PASSWORD };
        let here = all.iter().position(|place| place.id == self.place().id).unwrap_or_default();
        Places { all, here, is_it: Self::of_action(id) == Some(self) }
    }

    /// The page of this section.
    #[must_use]
    pub fn flow(self, cx: MemberContext) -> Flow {
        match self {
            section if !section.is_of_use(cx.portal.capabilities) => ProfilePage::new(cx).into(),
            Self::Teams => TeamListPage::new(cx).into(),
            Self::Profile => ProfilePage::new(cx).into(),
            Self::Password => ChangePassword::new(cx).into(),
            Self::Security => SecurityPage::new(cx).into(),
            Self::Keys => KeyListPage::new(cx).into(),
            Self::Sessions => SessionListPage::new(cx).into(),
            Self::Activity => ActivityListPage::new(cx).into(),
            Self::Support => CaseListPage::new(cx).into(),
        }
    }

    /// The actions of the navigation on the page `id`, which belongs to this section. The section's own page
    /// need not be gone to from itself.
    pub(super) fn navigation(
        self,
        id: &str,
        language: Language,
        can: Capabilities,
    ) -> impl Iterator<Item = Action> {
        let is_settings = self.is_tab();
        let is_it = Self::of_action(id) == Some(self);
        let tabs = Self::ALL.into_iter().filter(move |tab| is_settings && tab.is_tab() && tab.is_of_use(can));
        let tabs = tabs.map(move |tab| {
            let (Place { id, label, .. }, here) = (tab.place(), tab == self);
            let label = label.to(&language);
            Action { id, label, kind: ActionKind::Tab { here }, active: !(here && is_it) }
        });
        let sections = Self::ALL.into_iter().filter(|section| !section.is_tab() || *section == Self::Profile);
        let sections = sections.map(move |section| {
            let place = section.place();
            let (id, label) = if section.is_tab() { Self::SETTINGS } else { (place.id, place.label) };
            let here = section.is_tab() == is_settings && (is_settings || section == self);
            let active = !(here && (is_it || is_settings));
            Action { id, label: label.to(&language), kind: ActionKind::Section { here }, active }
        });
        let label = text!(language, "sign-out");
        let leave = Action { id: "sign-out", label, kind: ActionKind::Exit, active: true };
        tabs.chain(sections).chain([leave])
    }
}
