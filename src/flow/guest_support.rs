//! A support case of somebody who cannot sign in. Page `guest-support`; then `guest-case`.

use std::sync::Arc;

use crate::accounts::request::support::{GuestSupportReply, GuestSupportRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::case::TEXT_MAX;
use crate::domain::portal::PortalInfo;

use super::field::TextField;
use super::guest_case::GuestCasePage;
use super::page::{Action, Notice, Page};
use super::sign_in::SignIn;
use super::{Event, Flow, NAME_LABEL, NAME_MAX, Step, wording};

/// A guest who writes to support.
#[derive(Debug)]
pub struct GuestSupport {
    portal: Arc<PortalInfo>,
    name: TextField,
    contact: TextField,
    text: TextField,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

impl GuestSupport {
    /// The form with what is already known of the name.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        let (contact, text) = (TextField::default(), TextField::default());
        Self { portal, name: TextField::filled(name), contact, text, notice: None, waiting: false }
    }

    pub(super) fn page(&self) -> Page<'_> {
        Page {
            id: "guest-support",
            title: "Ask support".into(),
            intro: vec!["Support is told that you are a guest. Never write a password or a code.".into()],
            fields: vec![
                self.name.text("name", NAME_LABEL, NAME_MAX),
                self.contact.text("contact", "Address for answers", NAME_MAX),
                self.text.long("text", "Message", TEXT_MAX),
            ],
            actions: vec![
                Action::primary("send", "Send", !self.waiting),
                Action::link("have-number", "I have a case number"),
                Action::back("Back"),
            ],
            notice: self.notice.clone(),
            waiting: self.waiting,
            unsaved: !self.text.trimmed().is_empty(),
            ..Page::default()
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "name", value } => self.name.typed(value),
            Event::Typed { field: "contact", value } => self.contact.typed(value),
            Event::Typed { field: "text", value } => self.text.typed(value),
            Event::Pressed("send") if !self.waiting => return self.send(),
            Event::Pressed("have-number") if !self.waiting => {
                return Step::go(Flow::GuestCase(GuestCasePage::from_an_earlier_session(
                    self.portal.clone(),
                )));
            }
            Event::Pressed("back") if !self.waiting => {
                return Step::go(Flow::SignIn(SignIn::new(self.portal.clone(), self.name.trimmed())));
            }
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn send(&mut self) -> Step {
        let needs = [
            (&self.name, "Enter the email or username of your account, as well as you remember it."),
            (&self.contact, "Type an address that you can read now, for the answers."),
            (&self.text, "Enter a message."),
        ];
        if let Some((_, missing)) = needs.into_iter().find(|(field, _)| field.trimmed().is_empty()) {
            self.notice = Some(Notice::missing(missing));
            return Step::Stay;
        }
        (self.notice, self.waiting) = (None, true);
        let [name, contact, text] =
            [&self.name, &self.contact, &self.text].map(|field| field.trimmed().to_owned());
        Step::Ask(Request::GuestSupport(GuestSupportRequest::Open { name, contact, text }))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::GuestSupport(GuestSupportReply::Opened(case)) => {
                let next = GuestCasePage::opened(self.portal.clone(), self.contact.trimmed(), case);
                return Step::go(Flow::GuestCase(next));
            }
            Reply::Refused(refusal) => self.notice = Some(wording::refusal(&refusal, &self.portal)),
            _ => {}
        }
        Step::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::accounts::request::support::GuestCase;
    use crate::domain::case::CaseRefusal;
    use crate::domain::email::EmailRefusal;
    use crate::flow::testing::{portal, type_in};

    fn filled() -> GuestSupport {
        let mut flow = GuestSupport::new(Arc::new(portal()), "ada");
        let typed = [("contact", "a@new.example"), ("text", "My phone is gone.")];
        type_in(|event| flow.update(event), &typed);
        flow
    }

    #[test]
    fn says_that_nothing_is_verified_and_leads_to_the_case() {
        let mut flow = filled();
        assert!(flow.page().intro[0].contains("you are a guest"));
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
    fn what_is_missing_is_named_and_a_no_keeps_what_was_typed() {
        let mut flow = GuestSupport::new(Arc::new(portal()), "ada");
        assert!(matches!(flow.update(Event::Pressed("send")), Step::Stay));
        assert!(flow.page().notice.is_some_and(|notice| notice.text.contains("for the answers")));
        let mut flow = filled();
        flow.update(Event::Pressed("send"));
        let no = Refusal::Case(CaseRefusal::Contact(EmailRefusal::Domain));
        flow.update(Event::Replied(Reply::Refused(no)));
        let page = flow.page();
        assert_eq!(page.fields[2].value.expose(), "My phone is gone.");
        assert!(page.notice.is_some_and(|notice| notice.text.contains("Nothing was sent.")));
    }
}
