//! The addresses. Page `settings/profile/addresses`; Enter opens one.

use crate::accounts::request::profile::{AddressView, Answer, Ask, ProfileView};
use crate::accounts::request::{Reply, Request};
use crate::flow::page::{Action, Page, Table};
use crate::flow::seat::{Place, Seat};
use crate::flow::{Event, Flow, Step};

use super::SettingsAddresses;
use super::add::Add;
use super::one::One;

/// A member looking at their addresses.
#[derive(Debug)]
pub struct List {
    pub(in crate::flow) seat: Seat,
    /// `None` until it has come.
    view: Option<ProfileView>,
}

impl List {
    pub(super) fn new(seat: Seat) -> Self {
        Self { seat, view: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.seat.begin(|member| Request::Profile(member, Ask::Show))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/profile/addresses", "Addresses");
        page.intro.push("Letters and codes for a forgotten password go to verified addresses.".into());
        page.table = self.view.as_ref().map(table);
        if self.view.is_some() || !self.seat.waiting {
            page.actions.push(Action::link("add", "Add an address"));
            page.actions.push(Action::back("Back to your profile"));
            page.actions.extend(Seat::navigation(Place::Profile, false));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("add") => {
                let add = SettingsAddresses::Add(Box::new(Add::new(self.seat.anew())));
                Step::go(Flow::SettingsAddresses(add))
            }
            Event::Pressed("back") => self.seat.go(Place::Profile),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn open(&self, row: usize) -> Step {
        let Some(view) = &self.view else { return Step::Stay };
        let Some(address) = view.addresses.get(row) else { return Step::Stay };
        let one =
            SettingsAddresses::One(Box::new(One::new(self.seat.anew(), address.clone(), &view.time_zone)));
        Step::go(Flow::SettingsAddresses(one))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        if let Reply::Profile(Answer::Profile(view)) = reply {
            self.view = Some(view);
        }
        Step::Stay
    }
}

fn table(view: &ProfileView) -> Table<'_> {
    let row = |address: &'_ AddressView| vec![address.address.clone().into(), state(address).into()];
    Table {
        columns: vec!["Address", "State"],
        rows: view.addresses.iter().map(row).collect(),
        opens: true,
        empty: "You have no address here. Add one, or a forgotten password cannot be reset.".into(),
    }
}

/// What an address is good for.
pub(super) const fn state(address: &AddressView) -> &'static str {
    match (address.is_main, address.verified_at) {
        (true, _) => "main",
        (false, Some(_)) => "verified",
        (false, None) => "not verified",
    }
}
