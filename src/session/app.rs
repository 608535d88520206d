//! The event loop: takes one event at a time, lets the flow decide, and keeps one frame in flight.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tracing::Span;
use zeroize::Zeroize;

use super::driver::{Driver, or_never};
use super::end::EndReason;
use super::inbox::Incoming;
use super::pace::Pace;
use super::timeouts::{Phase, Timeout, Timeouts};
use super::{AppState, ClientSink, Disconnected, ExitStatus, LAST_LINE, LAST_REQUEST, SessionStart, deliver};
use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::request::{Refusal, Reply};
use crate::accounts::{RequestContext, Revocation, SessionGuard};
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::flow::Flow;
use crate::flow::join::Join;
use crate::flow::navigator::Update;
use crate::flow::page::{Page, Toast};
use crate::flow::reset_password::ForgotPassword;
use crate::flow::section::Section;
use crate::flow::setup::PortalSetup;
use crate::flow::sign_in::SignIn;
use crate::flow::undo::EnterUndoCode;
use crate::label;
use crate::log::record;
use crate::messages::{Label, Language};
use crate::terminal::capabilities::{ASK_BACKGROUND, takes_control_strings};
use crate::terminal::clipboard;
use crate::terminal::input::{Framer, Input, Key, Keyboard};
use crate::terminal::painter::Painter;
use crate::terminal::size::Size;
use crate::ui::{Ui, UserAction};

/// Decoded input that may wait behind a request; more than a person types, less than a flood.
const QUEUE_MAX: usize = 1_024;

/// The most characters of an answer that stays on the terminal after a screen.
const LONGEST_ANSWER: usize = 1_000;

/// The longest address there is (RFC 5321 section 4.5.3.1.3): of a name that is cut off, a password would be wrong.
const LONGEST_NAME: usize = 254;

/// How long a session works off what was typed before it yields to others on its thread.
const TURN: Duration = Duration::from_millis(5);

/// How many pieces of what came are taken before others have a turn: what comes faster than it is worked off would keep
/// everything else waiting, a revocation and the end of the session's time as well.
const PIECES: usize = 4;

/// Locks the session at any time.
const LOCK: Input = Input::Key(Key::F(12));
/// The same twice in a row, for terminals without F12.
const REPAINT: Input = Input::Key(Key::Ctrl('l'));
/// Ctrl-L twice within this time locks the session.
const TWICE_WITHIN: Duration = Duration::from_secs(2);

/// What the session itself has to say on a page.
#[derive(Clone, Copy, Debug)]
struct SessionToast {
    id: &'static str,
    text: Label,
}

impl SessionToast {
    const ENDS_SOON: Self = Self { id: "ends-soon", text: label!("ends-soon") };
    const COPIED: Self = Self { id: "copied", text: label!("copied-to-clipboard") };
    const MOUSE_ON: Self = Self { id: "mouse-on", text: label!("mouse-on") };
    const MOUSE_OFF: Self = Self { id: "mouse-off", text: label!("mouse-off") };

