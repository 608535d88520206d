//! One member of the team, for its owners: another role, or out of it. Page `team/member`.

use super::super::page::{Action, Page};
use super::Team;
use crate::domain::team::{Role, with_article};

impl Team {
    pub(super) fn member_page<'a>(&'a self, who: &'a str, role: &'a str) -> Page<'a> {
        let mut page = self.cx.page("team/member", "A member of the team");
        page.intro.push(format!("{who} is {} of {}.", with_article(role), self.view.name).into());
        let active = !self.cx.waiting;
        let (id, label) = if role == Role::Owner.as_str() {
            ("make-member", "Make an ordinary member")
        } else {
            page.intro.push("An owner may invite and remove people, and change what the team says.".into());
            ("make-owner", "Make an owner")
        };
        page.actions.push(Action::grave(id, label, active));
        if who != self.cx.member.name() {
            page.actions.push(Action::grave("remove", "Remove from the team", active));
        }
        page.actions.push(Action::back("Back to the team"));
        page
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
        let mut team = Flow::Team(Team::new(cx(), view));
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
        let answer = TeamsReply::Changed(change, Box::new(TeamDetail::for_test("owner")));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Teams(answer))) else { panic!("it must go") };
        assert_eq!(next.page().id, "team");
        assert_eq!(next.page().toast.unwrap().text, "grace is now an owner");
    }

    #[test]
    fn nobody_is_asked_to_remove_themselves_and_a_no_is_told_on_the_page() {
        let mut flow = opened(0);
        assert!(!flow.page().actions.iter().any(|action| action.id == "remove"));
        flow.update(Event::Pressed("make-member"));
        let no = Reply::Refused(Refusal::Team(TeamRefusal::LastOwner));
        assert!(matches!(flow.update(Event::Replied(no)), Step::Stay));
        let notice = flow.page().notice.unwrap();
        assert_eq!(notice.id, "last-owner");
        assert!(notice.text.contains("Make another member an owner first"));
    }
}
