//! Confirm it's you: asked before a sensitive request when the last proof is older than five minutes.
//! Page `confirm`. The page that asked waits below and goes on where it was.

use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request, SignedIn};
use crate::domain::portal::PortalInfo;

use super::context::MemberContext;
use super::field::SecretField;
use super::page::{Action, Notice, Page};
use super::second_factor::{CODE_LABEL, CODE_MAX, CODE_MISSING};
use super::{Event, Flow, Step};

/// A member who is asked once more.
#[derive(Debug)]
pub struct Reauthenticate {
    pub(super) cx: MemberContext,
    /// Only the second factor will do.
    second_factor: bool,
    password: SecretField,
    /// What is carried out afterwards.
    request: Option<Box<Request>>,
    /// It was confirmed, with nothing to carry out here.
    over: bool,
}

impl Reauthenticate {
    /// The question for what `below`, a page of a member, asked; `None` when it is a guest's page.
    pub(super) fn before(request: Box<Request>, below: &Flow) -> Option<Self> {
        let (cx, second_factor) = (below.cx()?.fresh(), request.wants_second_factor());
        Some(Self { request: Some(request), ..Self::new(cx, second_factor) })
    }

    /// The question with no page below it, for whoever carries `request` out afterwards by itself; `None` when
    /// a guest asks that.
    #[must_use]
    pub fn alone(portal: Arc<PortalInfo>, request: &Request) -> Option<Self> {
        let cx = MemberContext::new(portal, request.member()?.clone());
        Some(Self::new(cx, request.wants_second_factor()))
    }

    fn new(cx: MemberContext, second_factor: bool) -> Self {
        Self { cx, second_factor, password: SecretField::default(), request: None, over: false }
    }

    /// True when it is confirmed and nothing waits below; the member is then the newer proof.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("confirm", "Confirm it's you");
        page.intro = vec![format!("Before this is done, type {} once more.", self.what()).into()];
        page.fields = vec![if self.second_factor {
            self.password.plain("password", CODE_LABEL, CODE_MAX)
        } else {
            self.password.secret("password", self.label(), None)
        }];
        page.actions = vec![Action::primary("confirm", "Confirm", !self.cx.waiting), Action::back("Back")];
        page
    }

    fn label(&self) -> &'static str {
        if self.cx.member.has_second_factor() { "Password or authenticator code" } else { "Password" }
    }

    fn what(&self) -> &'static str {
        if self.second_factor {
            "the six digits of your authenticator app, or one of your recovery codes,"
        } else if self.cx.member.has_second_factor() {
            "your password, or the six digits of your authenticator app,"
        } else {
            "your password"
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "password", value } => self.password.typed(value),
            Event::Pressed("confirm") => return self.submit(),
            Event::Pressed("back") => return Step::NotReauthenticated,
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        if self.password.is_empty() {
            let missing = if self.second_factor { CODE_MISSING } else { "Type your password." };
            self.cx.notice = Some(Notice::missing(missing));
            return Step::Stay;
        }
        let (password, second_factor) = (self.password.get().clone(), self.second_factor);
        self.cx.ask(|member| Request::Reauthenticate { member, password, second_factor })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Reauthenticated(member) => return self.confirmed(member),
            Reply::Refused(Refusal::SecondFactorRefused) => self.password.wipe(),
            Reply::Refused(Refusal::WrongCurrentPassword) => {
                self.password.wipe();
                // Nobody changes a password here.
                let text = "That password is wrong. Nothing was changed.";
                self.cx.notice = self.cx.notice.take().map(|notice| Notice { text: text.into(), ..notice });
            }
            _ => {}
        }
        Step::Stay
    }

    fn confirmed(&mut self, member: SignedIn) -> Step {
        if let Some(request) = self.request.take() {
            return Step::Reauthenticated(member, request);
        }
        self.cx.member = member;
        self.over = true;
        Step::Stay
    }
}
