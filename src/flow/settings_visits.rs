//! Every live visit of the account. Page `settings/visits`; Enter opens one as page `settings/visits/visit`.

use crate::accounts::request::visits::{Answer, Ask, VisitView};
use crate::accounts::request::{Reply, Request};

use super::page::{Action, Page, Table};
use super::seat::{Place, Seat};
use super::settings_visit::SettingsVisit;
use super::{Event, Flow, Step};

/// A member looking at where they are signed in.
#[derive(Debug)]
pub struct SettingsVisits {
    pub(super) seat: Seat,
    /// `None` until it has come.
    list: Option<Vec<VisitView>>,
}

impl SettingsVisits {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(seat: Seat) -> Self {
        Self { seat, list: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.seat.begin(|member| Request::Visits(member, Ask::List))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/visits", "Visits");
        page.table = self.list.as_deref().map(table);
        // Before the list has come there is nothing to choose, so that the list gets the keys first.
        if let Some(visits) = &self.list {
            if visits.iter().any(|visit| !visit.is_this) {
                page.actions.push(Action::grave("end-others", "End all other visits", true));
            } else {
                page.outro.push("You are signed in nowhere else.".into());
            }
        }
        if self.list.is_some() || !self.seat.waiting {
            page.actions.push(Action::link("look-again", "Look again"));
            page.actions.extend(Seat::navigation(Place::Visits, true));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("end-others") => self.ask(Ask::EndOthers),
            Event::Pressed("look-again") => self.ask(Ask::List),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: Ask) -> Step {
        self.seat.ask(|member| Request::Visits(member, ask))
    }

    fn open(&mut self, row: usize) -> Step {
        let Some(visit) = self.list.as_ref().and_then(|visits| visits.get(row)) else { return Step::Stay };
        Step::go(Flow::SettingsVisit(SettingsVisit::new(self.seat.anew(), visit.clone())))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Visits(Answer::List(visits)) => self.list = Some(visits),
            Reply::Visits(Answer::OthersEnded(_)) => {
                let seat = self.seat.with_toast("visits-ended", "All other visits are ended.");
                return Step::go(Flow::SettingsVisits(Self::new(seat)));
            }
            _ => {}
        }
        Step::Stay
    }
}

fn table(visits: &[VisitView]) -> Table<'_> {
    let row = |visit: &'_ VisitView| {
        let from = if visit.is_this { format!("this visit, {}", visit.source) } else { visit.source.clone() };
        // Every client says that first (RFC 4253 section 4.2); all of it is on the visit's own page.
        let client = visit.client.strip_prefix("SSH-2.0-").unwrap_or(&visit.client).to_owned();
        [from, client, visit.started_at.date_minute(), idle(visit)].map(Into::into).to_vec()
    };
    Table {
        columns: vec!["From", "Client", "Signed in", "Idle"],
        rows: visits.iter().map(row).collect(),
        opens: true,
        empty: "No visit is in the list. Look again in a moment.".into(),
    }
}

/// How long nothing was typed: `12 min`, `3 h`.
pub(super) fn idle(visit: &VisitView) -> String {
    match visit.idle_s {
        seconds @ ..3_600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::moment::Moment;
    use crate::flow::testing::seat;

    pub(in crate::flow) fn visit(id: &str, is_this: bool, idle_s: i64) -> VisitView {
        VisitView {
            id: id.into(),
            is_this,
            client: "SSH-2.0-OpenSSH_10.0".into(),
            source: "192.0.2.7".into(),
            key: None,
            started_at: Moment::from_epoch_ms(1_795_356_309_000),
            idle_s,
        }
    }

    fn with_visits(visits: Vec<VisitView>) -> Flow {
        let mut flow = Flow::SettingsVisits(SettingsVisits::new(seat()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Visits(_, Ask::List))));
        flow.update(Event::Replied(Reply::Visits(Answer::List(visits))));
        flow
    }

    #[test]
    fn this_visit_is_marked_and_the_others_can_be_ended() {
        let mut flow = with_visits(vec![visit("a", true, 2), visit("b", false, 7_300)]);
        let page = flow.page();
        let rows = page.table.unwrap().rows;
        assert_eq!(rows[0], ["this visit, 192.0.2.7", "OpenSSH_10.0", "2026-11-22 14:05 UTC", "0 min"]);
        assert_eq!((rows[1][0].as_ref(), rows[1][3].as_ref()), ("192.0.2.7", "2 h"));
        let step = flow.update(Event::Pressed("end-others"));
        assert!(matches!(step, Step::Ask(Request::Visits(_, Ask::EndOthers))));
        let ended = Reply::Visits(Answer::OthersEnded(vec!["b".into()]));
        let Step::Go(next) = flow.update(Event::Replied(ended)) else { panic!("it must look again") };
        assert_eq!(next.page().toast.unwrap().id, "visits-ended");
    }

    #[test]
    fn who_is_nowhere_else_has_nothing_to_end() {
        let flow = with_visits(vec![visit("a", true, 0)]);
        let page = flow.page();
        assert!(page.actions.iter().all(|action| action.id != "end-others"));
        assert_eq!(page.outro, ["You are signed in nowhere else."]);
    }

    #[test]
    fn enter_opens_the_visit_of_that_row() {
        let mut flow = with_visits(vec![visit("a", true, 0), visit("b", false, 0)]);
        assert!(matches!(flow.update(Event::Opened(2)), Step::Stay));
        let Step::Go(next) = flow.update(Event::Opened(1)) else { panic!("it must open") };
        assert_eq!(next.page().id, "settings/visits/visit");
    }
}
