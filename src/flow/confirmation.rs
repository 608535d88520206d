//! The question before something that cannot simply be undone: what follows from it, and the choice. Page `confirmation`,
//! above the page that asks it, which is there again afterwards with all that was typed.

use std::borrow::Cow;

use crate::text;

use super::context::MemberContext;
use super::page::{Action, Page};
use super::{Event, Step};

/// The question.
#[derive(Debug)]
pub struct Confirmation {
    pub(super) cx: MemberContext,
    title: Cow<'static, str>,
    follows: Vec<Cow<'static, str>>,
    /// The action that is confirmed, by the id that it has on the page below.
    action: (&'static str, &'static str),
}

impl Confirmation {
    /// The question `title` before the `action` (id and label).
    pub(super) fn before(
        action: (&'static str, &'static str),
        cx: MemberContext,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { cx, title: title.into(), follows: Vec::new(), action }
    }

    /// One more thing that follows from it.
    pub(super) fn follows(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.follows.push(text.into());
        self
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("confirmation", "").title(self.title.as_ref());
        page.intro.extend(self.follows.iter().map(|text| text.as_ref().into()));
        let (id, label) = self.action;
        page.action(Action::destructive(id, label)).back(text!(self.cx, "cancel"))
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("back") => Step::NotConfirmed,
            Event::Pressed(action) if action == self.action.0 => Step::Confirmed(action),
            _ => Step::Stay,
        }
    }
}
