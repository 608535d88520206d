//! What every page of a member has: who is signed in, the answer to what was done last, and the ways around
//! the portal.

use std::borrow::Cow;
use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request, SignedIn};
use crate::domain::portal::PortalInfo;

use super::activity::Activity;
use super::page::{Action, ActionKind, Notice, Page, Toast, Tone};
use super::settings_keys::SettingsKeys;
use super::settings_password::SettingsPassword;
use super::settings_profile::SettingsProfile;
use super::settings_security::SettingsSecurity;
use super::settings_sessions::SessionListPage;
use super::sign_in::SignIn;
use super::support::Support;
use super::teams::Teams;
use super::{Event, Flow, Step, wording};

/// A place that is reached from anywhere, by the navigation, by a username or by a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Your teams: where a member lands.
    #[default]
    Teams,
    /// Profile and contact addresses.
    Profile,
    /// Change the password.
    Password,
    /// Second factor and recovery codes.
    Security,
    /// SSH keys.
    Keys,
    /// Sessions.
    Sessions,
    /// What happened to the account.
    Activity,
    /// Support.
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

    /// The place that an action of the navigation leads to.
    fn of_action(id: &str) -> Option<Self> {
        let all = Self::SECTIONS.iter().chain(&Self::TABS);
        all.into_iter().find(|(_, action, _)| *action == id).map(|(place, ..)| *place)
    }

    /// The section that it belongs to, by its first place.
    fn section(self) -> Self {
        match self {
            Self::Profile | Self::Password | Self::Security | Self::Keys | Self::Sessions => Self::Profile,
            section => section,
        }
    }

    /// The page there.
    #[must_use]
    pub fn flow(self, cx: MemberContext) -> Flow {
        match self {
            Self::Teams => Flow::Teams(Teams::new(cx)),
            Self::Profile => Flow::SettingsProfile(SettingsProfile::new(cx)),
            Self::Password => Flow::SettingsPassword(SettingsPassword::new(cx)),
            Self::Security => Flow::SettingsSecurity(SettingsSecurity::new(cx)),
            Self::Keys => Flow::SettingsKeys(SettingsKeys::new(cx)),
            Self::Sessions => Flow::SessionListPage(SessionListPage::new(cx)),
            Self::Activity => Flow::Activity(Activity::new(cx)),
            Self::Support => Flow::Support(Support::new(cx)),
        }
    }
}

/// What every page of a member has.
#[derive(Debug)]
pub struct MemberContext {
    pub(super) portal: Arc<PortalInfo>,
    /// Replaced whenever an answer brings a newer proof.
    pub(super) member: SignedIn,
    pub(super) notice: Option<Notice<'static>>,
    pub(super) toast: Option<Toast<'static>>,
    /// A request is under way.
    pub(super) waiting: bool,
}

