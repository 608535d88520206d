//! The team itself, and the question before one leaves it.

use super::super::page::{Action, Page, Table};
use super::Team;
use crate::accounts::request::TeamDetail;
use crate::domain::membership::Member;

impl Team {
    pub(super) fn front_page(&self) -> Page<'_> {
        let view = &self.view;
        let mut page = self.cx.page("team", "");
        page.title = view.name.as_str().into();
        if !view.info.description.is_empty() {
            // The owner's words, never at the beginning of a line, where the portal's own begin.
            page.intro.push(format!("Description: {}", view.info.description.replace('\n', "\n  ")).into());
        }
        page.intro.extend(view.info.links.iter().map(|link| link.as_str().into()));
        page.intro.push(format!("Your role: {}", view.role).into());
        page.table = Some(members(view));
        if view.is_owned() {
            page.actions.push(Action::link("invitations", invitations_label(view.invitations.len())));
            page.actions.push(Action::link("edit", "Edit description and links"));
        }
        page.actions.push(Action::grave("leave-team", "Leave this team", true));
        page.actions.push(Action::back("Back to your teams"));
        page
    }

    pub(super) fn leave_page(&self) -> Page<'_> {
        let mut page = self.cx.page("team/leave", "Leave this team");
        page.intro.push(format!("You are about to leave {}.", self.view.name).into());
        page.intro.push("To come back, you need another invitation from one of its owners.".into());
        page.actions.push(Action::grave("leave-team", "Yes, leave this team", !self.cx.waiting));
        page.actions.push(Action::back("Back to the team"));
        page
    }
}

/// Labels are fixed wording, so that it says at least whether there is something to see.
const fn invitations_label(open: usize) -> &'static str {
    if open == 0 { "Invite somebody" } else { "Invitations" }
}

fn members(view: &TeamDetail) -> Table<'_> {
    let row = |member: &'_ Member| {
        [member.name.clone(), member.display_name.clone(), member.role.clone()].map(Into::into).to_vec()
    };
    Table {
        columns: vec!["Username", "Name", "Role"],
        rows: view.members.iter().map(row).collect(),
        opens: view.is_owned(),
        empty: "Nobody is in this team.".into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::flow::Flow;

    use super::*;

    use crate::flow::testing::cx;
    use crate::flow::{Event, Step};

    fn team(role: &str) -> Flow {
        Flow::Team(Team::new(cx(), TeamDetail::for_test(role)))
    }

    fn has(team: &Flow, id: &str) -> bool {
        team.page().actions.iter().any(|action| action.id == id)
    }

    #[test]
    fn shows_the_purpose_the_members_and_your_own_role() {
        let mut flow = team("owner");
        let page = flow.page();
        assert_eq!(
            (page.title.as_ref(), page.intro[0].as_ref()),
            ("Platform", "Description: Keeps the lights on.")
        );
        assert_eq!(page.intro[1], "Your role: owner");
        assert_eq!(page.table.unwrap().rows, [["ada", "Ada Lovelace", "owner"], ["grace", "", "member"]]);
        assert!(matches!(flow.update(Event::Pressed("back")), Step::Go(_)));
    }

    #[test]
    fn a_member_is_offered_nothing_but_to_leave() {
        let mut flow = team("member");
        assert!(has(&flow, "leave-team") && !has(&flow, "edit") && !has(&flow, "invitations"));
        assert!(!flow.page().table.unwrap().opens);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        let owner = team("owner");
        assert!(has(&owner, "leave-team") && has(&owner, "edit") && has(&owner, "invitations"));
    }

    #[test]
    fn leaving_asks_once() {
        let mut flow = team("member");
        let Step::Go(next) = flow.update(Event::Pressed("leave-team")) else { panic!("it must ask first") };
        assert_eq!(next.page().id, "team/leave");
    }
}
