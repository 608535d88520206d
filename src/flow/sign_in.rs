//! Sign in with a name and a password: page `sign-in`, the first one a guest sees.

use std::borrow::Cow;
use std::sync::Arc;

use crate::accounts::request::second_factor::SecondFactorReply;
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;

use super::context::{MemberContext, Section};
use super::field::{SecretField, TextField};
use super::forgot_password::ForgotPassword;
use super::guest_support::GuestSupport;
use super::join::Join;
use super::page::{Action, ActionKind, Notice, Page, Toast, Tone};
use super::second_factor::SecondFactor;
use super::sign_in_help::SignInHelp;
use super::{Event, Flow, NAME_LABEL, NAME_MAX, Step, wording};

/// Somebody who has not yet said who they are.
#[derive(Debug)]
pub struct SignIn {
    portal: Arc<PortalInfo>,
    name: TextField,
    password: SecretField,
    notice: Option<Notice<'static>>,
    toast: Option<Toast<'static>>,
    waiting: bool,
    /// Where a member comes to.
    landing: Section,
}

impl SignIn {
    /// An empty form, or one with the name filled in.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self {
            portal,
            name: TextField::filled(name),
            password: SecretField::default(),
            notice: None,
            toast: None,
            waiting: false,
            landing: Section::default(),
        }
    }

    /// The same form, which leads to another place than the teams.
    #[must_use]
    pub fn landing_at(self, landing: Section) -> Self {
        Self { landing, ..self }
    }

    /// The form after a goodbye.
    #[must_use]
    pub fn after_sign_out(portal: Arc<PortalInfo>, name: &str) -> Self {
        let notice = Notice { tone: Tone::Good, id: "signed-out", text: "You are signed out.".into() };
        Self { notice: Some(notice), ..Self::new(portal, name) }
    }

    /// The form after `refusal` ended a member's page.
    #[must_use]
    pub fn after_refusal(portal: Arc<PortalInfo>, name: &str, refusal: &Refusal) -> Self {
        let notice = wording::refusal(refusal, &portal);
        Self { notice: Some(notice), ..Self::new(portal, name) }
    }

    /// The form for whoever proved the code of an invitation to `team`, or one to sign up with, and has an
    /// account.
    #[must_use]
    pub(super) fn after_invitation(portal: Arc<PortalInfo>, name: &str, team: Option<String>) -> Self {
        let text = match team {
            Some(team) => format!("That code is right. Sign in within the hour to be in {team}."),
            None => "That code is right, and you have an account already. Sign in.".to_owned(),
        };
        let notice = Notice { tone: Tone::Good, id: "invitation-proven", text: text.into() };
        Self { notice: Some(notice), ..Self::new(portal, name) }
    }

    /// The form after a reset, with its toast.
    #[must_use]
    pub(super) fn after_reset(portal: Arc<PortalInfo>, name: &str, toast: Toast<'static>) -> Self {
        Self { toast: Some(toast), ..Self::new(portal, name) }
    }

    pub(super) fn page(&self) -> Page<'_> {
        Page {
            id: "sign-in",
            title: "Sign in to your account".into(),
            intro: self.intro(),
            fields: vec![
                self.name.text("name", NAME_LABEL, NAME_MAX),
                self.password.secret("password", "Password", None),
            ],
            actions: self.actions(),
            outro: vec![wording::trouble(&self.portal).into()],
            notice: self.notice.clone(),
            toast: self.toast.clone(),
            waiting: self.waiting,
            ..Page::default()
        }
    }

    /// Whoever came for support need not wonder what a password has to do with it.
    fn intro(&self) -> Vec<Cow<'_, str>> {
        const FOR_SUPPORT: &str = "Sign in to see your cases, or ask support without signing in.";
        if self.landing == Section::Support { vec![FOR_SUPPORT.into()] } else { Vec::new() }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = vec![Action::primary("sign-in", "Sign in", !self.waiting)];
        if self.landing == Section::Support {
            actions.push(Action::link("guest-support", "Ask support without signing in"));
        }
        actions.extend([
            Action::link("forgot-password", "Forgot your password?"),
            Action::link("join", "I have an invitation"),
            Action::link("problem", "Trouble signing in?"),
        ]);
        if self.portal.sign_up {
            actions.push(Action::link("sign-up", "Create an account"));
        }
        actions
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "name", value } => self.name.typed(value),
            Event::Typed { field: "password", value } => self.password.typed(value),
            Event::Pressed("sign-in") if !self.waiting => return self.submit(),
            Event::Pressed("forgot-password") => {
                let next = ForgotPassword::new(self.portal.clone(), self.name.trimmed());
                return Step::go(Flow::ForgotPassword(next));
            }
            Event::Pressed("join") => return Step::go(Flow::Join(Join::new(self.portal.clone()))),
            Event::Pressed("sign-up") if self.portal.sign_up => {
                return Step::go(Flow::Join(Join::without_invitation(self.portal.clone())));
            }
            Event::Pressed("problem") => {
                let next = SignInHelp::new(self.portal.clone(), self.name.trimmed());
                return Step::go(Flow::SignInHelp(next));
            }
            Event::Pressed("guest-support") if self.landing == Section::Support => {
                let next = GuestSupport::new(self.portal.clone(), self.name.trimmed());
                return Step::go(Flow::GuestSupport(next));
            }
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        self.toast = None;
        if self.name.trimmed().is_empty() || self.password.is_empty() {
            self.notice = Some(Notice::missing("Type your email or username and your password."));
            return Step::Stay;
        }
        self.notice = None;
        self.waiting = true;
        Step::Ask(Request::SignIn {
            name: self.name.trimmed().to_owned(),
            password: self.password.get().clone(),
        })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        self.waiting = false;
        match reply {
            Reply::SignedIn(member) => {
                return Step::go(self.landing.flow(MemberContext::new(self.portal.clone(), member)));
            }
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(half)) => {
                let (portal, name) = (self.portal.clone(), self.name.trimmed());
                let next = SecondFactor::signing_in(portal, name, half, self.landing);
                return Step::go(Flow::SecondFactor(next));
            }
            Reply::Refused(refusal) => {
                // A wrong password is typed anew; one that was not even looked at is kept.
                if refusal == Refusal::WrongCredentials {
                    self.password.wipe();
                }
                self.notice = Some(wording::refusal(&refusal, &self.portal));
            }
            _ => {}
        }
        Step::Stay
    }
}

