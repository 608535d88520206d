//! "Forgot your password?": say which account, and a code is sent. Page `forgot-password`.

use std::sync::Arc;

use crate::accounts::request::reset_address::{MaskedAddress, ResetAddressReply, ResetAddressRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::portal::PortalInfo;

use super::choose_address::ChooseAddress;
use super::enter_code::EnterCode;
use super::field::TextField;
use super::page::{Action, Notice, Page, Tone};
use super::sign_in::SignIn;
use super::{Event, Flow, NAME_LABEL, NAME_MAX, Step, wording};

/// Somebody who is locked out.
#[derive(Debug)]
pub struct ForgotPassword {
    portal: Arc<PortalInfo>,
    name: TextField,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

impl ForgotPassword {
    /// The form with what is already known of the name.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self { portal, name: TextField::filled(name), notice: None, waiting: false }
    }

    /// The form with the reason why one is back here.
    #[must_use]
    pub(super) fn with_notice(self, notice: Notice<'static>) -> Self {
        Self { notice: Some(notice), ..self }
    }

    pub(super) fn page(&self) -> Page<'_> {
        Page {
            id: "forgot-password",
            title: "Reset your password".into(),
            intro: vec![
                "A one-time code goes to the primary address of your account, or to the verified one that you type."
                    .into(),
            ],
            fields: vec![self.name.text("name", NAME_LABEL, NAME_MAX)],
            actions: vec![
                Action::primary("send-code", "Send code", !self.waiting),
                Action::link("have-code", "I already have a code"),
                Action::link("choose-address", "Choose the address"),
                Action::back("Back"),
            ],
            outro: vec![wording::trouble(&self.portal).into()],
            notice: self.notice.clone(),
            waiting: self.waiting,
            ..Page::default()
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "name", value } => self.name.typed(value),
            Event::Pressed("send-code") if !self.waiting => {
                return self.submit(|name| Request::RequestCode { name });
            }
            Event::Pressed("choose-address") if !self.waiting => {
                return self.submit(|name| Request::ResetAddress(ResetAddressRequest::Choices { name }));
            }
            Event::Pressed("have-code") => {
                let next = EnterCode::from_an_earlier_session(self.portal.clone(), self.name.trimmed());
                return Step::go(Flow::EnterCode(next));
            }
            Event::Pressed("back") => {
                return Step::go(Flow::SignIn(SignIn::new(self.portal.clone(), self.name.trimmed())));
            }
            Event::Replied(Reply::CodeRequested(sent)) => {
                let next = EnterCode::sent(self.portal.clone(), self.name.trimmed(), sent);
                return Step::go(Flow::EnterCode(next));
            }
            Event::Replied(Reply::ResetAddress(ResetAddressReply::Choices(choices))) => {
                return self.choose(choices);
            }
            Event::Replied(reply) => {
                self.waiting = false;
                if let Reply::Refused(refusal) = reply {
                    self.notice = Some(wording::refusal(&refusal, &self.portal));
                }
            }
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self, request: fn(String) -> Request) -> Step {
        if self.name.trimmed().is_empty() {
            self.notice = Some(Notice::missing("Type the email or username of your account."));
            return Step::Stay;
        }
        self.notice = None;
        self.waiting = true;
        Step::Ask(request(self.name.trimmed().to_owned()))
    }

    /// Without a key there is nothing to choose from, whoever is named.
    fn choose(&mut self, choices: Vec<MaskedAddress>) -> Step {
        self.waiting = false;
        if choices.is_empty() {
            let text = "Without a registered SSH key of that account no address is shown here. If you have \
                        several, type the one that the code shall go to above.";
            self.notice = Some(Notice { tone: Tone::Neutral, id: "type-address", text: text.into() });
            return Step::Stay;
        }
        let next = ChooseAddress::new(self.portal.clone(), self.name.trimmed(), choices);
        Step::go(Flow::ChooseAddress(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{CodeRequested, Refusal};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::portal;

    fn flow() -> ForgotPassword {
        ForgotPassword::new(Arc::new(portal()), "ada")
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
    fn whoever_has_nothing_to_choose_from_is_told_what_to_type() {
        let mut flow = flow();
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
        let mut flow = ForgotPassword::new(Arc::new(portal()), "");
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
