//! Change the password while signed in. Page `settings/password`.

use crate::accounts::request::{Refusal, Reply, Request};
use crate::text;

use super::context::MemberContext;
use super::field::SecretField;
use super::page::{Action, ActionKind, Page};
use super::password_pair::PasswordPair;
use super::section::Section;
use super::{Event, Step};

/// The form for the current and the new password.
#[derive(Debug)]
pub struct ChangePassword {
    pub(super) cx: MemberContext,
    current: SecretField,
    passwords: PasswordPair,
}

impl ChangePassword {
    /// The empty form.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        let passwords = PasswordPair::new(&cx.portal, &[cx.member.name()], cx.member.has_second_factor());
        Self { cx, current: SecretField::default(), passwords }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let (kind, label) = (ActionKind::PrimaryUpperRight, text!(self.cx, "update"));
        self.cx
            .page("settings/password", text!(self.cx, "password"))
            .field(self.current.secret("current", text!(self.cx, "current-password"), None))
            .fields(self.passwords.fields())
            .action(Action { id: "update", label, kind, active: self.may_be_sent() })
            .back(text!(self.cx, "back"))
            .within(Section::Password)
            .unsaved(!self.current.is_empty() || !self.passwords.is_empty())
    }

    fn may_be_sent(&self) -> bool {
        !self.current.is_empty() && self.passwords.may_be_sent()
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "current", value } => self.current.typed(value),
            Event::Typed { field, value } => self.passwords.typed(field, value),
            Event::Pressed("update") if self.may_be_sent() => {
                let request = |member, (current, new)| Request::ChangePassword { member, current, new };
                self.cx.ask(request, (self.current.get().clone(), self.passwords.new_password()))
            }
            Event::Pressed("back") => self.cx.go(Section::Teams),
            Event::Replied(Reply::PasswordChanged(member)) => {
                self.cx.member = member;
                self.current.wipe();
                self.passwords.wipe();
                self.cx.toast("password-changed", text!(self.cx, "password-changed"))
            }
            Event::Replied(Reply::Refused(Refusal::WrongCurrentPassword)) => self.current.wipe(),
            _ => Step::Stay,
        }
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
        let mut flow = Flow::ChangePassword(ChangePassword::new(cx()));
        type_in(&mut flow, &[("current", current), ("new", new), ("confirm", confirm)]);
        flow
    }

    fn update_action(flow: &Flow) -> Action {
        *flow.page().actions.iter().find(|action| action.id == "update").unwrap()
    }

    #[test]
    fn update_is_in_the_upper_right_corner_and_is_active_once_everything_is_typed() {
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
