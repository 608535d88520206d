//! "Trouble signing in?": from a problem to the flow that solves it. Page `problem`, and `problem/no-mail`, which
//! only explains.

use std::sync::Arc;

use crate::domain::portal::PortalInfo;

use super::forgot_password::ForgotPassword;
use super::guest_support::GuestSupport;
use super::lost_authenticator::LostAuthenticator;
use super::page::{Action, Notice, Page, Tone};
use super::sign_in::SignIn;
use super::{Event, Flow, Step, wording};

/// Somebody who cannot come in.
#[derive(Debug)]
pub struct SignInHelp {
    portal: Arc<PortalInfo>,
    /// What is already known of the name.
    name: String,
    what: HelpTopic,
}

/// What is wrong, as far as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HelpTopic {
    NotSaid,
    NoMail,
}

impl SignInHelp {
    /// The choice.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, name: &str) -> Self {
        Self { portal, name: name.to_owned(), what: HelpTopic::NotSaid }
    }

    pub(super) fn page(&self) -> Page<'_> {
        match self.what {
            HelpTopic::NotSaid => self.choice(),
            HelpTopic::NoMail => self.no_mail(),
        }
    }

    fn choice(&self) -> Page<'_> {
        Page {
            id: "problem",
            title: "Trouble signing in?".into(),
            actions: vec![
                Action::link("forgot-password", "I forgot my password"),
                Action::link("locked", "My account is locked"),
                Action::link("lost-authenticator", "I lost my authenticator"),
                Action::link("no-mail", "No mail arrives"),
                Action::link("something-else", "Something else"),
                Action::back("Back"),
            ],
            outro: vec![wording::trouble(&self.portal).into()],
            ..Page::default()
        }
    }

    fn no_mail(&self) -> Page<'_> {
        Page {
            id: "problem/no-mail",
            title: "No mail arrives?".into(),
            intro: vec![
                format!("Emails come from {}. Look in the spam or junk folder.", self.portal.sender).into(),
                "Check the spelling of the name: an email goes out only to an account, and the portal never \
                 says whether there is one."
                    .into(),
                "Some servers hold back the first email of a new sender: ask for another code after ten \
                 minutes; an earlier one stays good."
                    .into(),
                "Has the account several verified addresses? Type the other one.".into(),
            ],
            actions: vec![
                Action::link("forgot-password", "Send a code"),
                Action::link("something-else", "Ask support"),
                Action::back("Back"),
            ],
            outro: vec![wording::trouble(&self.portal).into()],
            ..Page::default()
        }
    }

    pub(super) fn update(&mut self, event: &Event<'_>) -> Step {
        let Event::Pressed(action) = event else { return Step::Stay };
        match *action {
            "forgot-password" => Step::go(Flow::ForgotPassword(self.forgot_password())),
            "locked" => {
                let text =
                    "Too many wrong passwords lock the password, never the account. A reset unlocks it.";
                let notice = Notice { tone: Tone::Neutral, id: "reset-unlocks", text: text.into() };
                Step::go(Flow::ForgotPassword(self.forgot_password().with_notice(notice)))
            }
            "lost-authenticator" => {
                let back = SignIn::new(self.portal.clone(), &self.name);
                let next = LostAuthenticator::new(self.portal.clone(), Flow::SignIn(back));
                Step::go(Flow::LostAuthenticator(next))
            }
            "no-mail" => self.explain(HelpTopic::NoMail),
            "something-else" => {
                Step::go(Flow::GuestSupport(GuestSupport::new(self.portal.clone(), &self.name)))
            }
            "back" if self.what == HelpTopic::NotSaid => {
                Step::go(Flow::SignIn(SignIn::new(self.portal.clone(), &self.name)))
            }
            "back" => self.explain(HelpTopic::NotSaid),
            _ => Step::Stay,
        }
    }

    fn forgot_password(&self) -> ForgotPassword {
        ForgotPassword::new(self.portal.clone(), &self.name)
    }

    /// Another of the pages, come to anew so that every face tells it.
    fn explain(&self, what: HelpTopic) -> Step {
        Step::go(Flow::SignInHelp(Self { portal: self.portal.clone(), name: self.name.clone(), what }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::portal;

    fn pressed(problem: &mut SignInHelp, action: &'static str) -> Flow {
        match problem.update(&Event::Pressed(action)) {
            Step::Go(next) => *next,
            other => panic!("{action} must lead somewhere: {other:?}"),
        }
    }

    #[test]
    fn every_choice_leads_to_a_page_of_its_own() {
        let mut problem = SignInHelp::new(Arc::new(portal()), "ada");
        let leads = [
            ("forgot-password", "forgot-password"),
            ("locked", "forgot-password"),
            ("lost-authenticator", "lost-authenticator"),
            ("no-mail", "problem/no-mail"),
            ("something-else", "guest-support"),
            ("back", "sign-in"),
        ];
        let offered: Vec<_> = problem.page().actions.iter().map(|action| action.id).collect();
        assert_eq!(offered, leads.map(|(action, _)| action));
        for (action, page) in leads {
            assert_eq!(pressed(&mut problem, action).page().id, page);
        }
    }

    #[test]
    fn the_name_goes_along_and_the_locked_are_told_that_a_reset_helps() {
        let mut problem = SignInHelp::new(Arc::new(portal()), "ada");
        for action in ["forgot-password", "something-else", "back"] {
            assert_eq!(pressed(&mut problem, action).page().fields[0].value.expose(), "ada");
        }
        let locked = pressed(&mut problem, "locked");
        assert!(locked.page().notice.is_some_and(|notice| notice.text.contains("A reset unlocks it")));
    }

    #[test]
    fn what_only_explains_leads_on_and_back() {
        let mut problem = SignInHelp::new(Arc::new(portal()), "ada");
        let Flow::SignInHelp(mut explained) = pressed(&mut problem, "no-mail") else { panic!("no-mail") };
        assert_eq!(pressed(&mut explained, "something-else").page().id, "guest-support");
        assert_eq!(pressed(&mut explained, "back").page().id, "problem");
    }
}
