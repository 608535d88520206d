//! Whether two-factor authentication is on. Page `settings/security`; what changes it has pages of its own.

use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest, SecondFactorView};
use crate::accounts::request::{Reply, Request};
use crate::domain::recovery_code::CODES;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page};
use crate::flow::review::ReviewPage;
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::text;

use super::{SecurityChange, SecurityChangePage, SetUpAuthenticator};

/// How it is now.
#[derive(Debug)]
pub struct SecurityPage {
    pub(in crate::flow) cx: MemberContext,
    view: Option<SecondFactorView>,
}

impl SecurityPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, view: None }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::SecondFactor, SecondFactorRequest::Status)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let mut page = self
            .cx
            .page("settings/security", text!(self.cx, "security-title"))
            .intro(text!(self.cx, "security-intro"));
        page.facts.extend(self.view.into_iter().flat_map(|view| facts(view, &self.cx)));
        page = match self.view {
            Some(SecondFactorView { on_since: Some(_), recovery_codes, .. }) => {
                page.notice = page.notice.or_else(|| wording::few_recovery_codes(recovery_codes, &self.cx));
                page.link("new-codes", text!(self.cx, "security-new-codes"))
                    .link("turn-off", text!(self.cx, "security-turn-off-two-factor"))
            }
            Some(SecondFactorView { on_since: None, .. }) => {
                page.action(Action::primary("turn-on", text!(self.cx, "security-turn-on")))
            }
            None => page,
        };
        if self.view.is_some_and(|view| view.suspended > 0) {
            page = page.link("review", text!(self.cx, "security-review-suspended"));
        }
        page.within(Section::Security)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let cx = self.cx.fresh();
        match event {
            Event::Pressed("turn-on") => self.cx.ask(Request::SecondFactor, SecondFactorRequest::Enrol),
            Event::Pressed("turn-off") => Step::go(SecurityChangePage::new(cx, SecurityChange::TurnOff)),
            Event::Pressed("review") => Step::go(ReviewPage::new(cx)),
            Event::Pressed("new-codes") => Step::go(SecurityChangePage::new(cx, SecurityChange::NewCodes)),
            Event::Replied(Reply::SecondFactor(SecondFactorReply::Now(view))) => {
                self.view = Some(view);
                Step::Stay
            }
            Event::Replied(Reply::SecondFactor(SecondFactorReply::Enrolment(enrolment))) => {
                Step::go(SetUpAuthenticator::new(cx, enrolment))
            }
            _ => Step::Stay,
        }
    }
}

fn facts(view: SecondFactorView, cx: &MemberContext) -> Vec<Fact<'static>> {
    let state = match view.on_since {
        None => text!(cx, "security-two-factor-off").to_owned(),
        Some(since) => text!(cx, "security-two-factor-on", date = cx.zone().date(since)),
    };
    let mut facts = vec![Fact::new(text!(cx, "security-two-factor"), state)];
    if view.on_since.is_some() {
        let left = text!(cx, "security-recovery-codes-left", left = view.recovery_codes, all = CODES);
        facts.push(Fact::new(text!(cx, "security-recovery-codes"), left));
    }
    if view.suspended > 0 {
        let suspended = text!(cx, "security-suspended-count", n = view.suspended);
        facts.push(Fact::new(text!(cx, "security-suspended"), suspended));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Enrolment;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
    use crate::flow::testing::cx;

    fn flow(on_since: Option<i64>, recovery_codes: i64) -> Flow {
        let mut flow = Flow::SecurityPage(SecurityPage::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::SecondFactor(_, SecondFactorRequest::Status))));
        let on_since = on_since.map(Timestamp::from_epoch_ms);
        let view = SecondFactorView { on_since, recovery_codes, suspended: 0 };
        flow.update(Event::Replied(Reply::SecondFactor(SecondFactorReply::Now(view))));
        flow
    }

    fn own_actions(flow: &Flow) -> Vec<&'static str> {
        let actions = flow.page().actions;
        actions.iter().filter(|action| !action.kind.is_navigation()).map(|action| action.id).collect()
    }

    fn next(flow: &mut Flow, action: &'static str) -> &'static str {
        let Step::Go(next) = flow.update(Event::Pressed(action)) else { panic!("{action} must go on") };
        next.page().id
    }

    #[test]
    fn while_it_is_off_it_can_be_turned_on_and_nothing_else() {
        let mut flow = flow(None, 0);
        assert_eq!(own_actions(&flow), ["turn-on"]);
        assert_eq!(flow.page().notice, None);
        let step = flow.update(Event::Pressed("turn-on"));
        assert!(matches!(step, Step::Ask(Request::SecondFactor(_, SecondFactorRequest::Enrol))));
        let enrolment = SecondFactorReply::Enrolment(Enrolment::for_test("ada"));
        let Step::Go(next) = flow.update(Event::Replied(Reply::SecondFactor(enrolment))) else {
            panic!("no secret")
        };
        assert_eq!(next.page().id, "settings/security/authenticator");
    }

    #[test]
    fn while_it_is_on_new_codes_can_be_made_and_it_can_be_turned_off() {
        let mut flow = flow(Some(0), 8);
        assert_eq!(own_actions(&flow), ["new-codes", "turn-off"]);
        assert_eq!(next(&mut flow, "new-codes"), "settings/security/new-recovery-codes");
        assert_eq!(next(&mut flow, "turn-off"), "settings/security/turn-off");
    }

    #[test]
    fn the_review_is_reached_from_here_as_long_as_something_is_suspended() {
        let mut flow = flow(None, 0);
        let view = SecondFactorView { on_since: None, recovery_codes: 0, suspended: 2 };
        flow.update(Event::Replied(Reply::SecondFactor(SecondFactorReply::Now(view))));
        assert_eq!(own_actions(&flow), ["turn-on", "review"]);
        assert_eq!(next(&mut flow, "review"), "settings/security/review");
    }

    #[test]
    fn few_codes_left_are_warned_of() {
        let warned = |left| flow(Some(0), left).page().notice.map(|notice| notice.text.into_owned());
        assert_eq!(warned(4), None);
        assert!(warned(3).unwrap().contains("3 recovery codes left"));
        assert!(warned(1).unwrap().contains("1 recovery code left"));
        assert!(warned(0).unwrap().contains("no recovery codes left"));
    }
}
