//! Two-factor authentication: a code from the authenticator app, or a recovery code. Page `second-factor`, after
//! the right password or the right code from an email, when the account has a second factor.
//!
//! ```text
//! sign-in    -- right password --> second-factor --> where signing in leads
//! enter-code -- right code ------> second-factor --> new-password
//! ```

use std::sync::Arc;

use crate::accounts::request::second_factor::SecondFactorAttempt;
use crate::accounts::request::{FirstFactor, Refusal, Reply, Request, SignedIn};
use crate::domain::input::CODE_TEXT_CHARS;
use crate::domain::portal::PortalInfo;
use crate::flow::context::{GuestContext, MemberContext};
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Page};
use crate::flow::reset_password::{ForgotPassword, NewPassword};
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::messages::Label;
use crate::{label, text};

use super::lost_authenticator::LostAt;
use super::{LostAuthenticator, SignIn};

/// The label of the field that takes either.
pub(in crate::flow) const CODE_LABEL: Label = label!("authenticator-or-recovery-code");
/// The notice when nothing is typed in it.
pub(in crate::flow) const CODE_MISSING: Label = label!("authenticator-code-missing");
/// The most characters in it: a code and a sentence around it.
pub(in crate::flow) const CODE_MAX: usize = CODE_TEXT_CHARS;

/// The form for the second factor.
#[derive(Debug)]
pub struct SecondFactor {
    pub(in crate::flow) cx: GuestContext,
    first: FirstFactor,
    code: SecretField,
    next: AfterSecondFactor,
    typed_name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterSecondFactor {
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
        first: FirstFactor,
        landing: Section,
    ) -> Self {
        Self::new(portal, typed_name, first, AfterSecondFactor::SignIn(landing))
    }

    /// After a right code from an email.
    #[must_use]
    pub fn resetting(portal: Arc<PortalInfo>, typed_name: &str, first: FirstFactor) -> Self {
        Self::new(portal, typed_name, first, AfterSecondFactor::Reset)
    }

    fn new(portal: Arc<PortalInfo>, typed_name: &str, first: FirstFactor, next: AfterSecondFactor) -> Self {
        let (cx, code) = (GuestContext::new(portal), SecretField::default());
        Self { cx, first, code, next, typed_name: typed_name.to_owned() }
    }

