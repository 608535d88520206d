//! A conversation on a terminal that a command needs: a flow through the lines face, up to a goal.

use std::collections::VecDeque;

use tokio::time::timeout;

use super::{CommandError, CommandRun};
use crate::accounts::request::{Refusal, Reply};
use crate::commands::{CommandFailure, exit};
use crate::flow::navigator::{Navigator, Update};
use crate::flow::{Event, Flow};
use crate::session::ClientSink;
use crate::terminal::input::{Framer, Input, Key};
use crate::ui::lines::Lines;
use crate::ui::{Output, UserAction};

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PromptStatus {
    /// Not there yet.
    Pending,
    /// There.
    Reached,
    /// The person went another way.
    Left,
}

/// What a conversation holds besides the errand.
struct LineDialog {
    navigator: Navigator,
    lines: Lines,
    framer: Framer,
    typed: VecDeque<Input>,
    /// The last no, which names the exit code when the person gives up.
    no: Option<Refusal>,
    is_reached: fn(&Flow) -> PromptStatus,
}

impl<W: ClientSink> CommandRun<W> {
    /// Leads the person through `flow` until `is_reached` says so; gives the flow that it was reached in.
    /// What was typed ahead of that stays on standard input.
    pub(super) async fn talk(
        &mut self,
        flow: Flow,
        is_reached: fn(&Flow) -> PromptStatus,
    ) -> Result<Flow, CommandError> {
        let (lines, framer, typed) = (Lines::new(true), Framer::new(), VecDeque::new());
        let navigator = Navigator::new(flow);
        let mut talk = LineDialog { navigator, lines, framer, typed, no: None, is_reached };
        let end = self.converse(&mut talk).await;
        // The end of the last line, also when the person has left.
        self.show(&mut talk).await?;
        end.map(|()| talk.navigator.into_flow())
    }

    async fn converse(&mut self, talk: &mut LineDialog) -> Result<(), CommandError> {
        let mut intent = talk.lines.show(&talk.navigator.page(), true);
        loop {
            while let Some(turn) = talk.carry_out(intent)? {
                intent = self.follow(talk, turn).await?;
                match (talk.is_reached)(talk.navigator.flow()) {
                    PromptStatus::Pending => {}
                    PromptStatus::Reached => return Ok(()),
                    PromptStatus::Left => return Err(talk.left()),
                }
            }
            self.show(talk).await?;
            let limits = self.app.limits;
            let waits_for_an_email = matches!(talk.navigator.flow(), Flow::EnterCode(_) | Flow::Join(_));
            self.stdin.wait_for(if waits_for_an_email { limits.idle_waiting } else { limits.idle_guest });
            let input = self.next_input(talk).await?;
            intent = talk.lines.input(input, &talk.navigator.page());
        }
    }

    /// Does what the flow wants, answers of the service included, and gives what the face makes of it.
    async fn follow(&mut self, talk: &mut LineDialog, mut turn: Update) -> Result<UserAction, CommandError> {
        loop {
            let Update { fresh, ask } = turn;
            let is_over =
                (fresh || ask.is_none()) && (talk.is_reached)(talk.navigator.flow()) != PromptStatus::Pending;
            if is_over {
                return Ok(UserAction::None);
            }
            let intent = talk.lines.show(&talk.navigator.page(), fresh);
            let Some(request) = ask else { return Ok(intent) };
            self.show(talk).await?;
            let reply = self.reply(request).await?;
            talk.no = match &reply {
                Reply::Refused(refusal @ Refusal::WrongTooOften) => {
                    return Err(CommandError::Refused(refusal.clone()));
                }
                Reply::Refused(refusal) | Reply::PasswordNotSet(_, refusal) => Some(refusal.clone()),
                _ => None,
            };
            turn = talk.navigator.update(Event::Replied(reply));
        }
    }

    /// The next thing typed; one byte at a time, so that what is meant for later is not taken.
    async fn next_input(&mut self, talk: &mut LineDialog) -> Result<Input, CommandError> {
        loop {
            if let Some(input) = talk.typed.pop_front() {
                return Ok(input);
            }
            let byte = match talk.framer.flush_timeout() {
                None => self.stdin.byte().await?,
                Some(patience) => {
                    let Ok(byte) = timeout(patience, self.stdin.byte()).await else {
                        talk.framer.flush(&mut talk.typed);
                        continue;
                    };
                    byte?
                }
            };
            // Nothing more will come: the same as a hang-up.
            let Some(byte) = byte else { return Ok(Input::Key(Key::Ctrl('c'))) };
            talk.framer.feed(&[byte], &mut talk.typed);
        }
    }

    async fn show(&self, talk: &mut LineDialog) -> Result<(), CommandError> {
        let Output { out, err } = talk.lines.take_output();
        let bytes = [err, out].concat();
        if bytes.is_empty() {
            return Ok(());
        }
        self.sink.send(bytes).await.map_err(|_| CommandError::Disconnected)
    }
}

impl LineDialog {
    fn carry_out(&mut self, intent: UserAction) -> Result<Option<Update>, CommandError> {
        Ok(match intent {
            UserAction::Typed { field, value } => {
                Some(self.navigator.update(Event::Typed { field, value: &value }))
            }
            UserAction::Pressed(action) => Some(self.navigator.update(Event::Pressed(action))),
            UserAction::Opened(row) => Some(self.navigator.update(Event::Opened(row))),
            UserAction::Leave => return Err(self.left()),
            UserAction::None | UserAction::Redraw | UserAction::FullRepaint | UserAction::ToggleMouse(_) => {
                None
            }
        })
    }

    /// The person gave up: the last no names the exit code.
    fn left(&self) -> CommandError {
        match (&self.no, self.navigator.member()) {
            (Some(no), _) => CommandError::Refused(no.clone()),
            (None, Some(_)) => {
                CommandError::Failed(CommandFailure::new("left", "Nothing was changed.", exit::NO))
            }
            (None, None) => {
                CommandError::Failed(CommandFailure::new("sign-in-needed", "Not signed in.", exit::DENIED))
            }
        }
    }
}
