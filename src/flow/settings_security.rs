//! The second factor and the recovery codes. Page `settings/security`; what changes them has pages of its own.

use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest, SecondFactorView};
use crate::accounts::request::{Reply, Request};
use crate::domain::recovery_code::CODES;
use crate::domain::timestamp::Timestamp;

use super::context::{MemberContext, Section};
use super::page::{Action, Page, Table};
use super::settings_authenticator::SettingsAuthenticator;
use super::settings_security_change::{SecurityChange, SettingsSecurityChange};
use super::{Event, Flow, Step, wording};

/// A member looking after the second factor.
#[derive(Debug)]
pub struct SettingsSecurity {
    pub(super) cx: MemberContext,
    /// `None` until it has come.
    view: Option<SecondFactorView>,
}

impl SettingsSecurity {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, view: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member| Request::SecondFactor(member, SecondFactorRequest::Status))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/security", "Security");
        page.intro
            .push("Two-factor authentication asks for a code from your phone besides the password.".into());
        page.table = self.view.map(table);
        match self.view {
            Some(SecondFactorView { on_since: Some(_), recovery_codes }) => {
                page.notice = page.notice.or_else(|| wording::few_recovery_codes(recovery_codes));
                page.actions.push(Action::link("new-codes", "Make new recovery codes"));
                page.actions.push(Action::link("turn-off", "Turn off two-factor authentication"));
            }
            Some(SecondFactorView { on_since: None, .. }) => {
                page.actions.push(Action::primary("turn-on", "Turn on", !self.cx.waiting));
            }
            None => {}
        }
        page.actions.extend(MemberContext::navigation(Section::Security, true));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        let change = |what| {
            let next = SettingsSecurityChange::new(self.cx.fresh(), what);
            Step::go(Flow::SettingsSecurityChange(next))
        };
        match event {
            Event::Pressed("turn-on") => {
                self.cx.ask(|member| Request::SecondFactor(member, SecondFactorRequest::Enrol))
            }
            Event::Pressed("turn-off") => change(SecurityChange::TurnOff),
            Event::Pressed("new-codes") => change(SecurityChange::NewCodes),
            Event::Replied(Reply::SecondFactor(SecondFactorReply::Now(view))) => {
                self.view = Some(view);
                Step::Stay
            }
            Event::Replied(Reply::SecondFactor(SecondFactorReply::Enrolment(enrolment))) => {
                let next = SettingsAuthenticator::new(self.cx.fresh(), enrolment);
                Step::go(Flow::SettingsAuthenticator(next))
            }
            _ => Step::Stay,
        }
    }
}

/// How it is now, a row a thing.
fn table(view: SecondFactorView) -> Table<'static> {
    let mut rows = vec![match view.on_since {
        Some(since) => vec!["Two-factor authentication".into(), format!("on since {}", day_of(since)).into()],
        None => vec!["Two-factor authentication".into(), "off".into()],
    }];
    if view.on_since.is_some() {
        rows.push(vec!["Recovery codes".into(), format!("{} of {CODES} left", view.recovery_codes).into()]);
    }
    Table { columns: vec!["Setting", "Now"], rows, ..Table::default() }
}

/// `2026-11-22`; there is no room for more on a narrow screen.
fn day_of(at: Timestamp) -> String {
    at.date_minute().split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Enrolment;
    use crate::flow::testing::cx;

    fn flow(on_since: Option<i64>, recovery_codes: i64) -> Flow {
        let mut flow = Flow::SettingsSecurity(SettingsSecurity::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::SecondFactor(_, SecondFactorRequest::Status))));
        let view = SecondFactorView { on_since: on_since.map(Timestamp::from_epoch_ms), recovery_codes };
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
        let seed = SecondFactorReply::Enrolment(Enrolment::for_test("ada"));
        let Step::Go(next) = flow.update(Event::Replied(Reply::SecondFactor(seed))) else {
            panic!("no seed")
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
    fn few_codes_left_are_warned_of() {
        let warned = |left| flow(Some(0), left).page().notice.map(|notice| notice.text.into_owned());
        assert_eq!(warned(4), None);
        assert!(warned(3).unwrap().contains("3 recovery codes left"));
        assert!(warned(1).unwrap().contains("1 recovery code left"));
        assert!(warned(0).unwrap().contains("no recovery code left"));
    }
}
