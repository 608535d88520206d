//! One live visit: where it comes from, and ending it. Page `settings/visits/visit`.

use crate::accounts::request::visits::{Answer, Ask, VisitView};
use crate::accounts::request::{Reply, Request};

use super::page::{Action, Page};
use super::seat::{Place, Seat};
use super::settings_visits::{SettingsVisits, idle};
use super::{Event, Flow, Step};

/// A member looking at one visit.
#[derive(Debug)]
pub struct SettingsVisit {
    pub(super) seat: Seat,
    visit: VisitView,
}

impl SettingsVisit {
    /// The page of `visit`.
    pub(super) fn new(seat: Seat, visit: VisitView) -> Self {
        Self { seat, visit }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/visits/visit", "Visit");
        let visit = &self.visit;
        page.intro = vec![
            format!("From: {}", visit.source).into(),
            format!("Client: {}", visit.client).into(),
            format!("SSH key: {}", visit.key.as_deref().unwrap_or("none")).into(),
            format!("Signed in: {}", visit.started_at.date_minute()).into(),
            format!("Idle: {}", idle(visit)).into(),
        ];
        if visit.is_this {
            page.outro = vec!["This is the visit you are in. Signing out ends it.".into()];
        } else {
            page.actions.push(Action::grave("end", "End this visit", !self.seat.waiting));
            page.outro =
                vec!["It closes within seconds. If it was not you, change your password as well.".into()];
        }
        page.actions.push(Action::back("Back to your visits"));
        page.actions.extend(Seat::navigation(Place::Visits, false));
        page
    }

    pub(super) fn update(&mut self, event: &Event<'_>) -> Step {
        match event {
            Event::Pressed("end") if !self.visit.is_this => {
                let ask = Ask::End { visit: self.visit.id.clone() };
                self.seat.ask(|member| Request::Visits(member, ask))
            }
            Event::Pressed("back") => self.seat.go(Place::Visits),
            Event::Replied(Reply::Visits(Answer::Ended(_))) => {
                let seat = self.seat.with_toast("visit-ended", "That visit is ended.");
                Step::go(Flow::SettingsVisits(SettingsVisits::new(seat)))
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings_visits::tests::visit;
    use super::*;
    use crate::flow::testing::seat;

    #[test]
    fn another_visit_is_ended_and_the_list_comes_back() {
        let mut flow = Flow::SettingsVisit(SettingsVisit::new(seat(), visit("b", false, 61)));
        assert_eq!(flow.page().intro[4], "Idle: 1 min");
        let step = flow.update(Event::Pressed("end"));
        assert!(matches!(step, Step::Ask(Request::Visits(_, Ask::End { visit })) if visit == "b"));
        let ended = Reply::Visits(Answer::Ended(visit("b", false, 61)));
        let Step::Go(next) = flow.update(Event::Replied(ended)) else { panic!("it must go back") };
        let page = next.page();
        assert_eq!((page.id, page.toast.unwrap().id), ("settings/visits", "visit-ended"));
    }

    #[test]
    fn this_visit_ends_by_signing_out_only() {
        let mut flow = Flow::SettingsVisit(SettingsVisit::new(seat(), visit("a", true, 0)));
        assert!(flow.page().actions.iter().all(|action| action.id != "end"));
        assert!(matches!(flow.update(Event::Pressed("end")), Step::Stay));
    }
}
