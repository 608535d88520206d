//! How to reach support, and the cases of the account. Page `support`; Enter opens a case.

use crate::accounts::request::support::{CaseSummary, SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::support_case::CaseState;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::{CasePage, OpenCase};

/// The list.
#[derive(Debug)]
pub struct CaseListPage {
    pub(in crate::flow) cx: MemberContext,
    cases: Option<Vec<CaseSummary>>,
}

impl CaseListPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, cases: None }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Support, SupportRequest::List)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let table = self.cases.as_deref().map(|cases| table(cases, &self.cx));
        let open = Action::link("new-case", text!(self.cx, "support-open-a-case"));
        self.cx
            .list_page(Section::Support, ("support", text!(self.cx, "support-title")), table, [open])
            .intro(text!(self.cx, "support-intro", contact = self.cx.portal.support.as_str()))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(case) = self.cases.as_ref().and_then(|cases| cases.get(row)) else {
                    return Step::Stay;
                };
                self.cx.ask(Request::Support, SupportRequest::Show(case.number))
            }
            Event::Pressed("new-case") => Step::go(OpenCase::new(self.cx.fresh())),
            Event::Replied(Reply::Support(SupportReply::Cases(cases))) => {
                self.cases = Some(cases);
                Step::Stay
            }
            Event::Replied(Reply::Support(SupportReply::Case(case))) => {
                Step::go(CasePage::new(self.cx.fresh(), case))
            }
            _ => Step::Stay,
        }
    }
}

fn table<'a>(cases: &'a [CaseSummary], cx: &MemberContext) -> Table<'a> {
    let row = |case: &'_ CaseSummary| {
        let (number, changed) = (case.number.to_string(), cx.zone().date_minute(case.changed_at));
        [number, case.subject.clone(), state(case, cx).to_owned(), changed]
    };
    let columns = [
        text!(cx, "support-case"),
        text!(cx, "support-subject"),
        text!(cx, "state"),
        text!(cx, "support-last-change"),
    ];
    Table::opening(columns, cases.iter().map(row))
        .with_details(cases.iter().map(|case| facts(case, cx)))
        .or_empty(text!(cx, "support-no-cases"))
}

/// What the list knows of a case.
fn facts<'a>(case: &'a CaseSummary, cx: &MemberContext) -> Vec<Fact<'a>> {
    vec![
        Fact::new(text!(cx, "support-subject"), case.subject.as_str()),
        Fact::new(text!(cx, "state"), state(case, cx)),
        Fact::new(text!(cx, "support-last-change"), cx.zone().date_minute(case.changed_at)),
    ]
}

fn state(case: &CaseSummary, cx: &MemberContext) -> &'static str {
    match case.state {
        CaseState::Open => text!(cx, "support-state-open"),
        CaseState::Closed => text!(cx, "support-state-closed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::cx;

    fn with(cases: Vec<CaseSummary>) -> Flow {
        let mut flow = Flow::CaseListPage(CaseListPage::new(cx()));
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
