//! Typing the code from the email to a new address. Page `settings/profile/emails/verify`.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::flow::context::MemberContext;
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Notice, Page};
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::text;

use super::EmailListPage;

/// The form for the code.
#[derive(Debug)]
pub struct VerifyEmail {
    pub(in crate::flow) cx: MemberContext,
    address: EmailAddress,
    code: SecretField,
}

impl VerifyEmail {
    /// The form for the code that was sent to `address`.
    #[must_use]
    pub fn new(cx: MemberContext, address: EmailAddress) -> Self {
        Self { cx, address, code: SecretField::default() }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let portal = &self.cx.portal;
        let (address, minutes) = (&self.address.address, portal.code_ttl_minutes);
        self.cx
            .page("settings/profile/emails/verify", text!(self.cx, "verify-email-title"))
            .intro(text!(self.cx, "verify-email-intro", address, minutes))
            .field(self.code.code("code", text!(self.cx, "code")))
            .action(Action::primary("verify", text!(self.cx, "verify-email")))
            .link("send-another", text!(self.cx, "send-another-code"))
            .back(text!(self.cx, "back-to-addresses"))
            .within(Section::Profile)
            .outro(text!(self.cx, "verify-email-none", sender = portal.sender.as_str()))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let address = self.address.id.clone();
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("verify") if self.code.is_empty() => {
                self.cx.missing(wording::CODE_MISSING.to(&self.cx))
            }
            Event::Pressed("verify") => {
                let code = self.code.get().clone();
                self.cx.ask(Request::Profile, ProfileRequest::VerifyEmail { address, code })
            }
            Event::Pressed("send-another") => {
                self.cx.ask(Request::Profile, ProfileRequest::SendCode { address })
            }
            Event::Pressed("back") => Step::go(EmailListPage::new(self.cx.fresh())),
            Event::Replied(Reply::Profile(ProfileReply::CodeSent { .. })) => {
                let text = text!(self.cx, "another-code-sent");
                self.cx.notify(Notice::good("code-sent", text))
            }
            Event::Replied(Reply::Profile(ProfileReply::Verified(address))) => {
                let text = text!(self.cx, "email-is-verified", address = &address.address);
                Step::go(EmailListPage::new(self.cx.with_toast("email-verified", text)))
            }
            Event::Replied(Reply::Refused(Refusal::CodeRefused | Refusal::CodeUsed)) => self.code.wipe(),
            _ => Step::Stay,
        }
    }
}
