//! Change the password of a signed-in account. Page `settings/password`.

use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request, SignedIn};
use crate::domain::portal::Portal;

use super::field::SecretField;
use super::page::{Action, ActionKind, Page};
use super::seat::{Place, Seat};
use super::two_passwords::TwoPasswords;
use super::{Event, Step};

/// A member who chooses another password.
#[derive(Debug)]
pub struct SettingsPassword {
    pub(super) seat: Seat,
    current: SecretField,
    passwords: TwoPasswords,
}

impl SettingsPassword {
    /// The empty form.
    #[must_use]
    pub fn new(portal: Arc<Portal>, member: SignedIn) -> Self {
        let passwords = TwoPasswords::new(&portal, &[member.name()], member.has_second_step());
        Self { seat: Seat::new(portal, member), current: SecretField::default(), passwords }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.seat.page("settings/password", "Password");
        page.fields.push(self.current.secret("current", "Current password", None));
        page.fields.extend(self.passwords.fields());
        let (kind, active) = (ActionKind::PrimaryUpperRight, self.may_update());
        page.actions.push(Action { id: "update", label: "Update", kind, active });
        page.actions.push(Action::back("Back to your teams"));
        page.actions.extend(Seat::navigation(Place::Password, true));
        page.unsaved = !self.current.is_empty() || !self.passwords.is_empty();
        page
    }

    fn may_update(&self) -> bool {
        !self.seat.waiting && !self.current.is_empty() && self.passwords.may_be_sent()
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        if let Some(step) = self.seat.hear(&event) {
            return step;
        }
        match event {
            Event::Typed { field: "current", value } => self.current.typed(value),
            Event::Typed { field, value } => self.passwords.typed(field, value),
            Event::Pressed("update") if self.may_update() => return self.submit(),
            Event::Pressed("back") => return self.seat.go(Place::Teams),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        let (member, current) = (self.seat.member.clone(), self.current.get().clone());
        self.seat.ask(Request::ChangePassword { member, current, new: self.passwords.new_password() })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        if matches!(reply, Reply::Refused(Refusal::WrongCurrentPassword)) {
            self.current.wipe();
        }
        match self.seat.replied(reply) {
            Ok(Reply::PasswordChanged(member)) => {
                self.seat.member = member;
                self.current.wipe();
                self.passwords.wipe();
                self.seat.toast("password-changed", "Your password has been changed");
                Step::Stay
            }
            Ok(_) => Step::Stay,
            Err(step) => step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::{portal, type_in};

    const GOOD: &str = "plum tractor seventeen";

    fn typed(current: &str, new: &str, confirm: &str) -> SettingsPassword {
        let mut flow = SettingsPassword::new(Arc::new(portal()), SignedIn::for_test("ada"));
        type_in(|event| flow.update(event), &[("current", current), ("new", new), ("confirm", confirm)]);
        flow
    }

    fn update_action(flow: &SettingsPassword) -> Action {
        *flow.page().actions.iter().find(|action| action.id == "update").unwrap()
    }

    #[test]
    fn update_is_in_the_upper_right_corner_and_wakes_up_when_all_is_typed() {
        assert!(!update_action(&typed("", GOOD, GOOD)).active);
        assert!(!update_action(&typed("old", GOOD, "other")).active);
        let update = update_action(&typed("old", GOOD, GOOD));
        assert_eq!((update.active, update.kind), (true, ActionKind::PrimaryUpperRight));
    }

    #[test]
    fn a_wrong_current_password_changes_nothing_and_keeps_the_new_one() {
        let mut flow = typed("wrong", GOOD, GOOD);
        assert!(matches!(flow.update(Event::Pressed("update")), Step::Ask(Request::ChangePassword { .. })));
        flow.update(Event::Replied(Reply::Refused(Refusal::WrongCurrentPassword)));
        let page = flow.page();
        assert_eq!(
            page.notice.map(|notice| notice.text.into_owned()).as_deref(),
            Some("The current password is incorrect. Your password was not changed.")
        );
        let values: Vec<&str> = page.fields.iter().map(|field| field.value.expose()).collect();
        assert_eq!(values, ["", GOOD, GOOD]);
    }

    #[test]
    fn success_wipes_the_form_and_goes_on_with_the_new_proof() {
        let mut flow = typed("old", GOOD, GOOD);
        flow.update(Event::Pressed("update"));
        flow.update(Event::Replied(Reply::PasswordChanged(SignedIn::for_test("ada"))));
        let page = flow.page();
        assert!(page.fields.iter().all(|field| field.value.expose().is_empty()));
        assert_eq!(page.toast.map(|toast| toast.text).as_deref(), Some("Your password has been changed"));
        assert!(!page.unsaved);
    }
}