    /// The same form with nothing typed.
    pub(super) fn emptied(&self) -> Self {
        Self::new(self.cx.portal.clone(), &self.typed_name, self.first.clone(), self.next)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        self.cx
            .page("second-factor", text!(self.cx, "two-factor-authentication"))
            .intro(text!(self.cx, "second-factor-intro", name = self.first.name()))
            .field(self.code.plain("code", CODE_LABEL.to(&self.cx), CODE_MAX))
            .action(Action::primary("continue", text!(self.cx, "continue")))
            .link("lost-authenticator", text!(self.cx, "lost-authenticator-title"))
            .back(text!(self.cx, "back"))
            .outro(wording::need_help(&self.cx.portal))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("continue") => self.submit(),
            Event::Pressed("lost-authenticator") => {
                let origin = LostAt::SecondFactor(Box::new(self.emptied()));
                Step::go(LostAuthenticator::new(self.cx.portal.clone(), origin))
            }
            Event::Pressed("back") => self.start_again(None),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn submit(&mut self) -> Step {
        if self.code.is_empty() {
            return self.cx.missing(CODE_MISSING.to(&self.cx));
        }
        let (half, code) = (self.first.clone(), self.code.get().clone());
        self.cx.ask(Request::ProveSecondFactor(SecondFactorAttempt { half, code }))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match (reply, self.next) {
            (Reply::SignedIn(member), AfterSecondFactor::SignIn(landing)) => self.signed_in(member, landing),
            (Reply::MaySetPassword(grant), _) => {
                Step::go(NewPassword::new(self.cx.portal.clone(), &self.typed_name, grant))
            }
            (Reply::Refused(refusal @ (Refusal::SecondFactorExpired | Refusal::GrantExpired)), _) => {
                self.start_again(Some(&refusal))
            }
            (Reply::Refused(Refusal::SecondFactorRefused), _) => self.code.wipe(),
            _ => Step::Stay,
        }
    }

    fn signed_in(&self, member: SignedIn, landing: Section) -> Step {
        let notice =
            member.recovery_codes_left().and_then(|left| wording::few_recovery_codes(left, &self.cx));
        let cx = MemberContext { notice, ..MemberContext::new(self.cx.portal.clone(), member) };
        Step::go(landing.flow(cx))
    }

    fn start_again(&self, why: Option<&Refusal>) -> Step {
        let (portal, name) = (self.cx.portal.clone(), self.typed_name.as_str());
        match (self.next, why) {
            (AfterSecondFactor::SignIn(landing), None) => {
                Step::go(SignIn::new(portal, name).landing_at(landing))
            }
            (AfterSecondFactor::SignIn(landing), Some(refusal)) => {
                Step::go(SignIn::after_refusal(portal, name, refusal).landing_at(landing))
            }
            (AfterSecondFactor::Reset, why) => Step::go(ForgotPassword::starting_again(portal, name, why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::ResetGrant;
    use crate::flow::Flow;
    use crate::flow::testing::portal;

    fn typed(next: AfterSecondFactor) -> Flow {
        let first = FirstFactor::for_test("ada");
        let mut flow = Flow::from(SecondFactor::new(Arc::new(portal()), "ada@example.org", first, next));
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
        let step = typed(AfterSecondFactor::Reset).update(Event::Replied(Reply::MaySetPassword(grant)));
        assert_eq!(page_after(step), ("new-password", None));
    }

    #[test]
    fn three_recovery_codes_left_are_mentioned_after_signing_in() {
        let member = SignedIn::with_recovery_codes_for_test("ada", 3);
        let step =
            typed(AfterSecondFactor::SignIn(Section::Teams)).update(Event::Replied(Reply::SignedIn(member)));
        assert_eq!(page_after(step), ("teams", Some("few-recovery-codes")));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_an_unchecked_one_is_kept() {
        let mut flow = typed(AfterSecondFactor::Reset);
        flow.update(Event::Replied(Reply::Refused(Refusal::Busy(7))));
        assert_eq!(flow.page().fields[0].value.expose(), "123 456");
        flow.update(Event::Replied(Reply::Refused(Refusal::SecondFactorRefused)));
        let page = flow.page();
        assert_eq!(page.fields[0].value.expose(), "");
        assert_eq!(page.notice.map(|notice| notice.id), Some("two-factor-refused"));
    }

    #[test]
    fn an_expired_first_factor_starts_again_and_says_why() {
        for (next, page) in [
            (AfterSecondFactor::SignIn(Section::Teams), "sign-in"),
            (AfterSecondFactor::Reset, "forgot-password"),
        ] {
            let refused = Reply::Refused(Refusal::SecondFactorExpired);
            let step = typed(next).update(Event::Replied(refused));
            assert_eq!(page_after(step), (page, Some("two-factor-expired")));
        }
    }

    #[test]
    fn back_leads_to_the_form_with_the_name_in_it_and_the_question_to_its_own_page() {
        let first = FirstFactor::for_test("ada");
        let mut flow = Flow::from(SecondFactor::signing_in(Arc::new(portal()), "ada", first, Section::Teams));
        let Step::Go(back) = flow.update(Event::Pressed("back")) else { panic!("it must go back") };
        assert_eq!((back.page().id, back.page().fields[0].value.expose()), ("sign-in", "ada"));
        let Step::Go(mut lost) = flow.update(Event::Pressed("lost-authenticator")) else { panic!("lost") };
        assert_eq!(lost.page().id, "lost-authenticator");
        assert_eq!(page_after(lost.update(Event::Pressed("back"))), ("second-factor", None));
        assert!(matches!(flow.update(Event::Pressed("continue")), Step::Stay), "nothing is typed");
    }
}
