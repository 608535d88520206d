//! One member of the team, for its owners: change the role, or remove them. Page `team/member`.

use super::TeamPages;
use crate::domain::team::Role;
use crate::flow::page::{Action, Page};
use crate::text;

impl TeamPages {
    pub(super) fn member_page<'a>(&'a self, who: &'a str, role: &'a str) -> Page<'a> {
        let team = self.team.name.as_str();
        let mut page = self.cx.page("team/member", text!(self.cx, "team-member-title")).intro(text!(
            self.cx,
            "team-member-is",
            who = who,
            role = role,
            team = team
        ));
        page = if role == Role::Owner.as_str() {
            page.action(Action::destructive("make-member", text!(self.cx, "team-make-member")))
        } else {
            page.intro(text!(self.cx, "team-owners-can"))
                .action(Action::destructive("make-owner", text!(self.cx, "team-make-owner")))
        };
        if who != self.cx.member.name() {
            page = page.action(Action::destructive("remove", text!(self.cx, "team-remove-member")));
        }
        page.back(text!(self.cx, "team-back"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::teams::{TeamChange, TeamsReply, TeamsRequest};
    use crate::accounts::request::{Refusal, Reply, Request, TeamDetail, TeamRefusal};
    use crate::flow::testing::cx;
    use crate::flow::{Event, Flow, Step};

    fn opened(row: usize) -> Box<Flow> {
        let view = TeamDetail::for_test("owner");
        let mut team = Flow::TeamPages(TeamPages::new(cx(), view));
        let Step::Go(next) = team.update(Event::Opened(row)) else { panic!("it must open") };
        next
    }

    #[test]
    fn an_owner_gives_another_role_and_comes_back_to_the_team() {
        let mut flow = opened(1);
        assert_eq!(flow.page().intro[0], "grace is a member of Platform.");
        let step = flow.update(Event::Pressed("make-owner"));
        let Step::Ask(Request::Teams(_, TeamsRequest::SetRole { team, who, role })) = step else {
            panic!("it must ask")
        };
        assert_eq!((team.as_str(), who.as_str(), role), ("7", "grace", Role::Owner));
        let change = TeamChange::RoleSet { who, role };
        let reply = TeamsReply::Changed(change, Box::new(TeamDetail::for_test("owner")));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Teams(reply))) else { panic!("it must go") };
        assert_eq!(next.page().id, "team");
        assert_eq!(next.page().toast.unwrap().text, "grace is now an owner");
    }

    #[test]
    fn nobody_can_remove_themselves_and_a_refusal_is_shown_on_the_page() {
        let mut flow = opened(0);
        assert!(!flow.page().actions.iter().any(|action| action.id == "remove"));
        flow.update(Event::Pressed("make-member"));
        let refused = Reply::Refused(Refusal::Team(TeamRefusal::LastOwner));
        assert!(matches!(flow.update(Event::Replied(refused)), Step::Stay));
        let notice = flow.page().notice.unwrap();
        assert_eq!(notice.id, "last-owner");
        assert!(notice.text.contains("Make another member an owner first"));
    }
}
