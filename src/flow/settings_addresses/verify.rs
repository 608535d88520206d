//! Typing the code from the letter to a new address. Page `settings/profile/addresses/verify`.

use crate::accounts::request::profile::{AddressView, Answer, Ask};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Notice, Page, Tone};
use crate::flow::seat::{Place, Seat};
use crate::flow::{Event, Step};

use super::back_to_list;

/// A member who waits for a letter to a new address, or has it.
#[derive(Debug)]
pub struct Verify {
    pub(in crate::flow) seat: Seat,
    address: AddressView,
    code: SecretField,
}

impl Verify {
    pub(super) fn new(seat: Seat, address: AddressView) -> Self {
        Self { seat, address, code: SecretField::default() }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/profile/addresses/verify", "Verify your address");
        let (address, portal) = (&self.address.address, &self.seat.portal);
        page.intro.push(
            format!(
                "Type the code from the letter to {address}. It is valid for {} minutes after it was sent.",
                portal.code_ttl_minutes
            )
            .into(),
        );
        page.fields.push(self.code.code("code", "Code"));
        page.actions.push(Action::primary("verify", "Verify", !self.seat.waiting));
        page.actions.push(Action::link("send-another", "Send another code"));
        page.actions.push(Action::back("Back to your addresses"));
        page.actions.extend(Seat::navigation(Place::Profile, false));
        let sender = &portal.sender;
        page.outro.push(
            format!("No letter from {sender}? Look in the spam or junk folder, and check the address above.")
                .into(),
        );
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("verify") => return self.submit(),
            Event::Pressed("send-another") => {
                let address = self.address.id.clone();
                return self.ask(Ask::SendCode { address });
            }
            Event::Pressed("back") => return back_to_list(self.seat.anew()),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn ask(&mut self, ask: Ask) -> Step {
        self.seat.ask(|member| Request::Profile(member, ask))
    }

    fn submit(&mut self) -> Step {
        if self.code.is_empty() {
            self.seat.notice = Some(Notice::missing("Type the code from the letter, such as WDJB-MJHT."));
            return Step::Stay;
        }
        let (address, code) = (self.address.id.clone(), self.code.get().clone());
        self.ask(Ask::VerifyAddress { address, code })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Profile(Answer::CodeSent { .. }) => {
                let text = "Another code was sent. An earlier one stays good.";
                self.seat.notice = Some(Notice { tone: Tone::Good, id: "code-sent", text: text.into() });
                Step::Stay
            }
            Reply::Profile(Answer::Verified(address)) => {
                let text = format!("{} is verified", address.address);
                back_to_list(self.seat.with_toast("address-verified", text))
            }
            // One that was not even looked at is kept.
            Reply::Refused(Refusal::CodeRefused) => {
                self.code.wipe();
                Step::Stay
            }
            _ => Step::Stay,
        }
    }
}