    fn to(self, page: &Page<'_>) -> Toast<'static> {
        Toast { id: self.id, text: self.text.to(page).into() }
    }
}

/// How long the terminal may take to say which background it has. The first frame does not wait for it.
const BACKGROUND_WITHIN: Duration = Duration::from_secs(10);

/// The frame in flight.
type Sending = Pin<Box<dyn Future<Output = Result<(), Disconnected>> + Send>>;

/// One session's state.
pub(super) struct App<W> {
    state: Arc<AppState>,
    /// In the language of this session.
    portal: Arc<PortalInfo>,
    start: Box<SessionStart>,
    sink: W,
    driver: Driver,
    ui: Ui,
    framer: Framer,
    typed: VecDeque<Input>,
    /// How many more pieces this turn may take.
    pieces_left: usize,
    timeouts: Timeouts,
    /// Rings for the next [`TimerEvent`]. It and the two below live as long as the session: made anew for each event, they
    /// would be linked into and out of lists that thousands of sessions share.
    timer: Pin<Box<Sleep>>,
    disconnected: Pin<Box<WaitForCancellationFutureOwned>>,
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
    pace: Pace,
    /// What is painted for; the terminal may have been resized again since.
    size: Size,
    sending: Option<Sending>,
    /// Bytes that go before the next frame.
    prelude: Vec<u8>,
    /// Whether mouse reports are to be switched on or off with the next frame; only the latest counts.
    mouse: Option<bool>,
    dirty: bool,
    /// The client will send no more; what was typed is still worked off.
    eof: bool,
    revocations: Option<broadcast::Receiver<Revocation>>,
    /// Keeps the session in the list of those that are signed in.
    session_guard: Option<SessionGuard>,
    /// The highest epoch known of this member's account.
    latest_epoch: i64,
    /// The toast that warns of the end is shown.
    warned: bool,
    /// When a wait on the page is over: then it is painted once more.
    wait_ends: Option<Instant>,
    /// What the last input did to the terminal; shown until the next one.
    done: Option<SessionToast>,
    /// Whether the terminal is asked for its background, and until when its answer counts.
    background: BackgroundQuery,
    /// When the person last had the screen repainted, if that was their last key.
    repainted_at: Option<Instant>,
    /// The server stops: until then what is under way, and what was typed before, may take.
    stops_by: Option<Instant>,
    /// What the page said of a reply that came after the server had begun to stop.
    last_answer: Option<String>,
}

impl<W: ClientSink> App<W> {
    /// A session whose pages are shown by `ui`.
    pub(super) fn open(
        state: Arc<AppState>,
        portal: Arc<PortalInfo>,
        mut start: Box<SessionStart>,
        (cx, key): (RequestContext, Option<RecognisedKey>),
        mut ui: Ui,
        sink: W,
    ) -> Self {
        // What it has been until now is not painted anew.
        let _ = start.size.changed().now_or_never();
        let (now, size) = (Instant::now(), start.size.get());
        let cx = RequestContext { is_interactive: true, ..cx };
        let flow = match (
            first_flow(&state, &portal, &start.client.user),
            std::mem::take(&mut start.client.attempt),
        ) {
            (Flow::SignIn(form), attempt) => Flow::SignIn(form.after_attempt(attempt)),
            (flow, _) => flow,
        };
        let mut app = Self {
            prelude: ui.enter().out,
            driver: Driver::new(state.accounts.clone(), cx, flow).with_key(key),
            timeouts: Timeouts::new(state.limits, now),
            timer: Box::pin(sleep_until(now)),
            disconnected: Box::pin(start.end.clone().cancelled_owned()),
            stopping: Box::pin(start.stop.clone().cancelled_owned()),
            pace: Pace::new(now),
            size,
            ui,
            framer: Framer::of(Keyboard::of(&start.client.term)),
            typed: VecDeque::new(),
            pieces_left: PIECES,
            sending: None,
            mouse: None,
            dirty: true,
            eof: false,
            revocations: None,
            session_guard: None,
            latest_epoch: 0,
            warned: false,
            wait_ends: None,
            done: None,
            background: BackgroundQuery::Done,
            repainted_at: None,
            stops_by: None,
            last_answer: None,
            state,
            portal,
            start,
            sink,
        };
        let asked = app.driver.navigator.begin();
        app.driver.start(asked);
        let action = app.show(true);
        app.carry_out(action);
        app
    }

    /// The same session, which asks its terminal for the background behind the first frame, or not.
    pub(super) fn asking_background(mut self, asks: bool) -> Self {
        if asks {
            self.background = BackgroundQuery::Due;
        }
        self
    }

    /// Whether it takes over the screen, which has to be given back.
    pub(super) fn is_on_screen(&self) -> bool {
        self.ui.is_screen()
    }

    /// The language of the page that it shows.
    pub(super) fn language(&self) -> Language {
        self.driver.page().language
    }

    /// Runs the session to its end; `typed` came in before it began. Boxed, because a future that owns the state
    /// itself has room for it once at each step that it is moved through.
    pub(super) async fn run(mut self: Box<Self>, typed: Vec<u8>) -> ExitStatus {
        let mut end = self.incoming(Some(Incoming::Bytes(typed))).or_else(|| self.take_typed());
        while end.is_none() {
            self.paint();
            end = self.next_event().await.or_else(|| self.take_typed()).or_else(|| self.end_if_stopped());
        }
        Box::pin(self.leave(end.unwrap_or(EndReason::Left))).await
    }

