//! Confirming a change: turning two-factor authentication off, or creating new recovery codes. Pages
//! `settings/security/turn-off` and `settings/security/new-recovery-codes`, which say what follows.

use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{Reply, Request};
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Page};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::RecoveryCodesPage;

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityChange {
    /// Turn two-factor authentication off.
    TurnOff,
    /// New recovery codes replace the old ones.
    NewCodes,
}

/// The question before the change.
#[derive(Debug)]
pub struct SecurityChangePage {
    pub(in crate::flow) cx: MemberContext,
    change: SecurityChange,
}

impl SecurityChangePage {
    /// The question before `change`.
    #[must_use]
    pub fn new(cx: MemberContext, change: SecurityChange) -> Self {
        Self { cx, change }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = match self.change {
            SecurityChange::TurnOff => self
                .cx
                .page("settings/security/turn-off", text!(self.cx, "two-factor-turn-off-title"))
                .intro(text!(self.cx, "two-factor-turn-off-intro"))
                .action(Action::destructive("turn-off", text!(self.cx, "security-turn-off"))),
            SecurityChange::NewCodes => self
                .cx
                .page("settings/security/new-recovery-codes", text!(self.cx, "new-recovery-codes-title"))
                .intro(text!(self.cx, "new-recovery-codes-intro"))
                .action(Action::destructive("create", text!(self.cx, "new-recovery-codes-create"))),
        };
        page.back(text!(self.cx, "back")).within(Section::Security)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let area = Request::SecondFactor;
        match event {
            Event::Pressed("turn-off") => self.cx.ask(area, SecondFactorRequest::TurnOff),
            Event::Pressed("create") => self.cx.ask(area, SecondFactorRequest::MakeRecoveryCodes),
            Event::Pressed("back") => self.cx.go(Section::Security),
            Event::Replied(Reply::SecondFactor(SecondFactorReply::TurnedOff(member))) => {
                self.cx.member = member;
                let text = text!(self.cx, "two-factor-off");
                self.cx.go_with_toast(Section::Security, "two-factor-off", text)
            }
            Event::Replied(Reply::SecondFactor(SecondFactorReply::RecoveryCodes(codes))) => {
                Step::go(RecoveryCodesPage::new(self.cx.fresh(), codes))
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
    use crate::flow::Flow;
    use crate::flow::testing::cx;

    fn flow(change: SecurityChange) -> Flow {
        Flow::SecurityChangePage(SecurityChangePage::new(cx(), change))
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
    fn new_codes_are_shown_and_a_refusal_stays_here() {
        let mut flow = flow(SecurityChange::NewCodes);
        flow.update(Event::Pressed("create"));
        flow.update(Event::Replied(Reply::Refused(Refusal::SecondFactorUnchanged)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("two-factor-unchanged"));
        flow.update(Event::Pressed("create"));
        let reply =
            Reply::SecondFactor(SecondFactorReply::RecoveryCodes(vec![crate::domain::secret::Secret::new(
                "0123",
            )]));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        assert_eq!(next.page().id, "settings/security/recovery-codes");
    }
}
