//! The loop itself: takes one event at a time, lets the flow decide, and keeps one frame in flight.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep_until, timeout};
use zeroize::Zeroize;

use super::end::EndReason;
use super::timeouts::{Phase, Timeout, Timeouts};
use super::waits::{Sending, answer, deliver, delivered, ended, hear, lapse};
use super::{AppState, ClientSink, ExitStatus, Incoming, LAST_WORDS, SessionStart};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::accounts::{RequestContext, Revocation, SessionGuard};
use crate::domain::text::inert;
use crate::flow::context::Section;
use crate::flow::forgot_password::ForgotPassword;
use crate::flow::join::Join;
use crate::flow::navigator::{Navigator, Update};
use crate::flow::page::Toast;
use crate::flow::sign_in::SignIn;
use crate::flow::{Event, Flow};
use crate::terminal::input::{Framer, Input, Key};
use crate::terminal::painter::Painter;
use crate::ui::{Ui, UserAction};

/// Decoded input that may wait behind a request; more than a person types, less than a flood.
const QUEUE_MAX: usize = 1_024;

/// How long a session works off what was typed before others on its thread have their turn.
const TURN: Duration = Duration::from_millis(5);

/// What a silent session is warned with.
const ENDS_SOON: Toast<'static> =
    Toast { id: "ends-soon", text: Cow::Borrowed("This session ends in a minute. Press a key to stay.") };

/// Everything that one session holds.
pub(super) struct App<W> {
    state: Arc<AppState>,
    start: SessionStart,
    sink: W,
    cx: RequestContext,
    navigator: Navigator,
    face: Ui,
    framer: Framer,
    typed: VecDeque<Input>,
    timeouts: Timeouts,
    /// The request under way. It runs beside the loop and to its end even if the session does not.
    asking: Option<JoinHandle<Reply>>,
    sending: Option<Sending>,
    /// Bytes that go before the next frame.
    prelude: Vec<u8>,
    /// Whether mouse reports are to be switched on or off with the next frame; only the latest mode counts.
    mouse: Option<bool>,
    dirty: bool,
    /// The person's side will send no more; what was typed is still worked off.
    eof: bool,
    revocations: Option<broadcast::Receiver<Revocation>>,
    /// Keeps the session in the list of those that are signed in.
    session_guard: Option<SessionGuard>,
    /// The highest epoch heard of for this member's account.
    epoch_heard: i64,
    warning: bool,
}

impl<W: ClientSink> App<W> {
    /// A session that meets its person through `face`.
    pub(super) fn open(app: Arc<AppState>, start: SessionStart, mut face: Ui, sink: W) -> Self {
        let client = &start.client;
        let prelude = face.enter().out;
        let cx = RequestContext { stays: true, ..client.request_context(&app.accounts) };
        let timeouts = Timeouts::new(app.limits, Instant::now());
        let navigator = Navigator::new(first_flow(&app, &client.user));
        let mut desk = Self {
            cx,
            navigator,
            face,
            framer: Framer::new(),
            typed: VecDeque::new(),
            timeouts,
            asking: None,
            sending: None,
            prelude,
            mouse: None,
            dirty: true,
            eof: false,
            revocations: None,
            session_guard: None,
            epoch_heard: 0,
            warning: false,
            state: app,
            start,
            sink,
        };
        desk.show(true);
        desk
    }

    /// Runs the session to its end; `typed` came in before it began.
    pub(super) async fn work_from(mut self, typed: Vec<u8>) -> ExitStatus {
        let mut end = self.incoming(Some(Incoming::Bytes(typed))).or_else(|| self.take_typed());
        while end.is_none() {
            self.paint();
            end = self.next_event().await.or_else(|| self.take_typed());
        }
        self.say_goodbye(end.unwrap_or(EndReason::Left)).await
    }

