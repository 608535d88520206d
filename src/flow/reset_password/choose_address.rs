//! Choose which of your addresses gets the code. Page `choose-address`, for a connection with a registered key.

use std::sync::Arc;

use crate::accounts::request::reset_address::{MaskedAddress, ResetAddressRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::flow::context::GuestContext;
use crate::flow::page::{Page, Table};
use crate::flow::{Event, Step, wording};
use crate::text;

use super::{EnterCode, ForgotPassword};

/// The addresses of the account, masked.
#[derive(Debug)]
pub struct ChooseAddress {
    pub(in crate::flow) cx: GuestContext,
    name: String,
    choices: Vec<MaskedAddress>,
}

impl ChooseAddress {
    pub(super) fn new(portal: Arc<PortalInfo>, name: &str, choices: Vec<MaskedAddress>) -> Self {
        Self { cx: GuestContext::new(portal), name: name.to_owned(), choices }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        self.cx
            .page("choose-address", text!(self.cx, "choose-address-title"))
            .intro(text!(self.cx, "choose-address-intro"))
            .table(self.table())
            .back(text!(self.cx, "back"))
            .outro(wording::need_help(&self.cx.portal))
    }

    fn table(&self) -> Table<'_> {
        let cx = &self.cx;
        let state = |choice: &MaskedAddress| {
            if choice.is_primary {
                text!(cx, "choose-address-primary")
            } else {
                text!(cx, "choose-address-verified")
            }
        };
        let columns = [text!(cx, "address"), text!(cx, "state")];
        Table::opening(columns, self.choices.iter().map(|it| [it.masked.as_str(), state(it)]))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(choice) = self.choices.get(row) else { return Step::Stay };
                let (name, address) = (self.name.clone(), choice.id.clone());
                self.cx.ask(Request::ResetAddress(ResetAddressRequest::CodeAt { name, address }))
            }
            Event::Pressed("back") => Step::go(ForgotPassword::new(self.cx.portal.clone(), &self.name)),
            Event::Replied(Reply::CodeRequested(sent)) => {
                Step::go(EnterCode::sent(self.cx.portal.clone(), &self.name, sent))
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{CodeRequested, Refusal};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::portal;

    fn flow() -> Flow {
        let choice = |id: &str, is_primary| MaskedAddress {
            id: id.into(),
            masked: format!("{id}***@e***.org"),
            is_primary,
        };
        ChooseAddress::new(Arc::new(portal()), "ada", vec![choice("a", true), choice("b", false)]).into()
    }

    #[test]
    fn the_code_goes_to_the_row_that_was_opened() {
        let mut flow = flow();
        assert_eq!(flow.page().table.unwrap().rows[1], ["b***@e***.org", "verified"]);
        assert!(matches!(flow.update(Event::Opened(2)), Step::Stay));
        let asked = flow.update(Event::Opened(1));
        assert!(
            matches!(&asked, Step::Ask(Request::ResetAddress(ResetAddressRequest::CodeAt { name, address })) if name == "ada" && address == "b"),
            "{asked:?}"
        );
        let sent = CodeRequested::for_test(Timestamp::from_epoch_ms(60_000));
        let Step::Go(next) = flow.update(Event::Replied(Reply::CodeRequested(sent))) else {
            panic!("it must go on")
        };
        assert_eq!(next.page().id, "enter-code");
    }

    #[test]
    fn after_a_refusal_another_address_can_be_chosen() {
        let mut flow = flow();
        flow.update(Event::Opened(0));
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay), "one at a time");
        flow.update(Event::Replied(Reply::Refused(Refusal::Busy(7))));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("busy"));
        assert!(matches!(flow.update(Event::Opened(1)), Step::Ask(_)));
    }
}
