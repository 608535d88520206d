//! The reset of a password and the undo of a change inside authentication prompts (RFC 4256), before a session
//! begins: the same flows and the same requests as in a session, asked one question at a time.
//!
//! Nobody is signed in by it: its end is a guest's session that tells what came of it ([`PromptOutcome`]).

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::app::first_flow;
use super::driver::Driver;
use super::end::EndReason;
use super::{AppState, LoggedSession, session_span};
use crate::accounts::request::SignedIn;
use crate::domain::exit_code;
use crate::domain::source::Source;
use crate::flow::Flow;
use crate::flow::page::{Notice, Page, Toast, Tone};
use crate::flow::wording::suspended_before_sign_in;
use crate::messages::Language;
use crate::text;
use crate::ui::UserAction;
pub use crate::ui::prompts::Prompt;
use crate::ui::prompts::PromptForm;

/// How long one step waits for the service. A step cannot be interrupted, so it must be well within the time that
/// a connection has to end once it is cut.
const STEP: Duration = Duration::from_secs(2);

/// The most answers; a reset without detours takes four.
const MAX_ANSWERS: u32 = 24;

/// What stands for the client in the audit: its version line is not known during authentication.
const CLIENT: &str = "keyboard-interactive";

/// During authentication nobody knows yet what a client's locale is.
const LANGUAGE: Language = Language::English;

/// One person's prompts and answers.
#[derive(Debug)]
pub struct Prompts {
    driver: Driver,
    form: PromptForm,
    answers: u32,
    logged: Option<LoggedSession>,
    span: Span,
    /// Cancelled when the server stops: nothing more is asked.
    stop: CancellationToken,
    /// The command that opens the page which does the same.
    page: String,
}

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub enum NextPrompt {
    /// The next prompt.
    Ask(Prompt),
    /// The service has not answered yet: call [`Prompts::go_on`] again.
    Wait,
    /// The end, and the outcome that the session prints.
    Done(PromptOutcome),
    /// The end: too many answers.
    Exhausted,
}

/// What a session prints that follows prompts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptOutcome {
    pub(super) notice: Notice<'static>,
    pub(super) exit_code: u32,
}

impl Prompts {
    /// Begins at the page that `user` opens; see [`AppState::is_prompted`].
    #[must_use]
    pub fn new(state: &AppState, user: &str, source: Source, stop: CancellationToken) -> Self {
        let cx = state.accounts.request_context(source, CLIENT);
        let span = session_span(&cx);
        let logged = Some(span.in_scope(|| LoggedSession::begin_as("prompts", CLIENT)));
        let driver = Driver::new(
            state.accounts.clone(),
            cx,
            first_flow(state, &state.portal.always_in(LANGUAGE), user),
        );
        let mut form = PromptForm::default();
        // A page that was just entered and has a field asks for it; nothing else can follow.
        form.show(&driver.page(), true);
        let page = state.portal.ssh("-t ", &state.names.account);
        Self { driver, form, answers: 0, logged, span, stop, page }
    }

    /// What a client is told that cannot have prompts now.
    #[must_use]
    pub fn without_slot(&self) -> Prompt {
        let busy = text!(LANGUAGE, "prompts-busy", command = &self.page);
        let text = format!("{}{busy} [busy]", Tone::Bad.prefix(&LANGUAGE));
        Prompt { text, ..Prompt::default() }
    }

    /// Whether a code has been used, so that whoever is cut off now has lost it.
    #[must_use]
    pub fn has_used_code(&self) -> bool {
        matches!(self.driver.navigator.flow(), Flow::NewPassword(_))
    }

    /// Goes on: with the answer to the last prompt, or with `None` when nothing was asked.
    pub async fn go_on(&mut self, answer: Option<&[u8]>) -> NextPrompt {
        let span = self.span.clone();
        self.next(answer).instrument(span).await
    }

    async fn next(&mut self, answer: Option<&[u8]>) -> NextPrompt {
        let mut action = UserAction::None;
        if let Some(answer) = answer
            && !self.driver.is_waiting()
        {
            self.answers += 1;
            if self.answers > MAX_ANSWERS {
                return NextPrompt::Exhausted;
            }
            action = self.form.answer(answer, &self.driver.page());
        }
        loop {
            let update = match self.driver.apply(&action) {
                Some(update) => update,
                None if action == UserAction::Leave => return NextPrompt::Done(PromptOutcome::goodbye()),
                None if self.driver.is_waiting() => {
                    let Ok(reply) = timeout(STEP, self.driver.reply()).await else { return NextPrompt::Wait };
                    self.driver.replied(reply)
                }
                None => {
                    let prompt = self.form.question(&self.driver.page());
                    if self.stop.is_cancelled() {
                        return NextPrompt::Done(PromptOutcome::stopped(&prompt.text));
                    }
                    return NextPrompt::Ask(prompt);
                }
            };
            if !is_prompted(self.driver.navigator.flow()) {
                let suspended = self.driver.navigator.member().map_or(0, SignedIn::suspended);
                return NextPrompt::Done(PromptOutcome::of(&self.driver.page(), suspended));
            }
            self.driver.start(update.ask);
            action = self.form.show(&self.driver.page(), update.fresh);
        }
    }
}

impl Drop for Prompts {
    fn drop(&mut self) {
        let logged = self.logged.take();
        self.span.in_scope(|| drop(logged));
    }
}

/// Any other page than one of the reset or the undo is the end.
fn is_prompted(flow: &Flow) -> bool {
    matches!(
        flow,
        Flow::ForgotPassword(_)
            | Flow::ChooseAddress(_)
            | Flow::EnterCode(_)
            | Flow::SecondFactor(_)
            | Flow::LostAuthenticator(_)
            | Flow::NewPassword(_)
            | Flow::EnterUndoCode(_)
            | Flow::UndoReview(_)
            | Flow::UndoSecondFactor(_)
    )
}

impl PromptOutcome {
    /// What the page behind the prompts says of them, and how many keys and addresses a reset has suspended.
    fn of(page: &Page<'_>, suspended: i64) -> Self {
        let mut notice = match (&page.toast, &page.notice) {
            (Some(Toast { id, text }), None) => Notice::good(id, text.clone().into_owned()),
            (Some(Toast { id, text }), Some(more)) => Notice::good(id, format!("{text}. {}", more.text)),
            (None, Some(Notice { tone, id, text, .. })) => Notice::new(*tone, id, text.clone().into_owned()),
            (None, None) => return Self::goodbye(),
        };
        if suspended > 0 {
            notice.text =
                format!("{}. {}", notice.text, suspended_before_sign_in(suspended, page).text).into();
        }
        let exit_code = if notice.tone == Tone::Bad { exit_code::NO } else { exit_code::DONE };
        Self { notice, exit_code }
    }

    /// The server stops: what the last answer led to is told, and nothing more is asked.
    fn stopped(said: &str) -> Self {
        let last = EndReason::Stopped.last_line(&LANGUAGE);
        let text = format!("{said}\n{}", last.text).trim_start().to_owned().into();
        Self { notice: Notice { text, ..last }, exit_code: EndReason::Stopped.exit_code() }
    }

    fn goodbye() -> Self {
        Self { notice: EndReason::Left.last_line(&LANGUAGE), exit_code: EndReason::Left.exit_code() }
    }
}
