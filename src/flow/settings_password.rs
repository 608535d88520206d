//! Change the password of a signed-in account. Page `settings/password`.

use crate::accounts::request::{Refusal, Reply, Request};

use super::context::{MemberContext, Section};
use super::field::SecretField;
use super::page::{Action, ActionKind, Page};
use super::two_passwords::TwoPasswords;
use super::{Event, Step};

/// A member who chooses another password.
#[derive(Debug)]
pub struct SettingsPassword {
    pub(super) cx: MemberContext,
    current: SecretField,
    passwords: TwoPasswords,
}

impl SettingsPassword {
    /// The empty form.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        let passwords = TwoPasswords::new(&cx.portal, &[cx.member.name()], cx.member.has_second_factor());
        Self { cx, current: SecretField::default(), passwords }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/password", "Password");
        page.fields.push(self.current.secret("current", "Current password", None));
        page.fields.extend(self.passwords.fields());
        let (kind, active) = (ActionKind::PrimaryUpperRight, self.may_update());
        page.actions.push(Action { id: "update", label: "Update", kind, active });
        page.actions.push(Action::back("Back to your teams"));
        page.actions.extend(MemberContext::navigation(Section::Password, true));
        page.unsaved = !self.current.is_empty() || !self.passwords.is_empty();
        page
    }

    fn may_update(&self) -> bool {
        !self.cx.waiting && !self.current.is_empty() && self.passwords.may_be_sent()
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "current", value } => self.current.typed(value),
            Event::Typed { field, value } => self.passwords.typed(field, value),
            Event::Pressed("update") if self.may_update() => return self.submit(),
            Event::Pressed("back") => return self.cx.go(Section::Teams),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        let (current, new) = (self.current.get().clone(), self.passwords.new_password());
        self.cx.ask(|member| Request::ChangePassword { member, current, new })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::PasswordChanged(member) => {
                self.cx.member = member;
                self.current.wipe();
                self.passwords.wipe();
                self.cx.toast("password-changed", "Your password has been changed");
            }
            Reply::Refused(Refusal::WrongCurrentPassword) => self.current.wipe(),
            _ => {}
        }
        Step::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::flow::Flow;
    use crate::flow::testing::{cx, type_in};

    const GOOD: &str = "plum tractor seventeen";

    fn typed(current: &str, new: &str, confirm: &str) -> Flow {
        let mut flow = Flow::SettingsPassword(SettingsPassword::new(cx()));
        type_in(|event| flow.update(event), &[("current", current), ("new", new), ("confirm", confirm)]);
        flow
    }

    fn update_action(flow: &Flow) -> Action {
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