    /// Waits for the one next thing, whatever it is.
    async fn next_event(&mut self) -> Option<EndReason> {
        let (due_at, due) = self.timeouts.next();
        let patience = self.framer.flush_timeout();
        let backlog = !self.typed.is_empty() && !self.has_to_wait();
        tokio::select! {
            biased;
            () = self.start.end.cancelled() => return Some(EndReason::Stopped),
            sent = delivered(&mut self.sending) => {
                self.sending = None;
                if sent.is_err() {
                    return Some(EndReason::Disconnected);
                }
            }
            reply = answer(&mut self.asking) => return self.replied(reply),
            incoming = self.start.input.recv(), if !self.eof && !backlog => return self.incoming(incoming),
            () = yield_now(), if backlog => {}
            Ok(()) = self.start.size.changed() => self.dirty = true,
            heard = hear(&mut self.revocations) => return self.heard(&heard),
            () = ended(self.session_guard.as_ref()) => return Some(EndReason::Ended),
            () = lapse(patience) => self.framer.flush(&mut self.typed),
            () = sleep_until(due_at) => return self.due(due),
        }
        None
    }

    /// Applies what was typed, each key to the state that the one before left, until a request is asked or
    /// the turn is over.
    fn take_typed(&mut self) -> Option<EndReason> {
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
        (self.typed.len() > QUEUE_MAX).then_some(EndReason::Flood)
    }

    /// True while nothing that was typed may be applied.
    fn has_to_wait(&self) -> bool {
        self.asking.is_some() || self.face.is_behind()
    }

    fn end_of_input(&self) -> EndReason {
        if self.face.is_unfinished() { EndReason::Amid } else { EndReason::Left }
    }

