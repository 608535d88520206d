//! Joining without signing in first: an address and the code that was sent to it, then a new account unless the
//! address has one. Page `join`, and the pages around it.
//!
//! ```text
//! sign-up --> join --> join/account --> teams
//!               `----> sign-in, when the address has an account
//! ```

mod account;
mod address;
mod code;

use std::sync::Arc;

use crate::accounts::request::join::JoinReply;
use crate::accounts::request::{JoinGrant, NextCode, Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::text;

use super::context::{GuestContext, MemberContext};
use super::field::{SecretField, TextField};
use super::page::{Notice, Page};
use super::sign_in::SignIn;
use super::teams::TeamListPage;
use super::{Event, Step, new_account, wording};
use account::AccountForm;

/// The three forms.
#[derive(Debug)]
pub struct Join {
    pub(super) cx: GuestContext,
    address: TextField,
    stage: JoinStage,
}

#[derive(Debug)]
enum JoinStage {
    /// `sign-up`: which address the code goes to.
    Address,
    /// `join`: the code, and when it was asked for here, when the next one is sent.
    Code(SecretField, Option<NextCode>),
    /// `join/account`: the grant is `None` while a request is under way.
    Account(Option<JoinGrant>, Box<AccountForm>),
}

impl JoinStage {
    fn code() -> Self {
        Self::Code(SecretField::default(), None)
    }
}

impl Join {
    /// With a code from an invitation.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>) -> Self {
        Self::with(portal, "", JoinStage::code())
    }

    /// The same form with the address filled in.
    #[must_use]
    pub fn with_address(self, address: &str) -> Self {
        Self { address: TextField::filled(address), ..self }
    }

    /// For an account without an invitation.
    #[must_use]
    pub fn without_invitation(portal: Arc<PortalInfo>) -> Self {
        Self::with(portal, "", JoinStage::Address)
    }

    fn with(portal: Arc<PortalInfo>, address: &str, stage: JoinStage) -> Self {
        Self { cx: GuestContext::new(portal), address: TextField::filled(address), stage }
    }

    pub(super) fn page(&self) -> Page<'_> {
        match &self.stage {
            JoinStage::Address => self.address_page(),
            JoinStage::Code(code, next) => self.code_page(code, *next),
            JoinStage::Account(grant, account) => self.account_page(grant.as_ref(), account),
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } => match &mut self.stage {
                JoinStage::Account(_, account) => account.typed(field, value),
                JoinStage::Code(code, _) if field == "code" => code.typed(value),
                _ => self.address.typed(value),
            },
            Event::Pressed(action) => self.pressed(action),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn pressed(&mut self, action: &'static str) -> Step {
        match (&mut self.stage, action) {
            (JoinStage::Account(grant, account), "create") if account.may_be_sent() => match grant.take() {
                Some(grant) => {
                    let request = account.request(grant);
                    self.cx.ask(Request::Join(request))
                }
                None => self.start_again(&Refusal::CodeRefused),
            },
            (JoinStage::Address, "send-code") | (JoinStage::Code(_, Some(_)), "send-another") => {
                self.ask_for_code()
            }
            (JoinStage::Code(..), "continue") => self.submit_code(),
            (JoinStage::Code(_, Some(_)), "back") => self.go(JoinStage::Address, None),
            (JoinStage::Account(..), "back") => self.go(JoinStage::code(), None),
            (_, "back") => Step::go(SignIn::new(self.cx.portal.clone(), "")),
            _ => Step::Stay,
        }
    }

    /// To another form, with the same address.
    fn go(&self, stage: JoinStage, notice: Option<Notice<'static>>) -> Step {
        let mut next = Self::with(self.cx.portal.clone(), self.address.trimmed(), stage);
        next.cx.notice = notice;
        Step::go(next)
    }

    fn start_again(&self, why: &Refusal) -> Step {
        self.go(JoinStage::code(), Some(wording::refusal(why, &self.cx.portal)))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Join(reply) => self.join_replied(reply),
            Reply::Refused(refusal @ Refusal::CodeRefused) => {
                if let JoinStage::Code(code, next) = &mut self.stage {
                    code.wipe();
                    if next.is_none() {
                        let text = text!(self.cx, "join-code-refused");
                        let notice = wording::refusal(&refusal, &self.cx.portal);
                        return self.cx.notify(Notice { text: text.into(), ..notice });
                    }
                }
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    fn join_replied(&mut self, reply: JoinReply) -> Step {
        let portal = self.cx.portal.clone();
        match reply {
            JoinReply::CodeRequested(next) => {
                let notice = wording::too_soon(&next, &self.cx);
                if let JoinStage::Code(_, shown) = &mut self.stage {
                    *shown = Some(next);
                    let text = text!(portal, "another-code-sent");
                    return self.cx.notify(notice.unwrap_or_else(|| Notice::good("code-sent", text)));
                }
                self.go(JoinStage::Code(SecretField::default(), Some(next)), notice)
            }
            JoinReply::Proven(grant) => {
                let account = Box::new(AccountForm::new(&portal, grant.address()));
                self.go(JoinStage::Account(Some(grant), account), None)
            }
            JoinReply::SignInFirst { name, team, by } => {
                let team = team.map(|team| wording::invited_to(&team, by.as_deref()));
                Step::go(SignIn::after_invitation(portal, &name, team))
            }
            JoinReply::SignedUp(member) => {
                let text = text!(portal, "account-created", name = member.name());
                Step::go(TeamListPage::new(MemberContext::new(portal, member).with_toast("signed-up", text)))
            }
            JoinReply::NotSignedUp(Some(back), refusal) => {
                if let JoinStage::Account(grant, _) = &mut self.stage {
                    *grant = Some(back);
                }
                self.cx.notify(new_account::refusal(&refusal, &portal))
            }
            JoinReply::NotSignedUp(None, refusal) => self.start_again(&refusal),
        }
    }
}
