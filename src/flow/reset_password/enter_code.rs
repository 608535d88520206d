//! Type the code from the email. Page `enter-code`; says the same for known and unknown accounts.
//!
//! ```text
//! sent (Code) ------------- right code --> new-password, or second-factor when there is one
//! earlier session (Name, Code) --^    wrong --> stays, says so
//!     '-- I have a request ID (Name, Request ID, Code) --^
//! ```

use std::sync::Arc;

use crate::accounts::request::second_factor::SecondFactorReply;
use crate::accounts::request::{CodeRequested, NextCode, Refusal, Reply, Request, RequestId};
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::throttle::TRIES_PER_CODE;
use crate::flow::context::GuestContext;
use crate::flow::field::{SecretField, TextField};
use crate::flow::page::{Action, Notice, Page};
use crate::flow::sign_in::SecondFactor;
use crate::flow::{Event, NAME_LABEL, NAME_MAX, Step, wording};
use crate::text;

use super::{ForgotPassword, NewPassword};

/// The most characters of a typed request ID: a UUID in any of its notations.
const REQUEST_MAX: usize = 45;

/// The form for the code.
#[derive(Debug)]
pub struct EnterCode {
    pub(in crate::flow) cx: GuestContext,
    name: TextField,
    code: SecretField,
    origin: CodeOrigin,
    /// Wrong codes typed here since the last one was sent, or since the name or the request was typed.
    wrong: i64,
}

#[derive(Debug)]
enum CodeOrigin {
    /// Asked for in an earlier session: the name is typed beside the code.
    Earlier,
    /// The same, with the id of the request: then the code is tied to it.
    EarlierRequest(TextField),
    /// Asked for here; the code is tied to one of these requests.
    Here { requests: Vec<RequestId>, next: NextCode },
}

impl EnterCode {
    /// After a code was asked for in this session.
    #[must_use]
    pub fn sent(portal: Arc<PortalInfo>, name: &str, sent: CodeRequested) -> Self {
        let requests = if sent.next.too_soon { Vec::new() } else { vec![sent.request] };
        let origin = CodeOrigin::Here { requests, next: sent.next };
        let mut page = Self { origin, ..Self::from_an_earlier_session(portal, name) };
        page.cx.notice = wording::too_soon(&sent.next, &page.cx.portal);
        page
    }

    /// *I already have a code*: a dropped connection loses nothing.
    #[must_use]
    pub fn from_an_earlier_session(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self {
            cx: GuestContext::new(portal),
            name: TextField::filled(name),
            code: SecretField::default(),
            origin: CodeOrigin::Earlier,
            wrong: 0,
        }
    }

    /// *I have a request ID*: who brings it holds the code, wherever that is.
    fn of_an_earlier_request(portal: Arc<PortalInfo>, name: &str) -> Self {
        let origin = CodeOrigin::EarlierRequest(TextField::default());
        Self { origin, ..Self::from_an_earlier_session(portal, name) }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let (cx, portal) = (&self.cx, &self.cx.portal);
        let page = cx
            .page("enter-code", text!(cx, "check-your-email"))
            .action(Action::primary("continue", text!(cx, "continue")));
        let page = match &self.origin {
            CodeOrigin::Earlier => page
                .intro(text!(cx, "enter-code-intro"))
                .field(self.name.text("name", NAME_LABEL.to(cx), NAME_MAX))
                .link("send-another", text!(cx, "send-another-code"))
                .link("request-id", text!(cx, "have-a-request-id")),
            CodeOrigin::EarlierRequest(request) => page
                .intro(text!(cx, "enter-code-intro-request"))
                .field(self.name.text("name", NAME_LABEL.to(cx), NAME_MAX))
                .field(request.text("request", text!(cx, "request-id"), REQUEST_MAX))
                .link("send-another", text!(cx, "send-another-code")),
            CodeOrigin::Here { next, .. } => Page { countdown: Some(wording::another_code(next)), ..page }
                .intro(text!(
                    cx,
                    "enter-code-sent",
                    name = inert(self.name.trimmed(), 64),
                    minutes = portal.code_ttl_minutes
                ))
                .link("send-another", text!(cx, "send-another-code"))
                .link("change-address", text!(cx, "change-address"))
                .outro(text!(cx, "enter-code-no-email", sender = portal.sender.as_str())),
        };
        page.field(self.code.code("code", text!(cx, "code")))
            .back(text!(cx, "back"))
            .outro(wording::need_help(portal))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "name", value } => {
                self.wrong = 0;
                self.name.typed(value)
            }
            Event::Typed { field: "request", value } => match &mut self.origin {
                CodeOrigin::EarlierRequest(request) => {
                    self.wrong = 0;
                    request.typed(value)
                }
                _ => Step::Stay,
            },
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("continue") => self.submit(),
            Event::Pressed("send-another") if self.name.is_blank() => {
                self.cx.missing(text!(self.cx, "forgot-password-missing"))
            }
            Event::Pressed("send-another") => {
                self.cx.ask(Request::RequestCode { name: self.name.trimmed().to_owned() })
            }
            Event::Pressed("request-id") => {
                Step::go(Self::of_an_earlier_request(self.cx.portal.clone(), self.name.trimmed()))
            }
            Event::Pressed("change-address" | "back") => {
                Step::go(ForgotPassword::new(self.cx.portal.clone(), self.name.trimmed()))
            }
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn submit(&mut self) -> Step {
        if self.name.is_blank() {
            return self.cx.missing(text!(self.cx, "enter-code-name-missing"));
        }
        let Some(requests) = self.requests() else {
            return self.cx.missing(text!(self.cx, "request-id-missing"));
        };
        if self.code.is_empty() {
            return self.cx.missing(wording::CODE_MISSING.to(&self.cx));
        }
        let (name, code) = (self.name.trimmed().to_owned(), self.code.get().clone());
        self.cx.ask(Request::ProveCode { name, requests, code })
    }

