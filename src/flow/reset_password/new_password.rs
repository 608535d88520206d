//! Choose a new password with the grant that a proven code gave. Page `new-password`.

use std::sync::Arc;

use crate::accounts::request::undo::UndoSummary;
use crate::accounts::request::{Refusal, Reply, Request, ResetGrant};
use crate::domain::portal::PortalInfo;
use crate::flow::context::{GuestContext, MemberContext};
use crate::flow::page::{Action, Notice, Page, Toast};
use crate::flow::password_pair::PasswordPair;
use crate::flow::review::ReviewPage;
use crate::flow::sign_in::SignIn;
use crate::flow::teams::TeamListPage;
use crate::flow::{Event, Step, wording};
use crate::text;

use super::ForgotPassword;

/// The toast after a reset.
fn reset_done(portal: &PortalInfo) -> Toast<'static> {
    Toast { id: "password-reset", text: text!(portal, "password-reset").into() }
}

/// What an undo did with the password of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OldPassword {
    /// It opens nothing any more.
    Void,
    /// The directory still takes it.
    Kept,
}

/// The form for the new password.
#[derive(Debug)]
pub struct NewPassword {
    pub(in crate::flow) cx: GuestContext,
    typed_name: String,
    /// `None` while a request is under way; for good when it is used up or expired.
    grant: Option<ResetGrant>,
    /// A change was undone before, and what became of the old password, whatever becomes of this form.
    after_undo: Option<OldPassword>,
    /// The password was right, and the directory wants another one.
    is_due: bool,
    passwords: PasswordPair,
}

