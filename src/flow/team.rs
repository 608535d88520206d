//! One team: what it is for, who is in it, and your own role. Page `team`.

use std::sync::Arc;

use crate::accounts::request::{SignedIn, TeamMember, TeamView};
use crate::domain::portal::Portal;

use super::page::{Action, Page, Table};
use super::seat::{Place, Seat};
use super::{Event, Step};

/// A member looking at one team.
#[derive(Debug)]
pub struct Team {
    pub(super) seat: Seat,
    view: TeamView,
}

impl Team {
    /// The page of `view`.
    #[must_use]
    pub fn new(portal: Arc<Portal>, member: SignedIn, view: TeamView) -> Self {
        Self { seat: Seat::new(portal, member), view }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("team", "");
        page.title = self.view.name.as_str().into();
        if !self.view.description.is_empty() {
            page.intro.push(self.view.description.as_str().into());
        }
        page.intro.push(format!("Your role: {}", self.view.role).into());
        page.table = Some(table(&self.view.members));
        page.actions.push(Action::back("Back to your teams"));
        page.actions.extend(Seat::navigation(Place::Teams, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        if let Some(step) = self.seat.hear(&event) {
            return step;
        }
        match event {
            Event::Pressed("back") => self.seat.go(Place::Teams),
            Event::Replied(reply) => self.seat.replied(reply).err().unwrap_or(Step::Stay),
            _ => Step::Stay,
        }
    }
}

fn table(members: &[TeamMember]) -> Table<'_> {
    let row = |member: &'_ TeamMember| {
        [member.name.clone(), member.display_name.clone(), member.role.clone()].map(Into::into).to_vec()
    };
    Table {
        columns: vec!["Username", "Name", "Role"],
        rows: members.iter().map(row).collect(),
        opens: false,
        empty: "Nobody is in this team.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::portal;

    #[test]
    fn shows_the_purpose_the_members_and_your_own_role() {
        let ada =
            TeamMember { name: "ada".into(), display_name: "Ada Lovelace".into(), role: "owner".into() };
        let view = TeamView {
            name: "Platform".into(),
            description: "Keeps the lights on".into(),
            role: "owner".into(),
            members: vec![ada],
        };
        let mut flow = Team::new(Arc::new(portal()), SignedIn::for_test("ada"), view);
        let page = flow.page();
        assert_eq!((page.title.as_ref(), page.intro[0].as_ref()), ("Platform", "Keeps the lights on"));
        assert_eq!(page.intro[1], "Your role: owner");
        assert_eq!(page.table.unwrap().rows, [["ada", "Ada Lovelace", "owner"]]);
        assert!(matches!(flow.update(Event::Pressed("back")), Step::Go(_)));
    }
}
