//! The addresses of a member, a page each for the list, one of them, adding one and typing its code.
//!
//! ```text
//! settings/profile/addresses --Enter--> address ----> verify
//!             `------ Add an address --> add ---^
//! ```

mod add;
mod list;
mod one;
mod verify;

use std::sync::Arc;

use crate::accounts::request::SignedIn;
use crate::accounts::request::profile::AddressView;
use crate::domain::portal::Portal;

use super::page::{Page, Toast};
use super::seat::Seat;
use super::{Event, Flow, Step};
use add::Add;
use list::List;
use one::One;
use verify::Verify;

/// A member looking after their addresses.
#[derive(Debug)]
pub enum SettingsAddresses {
    /// `settings/profile/addresses`
    List(Box<List>),
    /// `settings/profile/addresses/address`
    One(Box<One>),
    /// `settings/profile/addresses/add`
    Add(Box<Add>),
    /// `settings/profile/addresses/verify`
    Verify(Box<Verify>),
}

impl SettingsAddresses {
    /// The list, before it has come.
    pub(super) fn list(portal: Arc<Portal>, member: SignedIn) -> Self {
        Self::List(Box::new(List::new(Seat::new(portal, member))))
    }

    /// The page that asks for the code of `address`.
    #[must_use]
    pub fn verify(portal: Arc<Portal>, member: SignedIn, address: AddressView) -> Self {
        Self::Verify(Box::new(Verify::new(Seat::new(portal, member), address)))
    }

    pub(super) fn begin(&mut self) -> Step {
        match self {
            Self::List(page) => page.begin(),
            _ => Step::Stay,
        }
    }

    pub(super) fn page(&self) -> Page<'_> {
        match self {
            Self::List(page) => page.page(),
            Self::One(page) => page.page(),
            Self::Add(page) => page.page(),
            Self::Verify(page) => page.page(),
        }
    }

    pub(super) fn seat(&self) -> &Seat {
        match self {
            Self::List(page) => &page.seat,
            Self::One(page) => &page.seat,
            Self::Add(page) => &page.seat,
            Self::Verify(page) => &page.seat,
        }
    }

    pub(super) fn seat_mut(&mut self) -> &mut Seat {
        match self {
            Self::List(page) => &mut page.seat,
            Self::One(page) => &mut page.seat,
            Self::Add(page) => &mut page.seat,
            Self::Verify(page) => &mut page.seat,
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        if let Some(step) = self.seat_mut().hear(&event) {
            return step;
        }
        match event {
            Event::Replied(reply) => match self.seat_mut().replied(reply) {
                Ok(reply) => match self {
                    Self::List(page) => page.replied(reply),
                    Self::One(page) => page.replied(reply),
                    Self::Add(page) => page.replied(&reply),
                    Self::Verify(page) => page.replied(reply),
                },
                Err(step) => {
                    if let Self::Verify(page) = self {
                        page.was_refused();
                    }
                    step
                }
            },
            _ if self.seat().waiting => Step::Stay,
            event => match self {
                Self::List(page) => page.update(&event),
                Self::One(page) => page.update(&event),
                Self::Add(page) => page.update(&event),
                Self::Verify(page) => page.update(&event),
            },
        }
    }
}

/// A seat on the next page.
fn next(seat: &Seat) -> Seat {
    Seat::new(seat.portal.clone(), seat.member.clone())
}

/// To the list, with a passing message.
fn back_to_list(seat: &Seat, toast: Option<Toast<'static>>) -> Step {
    let mut list = List::new(next(seat));
    list.seat.toast = toast;
    Step::go(Flow::SettingsAddresses(SettingsAddresses::List(Box::new(list))))
}