impl Action {
    pub(super) const fn primary(id: &'static str, label: &'static str, active: bool) -> Self {
        Self { id, label, kind: ActionKind::Primary, active }
    }

    pub(super) const fn link(id: &'static str, label: &'static str) -> Self {
        Self { id, label, kind: ActionKind::Link, active: true }
    }

    pub(super) const fn grave(id: &'static str, label: &'static str, active: bool) -> Self {
        Self { id, label, kind: ActionKind::Destructive, active }
    }

    pub(super) const fn back(label: &'static str) -> Self {
        Self { id: "back", label, kind: ActionKind::Back, active: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{FirstFactor, SignedIn};
    use crate::flow::testing::{portal, press, type_in};

    fn filled() -> SignIn {
        let mut flow = SignIn::new(Arc::new(portal()), "");
        type_in(|event| flow.update(event), &[("name", " ada "), ("password", "wrong horse")]);
        flow
    }

    #[test]
    fn asks_with_the_name_trimmed_and_the_password_as_typed() {
        let mut flow = filled();
        let Step::Ask(Request::SignIn { name, password }) = press(|event| flow.update(event), "sign-in")
        else {
            panic!("it must ask to sign in");
        };
        assert_eq!((name.as_str(), password.expose()), ("ada", "wrong horse"));
        assert!(flow.page().waiting);
    }

    #[test]
    fn an_empty_form_says_what_is_missing_and_asks_nothing() {
        let mut flow = SignIn::new(Arc::new(portal()), "ada");
        assert!(matches!(flow.update(Event::Pressed("sign-in")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
    }

    #[test]
    fn a_second_press_while_waiting_asks_nothing() {
        let mut flow = filled();
        flow.update(Event::Pressed("sign-in"));
        assert!(matches!(flow.update(Event::Pressed("sign-in")), Step::Stay));
    }

    #[test]
    fn a_wrong_password_is_wiped_but_an_outage_keeps_it() {
        let mut flow = filled();
        flow.update(Event::Pressed("sign-in"));
        flow.update(Event::Replied(Reply::Refused(Refusal::Unavailable("x".into()))));
        assert_eq!(flow.password.get().expose(), "wrong horse");
        flow.update(Event::Replied(Reply::Refused(Refusal::WrongCredentials)));
        assert!(flow.password.is_empty());
        assert_eq!(flow.name.trimmed(), "ada");
    }

    #[test]
    fn success_leads_to_the_teams() {
        let mut flow = filled();
        flow.update(Event::Pressed("sign-in"));
        let step = flow.update(Event::Replied(Reply::SignedIn(SignedIn::for_test("ada"))));
        assert!(matches!(step, Step::Go(flow) if matches!(*flow, Flow::Teams(_))));
    }

    #[test]
    fn where_there_is_a_second_factor_it_is_asked_for_first() {
        let mut flow = filled();
        flow.update(Event::Pressed("sign-in"));
        let half = SecondFactorReply::SecondFactorNeeded(FirstFactor::for_test("ada"));
        let step = flow.update(Event::Replied(Reply::SecondFactor(half)));
        assert!(matches!(step, Step::Go(flow) if matches!(*flow, Flow::SecondFactor(_))));
    }

    #[test]
    fn the_problem_chooser_is_always_there_and_a_case_without_signing_in_where_support_was_called() {
        let mut flow = filled();
        let Step::Go(next) = flow.update(Event::Pressed("problem")) else { panic!("it must go on") };
        assert_eq!(next.page().id, "problem");
        assert!(matches!(flow.update(Event::Pressed("guest-support")), Step::Stay));
        let mut flow = filled().landing_at(Section::Support);
        assert_eq!(flow.page().intro, ["Sign in to see your cases, or ask support without signing in."]);
        let first = flow.page().actions.into_iter().find(|action| action.kind == ActionKind::Link);
        assert_eq!(first.map(|action| action.label), Some("Ask support without signing in"));
        let Step::Go(next) = flow.update(Event::Pressed("guest-support")) else { panic!("it must go on") };
        assert_eq!((next.page().id, next.page().fields[0].value.expose()), ("guest-support", "ada"));
    }

    #[test]
    fn the_name_goes_along_to_the_forgotten_password() {
        let mut flow = filled();
        let Step::Go(next) = flow.update(Event::Pressed("forgot-password")) else { panic!("it must go on") };
        assert_eq!(next.page().fields[0].value.expose(), "ada");
    }
}
