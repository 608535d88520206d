//! "Trouble signing in?": from a problem to the flow that solves it. Page `sign-in-help`, and
//! `sign-in-help/no-email`, which only explains.

use std::sync::Arc;

use crate::domain::portal::PortalInfo;
use crate::flow::context::GuestContext;
use crate::flow::guest_support::OpenGuestCase;
use crate::flow::page::{Notice, Page};
use crate::flow::reset_password::ForgotPassword;
use crate::flow::undo::EnterUndoCode;
use crate::flow::{Event, Step, wording};
use crate::text;

use super::lost_authenticator::LostAt;
use super::{LostAuthenticator, SignIn};

/// The choice of problems, or what to know about one.
#[derive(Debug)]
pub struct SignInHelp {
    pub(in crate::flow) cx: GuestContext,
    /// As far as it was typed.
    name: String,
    topic: HelpTopic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HelpTopic {
    Choice,
    NoEmail,
}

impl SignInHelp {
    /// The choice.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self { cx: GuestContext::new(portal), name: name.to_owned(), topic: HelpTopic::Choice }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = match self.topic {
            HelpTopic::Choice => self.choice(),
            HelpTopic::NoEmail => self.no_email(),
        };
        let page = page.back(text!(self.cx, "back")).outro(wording::need_help(&self.cx.portal));
        let text = self.cx.portal.help.lines();
        text.iter().filter(|line| !line.is_empty()).fold(page, Page::outro)
    }

    fn choice(&self) -> Page<'_> {
        let page = self.cx.page("sign-in-help", text!(self.cx, "sign-in-help-title"));
        let lost_authenticator = text!(self.cx, "sign-in-help-lost-authenticator");
        // Without a reset there are neither codes by email nor undo codes.
        let page = if self.cx.portal.capabilities.reset {
            page.link("forgot-password", text!(self.cx, "sign-in-help-forgot-password"))
                .link("locked", text!(self.cx, "sign-in-help-locked"))
                .link("lost-authenticator", lost_authenticator)
                .link("undo", text!(self.cx, "sign-in-help-undo"))
                .link("no-email", text!(self.cx, "sign-in-help-no-email"))
        } else {
            page.link("lost-authenticator", lost_authenticator)
        };
        page.link("something-else", text!(self.cx, "sign-in-help-something-else"))
    }

    fn no_email(&self) -> Page<'_> {
        self.cx
            .page("sign-in-help/no-email", text!(self.cx, "no-email-title"))
            .intro(text!(self.cx, "no-email-sender", sender = self.cx.portal.sender.as_str()))
            .intro(text!(self.cx, "no-email-spelling"))
            .intro(text!(self.cx, "no-email-delay"))
            .intro(text!(self.cx, "no-email-other-address"))
            .link("forgot-password", text!(self.cx, "send-a-code"))
            .link("something-else", text!(self.cx, "contact-support"))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let Event::Pressed(action) = event else { return Step::Stay };
        let (portal, name) = (self.cx.portal.clone(), self.name.as_str());
        match action {
            "forgot-password" => Step::go(ForgotPassword::new(portal, name)),
            "locked" => {
                let notice = Notice::neutral("reset-unlocks", text!(portal, "reset-unlocks"));
                Step::go(ForgotPassword::new(portal, name).with_notice(notice))
            }
            "lost-authenticator" => Step::go(LostAuthenticator::new(portal, LostAt::SignIn(name.to_owned()))),
            "undo" => Step::go(EnterUndoCode::new(portal)),
            "no-email" => Step::go(Self { topic: HelpTopic::NoEmail, ..Self::new(portal, name) }),
            "something-else" => Step::go(OpenGuestCase::new(portal, name)),
            "back" if self.topic == HelpTopic::Choice => Step::go(SignIn::new(portal, name)),
            "back" => Step::go(Self::new(portal, name)),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Flow;
    use crate::flow::testing::portal;

    fn pressed(help: &mut Flow, action: &'static str) -> Flow {
        match help.update(Event::Pressed(action)) {
            Step::Go(next) => *next,
            other => panic!("{action} must lead somewhere: {other:?}"),
        }
    }

    #[test]
    fn every_choice_leads_to_a_page_of_its_own() {
        let mut help = Flow::from(SignInHelp::new(Arc::new(portal()), "ada"));
        let leads = [
            ("forgot-password", "forgot-password"),
            ("locked", "forgot-password"),
            ("lost-authenticator", "lost-authenticator"),
            ("undo", "undo"),
            ("no-email", "sign-in-help/no-email"),
            ("something-else", "guest-support"),
            ("back", "sign-in"),
        ];
        let offered: Vec<_> = help.page().actions.iter().map(|action| action.id).collect();
        assert_eq!(offered, leads.map(|(action, _)| action));
        for (action, page) in leads {
            assert_eq!(pressed(&mut help, action).page().id, page);
        }
    }

    #[test]
    fn where_nobody_can_reset_a_password_no_reset_is_offered() {
        let mut without = portal();
        without.capabilities.reset = false;
        let mut help = Flow::from(SignInHelp::new(Arc::new(without), "ada"));
        let offered: Vec<_> = help.page().actions.iter().map(|action| action.id).collect();
        assert_eq!(offered, ["lost-authenticator", "something-else", "back"]);
        let lost = pressed(&mut help, "lost-authenticator");
        let told = lost.page().intro.join(" ");
        assert!(
            told.contains("1. A recovery code") && told.contains("2. Without one, contact support"),
            "{told}"
        );
        assert!(!told.contains("Forgot your password"), "{told}");
    }

    #[test]
    fn the_name_goes_along_and_the_locked_are_told_that_a_reset_helps() {
        let mut help = Flow::from(SignInHelp::new(Arc::new(portal()), "ada"));
        for action in ["forgot-password", "something-else", "back"] {
            assert_eq!(pressed(&mut help, action).page().fields[0].value.expose(), "ada");
        }
        let locked = pressed(&mut help, "locked");
        assert!(locked.page().notice.is_some_and(|notice| notice.text.contains("Resetting it unlocks it")));
    }

    #[test]
    fn an_explanation_leads_on_and_back() {
        let mut help = Flow::from(SignInHelp::new(Arc::new(portal()), "ada"));
        let mut explained = pressed(&mut help, "no-email");
        assert_eq!(pressed(&mut explained, "something-else").page().id, "guest-support");
        assert_eq!(pressed(&mut explained, "back").page().id, "sign-in-help");
    }
}
