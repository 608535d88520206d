//! The address of the first account, and the code that checks it. Pages `setup/address` and `setup/verify`.

use super::super::field::{SecretField, TextField};
use super::super::page::{Action, Notice, Page};
use super::super::{NAME_MAX, Step, wording};
use super::{PortalSetup, SetupStage};
use crate::accounts::request::NextCode;
use crate::domain::text::inert;
use crate::text;

impl PortalSetup {
    pub(super) fn address_page<'a>(&'a self, address: &'a TextField) -> Page<'a> {
        self.cx
            .page("setup/address", text!(self.cx, "setup-address-title"))
            .intro(text!(self.cx, "setup-address-intro"))
            .field(address.text("address", text!(self.cx, "email"), NAME_MAX))
            .action(Action::primary("send-code", text!(self.cx, "continue")))
            .back(text!(self.cx, "back"))
    }

    pub(super) fn verify_page<'a>(
        &'a self,
        address: &'a str,
        code: &'a SecretField,
        next: NextCode,
    ) -> Page<'a> {
        let page = self.cx.page("setup/verify", text!(self.cx, "check-your-email"));
        Page { countdown: Some(wording::another_code(&next)), ..page }
            .intro(text!(self.cx, "code-sent-to", address = inert(address, NAME_MAX)))
            .field(code.code("code", text!(self.cx, "code")))
            .action(Action::primary("continue", text!(self.cx, "continue")))
            .link("send-another", text!(self.cx, "send-another-code"))
            .link("without-code", text!(self.cx, "setup-without-code"))
            .back(text!(self.cx, "change-address"))
            .outro(text!(self.cx, "setup-no-email"))
    }

    /// To the page that takes the code, or it was sent again.
    pub(super) fn code_sent(&mut self, sent: NextCode) -> Step {
        let notice = wording::too_soon(&sent, &self.cx);
        match &mut self.stage {
            SetupStage::Verify { next, .. } => {
                *next = sent;
                let text = text!(self.cx, "another-code-sent");
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
