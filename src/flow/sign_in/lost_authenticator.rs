//! What to do without the authenticator. Page `lost-authenticator`.

use std::sync::Arc;

use crate::domain::portal::PortalInfo;
use crate::flow::context::GuestContext;
use crate::flow::guest_support::OpenGuestCase;
use crate::flow::page::Page;
use crate::flow::{Event, Step};
use crate::text;

use super::{SecondFactor, SignIn};

/// The ways to sign in without the authenticator.
#[derive(Debug)]
pub struct LostAuthenticator {
    pub(in crate::flow) cx: GuestContext,
    origin: LostAt,
}

/// Where somebody misses it, and could type a recovery code.
#[derive(Debug)]
pub(super) enum LostAt {
    /// Before signing in, with the name as far as it was typed.
    SignIn(String),
    /// When it was asked for.
    SecondFactor(Box<SecondFactor>),
}

impl LostAuthenticator {
    pub(super) fn new(portal: Arc<PortalInfo>, origin: LostAt) -> Self {
        Self { cx: GuestContext::new(portal), origin }
    }

    fn back(&self) -> Step {
        match &self.origin {
            LostAt::SignIn(name) => Step::go(SignIn::new(self.cx.portal.clone(), name)),
            LostAt::SecondFactor(form) => Step::go(form.emptied()),
        }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let contact = self.cx.portal.support.as_str();
        // No form, so no button: without fields a person chooses.
        let page = self
            .cx
            .page("lost-authenticator", text!(self.cx, "lost-authenticator-title"))
            .intro(text!(self.cx, "lost-authenticator-recovery-code"));
        let page = if self.cx.portal.capabilities.reset {
            page.intro(text!(self.cx, "lost-authenticator-key")).intro(text!(
                self.cx,
                "lost-authenticator-support",
                contact = contact
            ))
        } else {
            page.intro(text!(self.cx, "lost-authenticator-support-without-reset", contact = contact))
        };
        page.link("use-recovery-code", text!(self.cx, "use-recovery-code"))
            .link("guest-support", text!(self.cx, "contact-support"))
            .back(text!(self.cx, "back"))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("use-recovery-code" | "back") => self.back(),
            Event::Pressed("guest-support") => Step::go(OpenGuestCase::new(self.cx.portal.clone(), "")),
            _ => Step::Stay,
        }
    }
}
