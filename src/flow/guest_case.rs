//! A guest's support case: the code from an email opens it, and shows that answers arrive. Page `guest-case`,
//! then `guest-case/read`.

use crate::domain::support_case::Case;
use std::sync::Arc;

use crate::accounts::request::support::{CaseReader, GuestCase, GuestSupportReply, GuestSupportRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::case::TEXT_MAX;
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;

use super::field::{SecretField, TextField};
use super::page::{Action, Notice, Page, Toast};
use super::sign_in::SignIn;
use super::{Event, Flow, Step, wording};

/// The most characters of a typed number.
const NUMBER_MAX: usize = 18;

/// A guest with a case.
#[derive(Debug)]
pub struct GuestCasePage {
    portal: Arc<PortalInfo>,
    number: TextField,
    code: SecretField,
    text: TextField,
    state: CaseStage,
    notice: Option<Notice<'static>>,
    toast: Option<Toast<'static>>,
    waiting: bool,
}

/// How far the guest has come.
#[derive(Debug)]
enum CaseStage {
    /// The case was opened in an earlier session: its number is typed beside the code.
    Earlier,
    /// Opened in this session, with answers wanted at this address.
    Opened(GuestCase, String),
    /// The code was right.
    Read(CaseReader, Case),
}

impl GuestCasePage {
    /// Right after the case was opened.
    #[must_use]
    pub(super) fn opened(portal: Arc<PortalInfo>, contact: &str, case: GuestCase) -> Self {
        Self::in_state(portal, CaseStage::Opened(case, inert(contact, 254)))
    }

    /// With a number and a code from an email.
    #[must_use]
    pub fn from_an_earlier_session(portal: Arc<PortalInfo>) -> Self {
        Self::in_state(portal, CaseStage::Earlier)
    }

    fn in_state(portal: Arc<PortalInfo>, state: CaseStage) -> Self {
        Self {
            portal,
            number: TextField::default(),
            code: SecretField::default(),
            text: TextField::default(),
            state,
            notice: None,
            toast: None,
            waiting: false,
        }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = Page {
            id: "guest-case",
            notice: self.notice.clone(),
            toast: self.toast.clone(),
            waiting: self.waiting,
            ..Page::default()
        };
        match &self.state {
            CaseStage::Earlier => {
                page.title = "Your support case".into();
                page.intro =
                    vec!["Type the number of the case and the code from the last email about it.".into()];
                page.fields = vec![self.number.text("number", "Case number", NUMBER_MAX)];
                self.ask_for_code(&mut page);
            }
            CaseStage::Opened(case, contact) => {
                page.title = format!("Case {} was sent to support", case.number()).into();
                page.intro = vec![
                    format!(
                        "An email with a code is on its way to {contact}. Type the code here, now or later, and \
                         answers are announced there. Without it support reads your case, but no answer is sent."
                    )
                    .into(),
                    format!(
                        "Keep the number {}. A code opens the case once; each answer brings the next one.",
                        case.number()
                    )
                    .into(),
                ];
                self.ask_for_code(&mut page);
            }
            CaseStage::Read(_, view) => self.show(&mut page, view),
        }
        page
    }

    fn ask_for_code<'a>(&'a self, page: &mut Page<'a>) {
        page.fields.push(self.code.code("code", "Code"));
        page.actions =
            vec![Action::primary("continue", "Continue", !self.waiting), Action::back("Back to sign-in")];
        page.outro = vec![wording::trouble(&self.portal).into()];
    }

    fn show<'a>(&'a self, page: &mut Page<'a>, view: &'a Case) {
        page.id = "guest-case/read";
        page.title = format!("Case {}: {}", view.number, view.subject).into();
        page.intro = wording::case(view).into_iter().map(Into::into).collect();
        page.outro = wording::case_facts(view).map(Into::into).collect();
        if view.closed_at.is_none() {
            page.fields = vec![self.text.long("text", "Message", TEXT_MAX)];
            page.actions = vec![Action::primary("send", "Send", !self.waiting)];
            page.unsaved = !self.text.trimmed().is_empty();
        }
        page.actions.push(Action::back("Back to sign-in"));
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "number", value } => self.number.typed(value),
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Typed { field: "text", value } => self.text.typed(value),
            Event::Pressed("continue") if !self.waiting => return self.read(),
            Event::Pressed("send") if !self.waiting => return self.send(),
            Event::Pressed("back") if !self.waiting => {
                return Step::go(Flow::SignIn(SignIn::new(self.portal.clone(), "")));
            }
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn read(&mut self) -> Step {
        let (number, opened) = match &self.state {
            CaseStage::Opened(case, _) => (Some(case.number()), Some(case.clone())),
            _ => (self.number.trimmed().trim_start_matches('#').parse().ok(), None),
        };
        let Some(number) = number else {
            self.notice = Some(Notice::missing("Type the number of the case, such as 1042."));
            return Step::Stay;
        };
        if self.code.is_empty() {
            self.notice = Some(Notice::missing("Type the code from the email, such as WDJB-MJHT."));
            return Step::Stay;
        }
        let code = self.code.get().clone();
        self.ask(GuestSupportRequest::Read { number, opened, code })
    }

    fn send(&mut self) -> Step {
        let CaseStage::Read(reader, _) = &self.state else { return Step::Stay };
        if self.text.trimmed().is_empty() {
            self.notice = Some(Notice::missing("Enter a message."));
            return Step::Stay;
        }
        let (reader, text) = (reader.clone(), self.text.trimmed().to_owned());
        self.ask(GuestSupportRequest::Write { reader, text })
    }

    fn ask(&mut self, ask: GuestSupportRequest) -> Step {
        (self.notice, self.toast, self.waiting) = (None, None, true);
        Step::Ask(Request::GuestSupport(ask))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::GuestSupport(GuestSupportReply::Case(reader, view)) => {
                let toast = match &self.state {
                    CaseStage::Read(..) => {
                        Toast { id: "message-sent", text: "Your message was sent.".into() }
                    }
                    _ => Toast { id: "contact-verified", text: "Answers are announced to you there.".into() },
                };
                let mut next = Self::in_state(self.portal.clone(), CaseStage::Read(reader, view));
                next.toast = Some(toast);
                // Emptied rather than new, so that the face lets go of what was typed.
                next.text = std::mem::take(&mut self.text);
                next.text.set("");
                return Step::go(Flow::GuestCase(next));
            }
            Reply::Refused(refusal) => {
                if refusal == Refusal::CodeRefused {
                    self.code.wipe();
                    let text = "That number and code do not belong together, or the code was used or has \
                                expired. Take the code from the last email.";
                    self.notice =
                        Some(Notice { text: text.into(), ..wording::refusal(&refusal, &self.portal) });
                } else {
                    self.notice = Some(wording::refusal(&refusal, &self.portal));
                }
            }
            _ => {}
        }
        Step::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::{portal, type_in};

    fn opened() -> GuestCasePage {
        GuestCasePage::opened(Arc::new(portal()), "a@new.example", GuestCase::for_test(1042))
    }

    fn view() -> Case {
        Case::for_test("Opened without signing in", Timestamp::from_epoch_ms(0), None)
    }

    fn type_code(flow: &mut GuestCasePage) -> Step {
        type_in(|event| flow.update(event), &[("code", "WDJBMJHT")]);
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
        let Step::Go(next) = flow.update(Event::Replied(right)) else { panic!("it must go on") };
        let Flow::GuestCase(mut next) = *next else { panic!("to the case") };
        assert_eq!(next.page().id, "guest-case/read");
        type_in(|event| next.update(event), &[("text", "Thanks")]);
        let asked = next.update(Event::Pressed("send"));
        assert!(matches!(asked, Step::Ask(Request::GuestSupport(GuestSupportRequest::Write { .. }))));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_the_number_stays() {
        let mut flow = GuestCasePage::from_an_earlier_session(Arc::new(portal()));
        assert!(matches!(type_code(&mut flow), Step::Stay));
        assert!(flow.page().notice.is_some_and(|notice| notice.text.contains("number of the case")));
        type_in(|event| flow.update(event), &[("number", " #1042 ")]);
        assert!(matches!(
            type_code(&mut flow),
            Step::Ask(Request::GuestSupport(GuestSupportRequest::Read { number: 1042, opened: None, .. }))
        ));
        flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
        assert!(flow.code.is_empty() && flow.number.trimmed() == "#1042");
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("code-refused"));
    }
}
