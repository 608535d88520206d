//! The second step and the recovery codes. Page `settings/security`; what changes them has pages of its own.

use crate::accounts::request::security::{Answer, Ask, SecurityView};
use crate::accounts::request::{Reply, Request};
use crate::domain::moment::Moment;
use crate::domain::recovery_code::CODES;

use super::page::{Action, Page, Table};
use super::seat::{Place, Seat};
use super::settings_authenticator::SettingsAuthenticator;
use super::settings_security_change::{SettingsSecurityChange, What};
use super::{Event, Flow, Step, wording};

/// A member looking after the second step.
#[derive(Debug)]
pub struct SettingsSecurity {
    pub(super) seat: Seat,
    /// `None` until it has come.
    view: Option<SecurityView>,
}

impl SettingsSecurity {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(seat: Seat) -> Self {
        Self { seat, view: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.seat.begin(|member| Request::Security(member, Ask::Look))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/security", "Security");
        page.intro.push("A second step asks for a code from your phone besides the password.".into());
        page.table = self.view.map(table);
        match self.view {
            Some(SecurityView { on_since: Some(_), recovery_codes }) => {
                page.notice = page.notice.or_else(|| wording::few_recovery_codes(recovery_codes));
                page.actions.push(Action::link("new-codes", "Make new recovery codes"));
                page.actions.push(Action::link("turn-off", "Turn off the second step"));
            }
            Some(SecurityView { on_since: None, .. }) => {
                page.actions.push(Action::primary("turn-on", "Turn on", !self.seat.waiting));
            }
            None => {}
        }
        page.actions.extend(Seat::navigation(Place::Security, true));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        let change = |what| {
            let next = SettingsSecurityChange::new(self.seat.anew(), what);
            Step::go(Flow::SettingsSecurityChange(next))
        };
        match event {
            Event::Pressed("turn-on") => self.seat.ask(|member| Request::Security(member, Ask::Enrol)),
            Event::Pressed("turn-off") => change(What::TurnOff),
            Event::Pressed("new-codes") => change(What::NewCodes),
            Event::Replied(Reply::Security(Answer::Now(view))) => {
                self.view = Some(view);
                Step::Stay
            }
            Event::Replied(Reply::Security(Answer::Enrolment(enrolment))) => {
                let next = SettingsAuthenticator::new(self.seat.anew(), enrolment);
                Step::go(Flow::SettingsAuthenticator(next))
            }
            _ => Step::Stay,
        }
    }
}

/// How it is now, a row a thing.
fn table(view: SecurityView) -> Table<'static> {
    let mut rows = vec![match view.on_since {
        Some(since) => vec!["Second step".into(), format!("on since {}", day_of(since)).into()],
        None => vec!["Second step".into(), "off".into()],
    }];
    if view.on_since.is_some() {
        rows.push(vec!["Recovery codes".into(), format!("{} of {CODES} left", view.recovery_codes).into()]);
    }
    Table { columns: vec!["Setting", "Now"], rows, ..Table::default() }
}

/// `2026-11-22`; there is no room for more on a narrow screen.
fn day_of(at: Moment) -> String {
    at.date_minute().split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::Enrolment;
    use crate::flow::testing::seat;

    fn flow(on_since: Option<i64>, recovery_codes: i64) -> Flow {
        let mut flow = Flow::SettingsSecurity(SettingsSecurity::new(seat()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Security(_, Ask::Look))));
        let view = SecurityView { on_since: on_since.map(Moment::from_epoch_ms), recovery_codes };
        flow.update(Event::Replied(Reply::Security(Answer::Now(view))));
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
        assert!(matches!(step, Step::Ask(Request::Security(_, Ask::Enrol))));
        let seed = Answer::Enrolment(Enrolment::for_test("ada"));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Security(seed))) else { panic!("no seed") };
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
