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

use crate::accounts::request::profile::AddressView;

use super::page::Page;
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
    pub(super) fn list(seat: Seat) -> Self {
        Self::List(Box::new(List::new(seat)))
    }

    /// The page that asks for the code of `address`.
    #[must_use]
    pub fn verify(seat: Seat, address: AddressView) -> Self {
        Self::Verify(Box::new(Verify::new(seat, address)))
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
        match self {
            Self::List(page) => page.update(event),
            Self::One(page) => page.update(event),
            Self::Add(page) => page.update(event),
            Self::Verify(page) => page.update(event),
        }
    }
}

/// To the list, in this seat.
fn back_to_list(seat: Seat) -> Step {
    Step::go(Flow::SettingsAddresses(SettingsAddresses::list(seat)))
}
