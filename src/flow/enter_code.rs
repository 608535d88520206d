//! Type the code from the email. Page `enter-code`; says the same for known and unknown accounts.
//!
//! ```text
//! sent (Code) ------------- right code --> new-password, or second-factor where there is a second factor
//! earlier session (Name, Code) --^    wrong --> stays, says so
//! ```

use std::sync::Arc;

use crate::accounts::request::second_factor::SecondFactorReply;
use crate::accounts::request::{CodeRequested, Refusal, Reply, Request, RequestId};
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;

use super::field::{SecretField, TextField};
use super::forgot_password::ForgotPassword;
use super::new_password::NewPassword;
use super::page::{Action, Notice, Page, Tone};
use super::second_factor::SecondFactor;
use super::{Event, Flow, NAME_LABEL, NAME_MAX, Step, wording};

/// Somebody who waits for an email or has one.
#[derive(Debug)]
pub struct EnterCode {
    portal: Arc<PortalInfo>,
    name: TextField,
    code: SecretField,
    sent: CodeOrigin,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

/// What this session knows of the email.
#[derive(Debug)]
enum CodeOrigin {
    /// Asked for in an earlier session: the name is typed beside the code.
    Earlier,
    /// Asked for here; the code is tied to one of these requests.
    Here { requests: Vec<RequestId>, resend_at: Timestamp },
}

impl EnterCode {
    /// After a code was asked for in this session.
    #[must_use]
    pub fn sent(portal: Arc<PortalInfo>, name: &str, sent: CodeRequested) -> Self {
        let here = CodeOrigin::Here { requests: vec![sent.request], resend_at: sent.resend_at };
        Self { sent: here, ..Self::from_an_earlier_session(portal, name) }
    }

    /// *I already have a code*: nothing typed in an earlier session is lost.
    #[must_use]
    pub fn from_an_earlier_session(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self {
            portal,
            name: TextField::filled(name),
            code: SecretField::default(),
            sent: CodeOrigin::Earlier,
            notice: None,
            waiting: false,
        }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = Page {
            id: "enter-code",
            title: "Check your email".into(),
            actions: self.actions(),
            notice: self.notice.clone(),
            waiting: self.waiting,
            ..Page::default()
        };
        match &self.sent {
            CodeOrigin::Earlier => self.explain_earlier(&mut page),
            CodeOrigin::Here { resend_at, .. } => self.explain_sent(&mut page, *resend_at),
        }
        page.fields.push(self.code.code("code", "Code"));
        page
    }

    fn explain_earlier<'a>(&'a self, page: &mut Page<'a>) {
        page.intro.push("Type the name you asked for and the code from the email.".into());
        page.fields.push(self.name.text("name", NAME_LABEL, NAME_MAX));
        page.outro.push(wording::trouble(&self.portal).into());
    }

