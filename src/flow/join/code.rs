//! The address and the code from the email. Page `join`; says the same for known and unknown addresses.

use super::super::field::SecretField;
use super::super::page::{Action, Page};
use super::super::{NAME_MAX, Step, wording};
use super::{Join, JoinStage};
use crate::accounts::request::join::JoinRequest;
use crate::accounts::request::{NextCode, Request};
use crate::domain::text::inert;

impl Join {
    pub(super) fn code_page<'a>(&'a self, code: &'a SecretField, next: Option<NextCode>) -> Page<'a> {
        let page = self.cx.page("join", "").action(Action::primary("continue", "Continue"));
        let page = match next {
            Some(next) => Page { countdown: Some(wording::another_code(&next)), ..page }
                .title("Check your email")
                .intro(format!(
                    "We sent an email to {}. The code in it is valid for 30 minutes.",
                    inert(self.address.trimmed(), NAME_MAX)
                ))
                .outro(format!(
                    "No email from {}? Look in the spam or junk folder, and check the spelling of the \
                     address.",
                    self.cx.portal.sender,
                ))
                .link("send-another", "Send another code")
                .back("Change address"),
            None => page
                .title("I have an invitation")
                .intro("Type the address that the invitation was sent to, and the code in it.")
                .field(self.address.text("address", "Email", NAME_MAX))
                .back("Back to sign in"),
        };
        page.field(code.code("code", "Code")).outro(wording::need_help(&self.cx.portal))
    }

    pub(super) fn submit_code(&mut self) -> Step {
        let JoinStage::Code(code, _) = &self.stage else { return Step::Stay };
        if self.address.is_blank() {
            return self.cx.missing("Type the address that the email was sent to.");
        }
        if code.is_empty() {
            return self.cx.missing(wording::CODE_MISSING.to(&self.cx));
        }
        let (address, code) = (self.address.trimmed().to_owned(), code.get().clone());
        self.cx.ask(Request::Join(JoinRequest::Prove { address, code }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accounts::request::join::JoinReply;
    use crate::accounts::request::{JoinGrant, Refusal, Reply};
    use crate::flow::testing::{portal, type_in};
    use crate::flow::{Event, Flow};

    fn typed() -> Flow {
        let mut flow = Flow::from(Join::new(Arc::new(portal())));
        type_in(&mut flow, &[("address", "alan@example.org"), ("code", "WDJBMJHT")]);
        flow
    }

    #[test]
    fn a_wrong_code_is_wiped_and_the_address_stays() {
        let mut flow = typed();
        let step = flow.update(Event::Pressed("continue"));
        assert!(matches!(step, Step::Ask(Request::Join(JoinRequest::Prove { .. }))));
        flow.update(Event::Replied(Reply::Refused(Refusal::CodeRefused)));
        let page = flow.page();
        assert_eq!(page.notice.map(|notice| notice.id), Some("code-refused"));
        assert_eq!((page.fields[0].value.expose(), page.fields[1].value.expose()), ("alan@example.org", ""));
    }

    #[test]
    fn those_with_an_account_sign_in_and_others_create_one() {
        let mut flow = typed();
        let reply = JoinReply::SignInFirst {
            name: "ada".into(),
            team: Some("Platform".into()),
            by: Some("grace".into()),
        };
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(reply))) else { panic!("it must go on") };
        let page = next.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("sign-in", "ada"));
        assert!(page.notice.unwrap().text.contains("to join the team Platform, to which grace invited you"));

        let mut flow = typed();
        let reply = JoinReply::Proven(JoinGrant::for_test(Some("Platform")));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(reply))) else { panic!("it must go on") };
        assert_eq!(next.page().id, "join/account");
    }

    #[test]
    fn what_is_missing_is_asked_for_by_its_name() {
        let mut flow = Flow::from(Join::new(Arc::new(portal())));
        flow.update(Event::Pressed("continue"));
        assert!(flow.page().notice.unwrap().text.contains("address"));
        flow.update(Event::Typed { field: "address", value: "alan@example.org" });
        flow.update(Event::Pressed("continue"));
        assert!(flow.page().notice.unwrap().text.contains("code from the email"));
    }
}
