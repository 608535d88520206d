//! The reset of a password inside authentication prompts (RFC 4256), before a session begins: the same flows
//! and the same requests as in a session, asked one question at a time.
//!
//! Nobody is signed in by it: its end is a guest's session that tells what came of it ([`PromptOutcome`]).

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::AppState;
use super::end::EndReason;
use super::waits::answer;
use crate::accounts::RequestContext;
use crate::accounts::request::{Reply, Request};
use crate::domain::exit_code;
use crate::domain::source::Source;
use crate::flow::forgot_password::ForgotPassword;
use crate::flow::navigator::{Navigator, Update};
use crate::flow::page::{Notice, Tone};
use crate::flow::{Event, Flow};
use crate::ui::UserAction;
pub use crate::ui::prompts::Prompt;
use crate::ui::prompts::PromptForm;

/// How long one step waits for the service. It is well within the time that a connection that is cut is
/// given to end (a step cannot be interrupted).
const STEP: Duration = Duration::from_secs(2);

/// The most answers: the story told straight takes four.
const MAX_ANSWERS: u32 = 24;

/// Who is asked for a session's client when there is no client to name yet.
const CLIENT: &str = "keyboard-interactive";

/// One person's questions and answers.
#[derive(Debug)]
pub struct Prompts {
    app: Arc<AppState>,
    cx: RequestContext,
    navigator: Navigator,
    face: PromptForm,
    /// The request under way. It runs to its end even if nobody waits for it.
    asking: Option<JoinHandle<Reply>>,
    answers: u32,
}

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub enum NextPrompt {
    /// Ask this.
    Ask(Prompt),
    /// The service has not answered yet: look again.
    Wait,
    /// It is over, and this is what came of it.
    Done(PromptOutcome),
    /// It is over: that were too many answers.
    Exhausted,
}

/// What a session tells that only tells how something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptOutcome {
    pub(super) notice: Notice<'static>,
    pub(super) exit_code: u32,
}

impl Prompts {
    /// Begins at *Reset your password*.
    #[must_use]
    pub fn new(app: Arc<AppState>, source: Source) -> Self {
        let cx = app.accounts.request_context(source, CLIENT);
        let flow = Flow::ForgotPassword(ForgotPassword::new(app.portal.clone(), ""));
        let mut face = PromptForm::default();
        // A form that was just come to and has a field asks for it; nothing else can follow.
        face.show(&flow.page(), true);
        Self { app, cx, navigator: Navigator::new(flow), face, asking: None, answers: 0 }
    }

    /// Goes on: with the answer to the question asked last, or with `None` when nothing was asked.
    pub async fn go_on(&mut self, given: Option<&str>) -> NextPrompt {
        let mut over = None;
        if let Some(given) = given
            && self.asking.is_none()
        {
            self.answers += 1;
            if self.answers > MAX_ANSWERS {
                return NextPrompt::Exhausted;
            }
            let intent = self.face.answer(given, &self.navigator.page());
            over = self.carry_out(intent);
        }
        while over.is_none() && self.asking.is_some() {
            let Ok(reply) = timeout(STEP, answer(&mut self.asking)).await else { return NextPrompt::Wait };
            self.asking = None;
            over = self.update(Event::Replied(reply));
        }
        match over {
            Some(last_words) => NextPrompt::Done(last_words),
            None => NextPrompt::Ask(self.face.question(&self.navigator.page())),
        }
    }

    fn carry_out(&mut self, intent: UserAction) -> Option<PromptOutcome> {
        match intent {
            UserAction::Typed { field, value } => self.update(Event::Typed { field, value: &value }),
            UserAction::Pressed(action) => self.update(Event::Pressed(action)),
            UserAction::Opened(row) => self.update(Event::Opened(row)),
            UserAction::Leave => Some(PromptOutcome::goodbye()),
            _ => None,
        }
    }

    fn update(&mut self, event: Event<'_>) -> Option<PromptOutcome> {
        let Update { fresh, ask } = self.navigator.update(event);
        let flow = self.navigator.flow();
        // Any other page than one of the reset is its end.
        let is_of_the_reset = matches!(
            flow,
            Flow::ForgotPassword(_)
                | Flow::ChooseAddress(_)
                | Flow::EnterCode(_)
                | Flow::SecondFactor(_)
                | Flow::LostAuthenticator(_)
                | Flow::NewPassword(_)
        );
        if !is_of_the_reset {
            let told = flow.page().toast.map(|toast| PromptOutcome {
                notice: Notice { tone: Tone::Good, id: toast.id, text: toast.text.into_owned().into() },
                exit_code: exit_code::DONE,
            });
            return Some(told.unwrap_or_else(PromptOutcome::goodbye));
        }
        if let Some(request) = ask {
            self.ask(request);
        }
        self.show(fresh)
    }

    fn show(&mut self, fresh: bool) -> Option<PromptOutcome> {
        let intent = self.face.show(&self.navigator.page(), fresh);
        self.carry_out(intent)
    }

    fn ask(&mut self, request: Request) {
        let (accounts, cx) = (self.app.accounts.clone(), self.cx.clone());
        self.asking = Some(tokio::spawn(async move { accounts.handle(&cx, request).await }));
    }
}

impl PromptOutcome {
    fn goodbye() -> Self {
        Self { notice: EndReason::Left.last_line(), exit_code: EndReason::Left.exit_code() }
    }
}
