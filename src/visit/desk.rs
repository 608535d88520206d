//! The loop itself: takes one event at a time, lets the flow decide, and keeps one frame in flight.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep_until, timeout};
use zeroize::Zeroize;

use super::clockwork::{Clockwork, Due, Life};
use super::end::End;
use super::waits::{Sending, answer, deliver, delivered, ended, hear, lapse};
use super::{Farewell, House, Incoming, LAST_WORDS, Opening, Wire};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::accounts::{Ending, Knock, Presence};
use crate::domain::text::inert;
use crate::face::{Face, Intent};
use crate::flow::conversation::{Conversation, Turn};
use crate::flow::forgot_password::ForgotPassword;
use crate::flow::join::Join;
use crate::flow::page::Toast;
use crate::flow::seat::Place;
use crate::flow::sign_in::SignIn;
use crate::flow::{Event, Flow};
use crate::terminal::input::{Framer, Input, Key};
use crate::terminal::painter::Painter;

/// Decoded input that may wait behind a request; more than a person types, less than a flood.
const QUEUE_MAX: usize = 1_024;

/// How long a visit works off what was typed before others on its thread have their turn.
const TURN: Duration = Duration::from_millis(5);

/// What a silent visit is warned with.
const ENDS_SOON: Toast<'static> =
    Toast { id: "ends-soon", text: Cow::Borrowed("This visit ends in a minute. Press a key to stay.") };

/// Everything that one visit holds.
pub(super) struct Desk<W> {
    house: Arc<House>,
    opening: Opening,
    wire: W,
    knock: Knock,
    conversation: Conversation,
    face: Face,
    framer: Framer,
    typed: VecDeque<Input>,
    clockwork: Clockwork,
    /// The request under way. It runs beside the loop and to its end even if the visit does not.
    asking: Option<JoinHandle<Reply>>,
    sending: Option<Sending>,
    /// Bytes that go before the next frame.
    prelude: Vec<u8>,
    /// Whether mouse reports are to be switched on or off with the next frame; only the latest wish counts.
    mouse: Option<bool>,
    dirty: bool,
    /// The person's side will send no more; what was typed is still worked off.
    eof: bool,
    endings: Option<broadcast::Receiver<Ending>>,
    /// Keeps the visit in the list of those that are signed in.
    presence: Option<Presence>,
    /// The highest epoch heard of for this member's account.
    epoch_heard: i64,
    warning: bool,
}

impl<W: Wire> Desk<W> {
    /// A visit that meets its person through `face`.
    pub(super) fn open(house: Arc<House>, opening: Opening, mut face: Face, wire: W) -> Self {
        let caller = &opening.caller;
        let prelude = face.enter().out;
        let knock = Knock { stays: true, ..caller.knock(&house.accounts) };
        let clockwork = Clockwork::new(house.limits, Instant::now());
        let conversation = Conversation::new(first_flow(&house, &caller.user));
        let mut desk = Self {
            knock,
            conversation,
            face,
            framer: Framer::new(),
            typed: VecDeque::new(),
            clockwork,
            asking: None,
            sending: None,
            prelude,
            mouse: None,
            dirty: true,
            eof: false,
            endings: None,
            presence: None,
            epoch_heard: 0,
            warning: false,
            house,
            opening,
            wire,
        };
        desk.show(true);
        desk
    }

    /// Runs the visit to its end; `typed` came in before it began.
    pub(super) async fn work_from(mut self, typed: Vec<u8>) -> Farewell {
        let mut end = self.incoming(Some(Incoming::Bytes(typed))).or_else(|| self.take_typed());
        while end.is_none() {
            self.paint();
            end = self.next_event().await.or_else(|| self.take_typed());
        }
        self.say_goodbye(end.unwrap_or(End::Left)).await
    }

    /// Waits for the one next thing, whatever it is.
    async fn next_event(&mut self) -> Option<End> {
        let (due_at, due) = self.clockwork.next();
        let patience = self.framer.patience();
        let backlog = !self.typed.is_empty() && !self.has_to_wait();
        tokio::select! {
            biased;
            () = self.opening.end.cancelled() => return Some(End::Stopped),
            sent = delivered(&mut self.sending) => {
                self.sending = None;
                if sent.is_err() {
                    return Some(End::Gone);
                }
            }
            reply = answer(&mut self.asking) => return self.replied(reply),
            incoming = self.opening.input.recv(), if !self.eof && !backlog => return self.incoming(incoming),
            () = yield_now(), if backlog => {}
            Ok(()) = self.opening.size.changed() => self.dirty = true,
            heard = hear(&mut self.endings) => return self.heard(&heard),
            () = ended(self.presence.as_ref()) => return Some(End::Ended),
            () = lapse(patience) => self.framer.flush(&mut self.typed),
            () = sleep_until(due_at) => return self.due(due),
        }
        None
    }

