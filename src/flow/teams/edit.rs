//! A team's description and links, for its owners. Page `team/edit`. When another owner saved first, the person
//! keeps what they typed, sees what is saved now, and decides.

use super::TeamPages;
use crate::accounts::request::teams::{self, TeamsRequest};
use crate::domain::team::{DESCRIPTION_CHARS, LINK_CHARS, LINKS_PER_TEAM, TeamInfo};
use crate::flow::Step;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Notice, Page};
use crate::messages::{Label, Speaks};
use crate::{label, text};

const LINKS: [(&str, Label); LINKS_PER_TEAM] = [
    ("link-1", label!("team-first-link")),
    ("link-2", label!("team-second-link")),
    ("link-3", label!("team-third-link")),
];

/// The form, and what was saved when it was opened.
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

    pub(super) fn typed(&mut self, field: &str, value: &str) -> Step {
        if field == "description" {
            return self.description.typed(value);
        }
        let link = LINKS.iter().zip(&mut self.links).find(|((id, _), _)| *id == field);
        link.map_or(Step::Stay, |(_, link)| link.typed(value))
    }

    pub(super) fn request(&self, team: String) -> TeamsRequest {
        let links = self.links.iter().map(|link| link.trimmed().to_owned()).collect();
        let (seen, description) = (self.seen.clone(), self.description.trimmed().to_owned());
        TeamsRequest::Edit { team, edit: Box::new(teams::TeamEdit { seen, description, links }) }
    }

    /// Another owner saved first: from now on, saving overwrites theirs.
    pub(super) fn conflict_with(&mut self, now: &TeamInfo, speaks: &impl Speaks) -> Notice<'static> {
        self.seen = now.clone();
        let description = match now.description.as_str() {
            "" => text!(speaks, "team-changed-meanwhile-nothing"),
            description => description,
        };
        let links = now.links.iter().map(String::as_str);
        let saved = [description].into_iter().chain(links).collect::<Vec<_>>().join(" ");
        Notice::bad("changed-meanwhile", text!(speaks, "team-changed-meanwhile", saved = saved))
    }

    fn is_touched(&self) -> bool {
        let links = self.links.iter().map(TextField::trimmed).filter(|link| !link.is_empty());
        self.description.trimmed() != self.seen.description
            || !links.eq(self.seen.links.iter().map(String::as_str))
    }
}

impl TeamPages {
    pub(super) fn edit_page<'a>(&'a self, edit: &'a EditForm) -> Page<'a> {
        let links = LINKS.iter().zip(&edit.links);
        self.cx
            .page("team/edit", text!(self.cx, "team-edit-title"))
            .field(
                edit.description
                    .long("description", text!(self.cx, "team-description"), DESCRIPTION_CHARS)
                    .optional(),
            )
            .fields(links.map(|((id, label), link)| link.text(id, label.to(&self.cx), LINK_CHARS).optional()))
            .action(Action::primary("save", text!(self.cx, "save")))
            .back(text!(self.cx, "team-back"))
            .unsaved(edit.is_touched())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::teams::TeamsReply;
    use crate::accounts::request::{Reply, Request, TeamDetail};
    use crate::flow::testing::cx;
    use crate::flow::{Event, Flow};

    fn form() -> Box<Flow> {
        let view = TeamDetail::for_test("owner");
        let mut team = Flow::TeamPages(TeamPages::new(cx(), view));
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
    fn the_later_owner_keeps_what_was_typed_and_decides() {
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