    fn explain_sent(&self, page: &mut Page<'_>, resend_at: Timestamp) {
        let portal = &self.portal;
        let name = inert(self.name.trimmed(), 64);
        page.intro.push(
            format!(
                "If \"{name}\" has an account here, a code was sent to its address. It is valid for {} minutes \
                 after it was sent.",
                portal.code_ttl_minutes
            )
            .into(),
        );
        page.outro.push(
            format!(
                "No email from {}? Look in the spam or junk folder, and check the spelling of the name. \
                 Another code can be sent from {}.",
                portal.sender,
                resend_at.hour_minute()
            )
            .into(),
        );
        page.outro.push(wording::trouble(portal).into());
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = vec![Action::primary("continue", "Continue", !self.waiting)];
        if matches!(self.sent, CodeOrigin::Here { .. }) {
            actions.push(Action::link("send-another", "Send another code"));
            actions.push(Action::link("change-address", "Change address"));
        }
        actions.push(Action::back("Back"));
        actions
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "name", value } => self.name.typed(value),
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("continue") if !self.waiting => return self.submit(),
            Event::Pressed("send-another") if !self.waiting => {
                self.notice = None;
                self.waiting = true;
                return Step::Ask(Request::RequestCode { name: self.name.trimmed().to_owned() });
            }
            Event::Pressed("change-address" | "back") => {
                let next = ForgotPassword::new(self.portal.clone(), self.name.trimmed());
                return Step::go(Flow::ForgotPassword(next));
            }
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        if self.name.trimmed().is_empty() {
            self.notice = Some(Notice::missing("Type the email or username that you asked for a code with."));
            return Step::Stay;
        }
        if self.code.is_empty() {
            self.notice = Some(Notice::missing("Type the code from the email, such as WDJB-MJHT."));
            return Step::Stay;
        }
        self.notice = None;
        self.waiting = true;
        let requests = self.requests();
        Step::Ask(Request::ProveCode {
            name: self.name.trimmed().to_owned(),
            requests,
            code: self.code.get().clone(),
        })
    }

    fn requests(&self) -> Vec<RequestId> {
        match &self.sent {
            CodeOrigin::Here { requests, .. } => requests.clone(),
            CodeOrigin::Earlier => Vec::new(),
        }
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::CodeProven(grant) => {
                let next = NewPassword::new(self.portal.clone(), self.name.trimmed(), grant);
                return Step::go(Flow::NewPassword(next));
            }
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(half)) => {
                let next = SecondFactor::resetting(self.portal.clone(), self.name.trimmed(), half);
                return Step::go(Flow::SecondFactor(next));
            }
            Reply::CodeRequested(again) => {
                // The older code is still good, whichever email comes first.
                let mut requests = self.requests();
                requests.push(again.request);
                self.sent = CodeOrigin::Here { requests, resend_at: again.resend_at };
                let text = "If there is such an account, another code was sent. An earlier one stays good.";
                self.notice = Some(Notice { tone: Tone::Good, id: "code-sent", text: text.into() });
            }
            Reply::Refused(refusal) => {
                if refusal == Refusal::CodeRefused {
                    self.code.wipe();
                }
                self.notice = Some(wording::refusal(&refusal, &self.portal));
            }
            _ => {}
        }
        Step::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::ResetGrant;
    use crate::flow::testing::portal;

    fn flow() -> EnterCode {
        let sent = CodeRequested::for_test(Timestamp::from_epoch_ms(60_000));
        EnterCode::sent(Arc::new(portal()), "ada", sent)
    }

    fn type_code(flow: &mut EnterCode) -> Step {
        flow.update(Event::Typed { field: "code", value: "WDJBMJHT" });
        flow.update(Event::Pressed("continue"))
    }

    #[test]
    fn says_all_that_a_waiting_person_needs() {
        let flow = flow();
        let page = flow.page();
        let said = page.intro.iter().chain(&page.outro).map(AsRef::as_ref).collect::<Vec<&str>>().join(" ");
        for need in [
            "\"ada\"",
            "10 minutes",
            "portal@acme.example",
            "spam or junk",
            "spelling",
            "00:01 UTC",
            "support@",
        ] {
            assert!(said.contains(need), "{need} is missing in: {said}");
        }
    }

    #[test]
    fn a_code_is_tied_to_the_requests_of_this_session_and_an_earlier_one_stays_good() {
        let mut flow = flow();
        let Step::Ask(Request::ProveCode { requests, .. }) = type_code(&mut flow) else {
            panic!("it must ask")
        };
        assert_eq!(requests.len(), 1);
        flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
        flow.update(Event::Pressed("send-another"));
        let again = CodeRequested::for_test(Timestamp::from_epoch_ms(120_000));
        flow.update(Event::Replied(Reply::CodeRequested(again)));
        let Step::Ask(Request::ProveCode { requests, .. }) = type_code(&mut flow) else {
            panic!("it must ask")
        };
        assert_eq!(requests.len(), 2);
    }

    #[test]
    fn what_is_missing_is_asked_for_by_its_name() {
        let mut flow = EnterCode::from_an_earlier_session(Arc::new(portal()), "");
        let missing = |flow: &mut EnterCode| {
            assert!(matches!(flow.update(Event::Pressed("continue")), Step::Stay));
            flow.page().notice.map(|notice| notice.text.into_owned()).unwrap_or_default()
        };
        assert!(missing(&mut flow).contains("email or username"));
        flow.update(Event::Typed { field: "name", value: "ada" });
        assert!(missing(&mut flow).contains("the code from the email"));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_an_outage_keeps_it() {
        let mut flow = flow();
        type_code(&mut flow);
        flow.update(Event::Replied(Reply::Refused(Refusal::Unavailable("x".into()))));
        assert_eq!(flow.code.get().expose(), "WDJBMJHT");
        flow.update(Event::Pressed("continue"));
        flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
        assert!(flow.code.is_empty());
    }

    #[test]
    fn the_right_code_leads_to_a_new_password() {
        let mut flow = flow();
        type_code(&mut flow);
        let step = flow.update(Event::Replied(Reply::CodeProven(ResetGrant::for_test("ada"))));
        assert!(matches!(step, Step::Go(flow) if flow.page().id == "new-password"));
    }
}
