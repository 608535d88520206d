//! "Forgot your password?": say which account, and a code is sent. Page `forgot-password`.

use std::sync::Arc;

use crate::accounts::request::reset_address::{MaskedAddress, ResetAddressReply, ResetAddressRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::flow::context::GuestContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Notice, Page};
use crate::flow::sign_in::SignIn;
use crate::flow::{Event, NAME_LABEL, NAME_MAX, Step, wording};
use crate::text;

use super::{ChooseAddress, EnterCode};

/// The form that asks for a reset code.
#[derive(Debug)]
pub struct ForgotPassword {
    pub(in crate::flow) cx: GuestContext,
    name: TextField,
}

impl ForgotPassword {
    /// The form with the name as far as it was typed before.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self { cx: GuestContext::new(portal), name: TextField::filled(name) }
    }

    /// The form after a reset ended early; `why` unless the person chose to go back.
    pub(in crate::flow) fn starting_again(
        portal: Arc<PortalInfo>,
        name: &str,
        why: Option<&Refusal>,
    ) -> Self {
        let mut form = Self::new(portal, name);
        form.cx.notice = why.map(|refusal| wording::refusal(refusal, &form.cx.portal));
        form
    }

    pub(in crate::flow) fn fill_in(&mut self, name: &str) {
        self.name.fill_in(name);
    }

    pub(in crate::flow) fn with_notice(mut self, notice: Notice<'static>) -> Self {
        self.cx.notice = Some(notice);
        self
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = self
            .cx
            .page("forgot-password", text!(self.cx, "forgot-password-title"))
            .intro(text!(self.cx, "forgot-password-intro"))
            .field(self.name.text("name", NAME_LABEL.to(&self.cx), NAME_MAX))
            .action(Action::primary("send-code", text!(self.cx, "send-code")))
            .link("have-code", text!(self.cx, "already-have-a-code"));
        // Whoever has shown no key of the account would only be refused.
        let page = match self.cx.key() {
            Some(_) => page.link("choose-address", text!(self.cx, "choose-address")),
            None => page,
        };
        page.back(text!(self.cx, "back")).outro(wording::need_help(&self.cx.portal))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let (portal, name) = (self.cx.portal.clone(), self.name.trimmed());
        match event {
            Event::Typed { field: "name", value } => self.name.typed(value),
            Event::Pressed("send-code") => self.submit(|name| Request::RequestCode { name }),
            Event::Pressed("choose-address") => {
                // The addresses that can be chosen from are those of the key's account.
                let Some(key) = self.cx.key() else { return Step::Stay };
                let name = key.name.clone();
                self.name.set(&name);
                self.submit(|name| Request::ResetAddress(ResetAddressRequest::Choices { name }))
            }
            Event::Pressed("have-code") => Step::go(EnterCode::from_an_earlier_session(portal, name)),
            Event::Pressed("back") => Step::go(SignIn::new(portal, name)),
            Event::Replied(Reply::CodeRequested(sent)) => Step::go(EnterCode::sent(portal, name, sent)),
            Event::Replied(Reply::ResetAddress(ResetAddressReply::Choices(choices))) => self.choose(choices),
            _ => Step::Stay,
        }
    }

    fn submit(&mut self, request: fn(String) -> Request) -> Step {
        if self.name.is_blank() {
            return self.cx.missing(text!(self.cx, "forgot-password-missing"));
        }
        self.cx.ask(request(self.name.trimmed().to_owned()))
    }

    /// Without a key there is nothing to choose from, whether the account exists or not.
    fn choose(&mut self, choices: Vec<MaskedAddress>) -> Step {
        if choices.is_empty() {
            let text = text!(self.cx, "choose-address-needs-key");
            return self.cx.notify(Notice::neutral("type-address", text));
        }
        Step::go(ChooseAddress::new(self.cx.portal.clone(), self.name.trimmed(), choices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::CodeRequested;
    use crate::accounts::request::keys::RecognisedKey;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::portal;

    fn flow() -> Flow {
        ForgotPassword::new(Arc::new(portal()), "ada").into()
    }

    #[test]
    fn asks_for_a_code_and_goes_on_to_enter_it() {
        let mut flow = flow();
        assert!(matches!(
            flow.update(Event::Pressed("send-code")),
            Step::Ask(Request::RequestCode { name }) if name == "ada"
        ));
        let sent = CodeRequested::for_test(Timestamp::from_epoch_ms(60_000));
        let Step::Go(next) = flow.update(Event::Replied(Reply::CodeRequested(sent))) else {
            panic!("it must go on")
        };
        assert_eq!(next.page().id, "enter-code");
    }

    #[test]
    fn with_nothing_to_choose_from_it_says_what_to_type() {
        let mut flow = flow();
        assert!(flow.page().actions.iter().all(|action| action.id != "choose-address"), "it could not work");
        assert!(matches!(flow.update(Event::Pressed("choose-address")), Step::Stay));
        flow.recognise(&Arc::new(RecognisedKey::for_test("ada", false)));
        assert!(flow.page().actions.iter().any(|action| action.id == "choose-address"));
        let asked = flow.update(Event::Pressed("choose-address"));
        assert!(
            matches!(asked, Step::Ask(Request::ResetAddress(ResetAddressRequest::Choices { .. }))),
            "{asked:?}"
        );
        flow.update(Event::Replied(Reply::ResetAddress(ResetAddressReply::Choices(Vec::new()))));
        let page = flow.page();
        assert_eq!(page.notice.as_ref().map(|notice| notice.id), Some("type-address"));
        assert!(!page.waiting && page.fields[0].value.expose() == "ada");
        let choice = MaskedAddress { id: "1".into(), masked: "a***@e***.org".into(), is_primary: true };
        let Step::Go(next) =
            flow.update(Event::Replied(Reply::ResetAddress(ResetAddressReply::Choices(vec![choice]))))
        else {
            panic!("it must go on")
        };
        assert_eq!(next.page().id, "choose-address");
    }

    #[test]
    fn an_outage_keeps_the_name() {
        let mut flow = flow();
        flow.update(Event::Pressed("send-code"));
        flow.update(Event::Replied(Reply::Refused(Refusal::Unavailable("id".into()))));
        assert_eq!(flow.page().fields[0].value.expose(), "ada");
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("unavailable"));
        assert!(!flow.page().waiting);
    }

    #[test]
    fn without_a_name_it_asks_for_one() {
        let mut flow = Flow::from(ForgotPassword::new(Arc::new(portal()), ""));
        assert!(matches!(flow.update(Event::Pressed("send-code")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
    }

    #[test]
    fn a_code_from_an_earlier_session_can_be_typed_without_asking_for_one() {
        let Step::Go(next) = flow().update(Event::Pressed("have-code")) else { panic!("it must go on") };
        let page = next.page();
        assert_eq!(page.id, "enter-code");
        assert_eq!(page.fields.iter().map(|field| field.id).collect::<Vec<_>>(), ["name", "code"]);
        assert_eq!(page.fields[0].value.expose(), "ada");
    }
}
