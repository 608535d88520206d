//! Change the password of a signed-in account. Page `settings/password`.

use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request, SignedIn};
use crate::domain::portal::Portal;

use super::field::SecretField;
use super::page::{Action, ActionKind, Notice, Page, Toast};
use super::sign_in::SignIn;
use super::teams::Teams;
use super::two_passwords::TwoPasswords;
use super::{Event, Flow, Step, wording};

/// A member who chooses another password.
#[derive(Debug)]
pub struct SettingsPassword {
    portal: Arc<Portal>,
    member: SignedIn,
    current: SecretField,
    passwords: TwoPasswords,
    notice: Option<Notice<'static>>,
    toast: Option<Toast<'static>>,
    waiting: bool,
}

impl SettingsPassword {
    /// The empty form.
    #[must_use]
    pub fn new(portal: Arc<Portal>, member: SignedIn) -> Self {
        let passwords = TwoPasswords::new(&portal, &[member.name()]);
        Self {
            portal,
            member,
            current: SecretField::default(),
            passwords,
            notice: None,
            toast: None,
            waiting: false,
        }
    }

    pub(super) fn member(&self) -> &SignedIn {
        &self.member
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut fields = vec![self.current.secret("current", "Current password", None)];
        fields.extend(self.passwords.fields());
        Page {
            id: "settings/password",
            title: "Password".into(),
            fields,
            actions: vec![
                Action {
                    id: "update",
                    label: "Update",
                    kind: ActionKind::PrimaryUpperRight,
                    active: self.may_update(),
                },
                Action::back("Back to your teams"),
            ],
            notice: self.notice.clone(),
            toast: self.toast.clone(),
            signed_in_as: Some(self.member.name()),
            waiting: self.waiting,
            unsaved: !self.current.is_empty() || !self.passwords.is_empty(),
            ..Page::default()
        }
    }

    fn may_update(&self) -> bool {
        !self.waiting && !self.current.is_empty() && self.passwords.may_be_sent()
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "current", value } => self.current.typed(value),
            Event::Typed { field, value } => self.passwords.typed(field, value),
            Event::Pressed("update") if self.may_update() => return self.submit(),
            Event::Pressed("back") => {
                return Step::go(Flow::Teams(Teams::new(self.portal.clone(), self.member.clone())));
            }
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        (self.notice, self.toast) = (None, None);
        self.waiting = true;
        Step::Ask(Request::ChangePassword {
            member: self.member.clone(),
            current: self.current.get().clone(),
            new: self.passwords.new_password(),
        })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::PasswordChanged(member) => {
                self.member = member;
                self.current.wipe();
                self.passwords.wipe();
                self.toast =
                    Some(Toast { id: "password-changed", text: "Your password has been changed".into() });
            }
            Reply::Refused(refusal @ Refusal::SignedOutElsewhere) => {
                let next = SignIn::after_refusal(self.portal.clone(), self.member.name(), &refusal);
                return Step::go(Flow::SignIn(next));
            }
            Reply::Refused(refusal) => {
                if refusal == Refusal::WrongCurrentPassword {
                    self.current.wipe();
                }
                self.notice = Some(wording::refusal(&refusal, &self.portal));
            }
            _ => {}
        }
        Step::Stay
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
