//! The way in for somebody who may have no account: an address and the code that came to it, then an account
//! of one's own. Page `join`, and the pages around it.
//!
//! ```text
//! sign-up --> join --> join/account --> teams
//!               `----> sign-in, when the address has an account
//! ```

mod account;
mod address;
mod code;

use std::sync::Arc;

use crate::accounts::request::join::{JoinReply, JoinRequest};
use crate::accounts::request::{JoinGrant, Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::domain::timestamp::Timestamp;

use super::context::MemberContext;
use super::field::{SecretField, TextField};
use super::page::{Notice, Page, Tone};
use super::sign_in::SignIn;
use super::teams::Teams;
use super::{Event, Flow, Step, wording};
use account::AccountForm;

/// Somebody who may have no account.
#[derive(Debug)]
pub struct Join {
    portal: Arc<PortalInfo>,
    address: TextField,
    part: JoinStage,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

/// How far they have come.
#[derive(Debug)]
enum JoinStage {
    /// `sign-up`: which address the code shall go to.
    Address,
    /// `join`: the code. `Some` when it was asked for here: from when on another one can be.
    Code(SecretField, Option<Timestamp>),
    /// `join/account`: the right to make it, away while a request is under way.
    Account(Option<JoinGrant>, Box<AccountForm>),
}

impl Join {
    /// For whoever has a code from an invitation.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>) -> Self {
        Self::with(portal, TextField::default(), JoinStage::Code(SecretField::default(), None))
    }

    /// The same with the address filled in.
    #[must_use]
    pub fn with_address(self, address: &str) -> Self {
        Self { address: TextField::filled(address), ..self }
    }

    /// For whoever wants an account without an invitation.
    #[must_use]
    pub fn without_invitation(portal: Arc<PortalInfo>) -> Self {
        Self::with(portal, TextField::default(), JoinStage::Address)
    }

    fn with(portal: Arc<PortalInfo>, address: TextField, part: JoinStage) -> Self {
        Self { portal, address, part, notice: None, waiting: false }
    }

    /// True on the way of somebody whose email is on its way.
    #[must_use]
    pub fn waits_for_an_email(&self) -> bool {
        matches!(self.part, JoinStage::Code(..))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let page = match &self.part {
            JoinStage::Address => self.address_page(),
            JoinStage::Code(code, sent) => self.code_page(code, *sent),
            JoinStage::Account(grant, account) => self.account_page(grant.as_ref(), account),
        };
        Page { notice: self.notice.clone(), waiting: self.waiting, ..page }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } => {
                match &mut self.part {
                    JoinStage::Account(_, account) => account.typed(field, value),
                    JoinStage::Code(code, _) if field == "code" => code.typed(value),
                    _ => self.address.typed(value),
                }
                Step::Stay
            }
            Event::Pressed(action) if !self.waiting => self.pressed(action),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn pressed(&mut self, action: &'static str) -> Step {
        match (&mut self.part, action) {
            (JoinStage::Account(grant, account), "create") if account.may_be_sent() => match grant.take() {
                Some(grant) => {
                    let ask = account.ask(grant);
                    self.ask(ask)
                }
                None => self.start_again(&Refusal::CodeRefused),
            },
            (JoinStage::Address, "send-code") | (JoinStage::Code(_, Some(_)), "send-another") => {
                self.ask_for_code()
            }
            (JoinStage::Code(..), "continue") => self.submit_code(),
            (JoinStage::Code(_, Some(_)), "back") => self.go(JoinStage::Address),
            (JoinStage::Account(..), "back") => self.go(JoinStage::Code(SecretField::default(), None)),
            (_, "back") => Step::go(Flow::SignIn(SignIn::new(self.portal.clone(), ""))),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: JoinRequest) -> Step {
        self.notice = None;
        self.waiting = true;
        Step::Ask(Request::Join(ask))
    }

    /// On with the same address.
    fn go(&self, part: JoinStage) -> Step {
        self.go_with(part, None)
    }

    fn go_with(&self, part: JoinStage, notice: Option<Notice<'static>>) -> Step {
        let address = TextField::filled(self.address.trimmed());
        Step::go(Flow::Join(Self { notice, ..Self::with(self.portal.clone(), address, part) }))
    }

    fn start_again(&self, why: &Refusal) -> Step {
        let part = JoinStage::Code(SecretField::default(), None);
        self.go_with(part, Some(wording::refusal(why, &self.portal)))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::Join(answer) => self.answered(answer),
            Reply::Refused(refusal) => {
                let mut notice = wording::refusal(&refusal, &self.portal);
                if let (JoinStage::Code(code, sent), Refusal::CodeRefused) = (&mut self.part, &refusal) {
                    code.wipe();
                    if sent.is_none() {
                        notice.text =
                            "That code is wrong or has expired. Nothing was changed. Check it, or ask \
                                       who invited you for another."
                                .into();
                    }
                }
                self.notice = Some(notice);
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    fn answered(&mut self, answer: JoinReply) -> Step {
        match answer {
            JoinReply::CodeRequested { resend_at } => {
                if let JoinStage::Code(_, sent) = &mut self.part {
                    *sent = Some(resend_at);
                    let text = "Another email was sent. An earlier code stays good.".into();
                    self.notice = Some(Notice { tone: Tone::Good, id: "code-sent", text });
                    return Step::Stay;
                }
                self.go(JoinStage::Code(SecretField::default(), Some(resend_at)))
            }
            JoinReply::Proven(grant) => {
                let account = Box::new(AccountForm::new(&self.portal, grant.address()));
                self.go(JoinStage::Account(Some(grant), account))
            }
            JoinReply::SignInFirst { name, team, by } => {
                let team = team.map(|team| wording::invited_to(&team, by.as_deref()));
                let next = SignIn::after_invitation(self.portal.clone(), &name, team);
                Step::go(Flow::SignIn(next))
            }
            JoinReply::SignedUp(member) => {
                let text = format!("Welcome, {}. Your account has been created", member.name());
                let cx = MemberContext::new(self.portal.clone(), member).with_toast("signed-up", text);
                Step::go(Flow::Teams(Teams::new(cx)))
            }
            JoinReply::NotSignedUp(Some(back), refusal) => {
                if let JoinStage::Account(grant, _) = &mut self.part {
                    *grant = Some(back);
                }
                self.notice = Some(account::refusal(&refusal, &self.portal));
                Step::Stay
            }
            JoinReply::NotSignedUp(None, refusal) => self.start_again(&refusal),
        }
    }
}