    /// Waits for the next event and applies it.
    async fn next_event(&mut self) -> Option<EndReason> {
        self.start.place.set_under_way(self.driver.is_waiting());
        let backlog = self.pieces_left == 0 || (!self.typed.is_empty() && !self.has_to_wait());
        let now = Instant::now();
        let takes_size = self.pace.size_waits(now).is_none();
        let (due_at, timer_event) = self.next_timer_event(now);
        if self.timer.deadline() != due_at {
            self.timer.as_mut().reset(due_at);
        }
        tokio::select! {
            biased;
            () = self.disconnected.as_mut() => return Some(EndReason::Disconnected),
            () = self.start.place.asked_back() => return Some(EndReason::GaveWay),
            () = self.stopping.as_mut(), if self.stops_by.is_none() => self.stop(),
            sent = or_never(self.sending.as_mut()) => {
                self.sending = None;
                if sent.is_err() {
                    return Some(EndReason::Disconnected);
                }
            }
            reply = self.driver.reply() => return self.replied(reply),
            incoming = self.start.input.recv(), if !self.eof && !backlog && self.stops_by.is_none() => {
                self.pieces_left = self.pieces_left.saturating_sub(1);
                return self.incoming(incoming);
            }
            () = yield_now(), if backlog => self.pieces_left = PIECES,
            () = self.start.size.changed(), if takes_size => self.resize(),
            // Boxed: guests need no room for either.
            revoked = or_never(self.revocations.as_mut().map(next_revocation).map(Box::pin)) => {
                return self.revoked(&revoked);
            }
            end = or_never(self.session_guard.as_ref().map(SessionGuard::ended).map(Box::pin)) => {
                return Some(end.into());
            }
            () = self.timer.as_mut() => match timer_event {
                TimerEvent::CutShort => return Some(EndReason::CutShort),
                TimerEvent::Flush => self.framer.flush(&mut self.typed),
                TimerEvent::Pace => {}
                TimerEvent::WaitEnds => {
                    // The portal's clock may be a little behind the timer.
                    self.wait_ends = self.driver.page_and_wait().1;
                    self.dirty = true;
                }
                TimerEvent::Timeout(due) => return self.due(due),
            },
        }
        None
    }

    /// When the one timer of the session rings next, and for what.
    fn next_timer_event(&self, now: Instant) -> (Instant, TimerEvent) {
        let (due_at, due) = self.timeouts.next();
        let sooner = [
            self.stops_by.map(|at| (at, TimerEvent::CutShort)),
            // Its wait may have ended since [`App::paint`] held it back: it is due then, not forgotten.
            self.has_frame().then(|| (self.pace.next_frame(now), TimerEvent::Pace)),
            self.pace.size_waits(now).map(|at| (at, TimerEvent::Pace)),
            self.wait_ends.map(|at| (at, TimerEvent::WaitEnds)),
            self.framer.flush_timeout().map(|patience| (now + patience, TimerEvent::Flush)),
        ];
        let mut next = (due_at, TimerEvent::Timeout(due));
        // Of two for the same moment the one further up goes first.
        for timer_event in sooner.into_iter().rev().flatten() {
            if timer_event.0 <= next.0 {
                next = timer_event;
            }
        }
        next
    }

    /// The server stops. The request under way is answered, and what has come in already is worked off: it may be
    /// the rest of a story that was piped in.
    fn stop(&mut self) {
        self.stops_by = Some(Instant::now() + LAST_REQUEST);
        for _ in 0..PIECES {
            let Ok(Incoming::Bytes(mut bytes)) = self.start.input.try_recv() else { break };
            self.framer.feed(&bytes, &mut self.typed);
            bytes.zeroize();
        }
    }

    /// Once the server stops, whoever waits for input waits in vain.
    fn end_if_stopped(&self) -> Option<EndReason> {
        self.stops_by?;
        (!self.driver.is_waiting() && self.typed.is_empty()).then_some(EndReason::Stopped)
    }

    /// Applies what was typed, each key to the state that the one before left, until a request is under way or
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
        if let Some(end) = self.lock_at_once() {
            return Some(end);
        }
        // Only input that has to wait counts: a long line is worked off, however many turns it takes.
        (self.typed.len() > QUEUE_MAX).then_some(EndReason::Flood)
    }

