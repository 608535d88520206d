//! The address of the first account, and the code that checks it. Pages `setup/address` and `setup/verify`.

use super::super::field::{SecretField, TextField};
use super::super::page::{Action, Notice, Page};
use super::super::{NAME_MAX, Step, wording};
use super::{PortalSetup, SetupStage};
use crate::accounts::request::NextCode;
use crate::domain::text::inert;

impl PortalSetup {
    pub(super) fn address_page<'a>(&'a self, address: &'a TextField) -> Page<'a> {
        self.cx
            .page("setup/address", "Your email address")
            .intro("The setup code is right. Codes for a forgotten password go to this address.")
            .field(address.text("address", "Email", NAME_MAX))
            .action(Action::primary("send-code", "Continue"))
            .back("Back")
    }

    pub(super) fn verify_page<'a>(
        &'a self,
        address: &'a str,
        code: &'a SecretField,
        next: NextCode,
    ) -> Page<'a> {
        let page = self.cx.page("setup/verify", "Check your email");
        Page { countdown: Some(wording::another_code(&next)), ..page }
            .intro(format!(
                "We sent an email to {}. The code in it is valid for 30 minutes.",
                inert(address, NAME_MAX)
            ))
            .field(code.code("code", "Code"))
            .action(Action::primary("continue", "Continue"))
            .link("send-another", "Send another code")
            .link("without-code", "Go on without the code")
            .back("Change address")
            .outro("No email? Run doorkey doctor on the server, or make sure that the address is right and go on.")
    }

    /// To the page that takes the code, or it was sent again.
    pub(super) fn code_sent(&mut self, sent: NextCode) -> Step {
        let notice = wording::too_soon(&sent, &self.cx);
        match &mut self.stage {
            SetupStage::Verify { next, .. } => {
                *next = sent;
                let text = "Another code was sent. An earlier one still works.";
                self.cx.notify(notice.unwrap_or_else(|| Notice::good("code-sent", text)))
            }
            SetupStage::Address(grant, address) => {
                let (grant, address) = (grant.clone(), address.trimmed().to_owned());
                let code = SecretField::default();
                self.go(SetupStage::Verify { grant, address, code, next: sent }, notice)
            }
            _ => Step::Stay,
        }
    }
}
