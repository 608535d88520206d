//! What a team says of itself, for its owners. Page `team/edit`. Who is told that somebody else was faster
//! keeps what they typed, sees what it says now, and decides.

use super::super::field::TextField;
use super::super::page::{Action, Notice, Page, Tone};
use super::Team;
use crate::accounts::request::teams::{self, TeamsRequest};
use crate::domain::team::{DESCRIPTION_CHARS, LINK_CHARS, LINKS_PER_TEAM, TeamInfo};

/// A field for each link.
const LINKS: [(&str, &str); LINKS_PER_TEAM] =
    [("link-1", "First link"), ("link-2", "Second link"), ("link-3", "Third link")];

/// The form, and what the team said when it was begun.
#[derive(Debug)]
pub(super) struct EditForm {
    seen: TeamInfo,
    description: TextField,
    links: [TextField; LINKS_PER_TEAM],
}

impl EditForm {
    pub(super) fn of(seen: &TeamInfo) -> Self {
        let link = |at: usize| TextField::filled(seen.links.get(at).map_or("", String::as_str));
        Self {
            seen: seen.clone(),
            description: TextField::filled(&seen.description),
            links: std::array::from_fn(link),
        }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) {
        if field == "description" {
            self.description.typed(value);
        }
        for ((id, _), link) in LINKS.iter().zip(&mut self.links) {
            if *id == field {
                link.typed(value);
            }
        }
    }

    pub(super) fn ask(&self, team: String) -> TeamsRequest {
        let links = self.links.iter().map(|link| link.trimmed().to_owned()).collect();
        let (seen, description) = (self.seen.clone(), self.description.trimmed().to_owned());
        TeamsRequest::Edit { team, edit: Box::new(teams::TeamEdit { seen, description, links }) }
    }

    /// Somebody else was faster: from now on, saving overwrites what they wrote.
    pub(super) fn seen_anew(&mut self, now: &TeamInfo) -> Notice<'static> {
        self.seen = now.clone();
        let said = if now.description.is_empty() { "nothing" } else { now.description.as_str() };
        let links = now.links.join(" ");
        let text = format!(
            "Another owner changed it meanwhile, so yours was not saved. It now says: {said} {links}\
             {}Save puts yours in its place; Back keeps theirs.",
            if links.is_empty() { "" } else { " " }
        );
        Notice { tone: Tone::Bad, id: "changed-meanwhile", text: text.into() }
    }

    fn is_touched(&self) -> bool {
        let links = self.links.iter().map(TextField::trimmed).filter(|link| !link.is_empty());
        self.description.trimmed() != self.seen.description
            || !links.eq(self.seen.links.iter().map(String::as_str))
    }
}

impl Team {
    pub(super) fn edit_page<'a>(&'a self, edit: &'a EditForm) -> Page<'a> {
        let mut page = self.cx.page("team/edit", "What the team says of itself");
        let description = edit.description.long("description", "Description", DESCRIPTION_CHARS);
        page.fields.push(description.optional());
        for ((id, label), link) in LINKS.iter().zip(&edit.links) {
            page.fields.push(link.text(id, label, LINK_CHARS).optional());
        }
        page.actions.push(Action::primary("save", "Save", !self.cx.waiting));
        page.actions.push(Action::back("Back to the team"));
        page.unsaved = edit.is_touched();
        page
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::accounts::request::teams::TeamsReply;
    use crate::accounts::request::{Reply, Request, TeamDetail};
    use crate::flow::testing::cx;
    use crate::flow::{Event, Flow, Step};

    fn form() -> Box<Flow> {
        let view = TeamDetail::for_test("owner");
        let mut team = Flow::Team(Team::new(cx(), view));
        let Step::Go(next) = team.update(Event::Pressed("edit")) else { panic!("it must open") };
        next
    }

    fn save(flow: &mut Flow) -> (TeamInfo, String, Vec<String>) {
        match flow.update(Event::Pressed("save")) {
            Step::Ask(Request::Teams(_, TeamsRequest::Edit { edit, .. })) => {
                (edit.seen, edit.description, edit.links)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_form_begins_with_what_there_is_and_says_what_was_seen() {
        let mut flow = form();
        assert_eq!(flow.page().fields[0].value.expose(), "Keeps the lights on.");
        assert!(!flow.page().unsaved);
        flow.update(Event::Typed { field: "link-2", value: "https://wiki.acme.example" });
        assert!(flow.page().unsaved);
        let (seen, description, links) = save(&mut flow);
        assert_eq!(
            (seen.description.as_str(), description.as_str()),
            ("Keeps the lights on.", "Keeps the lights on.")
        );
        assert_eq!(links, ["", "https://wiki.acme.example", ""]);
    }

    #[test]
    fn who_is_too_late_is_told_keeps_what_was_typed_and_may_decide() {
        let mut flow = form();
        flow.update(Event::Typed { field: "description", value: "Mine." });
        save(&mut flow);
        let mut theirs = TeamDetail::for_test("owner");
        theirs.info.description = "Theirs.".into();
        flow.update(Event::Replied(Reply::Teams(TeamsReply::ChangedMeanwhile(Box::new(theirs)))));
        let notice = flow.page().notice.unwrap();
        assert!(notice.text.contains("It now says: Theirs."), "{}", notice.text);
        assert_eq!(flow.page().fields[0].value.expose(), "Mine.");
        let (seen, description, _) = save(&mut flow);
        assert_eq!((seen.description.as_str(), description.as_str()), ("Theirs.", "Mine."));
    }
}
