//! Setting up a portal without accounts: the setup code, an address, then the first account and its team. Page `setup`,
//! and the pages behind it. Once there is an account, only a sign-in that says so.
//!
//! ```text
//! setup --> setup/address --> setup/verify --> setup/account --> teams
//!                  `--- no relay, or no email ------^
//! ```

mod account;
mod address;

use std::sync::Arc;

use crate::accounts::request::join::{JoinReply, JoinRequest};
use crate::accounts::request::setup::{SetupAddress, SetupGrant, SetupReply, SetupRequest};
use crate::accounts::request::{NextCode, Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::text;

use super::context::{GuestContext, MemberContext};
use super::field::{SecretField, TextField};
use super::page::{Action, Notice, Page};
use super::sign_in::SignIn;
use super::teams::TeamListPage;
use super::{Event, Step, new_account, wording};
use account::FirstAccountForm;

/// The four forms.
#[derive(Debug)]
pub struct PortalSetup {
    pub(super) cx: GuestContext,
    stage: SetupStage,
}

#[derive(Debug)]
enum SetupStage {
    /// `setup`: the setup code.
    Code(SecretField),
    /// `setup/address`: which address the account has.
    Address(SetupGrant, TextField),
    /// `setup/verify`: the code that was sent there.
    Verify { grant: SetupGrant, address: String, code: SecretField, next: NextCode },
    /// `setup/account`: the address is `None` while a request is under way.
    Account { grant: SetupGrant, address: Option<SetupAddress>, form: Box<FirstAccountForm> },
}

impl PortalSetup {
    /// With nothing typed.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>) -> Self {
        Self::at(portal, SetupStage::Code(SecretField::default()))
    }

    fn at(portal: Arc<PortalInfo>, stage: SetupStage) -> Self {
        Self { cx: GuestContext::new(portal), stage }
    }

    /// Somebody who comes after the first account hears at once that there is one.
    pub(super) fn begin(&mut self) -> Step {
        match self.stage {
            SetupStage::Code(_) => self.cx.ask(Request::Setup(SetupRequest::Status)),
            _ => Step::Stay,
        }
    }

    pub(super) fn page(&self) -> Page<'_> {
        match &self.stage {
            SetupStage::Code(code) => self.code_page(code),
            SetupStage::Address(_, address) => self.address_page(address),
            SetupStage::Verify { address, code, next, .. } => self.verify_page(address, code, *next),
            SetupStage::Account { address, form, .. } => self.account_page(address.as_ref(), form),
        }
    }

    fn code_page<'a>(&'a self, code: &'a SecretField) -> Page<'a> {
        self.cx
            .page("setup", text!(self.cx, "setup-title"))
            .intro(text!(self.cx, "setup-intro"))
            .field(code.undo_code("code", text!(self.cx, "setup-code")))
            .action(Action::primary("continue", text!(self.cx, "continue")))
            .back(text!(self.cx, "back-to-sign-in"))
            .outro(text!(self.cx, "setup-no-code"))
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } => match &mut self.stage {
                SetupStage::Code(code) | SetupStage::Verify { code, .. } => code.typed(value),
                SetupStage::Address(_, address) => address.typed(value),
                SetupStage::Account { form, .. } => form.typed(field, value),
            },
            Event::Pressed(action) => self.pressed(action),
            Event::Replied(Reply::Setup(reply)) => self.setup_replied(reply),
            Event::Replied(Reply::Join(reply)) => self.join_replied(reply),
            Event::Replied(Reply::Refused(refusal)) => self.refused(&refusal),
            _ => Step::Stay,
        }
    }

    fn pressed(&mut self, action: &'static str) -> Step {
        match (&mut self.stage, action) {
            (SetupStage::Code(code), "continue") if code.is_empty() => {
                self.cx.missing(text!(self.cx, "setup-code-missing"))
            }
            (SetupStage::Code(code), "continue") => {
                let code = code.get().clone();
                self.cx.ask(Request::Setup(SetupRequest::Prove { code }))
            }
            (SetupStage::Address(_, address), "send-code") if address.is_blank() => {
                self.cx.missing(text!(self.cx, "address-missing"))
            }
            (SetupStage::Address(grant, address), "send-code") => {
                let (grant, address) = (grant.clone(), address.trimmed().to_owned());
                self.cx.ask(Request::Setup(SetupRequest::SendCode { grant, address }))
            }
            (SetupStage::Verify { grant, address, .. }, "send-another") => {
                let (grant, address) = (grant.clone(), address.clone());
                self.cx.ask(Request::Setup(SetupRequest::SendCode { grant, address }))
            }
            (SetupStage::Verify { code, .. }, "continue") if code.is_empty() => {
                self.cx.missing(wording::CODE_MISSING.to(&self.cx))
            }
            (SetupStage::Verify { address, code, .. }, "continue") => {
                let (address, code) = (address.clone(), code.get().clone());
                self.cx.ask(Request::Join(JoinRequest::Prove { address, code }))
            }
            (SetupStage::Verify { address, .. }, "without-code") => {
                let address = SetupAddress::Vouched(address.clone());
                self.go_to_account(address, None)
            }
            (SetupStage::Account { grant, address, form }, "create") if form.may_be_sent() => {
                match address.take() {
                    Some(address) => {
                        let request = form.request(grant.clone(), address);
                        self.cx.ask(Request::Setup(request))
                    }
                    None => Step::Stay,
                }
            }
            (SetupStage::Verify { grant, address, .. }, "back") => {
                let stage = SetupStage::Address(grant.clone(), TextField::filled(address));
                self.go(stage, None)
            }
            (SetupStage::Account { grant, address, .. }, "back") => {
                let address = address.as_ref().map(SetupAddress::as_str).unwrap_or_default();
                let stage = SetupStage::Address(grant.clone(), TextField::filled(address));
                self.go(stage, None)
            }
            (SetupStage::Address(..), "back") => self.go(SetupStage::Code(SecretField::default()), None),
            (SetupStage::Code(_), "back") => Step::go(SignIn::new(self.cx.portal.clone(), "")),
            _ => Step::Stay,
        }
    }

    fn go(&self, stage: SetupStage, notice: Option<Notice<'static>>) -> Step {
        let mut next = Self::at(self.cx.portal.clone(), stage);
        next.cx.notice = notice;
        Step::go(next)
    }

    fn go_to_account(&self, address: SetupAddress, notice: Option<Notice<'static>>) -> Step {
        let (SetupStage::Address(grant, _) | SetupStage::Verify { grant, .. }) = &self.stage else {
            return Step::Stay;
        };
        let form = Box::new(FirstAccountForm::new(&self.cx.portal, address.as_str()));
        self.go(SetupStage::Account { grant: grant.clone(), address: Some(address), form }, notice)
    }

    fn setup_replied(&mut self, reply: SetupReply) -> Step {
        match reply {
            SetupReply::Open => Step::Stay,
            SetupReply::Proven(grant) => self.go(SetupStage::Address(grant, TextField::default()), None),
            SetupReply::CodeSent(next) => self.code_sent(next),
            SetupReply::NoRelay => {
                let address = match &self.stage {
                    SetupStage::Address(_, address) => address.trimmed().to_owned(),
                    SetupStage::Verify { address, .. } => address.clone(),
                    _ => return Step::Stay,
                };
                let text = text!(self.cx, "setup-no-relay");
                self.go_to_account(SetupAddress::Vouched(address), Some(Notice::neutral("no-relay", text)))
            }
            SetupReply::Created(member) => {
                let text = text!(self.cx, "setup-done", name = member.name());
                let cx = MemberContext::new(self.cx.portal.clone(), member).with_toast("set-up", text);
                Step::go(TeamListPage::new(cx))
            }
            SetupReply::NotCreated(_, refusal @ (Refusal::AlreadySetUp | Refusal::SetupCodeRefused)) => {
                self.refused(&refusal)
            }
            SetupReply::NotCreated(back, refusal) => {
                let notice = new_account::refusal(&refusal, &self.cx.portal);
                match (&mut self.stage, back) {
                    (SetupStage::Account { address, .. }, Some(back)) => {
                        *address = Some(back);
                        self.cx.notify(notice)
                    }
                    // The code from the email is used up or too old: the address is typed again.
                    (SetupStage::Account { grant, .. }, None) => {
                        let stage = SetupStage::Address(grant.clone(), TextField::default());
                        self.go(stage, Some(notice))
                    }
                    _ => Step::Stay,
                }
            }
        }
    }

    fn join_replied(&mut self, reply: JoinReply) -> Step {
        match reply {
            JoinReply::Proven(proven) => self.go_to_account(SetupAddress::Verified(proven), None),
            // The address has an account: somebody else was faster.
            JoinReply::SignInFirst { .. } => self.refused(&Refusal::AlreadySetUp),
            _ => Step::Stay,
        }
    }

    fn refused(&mut self, refusal: &Refusal) -> Step {
        let notice = wording::refusal(refusal, &self.cx.portal);
        match (refusal, &mut self.stage) {
            (Refusal::AlreadySetUp, _) => {
                let mut sign_in = SignIn::new(self.cx.portal.clone(), "");
                sign_in.cx.notice = Some(notice);
                Step::go(sign_in)
            }
            (Refusal::SetupCodeRefused, SetupStage::Code(code))
            | (Refusal::CodeRefused, SetupStage::Verify { code, .. }) => code.wipe(),
            (Refusal::SetupCodeRefused, _) => self.go(SetupStage::Code(SecretField::default()), Some(notice)),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{JoinGrant, JoinRefusal, SignedIn};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::{portal, press, type_in};

    const GOOD: &str = "plum tractor seventeen";
    const AT: Timestamp = Timestamp::from_epoch_ms(60_000);

    fn replied(flow: &mut Flow, reply: SetupReply) -> Step {
        flow.update(Event::Replied(Reply::Setup(reply)))
    }

    fn went(step: Step) -> Flow {
        let Step::Go(next) = step else { panic!("it must go on, not {step:?}") };
        *next
    }

    fn address_form() -> Flow {
        let mut flow = Flow::from(PortalSetup::new(Arc::new(portal())));
        type_in(&mut flow, &[("code", "WDJBMJHTBCDFGHJK")]);
        let step = press(&mut flow, "continue");
        assert!(matches!(step, Step::Ask(Request::Setup(SetupRequest::Prove { .. }))), "{step:?}");
        let mut next = went(replied(&mut flow, SetupReply::Proven(SetupGrant::for_test())));
        type_in(&mut next, &[("address", " ada@example.org ")]);
        next
    }

    fn account_form() -> Flow {
        let mut flow = address_form();
        press(&mut flow, "send-code");
        let mut next = went(replied(&mut flow, SetupReply::NoRelay));
        assert_eq!(next.page().notice.map(|notice| notice.id), Some("no-relay"));
        type_in(&mut next, &[("name", "ada"), ("new", GOOD), ("confirm", GOOD), ("team", "Platform")]);
        next
    }

    #[test]
    fn from_the_code_over_the_email_to_the_teams() {
        let mut flow = address_form();
        let Step::Ask(Request::Setup(SetupRequest::SendCode { address, .. })) = press(&mut flow, "send-code")
        else {
            panic!("it must send a code")
        };
        assert_eq!(address, "ada@example.org");
        let next = NextCode { asked_at: AT, too_soon: false, resend_at: AT };
        let mut verify = went(replied(&mut flow, SetupReply::CodeSent(next)));
        assert_eq!(verify.page().id, "setup/verify");
        assert!(verify.page().intro[0].contains("ada@example.org"));
        type_in(&mut verify, &[("code", "WDJBMJHT")]);
        let step = press(&mut verify, "continue");
        assert!(matches!(step, Step::Ask(Request::Join(JoinRequest::Prove { .. }))), "{step:?}");
        let proven = JoinReply::Proven(JoinGrant::for_test(None));
        let mut account = went(verify.update(Event::Replied(Reply::Join(proven))));
        assert_eq!(account.page().id, "setup/account");
        assert!(
            account.page().intro[0].contains("alan@example.org is verified"),
            "{:?}",
            account.page().intro
        );
        type_in(&mut account, &[("name", "ada"), ("new", GOOD), ("confirm", GOOD), ("team", "Platform")]);
        let Step::Ask(Request::Setup(SetupRequest::Create(first))) = press(&mut account, "create") else {
            panic!("it must ask")
        };
        assert!(matches!(first.address, SetupAddress::Verified(_)) && first.team == "Platform", "{first:?}");
        let teams = went(replied(&mut account, SetupReply::Created(SignedIn::for_test("ada"))));
        assert_eq!((teams.page().id, teams.page().toast.unwrap().id), ("teams", "set-up"));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_told_what_to_do() {
        let mut flow = Flow::from(PortalSetup::new(Arc::new(portal())));
        press(&mut flow, "continue");
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        type_in(&mut flow, &[("code", "WDJBMJHTBCDFGHJK")]);
        press(&mut flow, "continue");
        flow.update(Event::Replied(Reply::Refused(Refusal::SetupCodeRefused)));
        let page = flow.page();
        assert_eq!(page.fields[0].value.expose(), "");
        let notice = page.notice.unwrap();
        assert!(
            notice.id == "setup-code-refused" && notice.text.contains("Restart the portal"),
            "{notice:?}"
        );
    }

    #[test]
    fn once_there_is_an_account_the_entrance_is_a_sign_in_that_says_so() {
        let mut flow = Flow::from(PortalSetup::new(Arc::new(portal())));
        let step = flow.begin();
        assert!(matches!(step, Step::Ask(Request::Setup(SetupRequest::Status))), "{step:?}");
        let next = went(flow.update(Event::Replied(Reply::Refused(Refusal::AlreadySetUp))));
        assert_eq!((next.page().id, next.page().notice.unwrap().id), ("sign-in", "already-set-up"));
        let mut flow = account_form();
        press(&mut flow, "create");
        let reply = SetupReply::NotCreated(None, Refusal::AlreadySetUp);
        assert_eq!(went(replied(&mut flow, reply)).page().id, "sign-in");
    }

    #[test]
    fn a_refusal_keeps_what_was_typed_and_a_code_that_has_expired_leads_back_to_it() {
        let mut flow = account_form();
        press(&mut flow, "create");
        let back = Some(SetupAddress::Vouched("ada@example.org".into()));
        replied(&mut flow, SetupReply::NotCreated(back, Refusal::Join(JoinRefusal::NameTaken)));
        assert_eq!(flow.page().notice.as_ref().map(|notice| notice.id), Some("name-taken"));
        assert_eq!(flow.page().fields[0].value.expose(), "ada");
        assert!(matches!(press(&mut flow, "create"), Step::Ask(_)));
        let back = Some(SetupAddress::Vouched("ada@example.org".into()));
        let again = went(replied(&mut flow, SetupReply::NotCreated(back, Refusal::SetupCodeRefused)));
        assert_eq!((again.page().id, again.page().notice.unwrap().id), ("setup", "setup-code-refused"));
    }

    #[test]
    fn who_gets_no_email_goes_on_without_the_code_and_each_page_leads_back() {
        let mut flow = address_form();
        press(&mut flow, "send-code");
        let next = NextCode { asked_at: AT, too_soon: false, resend_at: AT };
        let mut verify = went(replied(&mut flow, SetupReply::CodeSent(next)));
        let mut account = went(press(&mut verify, "without-code"));
        assert_eq!(account.page().id, "setup/account");
        let mut address = went(press(&mut account, "back"));
        assert_eq!(address.page().fields[0].value.expose(), "ada@example.org");
        let mut code = went(press(&mut address, "back"));
        assert_eq!(code.page().id, "setup");
        assert_eq!(went(press(&mut code, "back")).page().id, "sign-in");
    }
}
