//! Your teams: the landing page. Page `teams`; Enter opens one as page `team`.

use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::membership::Membership;
use crate::domain::timestamp::Timestamp;

use super::context::{MemberContext, Section};
use super::page::{Action, Page, Table};
use super::team::Team;
use super::{Event, Flow, Step};

/// A member at home.
#[derive(Debug)]
pub struct Teams {
    pub(super) cx: MemberContext,
    /// `None` until it has come.
    list: Option<Vec<Membership>>,
}

impl Teams {
    /// The page, before its list has come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, list: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member| Request::Teams(member, TeamsRequest::List))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("teams", "Your teams");
        page.table = self.list.as_deref().map(table);
        // Before the list has come there is nothing to choose, so that the list gets the keys first.
        if self.list.is_some() || !self.cx.waiting {
            page.actions.push(Action::link("settings/password", "Change password"));
            page.actions.extend(MemberContext::navigation(Section::Teams, true));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn open(&mut self, row: usize) -> Step {
        let Some(team) = self.list.as_ref().and_then(|teams| teams.get(row)) else { return Step::Stay };
        let ask = TeamsRequest::Open { team: team.id.clone() };
        self.cx.ask(|member| Request::Teams(member, ask))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Teams(TeamsReply::List(teams)) => self.list = Some(teams),
            Reply::Teams(TeamsReply::Team(view)) => {
                let next = Team::new(self.cx.fresh(), *view);
                return Step::go(Flow::Team(next));
            }
            _ => {}
        }
        Step::Stay
    }
}

fn table(teams: &[Membership]) -> Table<'_> {
    let row = |team: &'_ Membership| {
        let session = team.last_opened_at.map_or_else(|| "never".to_owned(), Timestamp::date_minute);
        [team.name.clone(), team.role.clone(), team.members.to_string(), session].map(Into::into).to_vec()
    };
    Table {
        columns: vec!["Team", "Your role", "Members", "Last session"],
        rows: teams.iter().map(row).collect(),
        opens: true,
        empty: "You are in no team yet. Ask an owner of a team to invite you: you get a code by mail, and type it \
                at I have an invitation, before you sign in."
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{Refusal, TeamDetail};

    use crate::flow::testing::cx;

    fn with_teams(teams: Vec<Membership>) -> Flow {
        let mut flow = Flow::Teams(Teams::new(cx()));
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
        assert!(flow.page().table.unwrap().empty.contains("Ask an owner of a team to invite you"));
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
