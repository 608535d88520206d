//! Which address the code to sign up with goes to. Page `sign-up`; only when the operator opened sign-up.

use super::super::page::{Action, Page};
use super::super::{NAME_MAX, Step, wording};
use super::Join;
use crate::accounts::request::Request;
use crate::accounts::request::join::JoinRequest;
use crate::text;

impl Join {
    pub(super) fn address_page(&self) -> Page<'_> {
        self.cx
            .page("sign-up", text!(self.cx, "create-an-account"))
            .intro(text!(self.cx, "address-intro"))
            .field(self.address.text("address", text!(self.cx, "email"), NAME_MAX))
            .action(Action::primary("send-code", text!(self.cx, "send-a-code")))
            .back(text!(self.cx, "back-to-sign-in"))
            .outro(wording::need_help(&self.cx.portal))
    }

    pub(super) fn ask_for_code(&mut self) -> Step {
        if self.address.is_blank() {
            return self.cx.missing(text!(self.cx, "address-missing"));
        }
        let address = self.address.trimmed().to_owned();
        self.cx.ask(Request::Join(JoinRequest::Code { address }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accounts::request::join::JoinReply;
    use crate::accounts::request::{CodeRequested, JoinRefusal, Refusal, Reply};
    use crate::domain::email::EmailRefusal;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::portal;
    use crate::flow::{Event, Flow};

    #[test]
    fn the_page_after_the_request_is_the_same_for_everybody() {
        let mut flow = Flow::from(Join::without_invitation(Arc::new(portal())));
        assert!(matches!(flow.update(Event::Pressed("send-code")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        flow.update(Event::Typed { field: "address", value: "alan@example.org" });
        let step = flow.update(Event::Pressed("send-code"));
        assert!(
            matches!(step, Step::Ask(Request::Join(JoinRequest::Code { address })) if address == "alan@example.org")
        );
        let reply = JoinReply::CodeRequested(CodeRequested::for_test(Timestamp::from_epoch_ms(60_000)).next);
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(reply))) else { panic!("it must go on") };
        let page = next.page().at(Timestamp::from_epoch_ms(0));
        assert_eq!((page.id, page.fields.len()), ("join", 1));
        assert!(page.intro[0].contains("alan@example.org") && page.outro[0].ends_with("in 60 seconds."));
    }

    #[test]
    fn an_invalid_address_stays_to_be_corrected() {
        let mut flow = Flow::from(Join::without_invitation(Arc::new(portal())));
        flow.update(Event::Typed { field: "address", value: "alan" });
        flow.update(Event::Pressed("send-code"));
        let refusal = Refusal::Join(JoinRefusal::Address(EmailRefusal::Shape));
        flow.update(Event::Replied(Reply::Refused(refusal)));
        let page = flow.page();
        assert_eq!(page.notice.map(|notice| notice.id), Some("address-refused"));
        assert_eq!(page.fields[0].value.expose(), "alan");
    }
}
