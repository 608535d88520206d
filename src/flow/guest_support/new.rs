//! A guest opens a support case. Page `guest-support`; then `guest-case`.

use std::sync::Arc;

use crate::accounts::request::support::{GuestSupportReply, GuestSupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::case::TEXT_MAX;
use crate::domain::portal::PortalInfo;
use crate::flow::context::GuestContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Page};
use crate::flow::sign_in::SignIn;
use crate::flow::{Event, NAME_LABEL, NAME_MAX, Step};
use crate::text;

use super::GuestCasePage;

/// The form for a message to support.
#[derive(Debug)]
pub struct OpenGuestCase {
    pub(in crate::flow) cx: GuestContext,
    name: TextField,
    contact: TextField,
    text: TextField,
}

impl OpenGuestCase {
    /// The form with the name as far as it was typed before.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        let (name, contact, text) = (TextField::filled(name), TextField::default(), TextField::default());
        Self { cx: GuestContext::new(portal), name, contact, text }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        self.cx
            .page("guest-support", text!(self.cx, "contact-support"))
            .intro(text!(self.cx, "guest-support-intro"))
            .field(self.name.text("name", NAME_LABEL.to(&self.cx), NAME_MAX))
            .field(self.contact.text("contact", text!(self.cx, "guest-support-contact"), NAME_MAX))
            .field(self.text.long("text", text!(self.cx, "message"), TEXT_MAX))
            .action(Action::primary("send", text!(self.cx, "send")))
            .link("have-number", text!(self.cx, "guest-support-have-number"))
            .back(text!(self.cx, "back"))
            .unsaved(!self.text.is_blank())
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let portal = self.cx.portal.clone();
        match event {
            Event::Typed { field: "name", value } => self.name.typed(value),
            Event::Typed { field: "contact", value } => self.contact.typed(value),
            Event::Typed { field: "text", value } => self.text.typed(value),
            Event::Pressed("send") => self.send(),
            Event::Pressed("have-number") => Step::go(GuestCasePage::from_an_earlier_session(portal)),
            Event::Pressed("back") => Step::go(SignIn::new(portal, self.name.trimmed())),
            Event::Replied(Reply::GuestSupport(GuestSupportReply::Opened(case))) => {
                Step::go(GuestCasePage::opened(portal, self.contact.trimmed(), case))
            }
            _ => Step::Stay,
        }
    }

    fn send(&mut self) -> Step {
        let needs = [
            (&self.name, text!(self.cx, "guest-support-name-missing")),
            (&self.contact, text!(self.cx, "guest-support-contact-missing")),
            (&self.text, text!(self.cx, "guest-support-text-missing")),
        ];
        if let Some((_, missing)) = needs.into_iter().find(|(field, _)| field.is_blank()) {
            return self.cx.missing(missing);
        }
        let [name, contact, text] =
            [&self.name, &self.contact, &self.text].map(|field| field.trimmed().to_owned());
        self.cx.ask(Request::GuestSupport(GuestSupportRequest::Open { name, contact, text }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::accounts::request::support::GuestCase;
    use crate::domain::case::CaseRefusal;
    use crate::domain::email::EmailRefusal;
    use crate::flow::Flow;
    use crate::flow::testing::{portal, type_in};

    fn filled() -> Flow {
        let mut flow = Flow::from(OpenGuestCase::new(Arc::new(portal()), "ada"));
        let typed = [("contact", "a@new.example"), ("text", "My phone is gone.")];
        type_in(&mut flow, &typed);
        flow
    }

    #[test]
    fn says_that_nothing_is_verified_and_leads_to_the_case() {
        let mut flow = filled();
        assert!(flow.page().intro[0].contains("you are not signed in"));
        let Step::Ask(Request::GuestSupport(GuestSupportRequest::Open { name, contact, .. })) =
            flow.update(Event::Pressed("send"))
        else {
            panic!("it must ask")
        };
        assert_eq!((name.as_str(), contact.as_str()), ("ada", "a@new.example"));
        assert!(matches!(flow.update(Event::Pressed("send")), Step::Stay), "one at a time");
        let opened = Reply::GuestSupport(GuestSupportReply::Opened(GuestCase::for_test(1042)));
        let Step::Go(next) = flow.update(Event::Replied(opened)) else { panic!("it must go on") };
        assert_eq!(next.page().id, "guest-case");
    }

    #[test]
    fn what_is_missing_is_named_and_a_refusal_keeps_what_was_typed() {
        let mut flow = Flow::from(OpenGuestCase::new(Arc::new(portal()), "ada"));
        assert!(matches!(flow.update(Event::Pressed("send")), Step::Stay));
        assert!(flow.page().notice.is_some_and(|notice| notice.text.contains("read the answers")));
        let mut flow = filled();
        flow.update(Event::Pressed("send"));
        let refusal = Refusal::Case(CaseRefusal::Contact(EmailRefusal::Domain));
        flow.update(Event::Replied(Reply::Refused(refusal)));
        let page = flow.page();
        assert_eq!(page.fields[2].value.expose(), "My phone is gone.");
        assert!(page.notice.is_some_and(|notice| notice.text.contains("Nothing was sent.")));
    }
}
