//! One address, and what can be done with it. Page `settings/profile/addresses/address`.

use crate::accounts::request::profile::{AddressView, Answer, Ask};
use crate::accounts::request::{Reply, Request};
use crate::domain::time_zone::TimeZone;
use crate::flow::page::{Action, Page};
use crate::flow::seat::{Place, Seat};
use crate::flow::{Event, Flow, Step};

use super::{SettingsAddresses, back_to_list};

/// A member looking at one address.
#[derive(Debug)]
pub struct One {
    pub(in crate::flow) seat: Seat,
    address: AddressView,
    /// When it was added, and since when it counts, as the person reads it.
    since: String,
}

impl One {
    pub(super) fn new(seat: Seat, address: AddressView, time_zone: &str) -> Self {
        let zone = TimeZone::parse(time_zone).unwrap_or_default();
        let since = match address.verified_at {
            Some(at) => format!("Verified {}", zone.date_minute(at)),
            None => format!("Added {}", zone.date_minute(address.added_at)),
        };
        Self { seat, address, since }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/profile/addresses/address", "Address");
        page.title = self.address.address.as_str().into();
        let is_verified = self.address.verified_at.is_some();
        let text = match (self.address.is_main, is_verified) {
            (true, _) => {
                "Your main address: codes for a forgotten password go here. To remove it, make another one \
                 the main one first."
            }
            (false, true) => {
                "Verified: it gets the letters about your account, and a code for a forgotten password when \
                 you type it instead of your username."
            }
            (false, false) => {
                "Not verified: it counts once you have typed the code from its letter. After a week it is \
                 forgotten."
            }
        };
        page.intro.push(text.into());
        page.outro.push(self.since.as_str().into());
        if !is_verified {
            page.actions.push(Action::link("enter-code", "Type its code"));
            page.actions.push(Action::link("send-code", "Send another code"));
        } else if !self.address.is_main {
            page.actions.push(Action::link("make-main", "Make it the main one"));
        }
        if !self.address.is_main {
            page.actions.push(Action::link("remove", "Remove it"));
        }
        page.actions.push(Action::back("Back to your addresses"));
        page.actions.extend(Seat::navigation(Place::Profile, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        let address = self.address.id.clone();
        match event {
            Event::Pressed("enter-code") => self.to_its_code(),
            Event::Pressed("send-code") => self.ask(Ask::SendCode { address }),
            Event::Pressed("make-main") => self.ask(Ask::SetMain { address }),
            Event::Pressed("remove") => self.ask(Ask::RemoveAddress { address }),
            Event::Pressed("back") => back_to_list(self.seat.anew()),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: Ask) -> Step {
        self.seat.ask(|member| Request::Profile(member, ask))
    }

    fn to_its_code(&self) -> Step {
        let verify = SettingsAddresses::verify(self.seat.anew(), self.address.clone());
        Step::go(Flow::SettingsAddresses(verify))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Profile(Answer::CodeSent { .. }) => self.to_its_code(),
            Reply::Profile(Answer::MainChanged(member, address)) => {
                self.seat.member = member;
                let text = format!("{} is your main address now", address.address);
                back_to_list(self.seat.with_toast("main-address-changed", text))
            }
            Reply::Profile(Answer::Removed(address)) => {
                let text = format!("{} was removed", address.address);
                back_to_list(self.seat.with_toast("address-removed", text))
            }
            _ => Step::Stay,
        }
    }
}
