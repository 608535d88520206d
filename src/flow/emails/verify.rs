//! Typing the code from the email to a new address. Page `settings/profile/emails/verify`.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::flow::context::MemberContext;
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Notice, Page};
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};

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
        self.cx
            .page("settings/profile/emails/verify", "Verify your address")
            .intro(format!(
                "Type the code from the email to {}. It is valid for {} minutes after it was sent.",
                self.address.address, portal.code_ttl_minutes
            ))
            .field(self.code.code("code", "Code"))
            .action(Action::primary("verify", "Verify"))
            .link("send-another", "Send another code")
            .back("Back to your addresses")
            .within(Section::Profile)
            .outro(format!(
                "No email from {}? Look in the spam or junk folder, and check the address above.",
                portal.sender
            ))
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
                let text = "Another code was sent. An earlier one still works.";
                self.cx.notify(Notice::good("code-sent", text))
            }
            Event::Replied(Reply::Profile(ProfileReply::Verified(address))) => {
                let cx = self.cx.with_toast("email-verified", format!("{} is verified", address.address));
                Step::go(EmailListPage::new(cx))
            }
            Event::Replied(Reply::Refused(Refusal::CodeRefused | Refusal::CodeUsed)) => self.code.wipe(),
            _ => Step::Stay,
        }
    }
}
