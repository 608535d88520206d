//! Prove once more who you are: before something sensitive is done, on page `confirm`, or to unlock the session, on
//! page `locked`. Either is on top of another page, which then goes on where it was.

use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::text;

use super::context::MemberContext;
use super::field::SecretField;
use super::page::{Action, Notice, Page};
use super::sign_in::{CODE_LABEL, CODE_MAX, CODE_MISSING};
use super::{Event, Flow, Step};

/// The form for a password or a code.
#[derive(Debug)]
pub struct Reauthenticate {
    pub(super) cx: MemberContext,
    /// The page below is hidden until this succeeds.
    is_lock: bool,
    /// Only the second factor will do.
    second_factor: bool,
    password: SecretField,
    /// What is carried out afterwards.
    request: Option<Box<Request>>,
    is_done: bool,
}

impl Reauthenticate {
    /// The form for what the member's page `below` asked; `None` when that is a guest's page.
    pub(super) fn before(request: Box<Request>, below: &Flow) -> Option<Self> {
        let (cx, second_factor) = (below.context()?.fresh(), request.wants_second_factor());
        Some(Self { request: Some(request), ..Self::new(cx, second_factor) })
    }

    /// The form that hides the member's page `below`; `None` when that is a guest's page.
    pub(super) fn to_unlock(below: &Flow) -> Option<Self> {
        Some(Self { is_lock: true, ..Self::new(below.context()?.fresh(), false) })
    }

    /// The form with no page below it, for a caller that carries `request` out afterwards by itself; `None` when
    /// a guest asks that.
    #[must_use]
    pub fn alone(portal: Arc<PortalInfo>, request: &Request) -> Option<Self> {
        let cx = MemberContext::new(portal, request.member()?.clone());
        Some(Self::new(cx, request.wants_second_factor()))
    }

    fn new(cx: MemberContext, second_factor: bool) -> Self {
        let password = SecretField::default();
        Self { cx, is_lock: false, second_factor, password, request: None, is_done: false }
    }

    /// True when it succeeded and nothing waits below; the flow's member is then the newer proof.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    pub(super) fn page(&self) -> Page<'_> {
        let cx = &self.cx;
        let field = if self.second_factor {
            self.password.plain("password", CODE_LABEL.to(cx), CODE_MAX)
        } else if cx.member.has_second_factor() {
            self.password.secret("password", text!(cx, "password-or-authenticator-code"), None)
        } else {
            self.password.secret("password", text!(cx, "password"), None)
        };
        if self.is_lock {
            let intro = if cx.member.has_second_factor() {
                text!(cx, "locked-password-or-code")
            } else {
                text!(cx, "locked-password")
            };
            return cx
                .page("locked", text!(cx, "locked-title"))
                .intro(intro)
                .field(field)
                .action(Action::primary("unlock", text!(cx, "unlock")))
                .link("sign-out", text!(cx, "sign-out"))
                .hidden();
        }
        let intro = if self.second_factor {
            text!(cx, "reauthenticate-code")
        } else if cx.member.has_second_factor() {
            text!(cx, "reauthenticate-password-or-code")
        } else {
            text!(cx, "reauthenticate-password")
        };
        cx.page("confirm", text!(cx, "reauthenticate-title"))
            .intro(intro)
            .field(field)
            .action(Action::primary("confirm", text!(cx, "confirm")))
            .back(text!(cx, "back"))
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "password", value } => self.password.typed(value),
            Event::Pressed("confirm" | "unlock") => self.submit(),
            Event::Pressed("back") if !self.is_lock => Step::NotReauthenticated,
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn submit(&mut self) -> Step {
        if self.password.is_empty() {
            let missing = if self.second_factor {
                CODE_MISSING.to(&self.cx)
            } else {
                text!(self.cx, "reauthenticate-missing")
            };
            return self.cx.missing(missing);
        }
        let request =
            |member, (password, second_factor)| Request::Reauthenticate { member, password, second_factor };
        self.cx.ask(request, (self.password.get().clone(), self.second_factor))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Reauthenticated(member) if self.is_lock => Step::Unlocked(member),
            Reply::Reauthenticated(member) => {
                if let Some(request) = self.request.take() {
                    return Step::Reauthenticated(member, request);
                }
                self.cx.member = member;
                self.is_done = true;
                Step::Stay
            }
            Reply::Refused(Refusal::SecondFactorRefused) => self.password.wipe(),
            Reply::Refused(Refusal::WrongCurrentPassword) => {
                // Nobody changes a password here.
                let text = if self.is_lock {
                    text!(self.cx, "locked-wrong")
                } else {
                    text!(self.cx, "reauthenticate-wrong")
                };
                self.cx.notice = self.cx.notice.take().map(|notice| Notice { text: text.into(), ..notice });
                self.password.wipe()
            }
            _ => Step::Stay,
        }
    }
}
