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

use crate::accounts::request::join::{Answer, Ask};
use crate::accounts::request::{JoinGrant, Refusal, Reply, Request};
use crate::domain::moment::Moment;
use crate::domain::portal::Portal;

use super::field::{SecretField, TextField};
use super::page::{Notice, Page, Tone};
use super::seat::Seat;
use super::sign_in::SignIn;
use super::teams::Teams;
use super::{Event, Flow, Step, wording};
use account::Account;

/// Somebody who may have no account.
#[derive(Debug)]
pub struct Join {
    portal: Arc<Portal>,
    address: TextField,
    part: Part,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

/// How far they have come.
#[derive(Debug)]
enum Part {
    /// `sign-up`: which address the code shall go to.
    Address,
    /// `join`: the code. `Some` when it was asked for here: from when on another one can be.
    Code(SecretField, Option<Moment>),
    /// `join/account`: the right to make it, away while a request is under way.
    Account(Option<JoinGrant>, Box<Account>),
}

impl Join {
    /// For whoever has a code from an invitation.
    #[must_use]
    pub fn new(portal: Arc<Portal>) -> Self {
        Self::with(portal, TextField::default(), Part::Code(SecretField::default(), None))
    }

    /// The same with the address filled in.
    #[must_use]
    pub fn with_address(self, address: &str) -> Self {
        Self { address: TextField::filled(address), ..self }
    }

    /// For whoever wants an account without an invitation.
    #[must_use]
    pub fn without_invitation(portal: Arc<Portal>) -> Self {
        Self::with(portal, TextField::default(), Part::Address)
    }

    fn with(portal: Arc<Portal>, address: TextField, part: Part) -> Self {
        Self { portal, address, part, notice: None, waiting: false }
    }

    /// True on the way of somebody whose letter is on its way.
    #[must_use]
    pub fn waits_for_a_letter(&self) -> bool {
        matches!(self.part, Part::Code(..))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let page = match &self.part {
            Part::Address => self.address_page(),
            Part::Code(code, sent) => self.code_page(code, *sent),
            Part::Account(grant, account) => self.account_page(grant.as_ref(), account),
        };
        Page { notice: self.notice.clone(), waiting: self.waiting, ..page }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } => {
                match &mut self.part {
                    Part::Account(_, account) => account.typed(field, value),
                    Part::Code(code, _) if field == "code" => code.typed(value),
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
            (Part::Account(grant, account), "create") if account.may_be_sent() => match grant.take() {
                Some(grant) => {
                    let ask = account.ask(grant);
                    self.ask(ask)
                }
                None => self.start_again(&Refusal::CodeRefused),
            },
            (Part::Address, "send-code") | (Part::Code(_, Some(_)), "send-another") => self.ask_for_code(),
            (Part::Code(..), "continue") => self.submit_code(),
            (Part::Code(_, Some(_)), "back") => self.go(Part::Address),
            (Part::Account(..), "back") => self.go(Part::Code(SecretField::default(), None)),
            (_, "back") => Step::go(Flow::SignIn(SignIn::new(self.portal.clone(), ""))),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: Ask) -> Step {
        self.notice = None;
        self.waiting = true;
        Step::Ask(Request::Join(ask))
    }

    /// On with the same address.
    fn go(&self, part: Part) -> Step {
        self.go_with(part, None)
    }

    fn go_with(&self, part: Part, notice: Option<Notice<'static>>) -> Step {
        let address = TextField::filled(self.address.trimmed());
        Step::go(Flow::Join(Self { notice, ..Self::with(self.portal.clone(), address, part) }))
    }

    fn start_again(&self, why: &Refusal) -> Step {
        let part = Part::Code(SecretField::default(), None);
        self.go_with(part, Some(wording::refusal(why, &self.portal)))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::Join(answer) => self.answered(answer),
            Reply::Refused(refusal) => {
                let mut notice = wording::refusal(&refusal, &self.portal);
                if let (Part::Code(code, sent), Refusal::CodeRefused) = (&mut self.part, &refusal) {
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

    fn answered(&mut self, answer: Answer) -> Step {
        match answer {
            Answer::CodeRequested { resend_at } => {
                if let Part::Code(_, sent) = &mut self.part {
                    *sent = Some(resend_at);
                    let text = "Another letter was sent. An earlier code stays good.".into();
                    self.notice = Some(Notice { tone: Tone::Good, id: "code-sent", text });
                    return Step::Stay;
                }
                self.go(Part::Code(SecretField::default(), Some(resend_at)))
            }
            Answer::Proven(grant) => {
                let account = Box::new(Account::new(&self.portal, grant.address()));
                self.go(Part::Account(Some(grant), account))
            }
            Answer::SignInFirst { name, team, by } => {
                let team = team.map(|team| wording::invited_to(&team, by.as_deref()));
                let next = SignIn::after_invitation(self.portal.clone(), &name, team);
                Step::go(Flow::SignIn(next))
            }
            Answer::SignedUp(member) => {
                let text = format!("Welcome, {}. Your account has been created", member.name());
                let seat = Seat::new(self.portal.clone(), member).with_toast("signed-up", text);
                Step::go(Flow::Teams(Teams::new(seat)))
            }
            Answer::NotSignedUp(Some(back), refusal) => {
                if let Part::Account(grant, _) = &mut self.part {
                    *grant = Some(back);
                }
                self.notice = Some(account::refusal(&refusal, &self.portal));
                Step::Stay
            }
            Answer::NotSignedUp(None, refusal) => self.start_again(&refusal),
        }
    }
}
