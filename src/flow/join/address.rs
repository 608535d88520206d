//! Which address the code to sign up with shall go to. Page `sign-up`; only where the operator turned it on.

use super::super::page::{Action, Notice, Page};
use super::super::{NAME_MAX, Step, wording};
use super::Join;
use crate::accounts::request::join::JoinRequest;

impl Join {
    pub(super) fn address_page(&self) -> Page<'_> {
        Page {
            id: "sign-up",
            title: "Create an account".into(),
            intro: vec!["A code is sent to your address, to see that it is yours.".into()],
            fields: vec![self.address.text("address", "Email", NAME_MAX)],
            actions: vec![
                Action::primary("send-code", "Send a code", !self.waiting),
                Action::back("Back to sign in"),
            ],
            outro: vec![wording::trouble(&self.portal).into()],
            ..Page::default()
        }
    }

    pub(super) fn ask_for_code(&mut self) -> Step {
        if self.address.trimmed().is_empty() {
            self.notice = Some(Notice::missing("Type your address, such as name@example.org."));
            return Step::Stay;
        }
        let address = self.address.trimmed().to_owned();
        self.ask(JoinRequest::Code { address })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accounts::request::join::JoinReply;
    use crate::accounts::request::{JoinRefusal, Refusal, Reply, Request};
    use crate::domain::email::EmailRefusal;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Event;
    use crate::flow::testing::portal;

    #[test]
    fn the_page_after_the_wish_is_the_same_whoever_asked() {
        let mut flow = Join::without_invitation(Arc::new(portal()));
        assert!(matches!(flow.update(Event::Pressed("send-code")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        flow.update(Event::Typed { field: "address", value: "alan@example.org" });
        let step = flow.update(Event::Pressed("send-code"));
        assert!(
            matches!(step, Step::Ask(Request::Join(JoinRequest::Code { address })) if address == "alan@example.org")
        );
        let answer = JoinReply::CodeRequested { resend_at: Timestamp::from_epoch_ms(60_000) };
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(answer))) else {
            panic!("it must go on")
        };
        let page = next.page();
        assert_eq!((page.id, page.fields.len()), ("join", 1));
        assert!(page.intro[0].contains("alan@example.org") && page.outro[0].contains("00:01 UTC"));
    }

    #[test]
    fn what_is_no_address_stays_to_be_corrected() {
        let mut flow = Join::without_invitation(Arc::new(portal()));
        flow.update(Event::Typed { field: "address", value: "alan" });
        flow.update(Event::Pressed("send-code"));
        let no = Refusal::Join(JoinRefusal::Address(EmailRefusal::Shape));
        flow.update(Event::Replied(Reply::Refused(no)));
        let page = flow.page();
        assert_eq!(page.notice.map(|notice| notice.id), Some("address-refused"));
        assert_eq!(page.fields[0].value.expose(), "alan");
    }
}
