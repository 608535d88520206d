//! How to reach support, and the cases of the account. Page `support`; Enter opens a case.

use crate::accounts::request::support::{CaseSummary, SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::time_zone::TimeZone;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step};

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
        let table = self.cases.as_deref().map(|cases| table(cases, self.cx.zone()));
        let open = Action::link("new-case", "Open a case");
        self.cx
            .list_page(Section::Support, ("support", "Support"), table, [open])
            .intro(format!("Contact support at {}, or open a case here.", self.cx.portal.support))
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

fn table<'a>(cases: &'a [CaseSummary], zone: &TimeZone) -> Table<'a> {
    let row = |case: &'_ CaseSummary| {
        let (number, changed) = (case.number.to_string(), zone.date_minute(case.changed_at));
        [number, case.subject.clone(), case.state.to_string(), changed]
    };
    Table::opening(["Case", "Subject", "State", "Last change"], cases.iter().map(row))
        .with_details(cases.iter().map(|case| facts(case, zone)))
        .or_empty("You have no cases. Open one when something does not work.")
}

/// What the list knows of a case.
fn facts<'a>(case: &'a CaseSummary, zone: &TimeZone) -> Vec<Fact<'a>> {
    vec![
        Fact::new("Subject", case.subject.as_str()),
        Fact::new("State", case.state.to_string()),
        Fact::new("Last change", zone.date_minute(case.changed_at)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::domain::support_case::CaseState;
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
