//! The pages that are reached from anywhere: by the navigation, by an SSH username or by a command.

use super::Flow;
use super::activity::ActivityListPage;
use super::context::MemberContext;
use super::keys::KeyListPage;
use super::page::{Action, ActionKind};
use super::password::ChangePassword;
use super::profile::ProfilePage;
use super::security::SecurityPage;
use super::sessions::SessionListPage;
use super::support::CaseListPage;
use super::teams::TeamListPage;

/// A page in the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    const SECTIONS: [(Self, &'static str, &'static str); 4] = [
        (Self::Teams, "teams", "Teams"),
        (Self::Profile, "settings", "Settings"),
        (Self::Activity, "activity", "Activity"),
        (Self::Support, "support", "Support"),
    ];

    const TABS: [(Self, &'static str, &'static str); 5] = [
        (Self::Profile, "settings/profile", "Profile"),
        (Self::Password, "settings/password", "Password"),
        (Self::Security, "settings/security", "Security"),
        (Self::Keys, "settings/keys", "SSH keys"),
        (Self::Sessions, "settings/sessions", "Sessions"),
    ];

    /// Where an action of the navigation leads.
    pub(super) fn of_action(id: &str) -> Option<Self> {
        let all = Self::SECTIONS.iter().chain(&Self::TABS);
        all.into_iter().find(|(_, action, _)| *action == id).map(|(section, ..)| *section)
    }

    /// The action that leads to the page that people call `word`: its id, or the last word of it.
    #[must_use]
    pub fn named(word: &str) -> Option<&'static str> {
        let by_id = Self::ids().find(|id| id.eq_ignore_ascii_case(word));
        by_id.or_else(|| Self::ids().find(|id| Self::last_word(id).eq_ignore_ascii_case(word)))
    }

    /// The actions of the navigation that lead to a page.
    pub fn ids() -> impl Iterator<Item = &'static str> {
        Self::SECTIONS.iter().chain(&Self::TABS).map(|(_, id, _)| *id)
    }

    /// What is enough of an id to say it: `security` of `settings/security`.
    #[must_use]
    pub fn last_word(id: &str) -> &str {
        id.rsplit('/').next().unwrap_or_default()
    }

    /// True for the tabs of the settings.
    fn is_tab(self) -> bool {
        Self::TABS.iter().any(|(tab, ..)| *tab == self)
    }

    /// The page of this section.
    #[must_use]
    pub fn flow(self, cx: MemberContext) -> Flow {
        match self {
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
    pub(super) fn navigation(self, id: &str) -> impl Iterator<Item = Action> {
        let is_settings = self.is_tab();
        let is_it = Self::of_action(id) == Some(self);
        let tabs = Self::TABS.iter().filter(move |_| is_settings).map(move |(tab, id, label)| {
            let here = *tab == self;
            Action { id, label, kind: ActionKind::Tab { here }, active: !(here && is_it) }
        });
        let sections = Self::SECTIONS.iter().map(move |(section, id, label)| {
            let here = section.is_tab() == is_settings && (is_settings || *section == self);
            let active = !(here && (is_it || is_settings));
            Action { id, label, kind: ActionKind::Section { here }, active }
        });
        let leave = Action { id: "sign-out", label: "Sign out", kind: ActionKind::Exit, active: true };
        tabs.chain(sections).chain([leave])
    }
}