    /// The requests that the code may answer; `None` when what was typed cannot be the id of one.
    fn requests(&self) -> Option<Vec<RequestId>> {
        match &self.origin {
            CodeOrigin::Here { requests, .. } => Some(requests.clone()),
            CodeOrigin::EarlierRequest(typed) => {
                RequestId::parse(typed.trimmed()).map(|request| vec![request])
            }
            CodeOrigin::Earlier => Some(Vec::new()),
        }
    }

    fn replied(&mut self, reply: Reply) -> Step {
        let (portal, name) = (self.cx.portal.clone(), self.name.trimmed());
        match reply {
            Reply::MaySetPassword(grant) => Step::go(NewPassword::new(portal, name, grant)),
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(first)) => {
                Step::go(SecondFactor::resetting(portal, name, first))
            }
            Reply::CodeRequested(again) => {
                // The older code still works, whichever email arrives first.
                let mut requests = self.requests().unwrap_or_default();
                // One that came too soon has no code that could answer it.
                if !again.next.too_soon {
                    requests.push(again.request);
                    self.wrong = 0;
                }
                self.origin = CodeOrigin::Here { requests, next: again.next };
                let sent = || Notice::good("code-sent", text!(portal, "enter-code-sent-again"));
                self.cx.notify(wording::too_soon(&again.next, &self.cx).unwrap_or_else(sent))
            }
            Reply::Refused(Refusal::CodeRefused) => {
                self.code.wipe();
                self.wrong += 1;
                self.tell_that_tries_are_used()
            }
            Reply::Refused(Refusal::CodeUsed | Refusal::CodeTriesUsed) => self.code.wipe(),
            _ => Step::Stay,
        }
    }

    /// After as many wrong codes as one has tries, none of those sent so far is good any more: says so instead of asking
    /// to check it. Counted here, by what was typed, so that it is the same whether there is an account or not.
    fn tell_that_tries_are_used(&mut self) -> Step {
        if self.wrong < TRIES_PER_CODE {
            return Step::Stay;
        }
        let notice = wording::refusal(&Refusal::CodeTriesUsed, &self.cx.portal);
        self.cx.notify(notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::ResetGrant;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::portal;

    fn flow() -> Flow {
        let sent = CodeRequested::for_test(Timestamp::from_epoch_ms(60_000));
        EnterCode::sent(Arc::new(portal()), "ada", sent).into()
    }

    fn type_code(flow: &mut Flow) -> Step {
        flow.update(Event::Typed { field: "code", value: "WDJBMJHT" });
        flow.update(Event::Pressed("continue"))
    }

    #[test]
    fn says_everything_a_waiting_person_needs() {
        let flow = flow();
        let page = flow.page().at(Timestamp::from_epoch_ms(0));
        let text = page.intro.iter().chain(&page.outro).map(AsRef::as_ref).collect::<Vec<&str>>().join(" ");
        for need in [
            "\"ada\"",
            "10 minutes",
            "portal@acme.example",
            "spam or junk",
            "spelling",
            "another code in 60 seconds.",
            "support@",
        ] {
            assert!(text.contains(need), "{need} is missing in: {text}");
        }
    }

    #[test]
    fn a_code_is_tied_to_the_requests_of_this_session_and_an_earlier_one_still_works() {
        let mut flow = flow();
        let Step::Ask(Request::ProveCode { requests, .. }) = type_code(&mut flow) else {
            panic!("it must ask")
        };
        assert_eq!(requests.len(), 1);
        flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
        flow.update(Event::Pressed("send-another"));
        let again = CodeRequested::for_test(Timestamp::from_epoch_ms(120_000));
        let early = CodeRequested { next: NextCode { too_soon: true, ..again.next }, ..again.clone() };
        flow.update(Event::Replied(Reply::CodeRequested(early)));
        let notice = flow.page().notice.unwrap();
        assert!(notice.id == "too-soon" && notice.text.ends_with("from 00:02 UTC."), "{}", notice.text);
        flow.update(Event::Replied(Reply::CodeRequested(again)));
        let Step::Ask(Request::ProveCode { requests, .. }) = type_code(&mut flow) else {
            panic!("it must ask")
        };
        assert_eq!(requests.len(), 2);
    }

    #[test]
    fn a_request_id_from_elsewhere_is_brought_along() {
        let mut earlier = Flow::from(EnterCode::from_an_earlier_session(Arc::new(portal()), "ada"));
        let Step::Go(mut flow) = earlier.update(Event::Pressed("request-id")) else {
            panic!("it must go on")
        };
        let page = flow.page();
        assert_eq!(page.fields.iter().map(|field| field.id).collect::<Vec<_>>(), ["name", "request", "code"]);
        assert_eq!(page.fields[0].value.expose(), "ada");
        assert!(matches!(type_code(&mut flow), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        let id = "0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55";
        flow.update(Event::Typed { field: "request", value: &format!(" {} ", id.to_uppercase()) });
        let Step::Ask(Request::ProveCode { requests, .. }) = flow.update(Event::Pressed("continue")) else {
            panic!("it must ask")
        };
        assert_eq!(requests.iter().map(RequestId::as_str).collect::<Vec<_>>(), [id]);
    }

    #[test]
    fn what_is_missing_is_asked_for_by_its_name() {
        let mut flow = Flow::from(EnterCode::from_an_earlier_session(Arc::new(portal()), ""));
        let missing = |flow: &mut Flow| {
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
        assert_eq!(flow.page().fields[0].value.expose(), "WDJBMJHT");
        flow.update(Event::Pressed("continue"));
        flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
        assert!(flow.page().fields[0].value.expose().is_empty());
    }

    #[test]
    fn after_five_wrong_codes_it_asks_for_another_until_one_is_sent() {
        let mut flow = flow();
        let refused = |flow: &mut Flow| {
            type_code(flow);
            flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
            flow.page().notice.map(|notice| (notice.id, notice.text.into_owned())).unwrap()
        };
        for _ in 0..4 {
            assert_eq!(refused(&mut flow).0, "code-refused");
        }
        for _ in 0..2 {
            let (id, text) = refused(&mut flow);
            assert_eq!(id, "code-tries-used");
            let known = "Too many tries with this code. Nothing was changed. Send another one.";
            assert_eq!(text, format!("{known} If that one is refused too, contact support@acme.example."));
        }
        let again = CodeRequested::for_test(Timestamp::from_epoch_ms(120_000));
        let early = CodeRequested { next: NextCode { too_soon: true, ..again.next }, ..again.clone() };
        flow.update(Event::Pressed("send-another"));
        flow.update(Event::Replied(Reply::CodeRequested(early)));
        assert_eq!(refused(&mut flow).0, "code-tries-used", "none was sent");
        flow.update(Event::Pressed("send-another"));
        flow.update(Event::Replied(Reply::CodeRequested(again)));
        assert_eq!(refused(&mut flow).0, "code-refused");
    }

    #[test]
    fn another_code_can_be_sent_from_wherever_one_is_typed() {
        let mut flow = Flow::from(EnterCode::from_an_earlier_session(Arc::new(portal()), ""));
        assert!(matches!(flow.update(Event::Pressed("send-another")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        flow.update(Event::Typed { field: "name", value: "ada" });
        let step = flow.update(Event::Pressed("send-another"));
        assert!(matches!(step, Step::Ask(Request::RequestCode { name }) if name == "ada"));
        let sent = CodeRequested::for_test(Timestamp::from_epoch_ms(60_000));
        flow.update(Event::Replied(Reply::CodeRequested(sent)));
        let page = flow.page();
        assert_eq!(page.fields.iter().map(|field| field.id).collect::<Vec<_>>(), ["code"]);
        assert!(page.intro[0].contains("\"ada\""));
    }

    #[test]
    fn the_right_code_leads_to_a_new_password() {
        let mut flow = flow();
        type_code(&mut flow);
        let step = flow.update(Event::Replied(Reply::MaySetPassword(ResetGrant::for_test("ada"))));
        assert!(matches!(step, Step::Go(flow) if flow.page().id == "new-password"));
    }
}
