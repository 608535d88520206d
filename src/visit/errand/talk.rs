//! A conversation on a terminal that a command needs: a flow through the lines face, up to a goal.

use std::collections::VecDeque;

use tokio::time::timeout;

use super::{Errand, Stop};
use crate::accounts::request::{Refusal, Reply};
use crate::face::exec::{Failure, exit};
use crate::face::lines::Lines;
use crate::face::{Intent, Output};
use crate::flow::conversation::{Conversation, Turn};
use crate::flow::{Event, Flow};
use crate::terminal::input::{Framer, Input, Key};
use crate::visit::Wire;

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Not there yet.
    Ahead,
    /// There.
    Reached,
    /// The person went another way.
    Left,
}

/// What a conversation holds besides the errand.
struct Talk {
    conversation: Conversation,
    lines: Lines,
    framer: Framer,
    typed: VecDeque<Input>,
    /// The last no, which names the exit code when the person gives up.
    no: Option<Refusal>,
    is_reached: fn(&Flow) -> Goal,
}

impl<W: Wire> Errand<W> {
    /// Leads the person through `flow` until `is_reached` says so; gives the flow that it was reached in.
    /// What was typed ahead of that stays on standard input.
    pub(super) async fn talk(&mut self, flow: Flow, is_reached: fn(&Flow) -> Goal) -> Result<Flow, Stop> {
        let (lines, framer, typed) = (Lines::new(true), Framer::new(), VecDeque::new());
        let conversation = Conversation::new(flow);
        let mut talk = Talk { conversation, lines, framer, typed, no: None, is_reached };
        let end = self.converse(&mut talk).await;
        // The end of the last line, also when the person has left.
        self.show(&mut talk).await?;
        end.map(|()| talk.conversation.into_flow())
    }

    async fn converse(&mut self, talk: &mut Talk) -> Result<(), Stop> {
        let mut intent = talk.lines.show(&talk.conversation.page(), true);
        loop {
            while let Some(turn) = talk.carry_out(intent)? {
                intent = self.follow(talk, turn).await?;
                match (talk.is_reached)(talk.conversation.flow()) {
                    Goal::Ahead => {}
                    Goal::Reached => return Ok(()),
                    Goal::Left => return Err(talk.left()),
                }
            }
            self.show(talk).await?;
            let limits = self.house.limits;
            let waits_for_a_letter = matches!(talk.conversation.flow(), Flow::EnterCode(_) | Flow::Join(_));
            self.stdin.wait_for(if waits_for_a_letter { limits.idle_waiting } else { limits.idle_guest });
            let input = self.next_input(talk).await?;
            intent = talk.lines.input(input, &talk.conversation.page());
        }
    }

    /// Does what the flow wants, answers of the service included, and gives what the face makes of it.
    async fn follow(&mut self, talk: &mut Talk, mut turn: Turn) -> Result<Intent, Stop> {
        loop {
            let Turn { fresh, ask } = turn;
            let is_over =
                (fresh || ask.is_none()) && (talk.is_reached)(talk.conversation.flow()) != Goal::Ahead;
            if is_over {
                return Ok(Intent::None);
            }
            let intent = talk.lines.show(&talk.conversation.page(), fresh);
            let Some(request) = ask else { return Ok(intent) };
            self.show(talk).await?;
            let reply = self.reply(request).await?;
            talk.no = match &reply {
                Reply::Refused(refusal @ Refusal::WrongTooOften) => {
                    return Err(Stop::Refused(refusal.clone()));
                }
                Reply::Refused(refusal) | Reply::PasswordNotSet(_, refusal) => Some(refusal.clone()),
                _ => None,
            };
            turn = talk.conversation.update(Event::Replied(reply));
        }
    }

    /// The next thing typed; one byte at a time, so that what is meant for later is not taken.
    async fn next_input(&mut self, talk: &mut Talk) -> Result<Input, Stop> {
        loop {
            if let Some(input) = talk.typed.pop_front() {
                return Ok(input);
            }
            let byte = match talk.framer.patience() {
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

    async fn show(&self, talk: &mut Talk) -> Result<(), Stop> {
        let Output { out, err } = talk.lines.take_output();
        let bytes = [err, out].concat();
        if bytes.is_empty() {
            return Ok(());
        }
        self.wire.send(bytes).await.map_err(|_| Stop::Gone)
    }
}

impl Talk {
    fn carry_out(&mut self, intent: Intent) -> Result<Option<Turn>, Stop> {
        Ok(match intent {
            Intent::Typed { field, value } => {
                Some(self.conversation.update(Event::Typed { field, value: &value }))
            }
            Intent::Pressed(action) => Some(self.conversation.update(Event::Pressed(action))),
            Intent::Opened(row) => Some(self.conversation.update(Event::Opened(row))),
            Intent::Leave => return Err(self.left()),
            Intent::None | Intent::Redraw | Intent::FullRepaint | Intent::ToggleMouse(_) => None,
        })
    }

    /// The person gave up: the last no names the exit code.
    fn left(&self) -> Stop {
        match (&self.no, self.conversation.member()) {
            (Some(no), _) => Stop::Refused(no.clone()),
            (None, Some(_)) => Stop::Failed(Failure::new("left", "Nothing was changed.", exit::NO)),
            (None, None) => Stop::Failed(Failure::new("sign-in-needed", "Not signed in.", exit::DENIED)),
        }
    }
}
