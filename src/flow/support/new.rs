//! A new support case: what it is about (page `support/new`), then all that would be sent (page
//! `support/new/review`). Nothing is sent before that was seen.

use crate::accounts::request::support::{CaseFacts, SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::case::{self, CaseRefusal, SUBJECT_MAX, TEXT_MAX};
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Notice, Page};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::CasePage;

/// The form, and its review.
#[derive(Debug)]
pub struct OpenCase {
    pub(in crate::flow) cx: MemberContext,
    subject: TextField,
    text: TextField,
    /// What support sees besides; the review, once it has come.
    facts: Option<CaseFacts>,
}

impl OpenCase {
    /// The empty form.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        let (subject, text) = (TextField::default(), TextField::default());
        Self { cx, subject, text, facts: None }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = match &self.facts {
            None => self.form(),
            Some(facts) => self.review(facts),
        };
        page.unsaved(!self.text.is_blank()).within(Section::Support)
    }

    fn form(&self) -> Page<'_> {
        self.cx
            .page("support/new", text!(self.cx, "support-open-a-case"))
            .intro(text!(self.cx, "support-new-intro"))
            .field(self.subject.text("subject", text!(self.cx, "support-subject"), SUBJECT_MAX))
            .field(self.text.long("text", text!(self.cx, "message"), TEXT_MAX))
            .action(Action::primary("review", text!(self.cx, "support-review")))
            .back(text!(self.cx, "support-back"))
    }

    fn review<'a>(&'a self, facts: &'a CaseFacts) -> Page<'a> {
        let mut page = self
            .cx
            .page("support/new/review", text!(self.cx, "support-review-title"))
            .intro(text!(self.cx, "support-review-intro"));
        // As the service will take it, so that there is no surprise.
        let (subject, text) = (case::subject(self.subject.trimmed()), case::text(self.text.trimmed()));
        page = page.intro(text!(self.cx, "support-review-subject", subject = subject.unwrap_or_default()));
        let text = text.unwrap_or_default();
        page.intro.extend(text.lines().filter(|line| !line.is_empty()).map(|line| line.to_owned().into()));
        page.intro.extend(facts.lines().iter().map(|line| line.as_str().into()));
        // No form, so no button: without fields a person chooses.
        page.link("send", text!(self.cx, "send")).back(text!(self.cx, "back"))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "subject", value } => self.subject.typed(value),
            Event::Typed { field: "text", value } => self.text.typed(value),
            Event::Pressed("review") => self.ask_for_facts(),
            Event::Pressed("send") => {
                let Some(facts) = self.facts.clone() else { return Step::Stay };
                let (subject, text) = (self.subject.trimmed().to_owned(), self.text.trimmed().to_owned());
                self.cx.ask(Request::Support, SupportRequest::Open { subject, text, facts })
            }
            Event::Pressed("back") if self.facts.is_some() => self.go(None),
            Event::Pressed("back") => self.cx.go(Section::Support),
            Event::Replied(Reply::Support(SupportReply::Facts(facts))) => self.go(Some(facts)),
            Event::Replied(Reply::Support(SupportReply::Opened(case))) => {
                let text = text!(self.cx, "support-case-sent", number = case.number);
                Step::go(CasePage::new(self.cx.with_toast("case-sent", text), case))
            }
            _ => Step::Stay,
        }
    }

    /// To the other of the two pages, with what was typed.
    fn go(&self, facts: Option<CaseFacts>) -> Step {
        let [subject, text] = [&self.subject, &self.text].map(|field| TextField::filled(field.trimmed()));
        Step::go(Self { cx: self.cx.fresh(), subject, text, facts })
    }

    fn ask_for_facts(&mut self) -> Step {
        let checked = case::subject(self.subject.trimmed()).and(case::text(self.text.trimmed()));
        match checked {
            Ok(_) => self.cx.ask(Request::Support, SupportRequest::Facts),
            Err(refusal @ (CaseRefusal::NoSubject | CaseRefusal::NoText)) => {
                self.cx.missing(refusal.message().to(&self.cx))
            }
            Err(refusal) => self.cx.notify(Notice::bad("case-refused", refusal.message().to(&self.cx))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::{cx, type_in};

    fn filled() -> Flow {
        let mut flow = Flow::OpenCase(OpenCase::new(cx()));
        let typed = [("subject", "No \u{202e}mail"), ("text", "It never comes.\nWhy?")];
        type_in(&mut flow, &typed);
        flow
    }

    fn reviewed() -> Flow {
        let mut flow = filled();
        assert!(matches!(
            flow.update(Event::Pressed("review")),
            Step::Ask(Request::Support(_, SupportRequest::Facts))
        ));
        let facts = CaseFacts::for_test(&["Username: ada", "Sign-in: yesterday"]);
        let step = flow.update(Event::Replied(Reply::Support(SupportReply::Facts(facts))));
        let Step::Go(next) = step else { panic!("it must go on") };
        *next
    }

    #[test]
    fn everything_is_shown_before_it_is_sent_and_what_was_shown_is_sent() {
        let mut flow = reviewed();
        let page = flow.page();
        assert_eq!(page.id, "support/new/review");
        assert_eq!(
            page.intro[1..],
            ["Subject: No mail", "It never comes.", "Why?", "Username: ada", "Sign-in: yesterday"]
        );
        let Step::Ask(Request::Support(_, SupportRequest::Open { facts, .. })) =
            flow.update(Event::Pressed("send"))
        else {
            panic!("it must ask")
        };
        assert_eq!(facts.lines(), ["Username: ada", "Sign-in: yesterday"]);
    }

    #[test]
    fn back_from_the_review_keeps_what_was_typed() {
        let mut flow = reviewed();
        let Step::Go(next) = flow.update(Event::Pressed("back")) else { panic!("it must go back") };
        let page = next.page();
        assert_eq!((page.id, page.fields[1].value.expose()), ("support/new", "It never comes.\nWhy?"));
        assert!(page.unsaved);
    }

    #[test]
    fn a_case_without_a_subject_is_not_even_asked_for() {
        let mut flow = Flow::OpenCase(OpenCase::new(cx()));
        assert!(matches!(flow.update(Event::Pressed("review")), Step::Stay));
        assert!(flow.page().notice.is_some_and(|notice| notice.text.contains("subject")));
    }

    #[test]
    fn a_refusal_keeps_the_review() {
        let mut flow = reviewed();
        flow.update(Event::Pressed("send"));
        let later = Refusal::TryLater(Timestamp::from_epoch_ms(0).into());
        flow.update(Event::Replied(Reply::Refused(later)));
        assert_eq!((flow.page().id, flow.page().waiting), ("support/new/review", false));
    }
}
