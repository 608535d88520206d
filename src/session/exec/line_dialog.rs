//! A dialog on a terminal that a command needs: a flow in line mode, up to a goal.

use std::collections::VecDeque;

use tokio::time::{Instant, timeout};

use super::CommandRun;
use crate::accounts::request::{Refusal, Reply};
use crate::commands::{CommandError, PromptStatus};
use crate::domain::exit_code;
use crate::flow::Flow;
use crate::flow::navigator::Update;
use crate::session::ClientSink;
use crate::session::driver::Driver;
use crate::terminal::input::{Framer, Input, Key};
use crate::ui::lines::Lines;
use crate::ui::{Output, UserAction};

/// A dialog, beside the command that needs it.
struct LineDialog {
    driver: Driver,
    lines: Lines,
    framer: Framer,
    typed: VecDeque<Input>,
    /// The last refusal, which names the exit code when the person gives up.
    refused: Option<Refusal>,
}

impl<W: ClientSink> CommandRun<W> {
    /// Leads the person through `flow` until `status` says that its goal is reached; gives the flow that it was reached
    /// in. What was typed ahead of that stays on standard input.
    pub(super) async fn run_dialog(
        &mut self,
        flow: Flow,
        status: fn(&Flow) -> PromptStatus,
    ) -> Result<Flow, CommandError> {
        let driver = Driver::new(self.app.accounts.clone(), self.cx.clone(), flow);
        let (lines, framer, typed) = (Lines::new(true), Framer::new(), VecDeque::new());
        let mut dialog = LineDialog { driver, lines, framer, typed, refused: None };
        let end = self.converse(&mut dialog, status).await;
        // The end of the last line, also when the person has left.
        self.flush(&mut dialog).await?;
        end.map(|()| dialog.driver.navigator.into_flow())
    }

    async fn converse(
        &mut self,
        dialog: &mut LineDialog,
        status: fn(&Flow) -> PromptStatus,
    ) -> Result<(), CommandError> {
        let mut action = dialog.lines.show(&dialog.driver.page(), true);
        loop {
            let update = match dialog.driver.apply(&action) {
                Some(update) => update,
                None if action == UserAction::Leave => return Err(dialog.left()),
                // A command asks no more than it needs; there is no session to lock.
                None if action == UserAction::Lock => Update { fresh: true, ask: None },
                None if dialog.driver.is_waiting() => {
                    self.flush(dialog).await?;
                    self.place.set_under_way(true);
                    let replied = dialog.replied().await;
                    self.place.set_under_way(false);
                    replied?
                }
                None => {
                    self.flush(dialog).await?;
                    let input = self.next_input(dialog).await?;
                    action = dialog.lines.input(input, &dialog.driver.page());
                    continue;
                }
            };
            // A page that asks the service for something decides nothing before the reply, unless it is another page.
            if update.fresh || update.ask.is_none() {
                match status(dialog.driver.navigator.flow()) {
                    PromptStatus::Pending => {}
                    PromptStatus::Reached => return Ok(()),
                    PromptStatus::Left => return Err(dialog.left()),
                }
            }
            dialog.driver.start(update.ask);
            action = dialog.lines.show(&dialog.driver.page(), update.fresh);
        }
    }

    /// The next thing typed; one byte at a time, so that what is meant for later is not taken.
    async fn next_input(&mut self, dialog: &mut LineDialog) -> Result<Input, CommandError> {
        let limits = self.app.limits;
        let waits_for_email = dialog.driver.navigator.flow().waits_for_email();
        self.stdin.wait_for(if waits_for_email { limits.idle_waiting } else { limits.idle_guest });
        loop {
            if let Some(input) = dialog.typed.pop_front() {
                return Ok(input);
            }
            let byte = match dialog.framer.flush_timeout() {
                None => self.stdin.byte().await?,
                Some(patience) => {
                    let Ok(byte) = timeout(patience, self.stdin.byte()).await else {
                        dialog.framer.flush(&mut dialog.typed);
                        continue;
                    };
                    byte?
                }
            };
            // Nothing more will come: the same as a hang-up.
            let Some(byte) = byte else { return Ok(Input::Key(Key::Ctrl('c'))) };
            self.place.note_input(Instant::now());
            dialog.framer.feed(&[byte], &mut dialog.typed);
        }
    }

    async fn flush(&self, dialog: &mut LineDialog) -> Result<(), CommandError> {
        let Output { out, err } = dialog.lines.take_output();
        let bytes = [err, out].concat();
        if bytes.is_empty() {
            return Ok(());
        }
        self.sink.send(bytes).await.map_err(|_| CommandError::Disconnected)
    }
}

impl LineDialog {
    /// Waits for the reply to the request under way and hands it to the flow.
    async fn replied(&mut self) -> Result<Update, CommandError> {
        let reply = self.driver.reply().await;
        self.refused = match &reply {
            Reply::Refused(refusal @ Refusal::WrongTooOften) => {
                return Err(CommandError::Refused(refusal.clone()));
            }
            Reply::Refused(refusal) | Reply::PasswordNotSet(_, refusal) => Some(refusal.clone()),
            _ => None,
        };
        Ok(self.driver.replied(reply))
    }

    /// The person gave up: the last refusal names the exit code.
    fn left(&self) -> CommandError {
        match (&self.refused, self.driver.navigator.member()) {
            (Some(refusal), _) => CommandError::Refused(refusal.clone()),
            (None, Some(_)) => CommandError::failed("left", "Nothing was changed.", exit_code::NO),
            (None, None) => CommandError::failed("sign-in-needed", "Not signed in.", exit_code::DENIED),
        }
    }
}
