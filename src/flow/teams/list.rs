//! Your teams, where a member lands. Page `teams`; Enter opens one as page `team`.

use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::membership::Membership;
use crate::domain::time_zone::TimeZone;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};

use super::{NewTeam, TeamPages};

/// The list.
#[derive(Debug)]
pub struct TeamListPage {
    pub(in crate::flow) cx: MemberContext,
    teams: Option<Vec<Membership>>,
}

impl TeamListPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, teams: None }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Teams, TeamsRequest::List)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let may_create = self.cx.portal.members_create_teams;
        let create = may_create.then_some(Action::link("create-team", "Create a team"));
        let change_password = Action::link("settings/password", "Change password");
        let table = self.teams.as_deref().map(|teams| table(teams, may_create, self.cx.zone()));
        let actions = create.into_iter().chain([change_password]);
        self.cx.list_page(Section::Teams, ("teams", "Your teams"), table, actions)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(team) = self.teams.as_ref().and_then(|teams| teams.get(row)) else {
                    return Step::Stay;
                };
                self.cx.ask(Request::Teams, TeamsRequest::Open { team: team.id.clone() })
            }
            Event::Pressed("create-team") => Step::go(NewTeam::new(self.cx.fresh())),
            Event::Replied(Reply::Teams(TeamsReply::List(teams))) => {
                self.teams = Some(teams);
                Step::Stay
            }
            Event::Replied(Reply::Teams(TeamsReply::Team(team))) => {
                Step::go(TeamPages::new(self.cx.fresh(), *team))
            }
            _ => Step::Stay,
        }
    }
}

fn table<'a>(teams: &'a [Membership], may_create: bool, zone: &TimeZone) -> Table<'a> {
    let row = |team: &'_ Membership| {
        let opened = team.last_opened_at.map_or_else(|| "never".to_owned(), |at| zone.date_minute(at));
        [team.name.clone(), team.role.clone(), team.members.to_string(), opened]
    };
    let begin = if may_create { "Create one, or ask a team's owner" } else { "Ask a team's owner" };
    Table::opening(["Team", "Your role", "Members", "Last opened"], teams.iter().map(row)).or_empty(format!(
        "You are not in a team yet. {begin} to invite you: you get a code by email. Choose I have an invitation \
         before you sign in, and type it there.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{Refusal, SignedIn, TeamDetail};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;

    use crate::flow::testing::cx;

    fn with_teams(teams: Vec<Membership>) -> Flow {
        let mut flow = Flow::TeamListPage(TeamListPage::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Teams(_, TeamsRequest::List))));
        flow.update(Event::Replied(Reply::Teams(TeamsReply::List(teams))));
        flow
    }

    fn platform() -> Membership {
        let last_opened_at = Some(Timestamp::from_epoch_ms(1_795_341_909_000));
        Membership { last_opened_at, ..Membership::for_test("Platform") }
    }

    #[test]
    fn enter_opens_the_team_of_that_row() {
        let mut flow = with_teams(vec![platform()]);
        assert_eq!(flow.page().table.unwrap().rows, [["Platform", "owner", "3", "2026-11-22 10:05 UTC"]]);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        assert!(matches!(
            flow.update(Event::Opened(0)),
            Step::Ask(Request::Teams(_, TeamsRequest::Open { team })) if team == "7"
        ));
        let view = Box::new(TeamDetail::for_test("owner"));
        assert!(matches!(flow.update(Event::Replied(Reply::Teams(TeamsReply::Team(view)))), Step::Go(_)));
    }

    #[test]
    fn times_are_in_the_zone_of_the_member() {
        let mut flow = with_teams(vec![platform()]);
        let context = flow.context_mut().unwrap();
        context.member = SignedIn::in_zone_for_test("ada", "Europe/Berlin");
        assert_eq!(flow.page().table.unwrap().rows[0][3], "2026-11-22 11:05 CET");
    }

    #[test]
    fn no_team_says_what_to_do() {
        let flow = with_teams(vec![]);
        assert!(flow.page().table.unwrap().empty.contains("Ask a team's owner to invite you"));
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
