//! Choose which of your addresses the code goes to. Page `choose-address`, for whoever has proven a key.

use std::sync::Arc;

use crate::accounts::request::reset_address::{MaskedAddress, ResetAddressRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::portal::PortalInfo;

use super::enter_code::EnterCode;
use super::forgot_password::ForgotPassword;
use super::page::{Action, Notice, Page, Table};
use super::{Event, Flow, Step, wording};

/// Somebody who is locked out and has a key.
#[derive(Debug)]
pub struct ChooseAddress {
    portal: Arc<PortalInfo>,
    name: String,
    choices: Vec<MaskedAddress>,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

impl ChooseAddress {
    pub(super) fn new(portal: Arc<PortalInfo>, name: &str, choices: Vec<MaskedAddress>) -> Self {
        Self { portal, name: name.to_owned(), choices, notice: None, waiting: false }
    }

    pub(super) fn page(&self) -> Page<'_> {
        Page {
            id: "choose-address",
            title: "Where should the code go?".into(),
            intro: vec!["Your SSH key says whose account it is. Open the address for the code.".into()],
            table: Some(self.table()),
            actions: vec![Action::back("Back")],
            outro: vec![wording::trouble(&self.portal).into()],
            notice: self.notice.clone(),
            waiting: self.waiting,
            ..Page::default()
        }
    }

    fn table(&self) -> Table<'_> {
        let state = |choice: &MaskedAddress| if choice.is_primary { "primary" } else { "verified" };
        let row = |choice: &'_ MaskedAddress| vec![choice.masked.clone().into(), state(choice).into()];
        Table {
            columns: vec!["Address", "State"],
            rows: self.choices.iter().map(row).collect(),
            opens: true,
            empty: "There is none.".into(),
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) if !self.waiting => {
                let Some(choice) = self.choices.get(row) else { return Step::Stay };
                (self.notice, self.waiting) = (None, true);
                let (name, address) = (self.name.clone(), choice.id.clone());
                return Step::Ask(Request::ResetAddress(ResetAddressRequest::CodeAt { name, address }));
            }
            Event::Pressed("back") if !self.waiting => {
                let next = ForgotPassword::new(self.portal.clone(), &self.name);
                return Step::go(Flow::ForgotPassword(next));
            }
            Event::Replied(Reply::CodeRequested(sent)) => {
                let next = EnterCode::sent(self.portal.clone(), &self.name, sent);
                return Step::go(Flow::EnterCode(next));
            }
            Event::Replied(reply) => {
                self.waiting = false;
                if let Reply::Refused(refusal) = reply {
                    self.notice = Some(wording::refusal(&refusal, &self.portal));
                }
            }
            _ => {}
        }
        Step::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{CodeRequested, Refusal};
    use crate::domain::timestamp::Timestamp;
    use crate::flow::testing::portal;

    fn flow() -> ChooseAddress {
        let choice = |id: &str, is_primary| MaskedAddress {
            id: id.into(),
            masked: format!("{id}***@e***.org"),
            is_primary,
        };
        ChooseAddress::new(Arc::new(portal()), "ada", vec![choice("a", true), choice("b", false)])
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
    fn a_no_is_told_and_another_can_be_chosen() {
        let mut flow = flow();
        flow.update(Event::Opened(0));
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay), "one at a time");
        flow.update(Event::Replied(Reply::Refused(Refusal::Busy)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("busy"));
        assert!(matches!(flow.update(Event::Opened(1)), Step::Ask(_)));
    }
}