impl NewPassword {
    /// The form, with the grant to use it once.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, typed_name: &str, grant: ResetGrant) -> Self {
        let owner = [grant.name(), typed_name];
        let passwords = PasswordPair::new(&portal, &owner, grant.has_second_factor());
        let (typed_name, is_due) = (typed_name.to_owned(), grant.is_for_due_password());
        Self {
            cx: GuestContext::new(portal),
            typed_name,
            grant: Some(grant),
            after_undo: None,
            is_due,
            passwords,
        }
    }

    /// The form after an undo, which voids the old password where the directory lets it.
    #[must_use]
    pub fn after_undo(portal: Arc<PortalInfo>, summary: &UndoSummary, grant: ResetGrant) -> Self {
        let mut form = Self::new(portal, &summary.name, grant);
        let (old, notice) = if summary.keeps_password {
            let text = text!(form.cx, "undo-done-password-kept");
            (OldPassword::Kept, Notice::bad("password-kept", text))
        } else {
            (OldPassword::Void, Notice::good("change-undone", text!(form.cx, "undo-done")))
        };
        form.after_undo = Some(old);
        form.cx.notice = Some(notice);
        form
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = self.cx.page("new-password", text!(self.cx, "new-password-title"));
        let page = if self.is_due { page.intro(text!(self.cx, "new-password-due")) } else { page };
        page.fields(self.passwords.fields())
            .action(Action::primary("save", text!(self.cx, "save")).active_if(self.passwords.may_be_sent()))
            .back(text!(self.cx, "cancel"))
            .unsaved(!self.passwords.is_empty())
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } => self.passwords.typed(field, value),
            Event::Pressed("save") if self.passwords.may_be_sent() => match self.grant.take() {
                Some(grant) => {
                    self.cx.ask(Request::SetPassword { grant, password: self.passwords.new_password() })
                }
                None => self.start_again(Some(&Refusal::GrantExpired)),
            },
            Event::Pressed("back") => match self.after_undo {
                Some(old) => self.leave_undone(old),
                None => self.start_again(None),
            },
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn replied(&mut self, reply: Reply) -> Step {
        let portal = self.cx.portal.clone();
        match reply {
            Reply::PasswordSet(Some(member), _) => {
                let has_review = member.has_review();
                let mut cx = MemberContext::new(portal, member);
                cx.toast = Some(reset_done(&cx.portal));
                if has_review { Step::go(ReviewPage::new(cx)) } else { Step::go(TeamListPage::new(cx)) }
            }
            Reply::PasswordSet(None, suspended) => {
                let toast = reset_done(&portal);
                let mut sign_in = SignIn::after_reset(portal, &self.typed_name, toast);
                if suspended > 0 {
                    sign_in = sign_in.with_notice(wording::suspended_before_sign_in(suspended, &self.cx));
                }
                Step::go(sign_in)
            }
            Reply::PasswordNotSet(Some(grant), refusal) => {
                self.grant = Some(grant);
                self.cx.notify(wording::refusal(&refusal, &portal))
            }
            Reply::PasswordNotSet(None, refusal) | Reply::Refused(refusal) => {
                self.start_again(Some(&refusal))
            }
            _ => Step::Stay,
        }
    }

    /// To the form that sets a password another way, once a change was undone.
    fn leave_undone(&self, old: OldPassword) -> Step {
        let text = match old {
            OldPassword::Void => text!(self.cx, "undo-done-without-password"),
            OldPassword::Kept => text!(self.cx, "undo-done-password-kept-without-new"),
        };
        let form = ForgotPassword::new(self.cx.portal.clone(), &self.typed_name);
        Step::go(form.with_notice(Notice::neutral("undone-without-password", text)))
    }

    fn start_again(&self, why: Option<&Refusal>) -> Step {
        Step::go(ForgotPassword::starting_again(self.cx.portal.clone(), &self.typed_name, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::accounts::request::undo::UndoPreview;
    use crate::domain::password::PasswordRefusal;
    use crate::flow::Flow;
    use crate::flow::testing::{portal, type_in};

    const GOOD: &str = "plum tractor seventeen";

    fn typed(new: &str, confirm: &str) -> Flow {
        let grant = ResetGrant::for_test("ada");
        let mut flow = Flow::from(NewPassword::new(Arc::new(portal()), "ada", grant));
        type_in(&mut flow, &[("new", new), ("confirm", confirm)]);
        flow
    }

    fn save_is_active(flow: &Flow) -> bool {
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
    fn an_expired_grant_starts_again_and_says_why() {
        let mut flow = typed(GOOD, GOOD);
        flow.update(Event::Pressed("save"));
        let step = flow.update(Event::Replied(Reply::PasswordNotSet(None, Refusal::GrantExpired)));
        let Step::Go(next) = step else { panic!("it must go back") };
        assert_eq!(next.page().id, "forgot-password");
        assert_eq!(next.page().notice.map(|notice| notice.id), Some("grant-expired"));
    }

    #[test]
    fn who_leaves_after_an_undo_is_told_that_it_is_done_and_what_is_missing() {
        let grant = ResetGrant::for_test("ada");
        let summary = UndoPreview::for_test(false).summary;
        let mut flow = Flow::from(NewPassword::after_undo(Arc::new(portal()), &summary, grant));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("change-undone"));
        let Step::Go(next) = flow.update(Event::Pressed("back")) else { panic!("it must go back") };
        let page = next.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("forgot-password", "ada"));
        let notice = page.notice.unwrap();
        assert_eq!(notice.id, "undone-without-password");
        assert!(notice.text.contains("no longer works"), "{}", notice.text);
    }

    #[test]
    fn who_has_to_choose_a_password_because_other_services_take_the_old_one_is_told_so_before_and_after() {
        let grant = ResetGrant::for_test("ada");
        let summary = UndoSummary { keeps_password: true, ..UndoPreview::for_test(false).summary };
        let mut flow = Flow::from(NewPassword::after_undo(Arc::new(portal()), &summary, grant));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("password-kept"));
        let Step::Go(next) = flow.update(Event::Pressed("back")) else { panic!("it must go back") };
        let notice = next.page().notice.unwrap();
        assert!(notice.text.contains("still accept your old password"), "{}", notice.text);
    }

    #[test]
    fn success_lands_on_the_teams_with_the_toast_or_on_sign_in() {
        let mut flow = typed(GOOD, GOOD);
        flow.update(Event::Pressed("save"));
        let member = SignedIn::for_test("ada");
        let Step::Go(next) = flow.update(Event::Replied(Reply::PasswordSet(Some(member), 0))) else {
            panic!("it must go on")
        };
        assert_eq!((next.page().id, next.page().toast), ("teams", Some(reset_done(&portal()))));
        let member = SignedIn::with_suspended_for_test("ada", 2);
        let Step::Go(next) = flow.update(Event::Replied(Reply::PasswordSet(Some(member), 0))) else {
            panic!("it must go on")
        };
        assert_eq!(
            (next.page().id, next.page().toast),
            ("settings/security/review", Some(reset_done(&portal())))
        );
        let Step::Go(next) = flow.update(Event::Replied(Reply::PasswordSet(None, 2))) else {
            panic!("it must go on")
        };
        assert_eq!((next.page().id, next.page().toast), ("sign-in", Some(reset_done(&portal()))));
    }
}
