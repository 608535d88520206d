//! One support case: what was said, an answer to it, and its end. Page `support/case`. A closed one stays
//! readable.

use crate::accounts::request::support::{SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::case::TEXT_MAX;
use crate::domain::support_case::Case;

use super::context::{MemberContext, Section};
use super::field::TextField;
use super::page::{Action, Notice, Page};
use super::{Event, Flow, Step, wording};

/// A member who reads a case.
#[derive(Debug)]
pub struct SupportCase {
    pub(super) cx: MemberContext,
    view: Case,
    answer: TextField,
    /// Which request is under way: what the answer to it says.
    asked: &'static str,
}

impl SupportCase {
    /// The page of `view`.
    #[must_use]
    pub fn new(cx: MemberContext, view: Case) -> Self {
        Self { cx, view, answer: TextField::default(), asked: "" }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("support/case", "");
        page.title = format!("Case {}: {}", self.view.number, self.view.subject).into();
        page.intro = wording::case(&self.view).into_iter().map(Into::into).collect();
        page.outro = wording::case_facts(&self.view).map(Into::into).collect();
        if self.view.closed_at.is_none() {
            page.fields = vec![self.answer.long("text", "Message", TEXT_MAX)];
            page.actions = vec![
                Action::primary("send", "Send", !self.cx.waiting),
                Action::link("close-case", "Close this case"),
            ];
            page.unsaved = !self.answer.trimmed().is_empty();
        }
        page.actions.push(Action::back("Back to support"));
        page.actions.extend(MemberContext::navigation(Section::Support, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "text", value } => self.answer.typed(value),
            Event::Pressed("send") => return self.send(),
            Event::Pressed("close-case") => return self.close(),
            Event::Pressed("back") => return self.cx.go(Section::Support),
            Event::Replied(Reply::Support(SupportReply::Case(view))) => return self.shown_anew(view),
            _ => {}
        }
        Step::Stay
    }

    fn send(&mut self) -> Step {
        if self.answer.trimmed().is_empty() {
            self.cx.notice = Some(Notice::missing("Enter a message."));
            return Step::Stay;
        }
        self.asked = "send";
        let ask = SupportRequest::Write { number: self.view.number, text: self.answer.trimmed().to_owned() };
        self.cx.ask(|member| Request::Support(member, ask))
    }

    fn close(&mut self) -> Step {
        self.asked = "close";
        self.cx.ask(|member| Request::Support(member, SupportRequest::Close(self.view.number)))
    }

    /// The page anew, so that every face tells what is in the case now.
    fn shown_anew(&mut self, view: Case) -> Step {
        let (id, text) = match self.asked {
            "close" => ("case-closed", "The case is closed and stays readable."),
            _ => ("message-sent", "Your message was sent."),
        };
        let mut next = Self::new(self.cx.with_toast(id, text), view);
        // Emptied rather than new, so that the face lets go of what was typed.
        next.answer = std::mem::take(&mut self.answer);
        next.answer.set("");
        Step::go(Flow::SupportCase(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::domain::support_case::{Author, CaseMessage};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::cx;

    const NOON: Timestamp = Timestamp::from_epoch_ms(1_795_356_309_000);

    fn view(closed_at: Option<Timestamp>) -> Case {
        let said = |author, text: &str| CaseMessage { at: NOON, author, text: text.into() };
        let messages = vec![said(Author::Member, "It never comes.\nWhy?"), said(Author::Support, "Refresh.")];
        Case { facts: vec!["Username: ada".into()], messages, ..Case::for_test("No mail", NOON, closed_at) }
    }

    fn flow(closed_at: Option<Timestamp>) -> Flow {
        Flow::SupportCase(SupportCase::new(cx(), view(closed_at)))
    }

    #[test]
    fn shows_who_said_what_and_sends_an_answer() {
        let mut flow = flow(None);
        let said = flow.page().intro.join("|");
        for words in ["You, 2026-11-22 14:05 UTC:|It never comes.|Why?", "Support, 2026-11-22"] {
            assert!(said.contains(words), "{words} is missing in {said}");
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
        let Step::Go(next) = step else { panic!("it must show the case anew") };
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
