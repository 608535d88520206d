//! One support case: read it, answer, close it. Page `support/case`. A closed case stays readable.

use crate::accounts::request::support::{SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::case::TEXT_MAX;
use crate::domain::support_case::Case;
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Page};
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::text;

/// The case.
#[derive(Debug)]
pub struct CasePage {
    pub(in crate::flow) cx: MemberContext,
    case: Box<Case>,
    message: TextField,
    /// The toast once the request under way is done.
    done: (&'static str, &'static str),
}

impl CasePage {
    /// The page of `case`.
    #[must_use]
    pub fn new(cx: MemberContext, case: Box<Case>) -> Self {
        Self { cx, case, message: TextField::default(), done: ("", "") }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let case = &self.case;
        let title =
            text!(self.cx, "support-case-title", number = case.number, subject = case.subject.as_str());
        let mut page = self.cx.page("support/case", "").title(title);
        page.intro.extend(wording::case(case, self.cx.zone(), &self.cx).into_iter().map(Into::into));
        page.outro.extend(wording::case_facts(case, &self.cx.portal).map(Into::into));
        if case.closed_at.is_none() {
            page = page
                .field(self.message.long("text", text!(self.cx, "message"), TEXT_MAX))
                .action(Action::primary("send", text!(self.cx, "send")))
                .link("close-case", text!(self.cx, "support-close-case"))
                .unsaved(!self.message.is_blank());
        }
        page.back(text!(self.cx, "support-back")).within(Section::Support)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let number = self.case.number;
        match event {
            Event::Typed { field: "text", value } => self.message.typed(value),
            Event::Pressed("send") if self.message.is_blank() => {
                self.cx.missing(text!(self.cx, "support-message-missing"))
            }
            Event::Pressed("send") => {
                self.done = ("message-sent", text!(self.cx, "support-message-sent"));
                let text = self.message.trimmed().to_owned();
                self.cx.ask(Request::Support, SupportRequest::Write { number, text })
            }
            Event::Pressed("close-case") => self.cx.confirm_first(
                ("close-case", text!(self.cx, "support-close-case")),
                text!(self.cx, "support-close-case-title", number = number),
                [
                    text!(self.cx, "support-close-case-is-final").into(),
                    if self.message.is_blank() {
                        text!(self.cx, "support-close-case-is-told").into()
                    } else {
                        text!(self.cx, "support-close-case-not-sent").into()
                    },
                ],
            ),
            Event::Confirmed("close-case") => {
                self.done = ("case-closed", text!(self.cx, "support-case-closed"));
                self.cx.ask(Request::Support, SupportRequest::Close(number))
            }
            Event::Pressed("back") => self.cx.go(Section::Support),
            Event::Replied(Reply::Support(SupportReply::Case(case))) => {
                let (id, text) = self.done;
                let mut next = Self::new(self.cx.with_toast(id, text), case);
                // Emptied rather than new, so that the ui drops what was typed.
                next.message = std::mem::take(&mut self.message);
                next.message.set("");
                Step::go(next)
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::domain::support_case::{Author, CaseMessage};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::cx;

    const NOON: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

    fn view(closed_at: Option<Timestamp>) -> Box<Case> {
        let message = |author, text: &str| CaseMessage { at: NOON, author, text: text.into() };
        let messages =
            vec![message(Author::Member, "It never comes.\nWhy?"), message(Author::Support, "Refresh.")];
        Box::new(Case {
            facts: vec!["Username: ada".into()],
            messages,
            ..Case::for_test("No mail", NOON, closed_at)
        })
    }

    fn flow(closed_at: Option<Timestamp>) -> Flow {
        Flow::CasePage(CasePage::new(cx(), view(closed_at)))
    }

    #[test]
    fn shows_who_said_what_and_sends_an_answer() {
        let mut flow = flow(None);
        let text = flow.page().intro.join("|");
        for words in ["You, 2026-11-22 14:05 UTC:|It never comes.|Why?", "Support, 2026-11-22"] {
            assert!(text.contains(words), "{words} is missing in {text}");
        }
        assert!(flow.page().outro.join("|").contains("Username: ada"));
        assert!(matches!(flow.update(Event::Pressed("send")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        flow.update(Event::Typed { field: "text", value: " Still nothing. " });
        assert!(flow.page().unsaved);
        let Step::Ask(Request::Support(_, SupportRequest::Write { number, text })) =
            flow.update(Event::Pressed("send"))
        else {
            panic!("it must ask")
        };
        assert_eq!((number, text.as_str()), (1042, "Still nothing."));
        let step = flow.update(Event::Replied(Reply::Support(SupportReply::Case(view(None)))));
        let Step::Go(next) = step else { panic!("it must show the case again") };
        assert_eq!(next.page().toast.map(|toast| toast.id), Some("message-sent"));
        assert!(!next.page().unsaved);
        assert_ne!(next.page().fields[0].revision, 0, "or the screen would keep the old words");
    }

    #[test]
    fn what_was_typed_stays_when_support_closed_it_meanwhile() {
        let mut flow = flow(None);
        flow.update(Event::Typed { field: "text", value: "Thanks" });
        flow.update(Event::Pressed("send"));
        flow.update(Event::Replied(Reply::Refused(Refusal::CaseClosed)));
        let page = flow.page();
        assert_eq!(page.fields[0].value.expose(), "Thanks");
        assert_eq!(page.notice.map(|notice| notice.id), Some("case-closed"));
    }

    #[test]
    fn a_closed_case_is_read_only() {
        let mut flow = flow(Some(NOON));
        let page = flow.page();
        assert!(page.fields.is_empty() && page.intro[0].contains("Closed"), "{:?}", page.intro);
        assert!(matches!(flow.update(Event::Pressed("back")), Step::Go(_)));
    }
}
