//! The second factor: a code of the authenticator app, or a saved one. Page `second-factor`, after a right
//! password, or a right code from an email, on an account that has a second factor.
//!
//! ```text
//! sign-in    -- right password --> second-factor --> where they were going
//! enter-code -- right code ------> second-factor --> new-password
//! ```

use std::sync::Arc;

use crate::accounts::request::second_factor::SecondFactorAttempt;
use crate::accounts::request::{FirstFactor, Refusal, Reply, Request, SignedIn};
use crate::domain::portal::PortalInfo;

use super::context::{MemberContext, Section};
use super::field::SecretField;
use super::forgot_password::ForgotPassword;
use super::lost_authenticator::LostAuthenticator;
use super::new_password::NewPassword;
use super::page::{Action, Notice, Page};
use super::sign_in::SignIn;
use super::{Event, Flow, Step, wording};

/// The label of the field that takes either; fixed wording.
pub(super) const CODE_LABEL: &str = "Authenticator or recovery code";
/// What is said when nothing is typed in it.
pub(super) const CODE_MISSING: &str = "Type the six digits of your app, or a recovery code.";
/// The longest of what is typed in it: a recovery code with a blank after each email.
pub(super) const CODE_MAX: usize = 48;

/// Somebody who has shown the first half.
#[derive(Debug)]
pub struct SecondFactor {
    portal: Arc<PortalInfo>,
    half: FirstFactor,
    code: SecretField,
    ahead: AfterSecondFactor,
    typed_name: String,
    notice: Option<Notice<'static>>,
    waiting: bool,
}

/// What they were about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterSecondFactor {
    /// Come in, to this place.
    SignIn(Section),
    /// Choose a new password.
    Reset,
}

impl SecondFactor {
    /// After a right password, on the way to `landing`.
    #[must_use]
    pub fn signing_in(
        portal: Arc<PortalInfo>,
        typed_name: &str,
        half: FirstFactor,
        landing: Section,
    ) -> Self {
        Self::new(portal, typed_name, half, AfterSecondFactor::SignIn(landing))
    }

    /// After a right code from an email.
    #[must_use]
    pub fn resetting(portal: Arc<PortalInfo>, typed_name: &str, half: FirstFactor) -> Self {
        Self::new(portal, typed_name, half, AfterSecondFactor::Reset)
    }

    fn new(portal: Arc<PortalInfo>, typed_name: &str, half: FirstFactor, ahead: AfterSecondFactor) -> Self {
        let (code, typed_name) = (SecretField::default(), typed_name.to_owned());
        Self { portal, half, code, ahead, typed_name, notice: None, waiting: false }
    }

