//! Every live visit of the account. Page `settings/visits`.

use std::sync::Arc;

use crate::accounts::request::SignedIn;
use crate::domain::portal::Portal;

use super::page::Page;
use super::seat::{Place, Seat};
use super::{Event, Step};

/// A member looking at where they are signed in.
#[derive(Debug)]
pub struct SettingsVisits {
    pub(super) seat: Seat,
}

impl SettingsVisits {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(portal: Arc<Portal>, member: SignedIn) -> Self {
        Self { seat: Seat::new(portal, member) }
    }

    pub(super) fn begin(&mut self) -> Step {
        Step::Stay
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/visits", "Visits");
        page.actions.extend(Seat::navigation(Place::Visits, true));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        if let Some(step) = self.seat.hear(&event) {
            return step;
        }
        match event {
            Event::Replied(reply) => match self.seat.replied(reply) {
                Ok(_reply) => Step::Stay,
                Err(step) => step,
            },
            _ => Step::Stay,
        }
    }
}