impl MemberContext {
    /// The seat of whoever has just come in, or goes on as somebody newly proven.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, member: SignedIn) -> Self {
        Self { portal, member, notice: None, toast: None, waiting: false }
    }

    /// A page with all that every page has; the flow adds the rest. `at` says what the navigation shows as
    /// being here; a page within a place passes `within` so that the place itself can be gone back to.
    pub(super) fn page(&self, id: &'static str, title: &'static str) -> Page<'_> {
        Page {
            id,
            title: title.into(),
            notice: self.notice.clone(),
            toast: self.toast.clone(),
            signed_in_as: Some(self.member.name()),
            waiting: self.waiting,
            ..Page::default()
        }
    }

    /// The ways around the portal, to be put behind the page's own actions. `here` is the place that this
    /// page belongs to; `is_it` when the page is that very place, to which nobody needs to go.
    pub(super) fn navigation(here: Section, is_it: bool) -> impl Iterator<Item = Action> {
        let has_tabs = here.section() == Section::Profile;
        let tabs = Section::TABS.iter().filter(move |_| has_tabs).map(move |(place, id, label)| {
            let here = *place == here;
            Action { id, label, kind: ActionKind::Tab { here }, active: !(here && is_it) }
        });
        let sections = Section::SECTIONS.iter().map(move |(place, id, label)| {
            let here = *place == here.section();
            Action { id, label, kind: ActionKind::Section { here }, active: !(here && (is_it || has_tabs)) }
        });
        let leave = Action { id: "sign-out", label: "Sign out", kind: ActionKind::Exit, active: true };
        tabs.chain(sections).chain([leave])
    }

    /// Asks; what was said about the last thing goes away.
    pub(super) fn ask(&mut self, request: impl FnOnce(SignedIn) -> Request) -> Step {
        (self.notice, self.toast) = (None, None);
        self.begin(request)
    }

    /// What a page asks as soon as it is gone to; a passing message stays.
    pub(super) fn begin(&mut self, request: impl FnOnce(SignedIn) -> Request) -> Step {
        self.waiting = true;
        Step::Ask(request(self.member.clone()))
    }

    /// What is the same on every page: the ways around, the goodbye, a no, and who is asked to confirm and does
    /// not. Gives back the event when it is the page's own business, which a no is too: it may have something
    /// to wipe. Nothing is pressed or opened while a request is under way.
    pub(super) fn hear<'e>(&mut self, event: Event<'e>) -> Result<Event<'e>, Step> {
        match event {
            Event::Pressed(_) | Event::Opened(_) if self.waiting => Err(Step::Stay),
            Event::Pressed("sign-out") => Err(self.ask(|member| Request::SignOut { member })),
            Event::Pressed(id) => Section::of_action(id).map_or(Ok(event), |place| Err(self.go(place))),
            Event::Replied(reply) => self.replied(reply).map(Event::Replied),
            Event::NotReauthenticated => {
                self.waiting = false;
                let text = "You did not confirm that it is you. Nothing was changed.";
                self.notice = Some(Notice { tone: Tone::Bad, id: "not-confirmed", text: text.into() });
                Err(Step::Stay)
            }
            Event::Typed { .. } | Event::Opened(_) => Ok(event),
        }
    }

    pub(super) fn go(&self, place: Section) -> Step {
        Step::go(place.flow(self.fresh()))
    }

    fn replied(&mut self, reply: Reply) -> Result<Reply, Step> {
        self.waiting = false;
        let (portal, name) = (self.portal.clone(), self.member.name());
        match &reply {
            Reply::SignedOut => Err(Step::go(Flow::SignIn(SignIn::after_sign_out(portal, name)))),
            Reply::Refused(refusal @ Refusal::SignedOutElsewhere) => {
                Err(Step::go(Flow::SignIn(SignIn::after_refusal(portal, name, refusal))))
            }
            Reply::Refused(refusal) => {
                self.notice = Some(wording::refusal(refusal, &self.portal));
                Ok(reply)
            }
            _ => Ok(reply),
        }
    }

    /// For another page of this member.
    pub(super) fn fresh(&self) -> Self {
        Self::new(self.portal.clone(), self.member.clone())
    }

    /// The same, with a passing message.
    pub(super) fn with_toast(&self, id: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { toast: Some(Toast { id, text: text.into() }), ..self.fresh() }
    }

    /// A passing message in the corner.
    pub(super) fn toast(&mut self, id: &'static str, text: impl Into<Cow<'static, str>>) {
        self.toast = Some(Toast { id, text: text.into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::cx;

    #[test]
    fn nothing_is_pressed_or_opened_while_a_request_is_under_way() {
        let mut flow = Section::Teams.flow(cx());
        assert!(matches!(flow.begin(), Step::Ask(_)));
        for event in [Event::Pressed("sign-out"), Event::Pressed("support"), Event::Opened(0)] {
            assert!(matches!(flow.update(event), Step::Stay));
        }
        flow.update(Event::Replied(Reply::Refused(Refusal::NotFound)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("not-found"));
        assert!(
            matches!(flow.update(Event::Pressed("support")), Step::Go(next) if next.page().id == "support")
        );
        assert!(matches!(flow.update(Event::Pressed("sign-out")), Step::Ask(Request::SignOut { .. })));
    }
}
