//! What to do without the authenticator. Page `lost-authenticator`.

use std::sync::Arc;

use crate::domain::portal::PortalInfo;

use super::guest_support::GuestSupport;
use super::page::{Action, Page};
use super::{Event, Flow, Step};

/// Somebody whose authenticator is gone.
#[derive(Debug)]
pub struct LostAuthenticator {
    portal: Arc<PortalInfo>,
    /// Where they came from; away once they have gone back.
    back: Option<Box<Flow>>,
}

impl LostAuthenticator {
    /// The page; `back` is where the recovery code can be typed.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, back: Flow) -> Self {
        Self { portal, back: Some(Box::new(back)) }
    }

    pub(super) fn page(&self) -> Page<'_> {
        Page {
            id: "lost-authenticator",
            title: "Lost your authenticator?".into(),
            intro: vec![
                "1. A recovery code: type one of those that you saved in place of the six digits. Each works once."
                    .into(),
                "2. An SSH key: connect with one that is registered on your account and choose Forgot your \
                 password? The code from the email and that key are enough."
                    .into(),
                format!(
                    "3. Neither: ask support, here or at {}. They will find out who you are first.",
                    self.portal.support
                )
                .into(),
            ],
            actions: vec![
                // No form, so no button of one: a page without fields is left by choosing.
                Action::link("use-recovery-code", "Use a recovery code"),
                Action::link("guest-support", "Ask support"),
                Action::back("Back"),
            ],
            ..Page::default()
        }
    }

    pub(super) fn update(&mut self, event: &Event<'_>) -> Step {
        match event {
            Event::Pressed("use-recovery-code" | "back") => self.back.take().map_or(Step::Stay, Step::Go),
            Event::Pressed("guest-support") => {
                Step::go(Flow::GuestSupport(GuestSupport::new(self.portal.clone(), "")))
            }
            _ => Step::Stay,
        }
    }
}
