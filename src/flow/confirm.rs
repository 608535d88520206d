//! Confirm that it is you: asked before a sensitive request when the last proof is older than five minutes.
//! Page `confirm`. The page that asked waits below and goes on where it was.

use crate::accounts::request::{Refusal, Reply, Request, SignedIn};

use super::field::SecretField;
use super::page::{Action, Page};
use super::seat::Seat;
use super::{Event, Flow, Step, wording};

/// A member who is asked once more.
#[derive(Debug)]
pub struct Confirm {
    pub(super) seat: Seat,
    password: SecretField,
    /// What is carried out afterwards.
    request: Option<Box<Request>>,
    /// It was confirmed, with nothing to carry out here.
    over: bool,
}

impl Confirm {
    /// The question for what `below`, a page of a member, asked; `None` when it is a guest's page.
    pub(super) fn before(request: Box<Request>, below: &Flow) -> Option<Self> {
        let seat = below.seat()?.anew();
        Some(Self { seat, password: SecretField::default(), request: Some(request), over: false })
    }

    /// The question with no page below it: for whoever carries something out afterwards by itself.
    #[must_use]
    pub fn alone(seat: Seat) -> Self {
        Self { seat, password: SecretField::default(), request: None, over: false }
    }

    /// True when it is confirmed and nothing waits below; the member is then the newer proof.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("confirm", "Confirm that it is you");
        page.intro = vec![format!("Before this is done, type {} once more.", self.what()).into()];
        page.fields = vec![self.password.secret("password", self.label(), None)];
        page.actions = vec![Action::primary("confirm", "Confirm", !self.seat.waiting), Action::back("Back")];
        page
    }

    fn label(&self) -> &'static str {
        if self.seat.member.has_second_step() { "Password or authenticator code" } else { "Password" }
    }

    fn what(&self) -> &'static str {
        if self.seat.member.has_second_step() {
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
            self.seat.notice = Some(wording::missing("Type your password."));
            return Step::Stay;
        }
        let password = self.password.get().clone();
        self.seat.ask(|member| Request::Confirm { member, password })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Confirmed(member) => self.confirmed(member),
            Reply::Refused(Refusal::WrongCurrentPassword) => {
                self.password.wipe();
                if let Some(notice) = &mut self.seat.notice {
                    // Nobody changes a password here.
                    notice.text = "That password is wrong. Nothing was changed.".into();
                }
                Step::Stay
            }
            Reply::Refused(Refusal::SecondStepRefused) => {
                self.password.wipe();
                Step::Stay
            }
            _ => Step::Stay,
        }
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
