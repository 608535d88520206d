//! A new support case: what it is about (page `support/new`), then all that would be sent (page
//! `support/new/review`), and nothing is sent before that was seen.

use crate::accounts::request::support::{CaseFacts, SupportReply, SupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::case::{self, CaseRefusal, SUBJECT_MAX, TEXT_MAX};

use super::context::{MemberContext, Section};
use super::field::TextField;
use super::page::{Action, Notice, Page, Tone};
use super::support_case::SupportCase;
use super::{Event, Flow, Step};

/// A member who writes to support.
#[derive(Debug)]
pub struct SupportNew {
    pub(super) cx: MemberContext,
    subject: TextField,
    text: TextField,
    /// What support is told besides, once it is shown; then all of it is under review.
    facts: Option<CaseFacts>,
}

impl SupportNew {
    /// The empty form.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        let (subject, text) = (TextField::default(), TextField::default());
        Self { cx, subject, text, facts: None }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = match &self.facts {
            None => self.form(),
            Some(facts) => self.review(facts),
        };
        page.unsaved = !self.text.trimmed().is_empty();
        page.actions.extend(MemberContext::navigation(Section::Support, false));
        page
    }

    fn form(&self) -> Page<'_> {
        let mut page = self.cx.page("support/new", "Open a case");
        page.intro = vec!["Before it is sent you see all of it. Never write a password or a code.".into()];
        page.fields = vec![
            self.subject.text("subject", "Subject", SUBJECT_MAX),
            self.text.long("text", "Message", TEXT_MAX),
        ];
        page.actions =
            vec![Action::primary("review", "Go on", !self.cx.waiting), Action::back("Back to support")];
        page
    }

    fn review<'a>(&'a self, facts: &'a CaseFacts) -> Page<'a> {
        let mut page = self.cx.page("support/new/review", "Send this to support?");
        page.intro = vec!["Nothing was sent yet. Support will read:".into()];
        // As the service will take it: what is not told would be a surprise.
        let (subject, text) = (case::subject(self.subject.trimmed()), case::text(self.text.trimmed()));
        page.intro.push(format!("Subject: {}", subject.unwrap_or_default()).into());
        let text = text.unwrap_or_default();
        page.intro.extend(text.lines().filter(|line| !line.is_empty()).map(|line| line.to_owned().into()));
        page.intro.extend(facts.lines().iter().map(|line| line.as_str().into()));
        // No form, so no button of one: a page without fields is left by choosing.
        page.actions = vec![Action::link("send", "Send"), Action::back("Back")];
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "subject", value } => self.subject.typed(value),
            Event::Typed { field: "text", value } => self.text.typed(value),
            Event::Pressed("review") => return self.ask_for_facts(),
            Event::Pressed("send") => return self.send(),
            Event::Pressed("back") => {
                if self.facts.take().is_none() {
                    return self.cx.go(Section::Support);
                }
                // The form anew, so that every face shows it, with what was typed.
                return Step::go(Flow::SupportNew(self.again(None)));
            }
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    /// The same words on another of the two pages.
    fn again(&self, facts: Option<CaseFacts>) -> Self {
        let mut next = Self::new(self.cx.fresh());
        next.subject = TextField::filled(self.subject.trimmed());
        next.text = TextField::filled(self.text.trimmed());
        next.facts = facts;
        next
    }

    fn ask_for_facts(&mut self) -> Step {
        let checked = case::subject(self.subject.trimmed()).and(case::text(self.text.trimmed()));
        if let Err(refusal) = checked {
            let text = refusal.to_string();
            self.cx.notice = Some(match refusal {
                CaseRefusal::NoSubject | CaseRefusal::NoText => Notice::missing(text),
                _ => Notice { tone: Tone::Bad, id: "case-refused", text: text.into() },
            });
            return Step::Stay;
        }
        self.cx.ask(|member| Request::Support(member, SupportRequest::Facts))
    }

    fn send(&mut self) -> Step {
        let Some(facts) = self.facts.clone() else { return Step::Stay };
        let (subject, text) = (self.subject.trimmed().to_owned(), self.text.trimmed().to_owned());
        self.cx.ask(|member| Request::Support(member, SupportRequest::Open { subject, text, facts }))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Support(SupportReply::Facts(facts)) => Step::go(Flow::SupportNew(self.again(Some(facts)))),
            Reply::Support(SupportReply::Opened(view)) => {
                let text = format!("Case {} was sent to support.", view.number);
                let cx = self.cx.with_toast("case-sent", text);
                Step::go(Flow::SupportCase(SupportCase::new(cx, view)))
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::{cx, type_in};

    fn filled() -> Flow {
        let mut flow = Flow::SupportNew(SupportNew::new(cx()));
        let typed = [("subject", "No \u{202e}mail"), ("text", "It never comes.\nWhy?")];
        type_in(|event| flow.update(event), &typed);
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
        let mut flow = Flow::SupportNew(SupportNew::new(cx()));
        assert!(matches!(flow.update(Event::Pressed("review")), Step::Stay));
        assert!(flow.page().notice.is_some_and(|notice| notice.text.contains("subject")));
    }

    #[test]
    fn a_no_keeps_the_review_and_success_shows_the_case() {
        let mut flow = reviewed();
        flow.update(Event::Pressed("send"));
        let later = Refusal::TryLater(Timestamp::from_epoch_ms(0));
        flow.update(Event::Replied(Reply::Refused(later)));
        assert_eq!((flow.page().id, flow.page().waiting), ("support/new/review", false));
    }
}
