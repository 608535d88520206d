//! Create a team, where the setting `teams.create` lets members do it. Page `teams/new`.

use crate::accounts::request::teams::{TeamsReply, TeamsRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::team::TEAM_NAME_CHARS;
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Page};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::TeamPages;

/// The form for the name.
#[derive(Debug)]
pub struct NewTeam {
    pub(in crate::flow) cx: MemberContext,
    name: TextField,
}

impl NewTeam {
    /// The empty form.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, name: TextField::default() }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        self.cx
            .page("teams/new", text!(self.cx, "teams-create"))
            .intro(text!(self.cx, "teams-create-intro"))
            .field(self.name.text("team-name", text!(self.cx, "teams-create-name"), TEAM_NAME_CHARS))
            .action(Action::primary("create", text!(self.cx, "teams-create-button")))
            .back(text!(self.cx, "back"))
            .unsaved(!self.name.is_blank())
            .within(Section::Teams)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "team-name", value } => self.name.typed(value),
            Event::Pressed("create") if self.name.is_blank() => {
                self.cx.missing(text!(self.cx, "teams-create-missing"))
            }
            Event::Pressed("create") => {
                let name = self.name.trimmed().to_owned();
                self.cx.ask(Request::Teams, TeamsRequest::Create { name })
            }
            Event::Pressed("back") => self.cx.go(Section::Teams),
            Event::Replied(Reply::Teams(TeamsReply::Created(team))) => {
                let text = text!(self.cx, "team-created", team = team.name.as_str());
                let cx = self.cx.with_toast("team-created", text);
                Step::go(TeamPages::new(cx, *team))
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::accounts::request::teams::{Dashboard, Protection};
    use crate::accounts::request::{Refusal, SignedIn, TeamDetail, TeamRefusal};
    use crate::domain::portal::PortalInfo;
    use crate::flow::Flow;
    use crate::flow::teams::TeamListPage;
    use crate::flow::testing::portal;

    fn teams(members_create_teams: bool) -> Flow {
        let portal = PortalInfo { members_create_teams, ..portal() };
        let cx = MemberContext::new(Arc::new(portal), SignedIn::for_test("ada"));
        let mut flow = Flow::TeamListPage(TeamListPage::new(cx));
        let nothing = Dashboard { teams: Vec::new(), protection: Protection::default() };
        flow.update(Event::Replied(Reply::Teams(TeamsReply::Dashboard(Box::new(nothing)))));
        flow
    }

    #[test]
    fn only_where_members_may_is_it_offered() {
        let is_offered = |flow: &Flow| flow.page().actions.iter().any(|action| action.id == "create-team");
        assert!(is_offered(&teams(true)) && !is_offered(&teams(false)));
        assert!(teams(true).page().table.unwrap().empty.contains("Create one, or ask"));
    }

    #[test]
    fn a_refusal_keeps_the_name_and_success_opens_the_team() {
        let Step::Go(mut form) = teams(true).update(Event::Pressed("create-team")) else { panic!("no form") };
        assert!(matches!(form.update(Event::Pressed("create")), Step::Stay), "nothing is typed");
        assert_eq!(form.page().notice.unwrap().id, "missing");
        form.update(Event::Typed { field: "team-name", value: " Platform " });
        assert!(form.page().unsaved);
        let asked = form.update(Event::Pressed("create"));
        assert!(matches!(
            asked,
            Step::Ask(Request::Teams(_, TeamsRequest::Create { name })) if name == "Platform"
        ));
        form.update(Event::Replied(Reply::Refused(Refusal::Team(TeamRefusal::NameTaken))));
        let page = form.page();
        assert_eq!(page.fields[0].value.expose(), " Platform ");
        assert!(page.notice.unwrap().refuses(&page.fields[0]));
        form.update(Event::Pressed("create"));
        let team = Box::new(TeamDetail::for_test("owner"));
        let step = form.update(Event::Replied(Reply::Teams(TeamsReply::Created(team))));
        let Step::Go(next) = step else { panic!("it must go on") };
        assert_eq!((next.page().id, next.page().toast.unwrap().id), ("team", "team-created"));
    }
}