    /// A lock does not wait for the request under way. What was typed before it is dropped: it was meant for the page that
    /// would have followed. Whatever is typed after it is for the locked page.
    fn lock_at_once(&mut self) -> Option<EndReason> {
        if !self.driver.is_waiting() || !self.ui.is_screen() {
            return None;
        }
        let is_second = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| self.typed.get(before));
            before == Some(&REPAINT) && self.typed.get(*at) == Some(&REPAINT)
        };
        let asked = |at: &usize| self.typed.get(*at) == Some(&LOCK) || is_second(at);
        let at = (0..self.typed.len()).rev().find(asked)?;
        let update = self.driver.navigator.lock()?;
        self.typed.drain(..=at);
        let action = self.follow(update);
        self.carry_out(action)
    }

    /// True while typed input has to wait.
    fn has_to_wait(&self) -> bool {
        self.driver.is_waiting() || self.ui.is_behind()
    }

    fn end_of_input(&self) -> EndReason {
        if self.ui.is_unfinished() { EndReason::Unfinished } else { EndReason::Left }
    }

    fn incoming(&mut self, incoming: Option<Incoming>) -> Option<EndReason> {
        let Some(Incoming::Bytes(mut bytes)) = incoming else {
            self.eof = true;
            return None;
        };
        let from = self.typed.len();
        self.framer.feed(&bytes, &mut self.typed);
        bytes.zeroize();
        if self.take_background(from) {
            return None;
        }
        self.timeouts.input(Instant::now());
        self.start.place.note_input(Instant::now());
        self.session_guard.iter().for_each(SessionGuard::note_input);
        if std::mem::take(&mut self.warned) {
            self.dirty = true;
        }
        // Ctrl-C always gets through, also past a slow request.
        let interrupted = self.typed.iter().skip(from).any(|input| *input == Input::Key(Key::Ctrl('c')));
        if self.driver.is_waiting() && interrupted {
            self.typed.clear();
            return self.apply(Input::Key(Key::Ctrl('c')));
        }
        None
    }

    /// Takes the terminal's answers out of what came in from `from` on; true if there was nothing else, so that nobody
    /// has done anything. Only the first answer counts, and only for a while.
    fn take_background(&mut self, from: usize) -> bool {
        let (mut answer, mut at) = (None, from);
        while let Some(input) = self.typed.get(at) {
            if let Input::Background(background) = *input {
                answer = answer.or(Some(background));
                self.typed.remove(at);
            } else {
                at += 1;
            }
        }
        let Some(answer) = answer else { return false };
        if let BackgroundQuery::Asked { until } = self.background
            && Instant::now() < until
        {
            self.background = BackgroundQuery::Done;
            if self.ui.set_background(answer) {
                self.ui.forget();
                self.dirty = true;
            }
        }
        at == from
    }

    fn apply(&mut self, input: Input) -> Option<EndReason> {
        if self.done.take().is_some() {
            self.dirty = true;
        }
        let action = self.ui.input(input, &page_on(self.driver.page(), &self.start.client.term));
        let repainted_at = self.repainted_at.take();
        if action != UserAction::FullRepaint {
            return self.carry_out(action);
        }
        let now = Instant::now();
        // For terminals without F12.
        let is_second = repainted_at.is_some_and(|at| now.duration_since(at) < TWICE_WITHIN);
        self.repainted_at = (!is_second).then_some(now);
        self.carry_out(if is_second { UserAction::Lock } else { action })
    }

    fn carry_out(&mut self, mut action: UserAction) -> Option<EndReason> {
        loop {
            let update = match &action {
                UserAction::Lock => self.driver.navigator.lock(),
                action => self.driver.apply(action),
            };
            let Some(update) = update else { break };
            action = self.follow(update);
        }
        match action {
            UserAction::Redraw => self.dirty = true,
            // There is nothing to lock.
            UserAction::FullRepaint | UserAction::Lock => {
                self.ui.forget();
                self.dirty = true;
            }
            UserAction::ToggleMouse(on) => {
                self.mouse = Some(on);
                self.say_done(if on { SessionToast::MOUSE_ON } else { SessionToast::MOUSE_OFF });
            }
            UserAction::Copy(text) => {
                if let Some(bytes) = clipboard::copy(&text, &self.start.client.term) {
                    self.prelude.extend_from_slice(&bytes);
                    self.say_done(SessionToast::COPIED);
                }
            }
            UserAction::Leave => return Some(EndReason::Left),
            _ => {}
        }
        None
    }

    fn say_done(&mut self, toast: SessionToast) {
        self.done = Some(toast);
        self.dirty = true;
    }

    fn follow(&mut self, Update { fresh, ask }: Update) -> UserAction {
        self.driver.start(ask);
        if fresh {
            self.enter_phase();
        }
        self.show(fresh)
    }

    /// Shows the page to the ui, which may already know what follows.
    fn show(&mut self, fresh: bool) -> UserAction {
        self.dirty = true;
        let (page, wait_ends) = self.driver.page_and_wait();
        let page = page_on(page, &self.start.client.term);
        // Line mode prints a page once.
        self.wait_ends = wait_ends.filter(|_| self.ui.is_screen());
        if fresh && page.is_locked {
            // Every cell is painted anew, also one that the terminal has not as it was sent.
            self.ui.forget();
        }
        self.ui.show(&page, fresh)
    }

    /// Applies what the new flow means for the session: a member's is listed and can be revoked, a guest's cannot.
    fn enter_phase(&mut self) {
        let navigator = &self.driver.navigator;
        let phase = match navigator.member() {
            Some(_) => Phase::Member,
            None if navigator.flow().waits_for_email() => Phase::Waiting,
            None => Phase::Guest,
        };
        self.timeouts.enter(phase, Instant::now());
        self.start.place.set_signed_in(phase == Phase::Member);
        let accounts = &self.state.accounts;
        if phase == Phase::Member {
            if let Some(member) = navigator.member() {
                Span::current().record("account", member.name());
            }
            self.revocations.get_or_insert_with(|| accounts.subscribe());
            self.session_guard.get_or_insert_with(|| accounts.attend(&self.driver.cx));
        } else {
            self.revocations = None;
            if self.session_guard.take().is_some() {
                record!(SessionEnded, reason = "signed-out");
                self.driver.cx = accounts.renewed_context(&self.driver.cx);
                Span::current().record("session", self.driver.cx.session.as_str()).record("account", "");
                record!(SessionBegun, kind = "portal", client = self.driver.cx.client.as_str());
            }
            self.latest_epoch = 0;
        }
    }

    fn replied(&mut self, reply: Reply) -> Option<EndReason> {
        if matches!(reply, Reply::Refused(Refusal::WrongTooOften)) {
            return Some(EndReason::WrongTooOften);
        }
        let update = self.driver.replied(reply);
        let action = self.follow(update);
        self.last_answer = self.stops_by.map(|_| self.what_the_page_says());
        self.carry_out(action).or_else(|| self.end_if_outdated())
    }

    fn revoked(&mut self, revocation: &Revocation) -> Option<EndReason> {
        if self.driver.navigator.member().is_some_and(|member| member.account() == revocation.account) {
            self.latest_epoch = self.latest_epoch.max(revocation.epoch);
        }
        self.end_if_outdated()
    }

    /// Signs the session out if its account changed elsewhere. While a request is under way the change may
    /// be its own, so its reply is awaited first.
    fn end_if_outdated(&mut self) -> Option<EndReason> {
        let member = self.driver.navigator.member()?;
        if self.driver.is_waiting() || member.epoch() >= self.latest_epoch {
            return None;
        }
        let flow = SignIn::after_refusal(self.portal.clone(), member.name(), &Refusal::SignedOutElsewhere);
        self.typed.clear();
        let update = self.driver.navigator.go(Flow::SignIn(flow));
        let action = self.follow(update);
        self.carry_out(action)
    }

    fn due(&mut self, due: Timeout) -> Option<EndReason> {
        self.timeouts.done(due);
        match due {
            Timeout::Forget => self.ui.forget(),
            Timeout::Warn => {
                self.warned = true;
                self.dirty = true;
                let page = self.driver.page();
                self.ui.interrupt(&SessionToast::ENDS_SOON.to(&page), &page);
            }
            Timeout::Idle => return Some(EndReason::Idle),
            Timeout::LifetimeOver => return Some(EndReason::LifetimeOver),
        }
        None
    }

    /// Takes over the terminal's new size. All is painted anew even if it is the one from before: what the terminal
    /// cut off in between is gone from it.
    fn resize(&mut self) {
        self.pace.resized(Instant::now());
        self.size = self.start.size.get();
        self.ui.forget();
        self.dirty = true;
    }

    fn has_news(&self) -> bool {
        self.dirty || self.mouse.is_some() || !self.prelude.is_empty()
    }

    /// Whether a frame is to be painted as soon as the pace allows it. Line mode has no frames: it prints no more than
    /// what was typed has it print.
    fn has_frame(&self) -> bool {
        self.ui.is_screen() && self.sending.is_none() && self.has_news()
    }

    /// Paints the latest state, unless a frame is still in flight or the last one was just now.
    fn paint(&mut self) {
        let now = Instant::now();
        let has_to_wait = self.has_frame() && self.pace.next_frame(now) > now;
        if self.sending.is_some() || !self.has_news() || has_to_wait {
            return;
        }
        self.prelude.extend(self.mouse.take().into_iter().flat_map(Painter::mouse));
        let mut page = page_on(self.driver.page(), &self.start.client.term);
        let own = if self.warned { Some(SessionToast::ENDS_SOON) } else { self.done };
        page.toast = own.map(|toast| toast.to(&page)).or(page.toast);
        let mut output = self.ui.render(self.size, &page, &self.portal);
        self.pace.painted(now);
        self.dirty = false;
        if self.background == BackgroundQuery::Due {
            self.background = BackgroundQuery::Asked { until: now + BACKGROUND_WITHIN };
            output.out.extend_from_slice(ASK_BACKGROUND);
        }
        if !self.prelude.is_empty() {
            output.out.splice(0..0, self.prelude.drain(..));
        }
        if !output.is_empty() {
            let sink = self.sink.clone();
            self.sending = Some(Box::pin(async move { deliver(&sink, output).await }));
        }
    }

    /// What the page says of the last request; its title where that is all.
    fn what_the_page_says(&self) -> String {
        let page = self.driver.page();
        let said = page.toast.map(|toast| toast.text).or(page.notice.map(|notice| notice.text));
        inert(&said.unwrap_or(page.title), LONGEST_ANSWER)
    }

    /// Restores the terminal, leaves a last line, and names the exit status.
    async fn leave(mut self: Box<Self>, end: EndReason) -> ExitStatus {
        let last = end.last_line(&self.language());
        let output = self.ui.leave(self.last_answer.as_deref(), &last);
        let last_line = async {
            if let Some(sending) = self.sending.take() {
                sending.await?;
            }
            deliver(&self.sink, output).await
        };
        if end != EndReason::Disconnected {
            // A connection that is too slow for it is closed without it.
            let _ = timeout(LAST_LINE, last_line).await;
        }
        Span::current().record("reason", <&str>::from(end));
        ExitStatus { exit_code: end.exit_code() }
    }
}