    /// Applies what was typed, each key to the state that the one before left, until a request is asked or
    /// the turn is over.
    fn take_typed(&mut self) -> Option<End> {
        let over = Instant::now() + TURN;
        while !self.has_to_wait() {
            if !self.typed.is_empty() && Instant::now() >= over {
                return None;
            }
            let Some(input) = self.typed.pop_front() else { return self.eof.then(|| self.end_of_input()) };
            if let Some(end) = self.apply(input) {
                return Some(end);
            }
        }
        // Only what has to wait counts: a long line is worked off, however many turns it takes.
        (self.typed.len() > QUEUE_MAX).then_some(End::Flood)
    }

    /// True while nothing that was typed may be applied.
    fn has_to_wait(&self) -> bool {
        self.asking.is_some() || self.face.is_behind()
    }

    fn end_of_input(&self) -> End {
        if self.face.is_amid() { End::Amid } else { End::Left }
    }

    fn incoming(&mut self, incoming: Option<Incoming>) -> Option<End> {
        let Some(Incoming::Bytes(mut bytes)) = incoming else {
            self.eof = true;
            return None;
        };
        self.clockwork.input(Instant::now());
        self.presence.iter().for_each(Presence::note_input);
        if std::mem::take(&mut self.warning) {
            self.dirty = true;
        }
        let from = self.typed.len();
        self.framer.feed(&bytes, &mut self.typed);
        bytes.zeroize();
        // Ctrl-C always gets through, also past a request that takes long.
        let interrupted = self.typed.iter().skip(from).any(|input| *input == Input::Key(Key::Ctrl('c')));
        if self.asking.is_some() && interrupted {
            self.typed.clear();
            return self.apply(Input::Key(Key::Ctrl('c')));
        }
        None
    }

    fn apply(&mut self, input: Input) -> Option<End> {
        let intent = self.face.input(input, &self.conversation.page());
        self.carry_out(intent)
    }

    fn carry_out(&mut self, intent: Intent) -> Option<End> {
        match intent {
            Intent::None => {}
            Intent::Redraw => self.dirty = true,
            Intent::FullRepaint => {
                self.face.forget();
                self.dirty = true;
            }
            Intent::Typed { field, value } => return self.update(Event::Typed { field, value: &value }),
            Intent::Pressed(action) => return self.update(Event::Pressed(action)),
            Intent::Opened(row) => return self.update(Event::Opened(row)),
            Intent::ToggleMouse(on) => self.mouse = Some(on),
            Intent::Leave => return Some(End::Left),
        }
        None
    }

    fn update(&mut self, event: Event<'_>) -> Option<End> {
        let turn = self.conversation.update(event);
        self.follow(turn)
    }

    fn follow(&mut self, Turn { fresh, ask }: Turn) -> Option<End> {
        if let Some(request) = ask {
            self.ask(request);
        }
        if fresh {
            self.live_on();
        }
        self.show(fresh)
    }

    /// Shows the page to the face, which may already know what follows.
    fn show(&mut self, fresh: bool) -> Option<End> {
        self.dirty = true;
        let intent = self.face.show(&self.conversation.page(), fresh);
        self.carry_out(intent)
    }

    /// Takes the new flow's life over: a member listens for the end of other visits, a guest does not.
    fn live_on(&mut self) {
        let life = match (self.conversation.flow(), self.conversation.member()) {
            (_, Some(_)) => Life::Member,
            (Flow::EnterCode(_) | Flow::Join(_) | Flow::SecondFactor(_) | Flow::GuestCase(_), None) => {
                Life::Waiting
            }
            _ => Life::Guest,
        };
        self.clockwork.live_as(life, Instant::now());
        if life == Life::Member {
            let accounts = &self.house.accounts;
            self.endings.get_or_insert_with(|| accounts.subscribe());
            self.presence.get_or_insert_with(|| accounts.attend(&self.knock));
        } else {
            self.endings = None;
            if self.presence.take().is_some() {
                self.knock = self.house.accounts.knock_again(&self.knock);
            }
            self.epoch_heard = 0;
        }
    }

