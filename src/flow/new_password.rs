//! Choose a new password with the right that a proven code gave. Page `new-password`.

use std::borrow::Cow;
use std::sync::Arc;

use crate::accounts::request::{Refusal, Reply, Request, ResetGrant};
use crate::domain::portal::PortalInfo;

use super::context::MemberContext;
use super::forgot_password::ForgotPassword;
use super::page::{Action, Notice, Page, Toast};
use super::sign_in::SignIn;
use super::teams::Teams;
use super::two_passwords::TwoPasswords;
use super::{Event, Flow, Step, wording};

/// What the toast says after a reset; fixed wording.
const RESET_DONE: Toast<'static> =
    Toast { id: "password-reset", text: Cow::Borrowed("Your password has been successfully reset") };

/// Somebody who proved a code.
#[derive(Debug)]
pub struct NewPassword {
    portal: Arc<PortalInfo>,
    typed_name: String,
    /// Away while a request is under way; gone for good when it is used up or too old.
    grant: Option<ResetGrant>,
    passwords: TwoPasswords,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

impl NewPassword {
    /// The form, with the right to use it once.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, typed_name: &str, grant: ResetGrant) -> Self {
        let owner = [grant.name(), typed_name];
        let passwords = TwoPasswords::new(&portal, &owner, grant.has_second_factor());
        let typed_name = typed_name.to_owned();
        Self { portal, typed_name, grant: Some(grant), passwords, notice: None, waiting: false }
    }

    pub(super) fn page(&self) -> Page<'_> {
        Page {
            id: "new-password",
            title: "Choose a new password".into(),
            fields: self.passwords.fields(),
            actions: vec![Action::primary("save", "Save", self.may_save()), Action::back("Cancel")],
            notice: self.notice.clone(),
            waiting: self.waiting,
            unsaved: !self.passwords.is_empty(),
            ..Page::default()
        }
    }

    fn may_save(&self) -> bool {
        !self.waiting && self.passwords.may_be_sent()
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } => self.passwords.typed(field, value),
            Event::Pressed("save") if self.may_save() => return self.submit(),
            Event::Pressed("back") => return self.start_again(None),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        let Some(grant) = self.grant.take() else { return self.start_again(Some(&Refusal::GrantExpired)) };
        self.notice = None;
        self.waiting = true;
        Step::Ask(Request::SetPassword { grant, password: self.passwords.new_password() })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::PasswordSet(Some(member)) => {
                let cx = MemberContext {
                    toast: Some(RESET_DONE),
                    ..MemberContext::new(self.portal.clone(), member)
                };
                Step::go(Flow::Teams(Teams::new(cx)))
            }
            Reply::PasswordSet(None) => {
                let next = SignIn::after_reset(self.portal.clone(), &self.typed_name, RESET_DONE);
                Step::go(Flow::SignIn(next))
            }
            Reply::PasswordNotSet(Some(grant), refusal) => {
                self.grant = Some(grant);
                self.notice = Some(wording::refusal(&refusal, &self.portal));
                Step::Stay
            }
            Reply::PasswordNotSet(None, refusal) | Reply::Refused(refusal) => {
                self.start_again(Some(&refusal))
            }
            _ => Step::Stay,
        }
    }

    fn start_again(&self, why: Option<&Refusal>) -> Step {
        let next = ForgotPassword::new(self.portal.clone(), &self.typed_name);
        Step::go(Flow::ForgotPassword(match why {
            Some(refusal) => next.with_notice(wording::refusal(refusal, &self.portal)),
            None => next,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::domain::password::PasswordRefusal;
    use crate::flow::testing::{portal, type_in};

    const GOOD: &str = "plum tractor seventeen";

    fn flow() -> NewPassword {
        NewPassword::new(Arc::new(portal()), "ada", ResetGrant::for_test("ada"))
    }

    fn typed(new: &str, confirm: &str) -> NewPassword {
        let mut flow = flow();
        type_in(|event| flow.update(event), &[("new", new), ("confirm", confirm)]);
        flow
    }

    fn save_is_active(flow: &NewPassword) -> bool {
        flow.page().actions.iter().any(|action| action.id == "save" && action.active)
    }

    #[test]
    fn two_passwords_that_differ_warn_and_cannot_be_saved() {
        let mut flow = typed(GOOD, "plum tractor seventeem");
        let page = flow.page();
        let hint = page.fields[1].hint.as_ref().map(|hint| hint.text.clone());
        assert_eq!(hint.as_deref(), Some("Passwords Do Not Match"));
        assert!(!save_is_active(&flow));
        assert!(matches!(flow.update(Event::Pressed("save")), Step::Stay));
        assert!(save_is_active(&typed(GOOD, GOOD)));
    }

    #[test]
    fn a_short_password_cannot_be_saved() {
        assert!(!save_is_active(&typed("short", "short")));
    }

    #[test]
    fn the_grant_comes_back_with_a_refusal_and_can_be_used_again() {
        let mut flow = typed(GOOD, GOOD);
        let Step::Ask(Request::SetPassword { grant, password }) = flow.update(Event::Pressed("save")) else {
            panic!("it must ask");
        };
        assert_eq!(password.expose(), GOOD);
        let why = Refusal::Password(PasswordRefusal::Common);
        flow.update(Event::Replied(Reply::PasswordNotSet(Some(grant), why)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("password-refused"));
        assert!(matches!(flow.update(Event::Pressed("save")), Step::Ask(Request::SetPassword { .. })));
    }

    #[test]
    fn a_grant_that_is_too_old_leads_back_to_the_beginning_and_says_why() {
        let mut flow = typed(GOOD, GOOD);
        flow.update(Event::Pressed("save"));
        let step = flow.update(Event::Replied(Reply::PasswordNotSet(None, Refusal::GrantExpired)));
        let Step::Go(next) = step else { panic!("it must go back") };
        assert_eq!(next.page().id, "forgot-password");
        assert_eq!(next.page().notice.map(|notice| notice.id), Some("grant-expired"));
    }

    #[test]
    fn success_lands_on_the_teams_with_the_toast_or_on_sign_in() {
        let mut flow = typed(GOOD, GOOD);
        flow.update(Event::Pressed("save"));
        let member = SignedIn::for_test("ada");
        let Step::Go(next) = flow.update(Event::Replied(Reply::PasswordSet(Some(member)))) else {
            panic!("it must go on")
        };
        assert_eq!((next.page().id, next.page().toast), ("teams", Some(RESET_DONE)));
        let Step::Go(next) = flow.update(Event::Replied(Reply::PasswordSet(None))) else {
            panic!("it must go on")
        };
        assert_eq!((next.page().id, next.page().toast), ("sign-in", Some(RESET_DONE)));
    }
}
