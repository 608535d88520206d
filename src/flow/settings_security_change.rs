//! What is not done by one press: turning the second factor off, and making new recovery codes. Pages
//! `settings/security/turn-off` and `settings/security/new-recovery-codes`, which say what follows.

use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{Reply, Request};

use super::context::{MemberContext, Section};
use super::page::{Action, Page};
use super::settings_recovery_codes::SettingsRecoveryCodes;
use super::settings_security::SettingsSecurity;
use super::{Event, Flow, Step};

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityChange {
    /// The second factor goes off.
    TurnOff,
    /// New recovery codes in the place of the old ones.
    NewCodes,
}

/// A member who is told what follows.
#[derive(Debug)]
pub struct SettingsSecurityChange {
    pub(super) cx: MemberContext,
    what: SecurityChange,
}

impl SettingsSecurityChange {
    /// The page.
    #[must_use]
    pub fn new(cx: MemberContext, what: SecurityChange) -> Self {
        Self { cx, what }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let active = !self.cx.waiting;
        let (mut page, action, follows) = match self.what {
            SecurityChange::TurnOff => (
                self.cx.page("settings/security/turn-off", "Turn off two-factor authentication?"),
                Action::grave("turn-off", "Turn off", active),
                "From then on the password alone is enough to sign in. Your recovery codes are good no more, and \
                 every other session of yours ends.",
            ),
            SecurityChange::NewCodes => (
                self.cx.page("settings/security/new-recovery-codes", "Make new recovery codes?"),
                Action::grave("make", "Make new codes", active),
                "The codes that you have saved are good no more from then on.",
            ),
        };
        page.intro.push(follows.into());
        page.actions = vec![action, Action::back("Back")];
        page.actions.extend(MemberContext::navigation(Section::Security, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("turn-off") => self.ask(SecondFactorRequest::TurnOff),
            Event::Pressed("make") => self.ask(SecondFactorRequest::MakeRecoveryCodes),
            Event::Pressed("back") => self.cx.go(Section::Security),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: SecondFactorRequest) -> Step {
        self.cx.ask(|member| Request::SecondFactor(member, ask))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::SecondFactor(SecondFactorReply::TurnedOff(member)) => {
                self.cx.member = member;
                let cx = self.cx.with_toast("two-factor-off", "Two-factor authentication is off");
                Step::go(Flow::SettingsSecurity(SettingsSecurity::new(cx)))
            }
            Reply::SecondFactor(SecondFactorReply::RecoveryCodes(codes)) => {
                Step::go(Flow::SettingsRecoveryCodes(SettingsRecoveryCodes::new(self.cx.fresh(), codes)))
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
    use crate::flow::testing::cx;

    fn flow(what: SecurityChange) -> Flow {
        Flow::SettingsSecurityChange(SettingsSecurityChange::new(cx(), what))
    }

    #[test]
    fn turning_it_off_goes_on_with_the_new_proof() {
        let mut flow = flow(SecurityChange::TurnOff);
        let step = flow.update(Event::Pressed("turn-off"));
        assert!(matches!(step, Step::Ask(Request::SecondFactor(_, SecondFactorRequest::TurnOff))));
        let reply = Reply::SecondFactor(SecondFactorReply::TurnedOff(SignedIn::for_test("ada")));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        let page = next.page();
        assert_eq!(
            (page.id, page.toast.map(|toast| toast.id)),
            ("settings/security", Some("two-factor-off"))
        );
    }

    #[test]
    fn new_codes_are_shown_and_a_no_stays_here() {
        let mut flow = flow(SecurityChange::NewCodes);
        flow.update(Event::Pressed("make"));
        flow.update(Event::Replied(Reply::Refused(Refusal::SecondFactorUnchanged)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("two-factor-unchanged"));
        flow.update(Event::Pressed("make"));
        let reply =
            Reply::SecondFactor(SecondFactorReply::RecoveryCodes(vec![crate::domain::secret::Secret::new(
                "0123",
            )]));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        assert_eq!(next.page().id, "settings/security/recovery-codes");
    }
}
