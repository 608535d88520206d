//! Confirm that it is you: asked before a sensitive request when the last proof is older than five minutes.
//! Page `confirm`. The page that asked waits below and goes on where it was.

use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request, SignedIn};
use crate::domain::portal::Portal;

use super::field::SecretField;
use super::page::{Action, Notice, Page};
use super::seat::Seat;
use super::second_factor::{CODE_LABEL, CODE_MAX, CODE_MISSING};
use super::{Event, Flow, Step};

/// A member who is asked once more.
#[derive(Debug)]
pub struct Confirm {
    pub(super) seat: Seat,
    /// Only the second step will do.
    second_step: bool,
    password: SecretField,
    /// What is carried out afterwards.
    request: Option<Box<Request>>,
    /// It was confirmed, with nothing to carry out here.
    over: bool,
}

impl Confirm {
    /// The question for what `below`, a page of a member, asked; `None` when it is a guest's page.
    pub(super) fn before(request: Box<Request>, below: &Flow) -> Option<Self> {
        let (seat, second_step) = (below.seat()?.anew(), request.wants_second_step());
        Some(Self { request: Some(request), ..Self::new(seat, second_step) })
    }

    /// The question with no page below it, for whoever carries `request` out afterwards by itself; `None` when
    /// a guest asks that.
    #[must_use]
    pub fn alone(portal: Arc<Portal>, request: &Request) -> Option<Self> {
        let seat = Seat::new(portal, request.member()?.clone());
        Some(Self::new(seat, request.wants_second_step()))
    }

    fn new(seat: Seat, second_step: bool) -> Self {
        Self { seat, second_step, password: SecretField::default(), request: None, over: false }
    }

    /// True when it is confirmed and nothing waits below; the member is then the newer proof.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("confirm", "Confirm that it is you");
        page.intro = vec![format!("Before this is done, type {} once more.", self.what()).into()];
        page.fields = vec![if self.second_step {
            self.password.plain("password", CODE_LABEL, CODE_MAX)
        } else {
            self.password.secret("password", self.label(), None)
        }];
        page.actions = vec![Action::primary("confirm", "Confirm", !self.seat.waiting), Action::back("Back")];
        page
    }

    fn label(&self) -> &'static str {
        if self.seat.member.has_second_step() { "Password or authenticator code" } else { "Password" }
    }

    fn what(&self) -> &'static str {
        if self.second_step {
            "the six digits of your authenticator app, or one of your recovery codes,"
        } else if self.seat.member.has_second_step() {
            "your password, or the six digits of your authenticator app,"
        } else {
            "your password"
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "password", value } => self.password.typed(value),
            Event::Pressed("confirm") => return self.submit(),
            Event::Pressed("back") => return Step::NotConfirmed,
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        if self.password.is_empty() {
            let missing = if self.second_step { CODE_MISSING } else { "Type your password." };
            self.seat.notice = Some(Notice::missing(missing));
            return Step::Stay;
        }
        let (password, second_step) = (self.password.get().clone(), self.second_step);
        self.seat.ask(|member| Request::Confirm { member, password, second_step })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Confirmed(member) => return self.confirmed(member),
            Reply::Refused(Refusal::SecondStepRefused) => self.password.wipe(),
            Reply::Refused(Refusal::WrongCurrentPassword) => {
                self.password.wipe();
                // Nobody changes a password here.
                let text = "That password is wrong. Nothing was changed.";
                self.seat.notice =
                    self.seat.notice.take().map(|notice| Notice { text: text.into(), ..notice });
            }
            _ => {}
        }
        Step::Stay
    }

    fn confirmed(&mut self, member: SignedIn) -> Step {
        if let Some(request) = self.request.take() {
            return Step::Confirmed(member, request);
        }
        self.seat.member = member;
        self.over = true;
        Step::Stay
    }
}