    fn incoming(&mut self, incoming: Option<Incoming>) -> Option<EndReason> {
        let Some(Incoming::Bytes(mut bytes)) = incoming else {
            self.eof = true;
            return None;
        };
        self.timeouts.input(Instant::now());
        self.session_guard.iter().for_each(SessionGuard::note_input);
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

    fn apply(&mut self, input: Input) -> Option<EndReason> {
        let intent = self.face.input(input, &self.navigator.page());
        self.carry_out(intent)
    }

    fn carry_out(&mut self, intent: UserAction) -> Option<EndReason> {
        match intent {
            UserAction::None => {}
            UserAction::Redraw => self.dirty = true,
            UserAction::FullRepaint => {
                self.face.forget();
                self.dirty = true;
            }
            UserAction::Typed { field, value } => return self.update(Event::Typed { field, value: &value }),
            UserAction::Pressed(action) => return self.update(Event::Pressed(action)),
            UserAction::Opened(row) => return self.update(Event::Opened(row)),
            UserAction::ToggleMouse(on) => self.mouse = Some(on),
            UserAction::Leave => return Some(EndReason::Left),
        }
        None
    }

    fn update(&mut self, event: Event<'_>) -> Option<EndReason> {
        let turn = self.navigator.update(event);
        self.follow(turn)
    }

    fn follow(&mut self, Update { fresh, ask }: Update) -> Option<EndReason> {
        if let Some(request) = ask {
            self.ask(request);
        }
        if fresh {
            self.live_on();
        }
        self.show(fresh)
    }

    /// Shows the page to the face, which may already know what follows.
    fn show(&mut self, fresh: bool) -> Option<EndReason> {
        self.dirty = true;
        let intent = self.face.show(&self.navigator.page(), fresh);
        self.carry_out(intent)
    }

    /// Takes the new flow's life over: a member listens for the end of other sessions, a guest does not.
    fn live_on(&mut self) {
        let life = match (self.navigator.flow(), self.navigator.member()) {
            (_, Some(_)) => Phase::Member,
            (Flow::EnterCode(_) | Flow::Join(_) | Flow::SecondFactor(_) | Flow::GuestCase(_), None) => {
                Phase::Waiting
            }
            _ => Phase::Guest,
        };
        self.timeouts.live_as(life, Instant::now());
        if life == Phase::Member {
            let accounts = &self.state.accounts;
            self.revocations.get_or_insert_with(|| accounts.subscribe());
            self.session_guard.get_or_insert_with(|| accounts.attend(&self.cx));
        } else {
            self.revocations = None;
            if self.session_guard.take().is_some() {
                self.cx = self.state.accounts.renewed_context(&self.cx);
            }
            self.epoch_heard = 0;
        }
    }

    fn ask(&mut self, request: Request) {
        let (accounts, cx) = (self.state.accounts.clone(), self.cx.clone());
        self.asking = Some(tokio::spawn(async move { accounts.handle(&cx, request).await }));
    }

    fn replied(&mut self, reply: Reply) -> Option<EndReason> {
        self.asking = None;
        if matches!(reply, Reply::Refused(Refusal::WrongTooOften)) {
            return Some(EndReason::WrongTooOften);
        }
        self.update(Event::Replied(reply)).or_else(|| self.end_if_outdated())
    }

    fn heard(&mut self, ending: &Revocation) -> Option<EndReason> {
        if self.navigator.member().is_some_and(|member| member.account() == ending.account) {
            self.epoch_heard = self.epoch_heard.max(ending.epoch);
        }
        self.end_if_outdated()
    }

    /// Signs out a session whose account changed elsewhere. While a request is under way the change may
    /// be its own, so its answer is awaited first.
    fn end_if_outdated(&mut self) -> Option<EndReason> {
        let member = self.navigator.member()?;
        if self.asking.is_some() || member.epoch() >= self.epoch_heard {
            return None;
        }
        let flow =
            SignIn::after_refusal(self.state.portal.clone(), member.name(), &Refusal::SignedOutElsewhere);
        self.typed.clear();
        let turn = self.navigator.go(Flow::SignIn(flow));
        self.follow(turn)
    }

    fn due(&mut self, due: Timeout) -> Option<EndReason> {
        self.timeouts.done(due);
        match due {
            Timeout::Forget => self.face.forget(),
            Timeout::Warn => {
                self.warning = true;
                self.dirty = true;
                self.face.interrupt(&ENDS_SOON, &self.navigator.page());
            }
            Timeout::Idle => return Some(EndReason::Idle),
            Timeout::LifetimeOver => return Some(EndReason::LifetimeOver),
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
        let size = *self.start.size.borrow_and_update();
        let mut page = self.navigator.page();
        if self.warning {
            page.toast = Some(ENDS_SOON);
        }
        let mut output = self.face.render(size, &page, &self.state.portal);
        self.dirty = false;
        if !self.prelude.is_empty() {
            output.out.splice(0..0, self.prelude.drain(..));
        }
        if !output.is_empty() {
            let sink = self.sink.clone();
            self.sending = Some(Box::pin(async move { deliver(&sink, output).await }));
        }
    }

    /// Restores the terminal, leaves a last line, and names the exit status.
    async fn say_goodbye(mut self, end: EndReason) -> ExitStatus {
        let output = self.face.leave(&end.last_line());
        let last_words = async {
            if let Some(sending) = self.sending.take() {
                sending.await?;
            }
            deliver(&self.sink, output).await
        };
        if end != EndReason::Disconnected {
            // A connection that takes no last words in time is closed without them.
            let _ = timeout(LAST_WORDS, last_words).await;
        }
        ExitStatus { exit_code: end.exit_code() }
    }
}

/// The flow that a username opens. A name that is no page is a person's: prefilled, never looked up.
fn first_flow(app: &AppState, user: &str) -> Flow {
    let (portal, names) = (app.portal.clone(), &app.names);
    if user == names.forgot || user == names.reset {
        Flow::ForgotPassword(ForgotPassword::new(portal, ""))
    } else if user == names.account || user == names.guest {
        Flow::SignIn(SignIn::new(portal, ""))
    } else if user == names.keys {
        Flow::SignIn(SignIn::new(portal, "").landing_at(Section::Keys))
    } else if user == names.support {
        Flow::SignIn(SignIn::new(portal, "").landing_at(Section::Support))
    } else if user == names.join {
        Flow::Join(Join::new(portal))
    } else {
        Flow::SignIn(SignIn::new(portal, &inert(user, 64)))
    }
}
