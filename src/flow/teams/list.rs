//! Your teams, where a member lands. Page `teams`; Enter opens one as page `team`.

use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::membership::Membership;
use crate::domain::timestamp::Timestamp;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};

use super::TeamPages;
use super::team::about;

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
        let change_password = Action::link("settings/password", "Change password");
        let table = self.teams.as_deref().map(table);
        self.cx.list_page(Section::Teams, ("teams", "Your teams"), table, [change_password])
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(team) = self.teams.as_ref().and_then(|teams| teams.get(row)) else {
                    return Step::Stay;
                };
                self.cx.ask(Request::Teams, TeamsRequest::Open { team: team.id.clone() })
            }
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

fn table(teams: &[Membership]) -> Table<'_> {
    let row = |team: &'_ Membership| {
        let opened = team.last_opened_at.map_or_else(|| "never".to_owned(), Timestamp::date_minute);
        [team.name.clone(), team.role.clone(), team.members.to_string(), opened]
    };
    let table = Table::opening(["Team", "Your role", "Members", "Last opened"], teams.iter().map(row));
    table.with_details(teams.iter().map(facts)).or_empty(
        "You are not in a team yet. Ask a team's owner to invite you: you get a code by email. Choose I have \
                an invitation before you sign in, and type it there.",
    )
}

/// What the list knows of a team.
fn facts(team: &Membership) -> Vec<Fact<'_>> {
    let opened = team.last_opened_at.map_or_else(|| "never".to_owned(), Timestamp::date_minute);
    let mut facts = about(&team.info, &team.role);
    facts.extend([Fact::new("Members", team.members.to_string()), Fact::new("Last opened", opened)]);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{Refusal, TeamDetail};
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