    fn ask(&mut self, request: Request) {
        let (accounts, knock) = (self.house.accounts.clone(), self.knock.clone());
        self.asking = Some(tokio::spawn(async move { accounts.handle(&knock, request).await }));
    }

    fn replied(&mut self, reply: Reply) -> Option<End> {
        self.asking = None;
        if matches!(reply, Reply::Refused(Refusal::WrongTooOften)) {
            return Some(End::WrongTooOften);
        }
        self.update(Event::Replied(reply)).or_else(|| self.end_if_outdated())
    }

    fn heard(&mut self, ending: &Ending) -> Option<End> {
        if self.conversation.member().is_some_and(|member| member.account() == ending.account) {
            self.epoch_heard = self.epoch_heard.max(ending.epoch);
        }
        self.end_if_outdated()
    }

    /// Signs out a visit whose account changed elsewhere. While a request is under way the change may
    /// be its own, so its answer is awaited first.
    fn end_if_outdated(&mut self) -> Option<End> {
        let member = self.conversation.member()?;
        if self.asking.is_some() || member.epoch() >= self.epoch_heard {
            return None;
        }
        let flow =
            SignIn::after_refusal(self.house.portal.clone(), member.name(), &Refusal::SignedOutElsewhere);
        self.typed.clear();
        let turn = self.conversation.go(Flow::SignIn(flow));
        self.follow(turn)
    }

    fn due(&mut self, due: Due) -> Option<End> {
        self.clockwork.done(due);
        match due {
            Due::Forget => self.face.forget(),
            Due::Warn => {
                self.warning = true;
                self.dirty = true;
                self.face.interrupt(&ENDS_SOON, &self.conversation.page());
            }
            Due::Idle => return Some(End::Idle),
            Due::Over => return Some(End::Over),
        }
        None
    }

    /// Paints the latest state unless a frame is still in flight.
    fn paint(&mut self) {
        let has_news = self.dirty || self.mouse.is_some() || !self.prelude.is_empty();
        if self.sending.is_some() || !has_news {
            return;
        }
        self.prelude.extend(self.mouse.take().into_iter().flat_map(Painter::mouse));
        let size = *self.opening.size.borrow_and_update();
        let mut page = self.conversation.page();
        if self.warning {
            page.toast = Some(ENDS_SOON);
        }
        let mut output = self.face.render(size, &page, &self.house.portal);
        self.dirty = false;
        if !self.prelude.is_empty() {
            output.out.splice(0..0, self.prelude.drain(..));
        }
        if !output.is_empty() {
            let wire = self.wire.clone();
            self.sending = Some(Box::pin(async move { deliver(&wire, output).await }));
        }
    }

    /// Restores the terminal, leaves a last line, and names the exit status.
    async fn say_goodbye(mut self, end: End) -> Farewell {
        let output = self.face.leave(&end.last_line());
        let last_words = async {
            if let Some(sending) = self.sending.take() {
                sending.await?;
            }
            deliver(&self.wire, output).await
        };
        if end != End::Gone {
            // A connection that takes no last words in time is closed without them.
            let _ = timeout(LAST_WORDS, last_words).await;
        }
        Farewell { exit_code: end.exit_code() }
    }
}

/// The flow that a username opens. A name that is no page is a person's: prefilled, never looked up.
fn first_flow(house: &House, user: &str) -> Flow {
    let (portal, names) = (house.portal.clone(), &house.names);
    if user == names.forgot || user == names.reset {
        Flow::ForgotPassword(ForgotPassword::new(portal, ""))
    } else if user == names.account || user == names.guest {
        Flow::SignIn(SignIn::new(portal, ""))
    } else if user == names.keys {
        Flow::SignIn(SignIn::new(portal, "").landing_at(Place::Keys))
    } else if user == names.support {
        Flow::SignIn(SignIn::new(portal, "").landing_at(Place::Support))
    } else if user == names.join {
        Flow::Join(Join::new(portal))
    } else {
        Flow::SignIn(SignIn::new(portal, &inert(user, 64)))
    }
}
