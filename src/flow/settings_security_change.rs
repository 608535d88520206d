//! What is not done by one press: turning the second step off, and making new recovery codes. Pages
//! `settings/security/turn-off` and `settings/security/new-recovery-codes`, which say what follows.

use crate::accounts::request::security::{Answer, Ask};
use crate::accounts::request::{Reply, Request};

use super::page::{Action, Page};
use super::seat::{Place, Seat};
use super::settings_recovery_codes::SettingsRecoveryCodes;
use super::settings_security::SettingsSecurity;
use super::{Event, Flow, Step};

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The second step goes off.
    TurnOff,
    /// New recovery codes in the place of the old ones.
    NewCodes,
}

/// A member who is told what follows.
#[derive(Debug)]
pub struct SettingsSecurityChange {
    pub(super) seat: Seat,
    what: What,
}

impl SettingsSecurityChange {
    /// The page.
    #[must_use]
    pub fn new(seat: Seat, what: What) -> Self {
        Self { seat, what }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let active = !self.seat.waiting;
        let (mut page, action, follows) = match self.what {
            What::TurnOff => (
                self.seat.page("settings/security/turn-off", "Turn off the second step?"),
                Action::grave("turn-off", "Turn off", active),
                "From then on the password alone is enough to sign in. Your recovery codes are good no more, and \
                 every other visit of yours ends.",
            ),
            What::NewCodes => (
                self.seat.page("settings/security/new-recovery-codes", "Make new recovery codes?"),
                Action::grave("make", "Make new codes", active),
                "The codes that you have saved are good no more from then on.",
            ),
        };
        page.intro.push(follows.into());
        page.actions = vec![action, Action::back("Back")];
        page.actions.extend(Seat::navigation(Place::Security, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("turn-off") => self.ask(Ask::TurnOff),
            Event::Pressed("make") => self.ask(Ask::MakeRecoveryCodes),
            Event::Pressed("back") => self.seat.go(Place::Security),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: Ask) -> Step {
        self.seat.ask(|member| Request::Security(member, ask))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Security(Answer::TurnedOff(member)) => {
                self.seat.member = member;
                let seat = self.seat.with_toast("second-step-off", "The second step is off");
                Step::go(Flow::SettingsSecurity(SettingsSecurity::new(seat)))
            }
            Reply::Security(Answer::RecoveryCodes(codes)) => {
                Step::go(Flow::SettingsRecoveryCodes(SettingsRecoveryCodes::new(self.seat.anew(), codes)))
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Refusal;
    use crate::accounts::request::SignedIn;
    use crate::flow::testing::seat;

    fn flow(what: What) -> Flow {
        Flow::SettingsSecurityChange(SettingsSecurityChange::new(seat(), what))
    }

    #[test]
    fn turning_it_off_goes_on_with_the_new_proof() {
        let mut flow = flow(What::TurnOff);
        let step = flow.update(Event::Pressed("turn-off"));
        assert!(matches!(step, Step::Ask(Request::Security(_, Ask::TurnOff))));
        let reply = Reply::Security(Answer::TurnedOff(SignedIn::for_test("ada")));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        let page = next.page();
        assert_eq!(
            (page.id, page.toast.map(|toast| toast.id)),
            ("settings/security", Some("second-step-off"))
        );
    }

    #[test]
    fn new_codes_are_shown_and_a_no_stays_here() {
        let mut flow = flow(What::NewCodes);
        flow.update(Event::Pressed("make"));
        flow.update(Event::Replied(Reply::Refused(Refusal::SecondStepUnchanged)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("second-step-unchanged"));
        flow.update(Event::Pressed("make"));
        let reply = Reply::Security(Answer::RecoveryCodes(vec![crate::domain::secret::Secret::new("0123")]));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        assert_eq!(next.page().id, "settings/security/recovery-codes");
    }
}
