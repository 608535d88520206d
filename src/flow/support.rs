//! The support contact and the cases of the account. Page `support`; Enter opens a case.
//!
//! ```text
//! support <--> support/new --> support/new/review --> support/case
//!    `<-------------------------------------------^
//! ```

use crate::accounts::request::support::{CaseSummary, SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request};

use super::context::{MemberContext, Section};
use super::page::{Action, Page, Table};
use super::support_case::SupportCase;
use super::support_new::SupportNew;
use super::{Event, Flow, Step};

/// A member who needs help.
#[derive(Debug)]
pub struct Support {
    pub(super) cx: MemberContext,
    /// `None` until they have come.
    cases: Option<Vec<CaseSummary>>,
}

impl Support {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, cases: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member| Request::Support(member, SupportRequest::List))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("support", "Support");
        page.intro =
            vec![format!("Reach support at {}, or open a case here.", self.cx.portal.support).into()];
        page.table = self.cases.as_deref().map(table);
        if self.cases.is_some() || !self.cx.waiting {
            page.actions.push(Action::link("new-case", "Open a case"));
            page.actions.extend(MemberContext::navigation(Section::Support, true));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("new-case") => {
                let next = SupportNew::new(self.cx.fresh());
                Step::go(Flow::SupportNew(next))
            }
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn open(&mut self, row: usize) -> Step {
        let Some(case) = self.cases.as_ref().and_then(|cases| cases.get(row)) else { return Step::Stay };
        let ask = SupportRequest::Show(case.number);
        self.cx.ask(|member| Request::Support(member, ask))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Support(SupportReply::Cases(cases)) => self.cases = Some(cases),
            Reply::Support(SupportReply::Case(view)) => {
                let next = SupportCase::new(self.cx.fresh(), view);
                return Step::go(Flow::SupportCase(next));
            }
            _ => {}
        }
        Step::Stay
    }
}

fn table(cases: &[CaseSummary]) -> Table<'_> {
    let row = |case: &'_ CaseSummary| {
        let (number, changed) = (case.number.to_string(), case.changed_at.date_minute());
        [number, case.subject.clone(), case.state.to_string(), changed].map(Into::into).to_vec()
    };
    Table {
        columns: vec!["Case", "Subject", "State", "Last change"],
        rows: cases.iter().map(row).collect(),
        opens: true,
        empty: "You have no case. Open one when something does not work: it has a number, and stays here."
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::domain::support_case::CaseState;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::cx;

    fn with(cases: Vec<CaseSummary>) -> Flow {
        let mut flow = Flow::Support(Support::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Support(_, SupportRequest::List))));
        flow.update(Event::Replied(Reply::Support(SupportReply::Cases(cases))));
        flow
    }

    #[test]
    fn the_contact_and_every_case_are_shown_and_a_case_opens_by_its_number() {
        let changed_at = Timestamp::from_epoch_ms(1_795_356_309_000);
        let case =
            CaseSummary { number: 1042, subject: "No mail".into(), state: CaseState::Open, changed_at };
        let mut flow = with(vec![case]);
        let page = flow.page();
        assert!(page.intro[0].contains("support@acme.example"));
        assert_eq!(page.table.unwrap().rows, [["1042", "No mail", "open", "2026-11-22 14:05 UTC"]]);
        assert!(matches!(
            flow.update(Event::Opened(0)),
            Step::Ask(Request::Support(_, SupportRequest::Show(1042)))
        ));
        flow.update(Event::Replied(Reply::Refused(Refusal::NotFound)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("not-found"));
    }

    #[test]
    fn without_a_case_it_says_what_one_is_for() {
        let mut flow = with(vec![]);
        assert!(flow.page().table.unwrap().empty.contains("Open one when"));
        let Step::Go(next) = flow.update(Event::Pressed("new-case")) else { panic!("it must go on") };
        assert_eq!(next.page().id, "support/new");
    }
}
