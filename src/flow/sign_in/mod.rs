//! Sign in with a name and a password: page `sign-in`, the first one a guest sees.

mod help;
mod lost_authenticator;
mod second_factor;

pub use help::SignInHelp;
pub use lost_authenticator::LostAuthenticator;
pub use second_factor::SecondFactor;
pub(super) use second_factor::{CODE_LABEL, CODE_MAX, CODE_MISSING};

use std::sync::Arc;

use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::request::second_factor::SecondFactorReply;
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::login_attempt::LoginAttempt;
use crate::domain::portal::PortalInfo;

use crate::messages::Message;
use crate::text;

use super::context::{GuestContext, MemberContext};
use super::field::{SecretField, TextField};
use super::guest_support::OpenGuestCase;
use super::join::Join;
use super::page::{Action, Notice, Page, Toast};
use super::reset_password::{ForgotPassword, NewPassword};
use super::section::Section;
use super::{Event, NAME_LABEL, NAME_MAX, Step, wording};

/// The sign-in form.
#[derive(Debug)]
pub struct SignIn {
    pub(super) cx: GuestContext,
    name: TextField,
    password: SecretField,
    /// Where signing in leads.
    landing: Section,
    /// Everything is filled in already: it is sent as soon as somebody comes here.
    sends_itself: bool,
}

