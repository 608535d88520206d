//! A guest's support case: the code from an email opens it, and shows that answers arrive. Page `guest-case`,
//! then `guest-case/read`.

use crate::domain::support_case::Case;
use std::sync::Arc;

use crate::accounts::request::support::{CaseReader, GuestCase, GuestSupportReply, GuestSupportRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::case::TEXT_MAX;
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::time_zone::TimeZone;
use crate::flow::context::GuestContext;
use crate::flow::field::{SecretField, TextField};
use crate::flow::page::{Action, Notice, Page};
use crate::flow::sign_in::SignIn;
use crate::flow::{Event, NAME_MAX, Step, wording};

/// The most characters of a typed case number.
const NUMBER_MAX: usize = 18;

/// The case, or the form for the code that opens it.
#[derive(Debug)]
pub struct GuestCasePage {
    pub(in crate::flow) cx: GuestContext,
    number: TextField,
    code: SecretField,
    text: TextField,
    stage: CaseStage,
}

#[derive(Debug)]
enum CaseStage {
    /// The case was opened in an earlier session: its number is typed beside the code.
    Earlier,
    /// Opened in this session, with answers wanted at this address.
    Opened(GuestCase, String),
    /// The code was right.
    Read(CaseReader, Box<Case>),
}

impl GuestCasePage {
    /// Right after the case was opened.
    pub(super) fn opened(portal: Arc<PortalInfo>, contact: &str, case: GuestCase) -> Self {
        Self::new(portal, CaseStage::Opened(case, inert(contact, NAME_MAX)))
    }

    /// With a number and a code from an email.
    #[must_use]
    pub fn from_an_earlier_session(portal: Arc<PortalInfo>) -> Self {
        Self::new(portal, CaseStage::Earlier)
    }

    fn new(portal: Arc<PortalInfo>, stage: CaseStage) -> Self {
        Self {
            cx: GuestContext::new(portal),
            number: TextField::default(),
            code: SecretField::default(),
            text: TextField::default(),
            stage,
        }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = match &self.stage {
            CaseStage::Earlier => self
                .cx
                .page("guest-case", "Your support case")
                .intro("Type the case number and the code from the last email about it.")
                .field(self.number.text("number", "Case number", NUMBER_MAX)),
            CaseStage::Opened(case, contact) => self
                .cx
                .page("guest-case", "")
                .title(format!("Case {} was sent to support", case.number()))
                .intro(format!(
                    "We sent a code to {contact}. Type it here, now or later, to get answers there. Without it \
                     support reads your case but cannot answer."
                ))
                .intro(format!(
                    "Keep the number {}. A code opens the case once; each answer brings the next one.",
                    case.number()
                )),
            CaseStage::Read(_, view) => return self.case_page(view),
        };
        page.field(self.code.code("code", "Code"))
            .action(Action::primary("continue", "Continue"))
            .back("Back to sign in")
            .outro(wording::need_help(&self.cx.portal))
    }

    fn case_page<'a>(&'a self, view: &'a Case) -> Page<'a> {
        let mut page =
            self.cx.page("guest-case/read", "").title(format!("Case {}: {}", view.number, view.subject));
        page.intro.extend(wording::case(view, &TimeZone::default(), &self.cx).into_iter().map(Into::into));
        page.outro.extend(wording::case_facts(view, &self.cx.portal).map(Into::into));
        if view.closed_at.is_none() {
            page = page
                .field(self.text.long("text", "Message", TEXT_MAX))
                .action(Action::primary("send", "Send"))
                .unsaved(!self.text.is_blank());
        }
        page.back("Back to sign in")
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "number", value } => self.number.typed(value),
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Typed { field: "text", value } => self.text.typed(value),
            Event::Pressed("continue") => self.read(),
            Event::Pressed("send") => self.send(),
            Event::Pressed("back") => Step::go(SignIn::new(self.cx.portal.clone(), "")),
            Event::Replied(Reply::GuestSupport(GuestSupportReply::Case(reader, view))) => {
                self.show(reader, view)
            }
            Event::Replied(Reply::Refused(refusal @ Refusal::CodeRefused)) => {
                self.code.wipe();
                let text = "That number and code do not belong together, or the code was used or has expired. \
                            Use the code from the last email.";
                let notice = wording::refusal(&refusal, &self.cx.portal);
                self.cx.notify(Notice { text: text.into(), ..notice })
            }
            _ => Step::Stay,
        }
    }

    fn read(&mut self) -> Step {
        let (number, opened) = match &self.stage {
            CaseStage::Opened(case, _) => (Some(case.number()), Some(case.clone())),
            _ => (self.number.trimmed().trim_start_matches('#').parse().ok(), None),
        };
        let Some(number) = number else {
            return self.cx.missing("Type the case number, such as 1042.");
        };
        if self.code.is_empty() {
            return self.cx.missing(wording::CODE_MISSING.to(&self.cx));
        }
        let code = self.code.get().clone();
        self.cx.ask(Request::GuestSupport(GuestSupportRequest::Read { number, opened, code }))
    }

    fn send(&mut self) -> Step {
        let CaseStage::Read(reader, _) = &self.stage else { return Step::Stay };
        if self.text.is_blank() {
            return self.cx.missing("Type a message to support.");
        }
        let (reader, text) = (reader.clone(), self.text.trimmed().to_owned());
        self.cx.ask(Request::GuestSupport(GuestSupportRequest::Write { reader, text }))
    }

    fn show(&mut self, reader: CaseReader, view: Box<Case>) -> Step {
        let (id, text) = match &self.stage {
            CaseStage::Read(..) => ("message-sent", "Your message was sent."),
            _ => ("contact-verified", "Verified. We will answer there."),
        };
        let mut next = Self::new(self.cx.portal.clone(), CaseStage::Read(reader, view));
        next.cx.toast(id, text);
        // Emptied rather than new, so that the ui drops what was typed.
        next.text = std::mem::take(&mut self.text);
        next.text.set("");
        Step::go(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::{portal, type_in};

    fn opened() -> Flow {
        GuestCasePage::opened(Arc::new(portal()), "a@new.example", GuestCase::for_test(1042)).into()
    }

    fn view() -> Box<Case> {
        Box::new(Case::for_test("Opened without signing in", Timestamp::from_epoch_ms(0), None))
    }

    fn type_code(flow: &mut Flow) -> Step {
        type_in(flow, &[("code", "WDJBMJHT")]);
        flow.update(Event::Pressed("continue"))
    }

    #[test]
    fn tells_the_number_and_where_the_email_went() {
        let page_text = opened().page().intro.join(" ");
        assert!(page_text.contains("a@new.example") && page_text.contains("1042"), "{page_text}");
    }

    #[test]
    fn the_right_code_opens_the_case_to_go_on_with() {
        let mut flow = opened();
        let asked = type_code(&mut flow);
        assert!(matches!(
            asked,
            Step::Ask(Request::GuestSupport(GuestSupportRequest::Read { number: 1042, opened: Some(_), .. }))
        ));
        let right = Reply::GuestSupport(GuestSupportReply::Case(CaseReader::for_test(), view()));
        let Step::Go(mut next) = flow.update(Event::Replied(right)) else { panic!("it must go on") };
        assert_eq!(next.page().id, "guest-case/read");
        type_in(&mut next, &[("text", "Thanks")]);
        let asked = next.update(Event::Pressed("send"));
        assert!(matches!(asked, Step::Ask(Request::GuestSupport(GuestSupportRequest::Write { .. }))));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_the_number_stays() {
        let mut flow = Flow::from(GuestCasePage::from_an_earlier_session(Arc::new(portal())));
        assert!(matches!(type_code(&mut flow), Step::Stay));
        assert!(flow.page().notice.is_some_and(|notice| notice.text.contains("case number")));
        type_in(&mut flow, &[("number", " #1042 ")]);
        assert!(matches!(
            type_code(&mut flow),
            Step::Ask(Request::GuestSupport(GuestSupportRequest::Read { number: 1042, opened: None, .. }))
        ));
        flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
        let values =
            flow.page().fields.iter().map(|field| field.value.expose().to_owned()).collect::<Vec<_>>();
        assert_eq!(values, [" #1042 ", ""]);
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("code-refused"));
    }
}
