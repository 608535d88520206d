//! Your teams: the landing page. Page `teams`; Enter opens one as page `team`.

use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request, SignedIn, TeamSummary};
use crate::domain::portal::Portal;

use super::page::{Action, Notice, Page, Table, Toast};
use super::settings_password::SettingsPassword;
use super::sign_in::SignIn;
use super::team::Team;
use super::{Event, Flow, Step, wording};

/// A member at home.
#[derive(Debug)]
pub struct Teams {
    portal: Arc<Portal>,
    member: SignedIn,
    /// `None` until it has come.
    list: Option<Vec<TeamSummary>>,
    notice: Option<Notice<'static>>,
    toast: Option<Toast<'static>>,
    waiting: bool,
}

impl Teams {
    /// The page, before its list has come.
    #[must_use]
    pub fn new(portal: Arc<Portal>, member: SignedIn) -> Self {
        Self { portal, member, list: None, notice: None, toast: None, waiting: false }
    }

    /// The page with a passing message.
    #[must_use]
    pub(super) fn with_toast(portal: Arc<Portal>, member: SignedIn, toast: Toast<'static>) -> Self {
        Self { toast: Some(toast), ..Self::new(portal, member) }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.waiting = true;
        Step::Ask(Request::ListTeams { member: self.member.clone() })
    }

    pub(super) fn member(&self) -> &SignedIn {
        &self.member
    }

    pub(super) fn page(&self) -> Page<'_> {
        // Before the list has come there is nothing to choose, so that the list gets the keys first.
        let is_coming = self.waiting && self.list.is_none();
        let actions =
            [Action::link("settings/password", "Change password"), Action::link("sign-out", "Sign out")];
        Page {
            id: "teams",
            title: "Your teams".into(),
            table: self.list.as_deref().map(table),
            actions: if is_coming { Vec::new() } else { actions.to_vec() },
            notice: self.notice.clone(),
            toast: self.toast.clone(),
            signed_in_as: Some(self.member.name()),
            waiting: self.waiting,
            ..Page::default()
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) if !self.waiting => return self.open(row),
            Event::Pressed("settings/password") => {
                let next = SettingsPassword::new(self.portal.clone(), self.member.clone());
                return Step::go(Flow::SettingsPassword(next));
            }
            Event::Pressed("sign-out") if !self.waiting => {
                self.waiting = true;
                return Step::Ask(Request::SignOut { member: self.member.clone() });
            }
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn open(&mut self, row: usize) -> Step {
        let Some(team) = self.list.as_ref().and_then(|teams| teams.get(row)) else { return Step::Stay };
        (self.toast, self.notice) = (None, None);
        let ask = Request::OpenTeam { member: self.member.clone(), team: team.id.clone() };
        self.waiting = true;
        Step::Ask(ask)
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::Teams(teams) => self.list = Some(teams),
            Reply::Team(view) => {
                let next = Team::new(self.portal.clone(), self.member.clone(), view);
                return Step::go(Flow::Team(next));
            }
            Reply::SignedOut => {
                let next = SignIn::after_sign_out(self.portal.clone(), self.member.name());
                return Step::go(Flow::SignIn(next));
            }
            Reply::Refused(refusal @ Refusal::SignedOutElsewhere) => {
                let next = SignIn::after_refusal(self.portal.clone(), self.member.name(), &refusal);
                return Step::go(Flow::SignIn(next));
            }
            Reply::Refused(refusal) => self.notice = Some(wording::refusal(&refusal, &self.portal)),
            _ => {}
        }
        Step::Stay
    }
}

fn table(teams: &[TeamSummary]) -> Table<'_> {
    let row = |team: &'_ TeamSummary| {
        [team.name.clone(), team.role.clone(), team.members.to_string()].map(Into::into).to_vec()
    };
    Table {
        columns: vec!["Team", "Your role", "Members"],
        rows: teams.iter().map(row).collect(),
        opens: true,
        empty: "You are in no team yet. An owner of a team can add you by your user name.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::TeamView;
    use crate::flow::testing::portal;

    fn with_teams(teams: Vec<TeamSummary>) -> Teams {
        let mut flow = Teams::new(Arc::new(portal()), SignedIn::for_test("ada"));
        assert!(matches!(flow.begin(), Step::Ask(Request::ListTeams { .. })));
        flow.update(Event::Replied(Reply::Teams(teams)));
        flow
    }

    fn platform() -> TeamSummary {
        TeamSummary { id: "7".into(), name: "Platform".into(), role: "owner".into(), members: 3 }
    }

    #[test]
    fn enter_opens_the_team_of_that_row() {
        let mut flow = with_teams(vec![platform()]);
        assert_eq!(flow.page().table.unwrap().rows, [["Platform", "owner", "3"]]);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        assert!(matches!(
            flow.update(Event::Opened(0)),
            Step::Ask(Request::OpenTeam { team, .. }) if team == "7"
        ));
        let view = TeamView {
            name: "Platform".into(),
            description: String::new(),
            role: "owner".into(),
            members: vec![],
        };
        assert!(matches!(flow.update(Event::Replied(Reply::Team(view))), Step::Go(_)));
    }

    #[test]
    fn no_team_says_what_to_do() {
        let flow = with_teams(vec![]);
        assert!(flow.page().table.unwrap().empty.contains("owner of a team can add you"));
    }

    #[test]
    fn an_account_that_changed_elsewhere_is_signed_out() {
        let mut flow = with_teams(vec![platform()]);
        let step = flow.update(Event::Replied(Reply::Refused(Refusal::SignedOutElsewhere)));
        let Step::Go(next) = step else { panic!("it must leave") };
        assert_eq!((next.page().id, next.page().signed_in_as), ("sign-in", None));
    }

    #[test]
    fn signing_out_leads_to_sign_in_with_the_name_kept() {
        let mut flow = with_teams(vec![]);
        assert!(matches!(flow.update(Event::Pressed("sign-out")), Step::Ask(Request::SignOut { .. })));
        let Step::Go(next) = flow.update(Event::Replied(Reply::SignedOut)) else { panic!("it must leave") };
        assert_eq!(next.page().fields[0].value.expose(), "ada");
    }
}
