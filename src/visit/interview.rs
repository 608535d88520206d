//! The reset of a password inside authentication prompts (RFC 4256), before a visit begins: the same flows
//! and the same requests as in a visit, asked one question at a time.
//!
//! Nobody is signed in by it: its end is a guest's visit that tells what came of it ([`LastWords`]).

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::House;
use super::end::End;
use super::waits::answer;
use crate::accounts::Knock;
use crate::accounts::request::{Reply, Request};
use crate::domain::source::Source;
use crate::face::Intent;
pub use crate::face::questions::Question;
use crate::face::questions::Questions;
use crate::flow::conversation::{Conversation, Turn};
use crate::flow::forgot_password::ForgotPassword;
use crate::flow::page::{Notice, Tone};
use crate::flow::{Event, Flow};

/// How long one step waits for the service. It is well within the time that a connection that is cut is
/// given to end (a step cannot be interrupted).
const STEP: Duration = Duration::from_secs(2);

/// The most answers: the story told straight takes four.
const MAX_ANSWERS: u32 = 24;

/// Who is asked for a visit's client when there is no client to name yet.
const CLIENT: &str = "keyboard-interactive";

/// One person's questions and answers.
#[derive(Debug)]
pub struct Interview {
    house: Arc<House>,
    knock: Knock,
    conversation: Conversation,
    face: Questions,
    /// The request under way. It runs to its end even if nobody waits for it.
    asking: Option<JoinHandle<Reply>>,
    answers: u32,
}

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask this.
    Ask(Question),
    /// The service has not answered yet: look again.
    Wait,
    /// It is over, and this is what came of it.
    Over(LastWords),
    /// It is over: that were too many answers.
    Exhausted,
}

/// What a visit tells that only tells how something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWords {
    pub(super) notice: Notice<'static>,
    pub(super) exit_code: u32,
}

impl Interview {
    /// Begins at *Reset your password*.
    #[must_use]
    pub fn new(house: Arc<House>, source: Source) -> Self {
        let knock = house.accounts.knock(source, CLIENT);
        let flow = Flow::ForgotPassword(ForgotPassword::new(house.portal.clone(), ""));
        let mut face = Questions::default();
        // A form that was just come to and has a field asks for it; nothing else can follow.
        face.show(&flow.page(), true);
        Self { house, knock, conversation: Conversation::new(flow), face, asking: None, answers: 0 }
    }

    /// Goes on: with the answer to the question asked last, or with `None` when nothing was asked.
    pub async fn go_on(&mut self, given: Option<&str>) -> Next {
        let mut over = None;
        if let Some(given) = given
            && self.asking.is_none()
        {
            self.answers += 1;
            if self.answers > MAX_ANSWERS {
                return Next::Exhausted;
            }
            let intent = self.face.answer(given, &self.conversation.page());
            over = self.carry_out(intent);
        }
        while over.is_none() && self.asking.is_some() {
            let Ok(reply) = timeout(STEP, answer(&mut self.asking)).await else { return Next::Wait };
            self.asking = None;
            over = self.update(Event::Replied(reply));
        }
        match over {
            Some(last_words) => Next::Over(last_words),
            None => Next::Ask(self.face.question(&self.conversation.page())),
        }
    }

    fn carry_out(&mut self, intent: Intent) -> Option<LastWords> {
        match intent {
            Intent::Typed { field, value } => self.update(Event::Typed { field, value: &value }),
            Intent::Pressed(action) => self.update(Event::Pressed(action)),
            Intent::Opened(row) => self.update(Event::Opened(row)),
            Intent::Leave => Some(LastWords::goodbye()),
            _ => None,
        }
    }

    fn update(&mut self, event: Event<'_>) -> Option<LastWords> {
        let Turn { fresh, ask } = self.conversation.update(event);
        let flow = self.conversation.flow();
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
            let told = flow.page().toast.map(|toast| LastWords {
                notice: Notice { tone: Tone::Good, id: toast.id, text: toast.text.into_owned().into() },
                exit_code: 0,
            });
            return Some(told.unwrap_or_else(LastWords::goodbye));
        }
        if let Some(request) = ask {
            self.ask(request);
        }
        self.show(fresh)
    }

    fn show(&mut self, fresh: bool) -> Option<LastWords> {
        let intent = self.face.show(&self.conversation.page(), fresh);
        self.carry_out(intent)
    }

    fn ask(&mut self, request: Request) {
        let (accounts, knock) = (self.house.accounts.clone(), self.knock.clone());
        self.asking = Some(tokio::spawn(async move { accounts.handle(&knock, request).await }));
    }
}

impl LastWords {
    fn goodbye() -> Self {
        Self { notice: End::Left.last_line(), exit_code: End::Left.exit_code() }
    }
}
