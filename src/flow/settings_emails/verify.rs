//! Typing the code from the email to a new address. Page `settings/profile/emails/verify`.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::flow::context::{MemberContext, Section};
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Notice, Page, Tone};
use crate::flow::{Event, Step};

use super::back_to_list;

/// A member who waits for an email to a new address, or has it.
#[derive(Debug)]
pub struct VerifyEmail {
    pub(in crate::flow) cx: MemberContext,
    address: EmailAddress,
    code: SecretField,
}

impl VerifyEmail {
    pub(super) fn new(cx: MemberContext, address: EmailAddress) -> Self {
        Self { cx, address, code: SecretField::default() }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/profile/emails/verify", "Verify your address");
        let (address, portal) = (&self.address.address, &self.cx.portal);
        page.intro.push(
            format!(
                "Type the code from the email to {address}. It is valid for {} minutes after it was sent.",
                portal.code_ttl_minutes
            )
            .into(),
        );
        page.fields.push(self.code.code("code", "Code"));
        page.actions.push(Action::primary("verify", "Verify", !self.cx.waiting));
        page.actions.push(Action::link("send-another", "Send another code"));
        page.actions.push(Action::back("Back to your addresses"));
        page.actions.extend(MemberContext::navigation(Section::Profile, false));
        let sender = &portal.sender;
        page.outro.push(
            format!("No email from {sender}? Look in the spam or junk folder, and check the address above.")
                .into(),
        );
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("verify") => return self.submit(),
            Event::Pressed("send-another") => {
                let address = self.address.id.clone();
                return self.ask(ProfileRequest::SendCode { address });
            }
            Event::Pressed("back") => return back_to_list(self.cx.fresh()),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn ask(&mut self, ask: ProfileRequest) -> Step {
        self.cx.ask(|member| Request::Profile(member, ask))
    }

    fn submit(&mut self) -> Step {
        if self.code.is_empty() {
            self.cx.notice = Some(Notice::missing("Type the code from the email, such as WDJB-MJHT."));
            return Step::Stay;
        }
        let (address, code) = (self.address.id.clone(), self.code.get().clone());
        self.ask(ProfileRequest::VerifyEmail { address, code })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Profile(ProfileReply::CodeSent { .. }) => {
                let text = "Another code was sent. An earlier one stays good.";
                self.cx.notice = Some(Notice { tone: Tone::Good, id: "code-sent", text: text.into() });
                Step::Stay
            }
            Reply::Profile(ProfileReply::Verified(address)) => {
                let text = format!("{} is verified", address.address);
                back_to_list(self.cx.with_toast("email-verified", text))
            }
            // One that was not even looked at is kept.
            Reply::Refused(Refusal::CodeRefused) => {
                self.code.wipe();
                Step::Stay
            }
            _ => Step::Stay,
        }
    }
}