impl SignIn {
    /// An empty form, or one with the name filled in.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self {
            cx: GuestContext::new(portal),
            name: TextField::filled(name),
            password: SecretField::default(),
            landing: Section::default(),
            sends_itself: false,
        }
    }

    /// Signing in leads to `landing` instead of the teams.
    #[must_use]
    pub fn landing_at(self, landing: Section) -> Self {
        Self { landing, ..self }
    }

    /// The form of somebody whose client was let in with `attempt`: it is filled in with the password and sent, or says
    /// what was wrong.
    #[must_use]
    pub fn after_attempt(mut self, attempt: LoginAttempt) -> Self {
        match attempt {
            LoginAttempt::None => self,
            LoginAttempt::UnregisteredKey => self.after_refused_keys(&Refusal::KeyNotRegistered),
            LoginAttempt::TooManyKeys => self.after_refused_keys(&Refusal::TooManyKeysOffered),
            LoginAttempt::Password(password) => {
                self.password = SecretField::filled(password);
                Self { sends_itself: true, ..self }
            }
        }
    }

    fn after_refused_keys(self, refusal: &Refusal) -> Self {
        let notice = wording::refusal(refusal, &self.cx.portal);
        self.with_notice(notice)
    }

    pub(super) fn fill_in(&mut self, name: &str) {
        self.name.fill_in(name);
    }

    pub(super) fn with_notice(mut self, notice: Notice<'static>) -> Self {
        self.cx.notice = Some(notice);
        self
    }

    /// The form after signing out.
    #[must_use]
    pub fn after_sign_out(portal: Arc<PortalInfo>, name: &str) -> Self {
        let notice = Notice::good("signed-out", text!(portal, "signed-out"));
        Self::new(portal, name).with_notice(notice)
    }

    /// The form after `refusal` ended a member's page.
    #[must_use]
    pub fn after_refusal(portal: Arc<PortalInfo>, name: &str, refusal: &Refusal) -> Self {
        let notice = wording::refusal(refusal, &portal);
        Self::new(portal, name).with_notice(notice)
    }

    /// The form after a member asked for the account to be deleted, which it will be `then`.
    pub(super) fn after_deletion_request(portal: Arc<PortalInfo>, name: &str, then: &str) -> Self {
        let text = text!(portal, "deletion-requested", date = then);
        Self::new(portal, name).with_notice(Notice::good("deletion-requested", text))
    }

    /// The form for somebody who has an account and proved the code of an invitation to `team`, or one to sign
    /// up with.
    pub(super) fn after_invitation(portal: Arc<PortalInfo>, name: &str, team: Option<Message>) -> Self {
        let text = match team {
            Some(team) => text!(portal, "invitation-proven-team", team = team),
            None => text!(portal, "invitation-proven").to_owned(),
        };
        Self::new(portal, name).with_notice(Notice::good("invitation-proven", text))
    }

    /// The form after a reset.
    pub(super) fn after_reset(portal: Arc<PortalInfo>, name: &str, toast: Toast<'static>) -> Self {
        let mut form = Self::new(portal, name);
        form.cx.toast = Some(toast);
        form
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self
            .cx
            .page("sign-in", text!(self.cx, "sign-in-title"))
            .field(self.name.text("name", NAME_LABEL.to(&self.cx), NAME_MAX))
            .field(self.password.secret("password", text!(self.cx, "password"), None))
            .action(Action::primary("sign-in", text!(self.cx, "sign-in")));
        if let Some(key) = self.cx.key() {
            let RecognisedKey { name, label, may_sign_in, .. } = key;
            page = page.intro(text!(self.cx, "sign-in-key", key = label, name = name));
            if *may_sign_in {
                page = page.link("sign-in-with-key", text!(self.cx, "sign-in-with-key"));
            }
        }
        if self.landing == Section::Support {
            page = page
                .intro(text!(self.cx, "sign-in-for-support"))
                .link("guest-support", text!(self.cx, "contact-support-as-guest"));
        }
        let can = self.cx.portal.capabilities;
        if can.reset {
            page = page.link("forgot-password", text!(self.cx, "forgot-password"));
        }
        if can.accounts {
            page = page.link("join", text!(self.cx, "have-an-invitation"));
        }
        page = page.link("sign-in-help", text!(self.cx, "sign-in-help-title"));
        if self.cx.portal.sign_up {
            page = page.link("sign-up", text!(self.cx, "create-an-account"));
        }
        page.outro(wording::need_help(&self.cx.portal))
    }

    pub(super) fn begin(&mut self) -> Step {
        if std::mem::take(&mut self.sends_itself) { self.submit() } else { Step::Stay }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        let (portal, name) = (self.cx.portal.clone(), self.name.trimmed());
        match event {
            Event::Typed { field: "name", value } => self.name.typed(value),
            Event::Typed { field: "password", value } => self.password.typed(value),
            Event::Pressed("sign-in") => self.submit(),
            Event::Pressed("sign-in-with-key") => self.submit_key(),
            Event::Pressed("forgot-password") => Step::go(ForgotPassword::new(portal, name)),
            Event::Pressed("join") => Step::go(Join::new(portal)),
            Event::Pressed("sign-up") if portal.sign_up => Step::go(Join::without_invitation(portal)),
            Event::Pressed("sign-in-help") => Step::go(SignInHelp::new(portal, name)),
            Event::Pressed("guest-support") if self.landing == Section::Support => {
                Step::go(OpenGuestCase::new(portal, name))
            }
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn submit(&mut self) -> Step {
        if self.name.is_blank() || self.password.is_empty() {
            self.cx.toast = None;
            return self.cx.missing(text!(self.cx, "sign-in-missing"));
        }
        let (name, password) = (self.name.trimmed().to_owned(), self.password.get().clone());
        self.cx.ask(Request::SignIn { name, password })
    }

    fn submit_key(&mut self) -> Step {
        let Some(key) = self.cx.key().filter(|key| key.may_sign_in).cloned() else { return Step::Stay };
        self.name.set(&key.name);
        self.cx.ask(Request::SignInWithKey { key: key.key, name: Some(key.name) })
    }

    fn replied(&mut self, reply: Reply) -> Step {
        let portal = self.cx.portal.clone();
        match reply {
            Reply::SignedIn(member) => Step::go(self.landing.flow(MemberContext::new(portal, member))),
            Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(first)) => {
                Step::go(SecondFactor::signing_in(portal, self.name.trimmed(), first, self.landing))
            }
            Reply::MaySetPassword(grant) => Step::go(NewPassword::new(portal, self.name.trimmed(), grant)),
            // One that nobody looked at because of an outage is kept. After a wait people type it anew, and would type it
            // behind the old one.
            Reply::Refused(Refusal::WrongCredentials | Refusal::TryLater(_)) => self.password.wipe(),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{FirstFactor, SignedIn};
    use crate::flow::Flow;
    use crate::flow::page::ActionKind;
    use crate::flow::testing::{portal, press, type_in};

    fn filled(landing: Section) -> Flow {
        let mut flow = Flow::from(SignIn::new(Arc::new(portal()), "").landing_at(landing));
        type_in(&mut flow, &[("name", " ada "), ("password", "wrong horse")]);
        flow
    }

    #[test]
    fn asks_with_the_name_trimmed_and_the_password_as_typed() {
        let mut flow = filled(Section::Teams);
        let Step::Ask(Request::SignIn { name, password }) = press(&mut flow, "sign-in") else {
            panic!("it must ask to sign in");
        };
        assert_eq!((name.as_str(), password.expose()), ("ada", "wrong horse"));
        assert!(flow.page().waiting);
    }

    #[test]
    fn with_the_password_of_the_connection_it_is_sent_at_once_and_only_once() {
        let attempt = LoginAttempt::with_password("wrong horse");
        let mut flow = Flow::from(SignIn::new(Arc::new(portal()), "ada").after_attempt(attempt));
        let Step::Ask(Request::SignIn { name, password }) = flow.begin() else { panic!("it must be sent") };
        assert_eq!((name.as_str(), password.expose()), ("ada", "wrong horse"));
        assert!(flow.page().waiting && matches!(flow.begin(), Step::Stay));
        flow.update(Event::Replied(Reply::Refused(Refusal::WrongCredentials)));
        let page = flow.page();
        assert_eq!(page.notice.map(|notice| notice.id), Some("wrong-credentials"));
        assert_eq!((page.fields[0].value.expose(), page.fields[1].value.expose()), ("ada", ""));
    }

    #[test]
    fn without_a_name_the_password_of_the_connection_waits_for_one() {
        let attempt = LoginAttempt::with_password("wrong horse");
        let mut flow = Flow::from(SignIn::new(Arc::new(portal()), "").after_attempt(attempt));
        assert!(matches!(flow.begin(), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        type_in(&mut flow, &[("name", "ada")]);
        assert!(matches!(press(&mut flow, "sign-in"), Step::Ask(Request::SignIn { .. })));
    }

    #[test]
    fn who_came_with_an_unregistered_key_or_too_many_is_told() {
        for (attempt, id) in [
            (LoginAttempt::UnregisteredKey, "key-not-registered"),
            (LoginAttempt::TooManyKeys, "too-many-keys-offered"),
        ] {
            let mut flow = Flow::from(SignIn::new(Arc::new(portal()), "ada").after_attempt(attempt));
            assert!(matches!(flow.begin(), Step::Stay));
            assert_eq!(flow.page().notice.map(|notice| notice.id), Some(id));
        }
    }

    #[test]
    fn an_empty_form_says_what_is_missing_and_asks_nothing() {
        let mut flow = Flow::from(SignIn::new(Arc::new(portal()), "ada"));
        assert!(matches!(flow.update(Event::Pressed("sign-in")), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
    }

    #[test]
    fn a_second_press_while_waiting_asks_nothing() {
        let mut flow = filled(Section::Teams);
        flow.update(Event::Pressed("sign-in"));
        assert!(matches!(flow.update(Event::Pressed("sign-in")), Step::Stay));
    }

    #[test]
    fn a_wrong_password_is_wiped_but_an_outage_keeps_it() {
        let mut flow = filled(Section::Teams);
        flow.update(Event::Pressed("sign-in"));
        flow.update(Event::Replied(Reply::Refused(Refusal::Unavailable("x".into()))));
        assert_eq!(flow.page().fields[1].value.expose(), "wrong horse");
        flow.update(Event::Replied(Reply::Refused(Refusal::WrongCredentials)));
        let typed =
            flow.page().fields.iter().map(|field| field.value.expose().to_owned()).collect::<Vec<_>>();
        assert_eq!(typed, [" ada ", ""]);
    }

    #[test]
    fn after_a_refusal_for_now_the_password_is_typed_anew_and_the_way_out_is_told() {
        use crate::domain::timestamp::Timestamp;
        use crate::domain::wait::{Wait, WaitLimit};
        let now = Timestamp::from_epoch_ms(1_795_356_309_000);
        for (limit, told) in [
            (WaitLimit::Name, "Try again in 30 seconds. A reset lets you in now"),
            (WaitLimit::Source, "Try again in 30 seconds. A reset has to wait as well."),
        ] {
            let mut flow = filled(Section::Teams);
            flow.update(Event::Pressed("sign-in"));
            let wait = Wait::until(now.plus_ms(30_000), limit).told_at(now);
            flow.update(Event::Replied(Reply::Refused(Refusal::TryLater(wait))));
            let page = flow.page();
            assert_eq!((page.fields[0].value.expose(), page.fields[1].value.expose()), (" ada ", ""));
            let notice = page.notice.unwrap();
            assert_eq!(notice.id, "try-later");
            assert!(notice.text.contains(told), "{}", notice.text);
        }
    }

    #[test]
    fn success_leads_to_the_teams() {
        let mut flow = filled(Section::Teams);
        flow.update(Event::Pressed("sign-in"));
        let step = flow.update(Event::Replied(Reply::SignedIn(SignedIn::for_test("ada"))));
        assert!(matches!(step, Step::Go(flow) if matches!(*flow, Flow::TeamListPage(_))));
    }

    #[test]
    fn a_second_factor_is_asked_for_first() {
        let mut flow = filled(Section::Teams);
        flow.update(Event::Pressed("sign-in"));
        let first = SecondFactorReply::SecondFactorNeeded(FirstFactor::for_test("ada"));
        let step = flow.update(Event::Replied(Reply::SecondFactor(first)));
        assert!(matches!(step, Step::Go(flow) if matches!(*flow, Flow::SecondFactor(_))));
    }

    #[test]
    fn help_is_always_there_and_a_case_without_signing_in_for_those_who_came_for_support() {
        let mut flow = filled(Section::Teams);
        let Step::Go(next) = flow.update(Event::Pressed("sign-in-help")) else { panic!("it must go on") };
        assert_eq!(next.page().id, "sign-in-help");
        assert!(matches!(flow.update(Event::Pressed("guest-support")), Step::Stay));
        let mut flow = filled(Section::Support);
        assert_eq!(flow.page().intro, ["Sign in to see your cases, or contact support without signing in."]);
        let first = flow.page().actions.into_iter().find(|action| action.kind == ActionKind::Link);
        assert_eq!(first.map(|action| action.label), Some("Contact support without signing in"));
        let Step::Go(next) = flow.update(Event::Pressed("guest-support")) else { panic!("it must go on") };
        assert_eq!((next.page().id, next.page().fields[0].value.expose()), ("guest-support", "ada"));
    }

    #[test]
    fn the_name_goes_along_to_the_forgotten_password() {
        let mut flow = filled(Section::Teams);
        let Step::Go(next) = flow.update(Event::Pressed("forgot-password")) else { panic!("it must go on") };
        assert_eq!(next.page().fields[0].value.expose(), "ada");
    }
}