/// Where a session is with asking its terminal for the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BackgroundQuery {
    /// With the first frame.
    Due,
    Asked {
        until: Instant,
    },
    /// It is answered, or nobody asks.
    Done,
}

/// What a session's timer rings for.
#[derive(Clone, Copy, Debug)]
enum TimerEvent {
    /// The server stops, and the last request has taken too long.
    CutShort,
    /// What was held back by the pace may be done now: a frame, or another size.
    Pace,
    /// What the page has people wait for can be done now.
    WaitEnds,
    /// No more of a key's sequence has come.
    Flush,
    /// What [`Timeouts`] says.
    Timeout(Timeout),
}

/// `page` as a terminal of the type `term` can show it.
fn page_on<'d>(page: Page<'d>, term: &str) -> Page<'d> {
    if takes_control_strings(term) { page } else { page.without_copying() }
}

/// The next account whose sessions end.
async fn next_revocation(revocations: &mut broadcast::Receiver<Revocation>) -> Revocation {
    loop {
        match revocations.recv().await {
            Ok(revocation) => return revocation,
            // What was missed is caught by the epoch check inside every privileged transaction.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// The flow that a username opens. A name that opens no page is a person's: prefilled, never looked up.
pub(super) fn first_flow(state: &AppState, portal: &Arc<PortalInfo>, user: &str) -> Flow {
    let (portal, names) = (portal.clone(), &state.names);
    if !state.can_open(user) {
        Flow::SignIn(SignIn::after_refusal(portal, "", &Refusal::KeptInDirectory))
    } else if user == names.forgot || user == names.reset {
        Flow::ForgotPassword(ForgotPassword::new(portal, ""))
    } else if user == names.undo {
        Flow::EnterUndoCode(EnterUndoCode::new(portal))
    } else if user == names.account || user == names.guest {
        Flow::SignIn(SignIn::new(portal, ""))
    } else if user == names.keys {
        Flow::SignIn(SignIn::new(portal, "").landing_at(Section::Keys))
    } else if user == names.support {
        Flow::SignIn(SignIn::new(portal, "").landing_at(Section::Support))
    } else if user == names.join {
        Flow::Join(Join::new(portal))
    } else if user == names.setup {
        Flow::PortalSetup(PortalSetup::new(portal))
    } else {
        Flow::SignIn(SignIn::new(portal, &inert(user, LONGEST_NAME)))
    }
}