    pub(super) fn page(&self) -> Page<'_> {
        Page {
            id: "second-factor",
            title: "Two-factor authentication".into(),
            intro: vec![
                format!(
                    "Type the six digits that your authenticator app shows for {}, or one of your saved \
                     recovery codes.",
                    self.half.name()
                )
                .into(),
            ],
            fields: vec![self.code.plain("code", CODE_LABEL, CODE_MAX)],
            actions: vec![
                Action::primary("continue", "Continue", !self.waiting),
                Action::link("lost-authenticator", "Lost your authenticator?"),
                Action::back("Back"),
            ],
            outro: vec![wording::trouble(&self.portal).into()],
            notice: self.notice.clone(),
            waiting: self.waiting,
            ..Page::default()
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("continue") if !self.waiting => return self.submit(),
            Event::Pressed("lost-authenticator") if !self.waiting => return self.lost(),
            Event::Pressed("back") if !self.waiting => return self.begin_again(None),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        if self.code.is_empty() {
            self.notice = Some(Notice::missing(CODE_MISSING));
            return Step::Stay;
        }
        (self.notice, self.waiting) = (None, true);
        let (half, code) = (self.half.clone(), self.code.get().clone());
        Step::Ask(Request::ProveSecondFactor(SecondFactorAttempt { half, code }))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match (reply, self.ahead) {
            (Reply::SignedIn(member), AfterSecondFactor::SignIn(landing)) => self.come_in(member, landing),
            (Reply::CodeProven(grant), AfterSecondFactor::Reset) => {
                let next = NewPassword::new(self.portal.clone(), &self.typed_name, grant);
                Step::go(Flow::NewPassword(next))
            }
            (Reply::Refused(refusal @ (Refusal::SecondFactorExpired | Refusal::GrantExpired)), _) => {
                self.begin_again(Some(&refusal))
            }
            (Reply::Refused(refusal), _) => {
                if refusal == Refusal::SecondFactorRefused {
                    self.code.wipe();
                }
                self.notice = Some(wording::refusal(&refusal, &self.portal));
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    fn come_in(&self, member: SignedIn, landing: Section) -> Step {
        let notice = member.recovery_codes_left().and_then(wording::few_recovery_codes);
        let mut next = landing.flow(MemberContext::new(self.portal.clone(), member));
        if let Some(cx) = next.seat_mut() {
            cx.notice = notice;
        }
        Step::go(next)
    }

    fn lost(&self) -> Step {
        let back = Self::new(self.portal.clone(), &self.typed_name, self.half.clone(), self.ahead);
        Step::go(Flow::LostAuthenticator(LostAuthenticator::new(
            self.portal.clone(),
            Flow::SecondFactor(back),
        )))
    }

    fn begin_again(&self, why: Option<&Refusal>) -> Step {
        let (portal, name) = (self.portal.clone(), self.typed_name.as_str());
        let notice = why.map(|refusal| wording::refusal(refusal, &self.portal));
        Step::go(match (self.ahead, why) {
            (AfterSecondFactor::SignIn(landing), None) => {
                Flow::SignIn(SignIn::new(portal, name).landing_at(landing))
            }
            (AfterSecondFactor::SignIn(landing), Some(refusal)) => {
                Flow::SignIn(SignIn::after_refusal(portal, name, refusal).landing_at(landing))
            }
            (AfterSecondFactor::Reset, _) => {
                let next = ForgotPassword::new(portal, name);
                Flow::ForgotPassword(match notice {
                    Some(notice) => next.with_notice(notice),
                    None => next,
                })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::ResetGrant;
    use crate::flow::testing::portal;

    fn typed(ahead: AfterSecondFactor) -> SecondFactor {
        let half = FirstFactor::for_test("ada");
        let mut flow = SecondFactor::new(Arc::new(portal()), "ada@example.org", half, ahead);
        flow.update(Event::Typed { field: "code", value: "123 456" });
        let Step::Ask(Request::ProveSecondFactor(ask)) = flow.update(Event::Pressed("continue")) else {
            panic!("it must ask")
        };
        assert_eq!((ask.code.expose(), ask.half.name()), ("123 456", "ada"));
        assert!(flow.page().waiting && matches!(flow.update(Event::Pressed("continue")), Step::Stay));
        flow
    }

    fn page_after(step: Step) -> (&'static str, Option<&'static str>) {
        let Step::Go(flow) = step else { panic!("it must go on") };
        let page = flow.page();
        (page.id, page.notice.map(|notice| notice.id))
    }

    #[test]
    fn a_right_code_leads_where_they_were_going() {
        let member = SignedIn::with_recovery_codes_for_test("ada", 8);
        let step =
            typed(AfterSecondFactor::SignIn(Section::Keys)).update(Event::Replied(Reply::SignedIn(member)));
        assert_eq!(page_after(step), ("settings/keys", None));
        let grant = ResetGrant::for_test("ada");
        let step = typed(AfterSecondFactor::Reset).update(Event::Replied(Reply::CodeProven(grant)));
        assert_eq!(page_after(step), ("new-password", None));
    }

    #[test]
    fn who_has_three_recovery_codes_left_is_told_when_they_come_in() {
        let member = SignedIn::with_recovery_codes_for_test("ada", 3);
        let step =
            typed(AfterSecondFactor::SignIn(Section::Teams)).update(Event::Replied(Reply::SignedIn(member)));
        assert_eq!(page_after(step), ("teams", Some("few-recovery-codes")));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_one_that_was_not_looked_at_is_kept() {
        let mut flow = typed(AfterSecondFactor::Reset);
        flow.update(Event::Replied(Reply::Refused(Refusal::Busy)));
        assert_eq!(flow.page().fields[0].value.expose(), "123 456");
        flow.update(Event::Replied(Reply::Refused(Refusal::SecondFactorRefused)));
        let page = flow.page();
        assert_eq!(page.fields[0].value.expose(), "");
        assert_eq!(page.notice.map(|notice| notice.id), Some("two-factor-refused"));
    }

    #[test]
    fn when_the_first_half_is_too_old_all_begins_anew_and_says_why() {
        for (ahead, page) in [
            (AfterSecondFactor::SignIn(Section::Teams), "sign-in"),
            (AfterSecondFactor::Reset, "forgot-password"),
        ] {
            let refused = Reply::Refused(Refusal::SecondFactorExpired);
            let step = typed(ahead).update(Event::Replied(refused));
            assert_eq!(page_after(step), (page, Some("two-factor-expired")));
        }
    }

    #[test]
    fn back_leads_to_the_form_with_the_name_in_it_and_the_question_to_its_own_page() {
        let half = FirstFactor::for_test("ada");
        let mut flow = SecondFactor::signing_in(Arc::new(portal()), "ada", half, Section::Teams);
        let Step::Go(back) = flow.update(Event::Pressed("back")) else { panic!("it must go back") };
        assert_eq!((back.page().id, back.page().fields[0].value.expose()), ("sign-in", "ada"));
        let Step::Go(mut lost) = flow.update(Event::Pressed("lost-authenticator")) else { panic!("lost") };
        assert_eq!(lost.page().id, "lost-authenticator");
        assert_eq!(page_after(lost.update(Event::Pressed("back"))), ("second-factor", None));
        assert!(matches!(flow.update(Event::Pressed("continue")), Step::Stay), "nothing is typed");
    }
}
