//! The address and the code from the email. Page `join`; says the same for known and unknown addresses.

use super::super::field::SecretField;
use super::super::page::{Action, Notice, Page};
use super::super::{NAME_MAX, Step, wording};
use super::{Join, JoinStage};
use crate::accounts::request::join::JoinRequest;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;

impl Join {
    pub(super) fn code_page<'a>(&'a self, code: &'a SecretField, sent: Option<Timestamp>) -> Page<'a> {
        let mut page = Page { id: "join", ..Page::default() };
        page.actions.push(Action::primary("continue", "Continue", !self.waiting));
        if let Some(resend_at) = sent {
            page.title = "Check your email".into();
            let address = inert(self.address.trimmed(), 254);
            page.intro.push(
                format!("An email was sent to {address}. The code in it is valid for 30 minutes.").into(),
            );
            page.outro.push(
                format!(
                    "No email from {}? Look in the spam or junk folder, and check the spelling of the \
                     address. Another code can be sent from {}.",
                    self.portal.sender,
                    resend_at.hour_minute()
                )
                .into(),
            );
            page.actions.push(Action::link("send-another", "Send another code"));
            page.actions.push(Action::back("Change address"));
        } else {
            page.title = "I have an invitation".into();
            page.intro.push("Type the address that the invitation came to, and the code in it.".into());
            page.fields.push(self.address.text("address", "Email", NAME_MAX));
            page.actions.push(Action::back("Back to sign in"));
        }
        page.fields.push(code.code("code", "Code"));
        page.outro.push(wording::trouble(&self.portal).into());
        page
    }

    pub(super) fn submit_code(&mut self) -> Step {
        let JoinStage::Code(code, _) = &self.part else { return Step::Stay };
        let missing = if self.address.trimmed().is_empty() {
            Some("Type the address that the email came to.")
        } else if code.is_empty() {
            Some("Type the code from the email, such as WDJB-MJHT.")
        } else {
            None
        };
        if let Some(missing) = missing {
            self.notice = Some(Notice::missing(missing));
            return Step::Stay;
        }
        let (address, code) = (self.address.trimmed().to_owned(), code.get().clone());
        self.ask(JoinRequest::Prove { address, code })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accounts::request::join::JoinReply;
    use crate::accounts::request::{JoinGrant, Refusal, Reply, Request};
    use crate::flow::Event;
    use crate::flow::testing::{portal, type_in};

    fn typed() -> Join {
        let mut flow = Join::new(Arc::new(portal()));
        type_in(|event| flow.update(event), &[("address", "alan@example.org"), ("code", "WDJBMJHT")]);
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
    fn who_has_an_account_signs_in_and_who_has_none_makes_one() {
        let mut flow = typed();
        let answer = JoinReply::SignInFirst {
            name: "ada".into(),
            team: Some("Platform".into()),
            by: Some("grace".into()),
        };
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(answer))) else {
            panic!("it must go on")
        };
        let page = next.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("sign-in", "ada"));
        assert!(page.notice.unwrap().text.contains("to be in the team Platform, to which grace invited you"));

        let mut flow = typed();
        let answer = JoinReply::Proven(JoinGrant::for_test(Some("Platform")));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(answer))) else {
            panic!("it must go on")
        };
        assert_eq!(next.page().id, "join/account");
    }

    #[test]
    fn what_is_missing_is_asked_for_by_its_name() {
        let mut flow = Join::new(Arc::new(portal()));
        flow.update(Event::Pressed("continue"));
        assert!(flow.page().notice.unwrap().text.contains("address"));
        flow.update(Event::Typed { field: "address", value: "alan@example.org" });
        flow.update(Event::Pressed("continue"));
        assert!(flow.page().notice.unwrap().text.contains("code from the email"));
    }
}
