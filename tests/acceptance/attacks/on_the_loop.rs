//! Against a session's loop, with its wire held in hand: what somebody may pile up in it, and how long it may keep
//! the thread that it shares with others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use doorkey::session::inbox::{Backlog, Inbox};
use doorkey::session::latest_size::LatestSize;
use doorkey::session::{AppState, ClientSink, Disconnected, ExitStatus, SessionLimits, run};
use doorkey::terminal::size::Size;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::fixture::{app_state, start};
use crate::service::Service;

const SOON: Duration = Duration::from_mins(1);

/// A client that reads one frame for each permit.
#[derive(Clone)]
struct Reader {
    permits: Arc<Semaphore>,
    frames: mpsc::UnboundedSender<Vec<u8>>,
}

impl ClientSink for Reader {
    async fn send(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.permits.acquire().await.map_err(|_| Disconnected)?.forget();
        self.frames.send(bytes).map_err(|_| Disconnected)
    }

    async fn send_error(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.send(bytes).await
    }
}

struct Session {
    keys: Arc<Inbox>,
    backlog: Backlog,
    reads: Arc<Semaphore>,
    frames: mpsc::UnboundedReceiver<Vec<u8>>,
    ended: JoinHandle<ExitStatus>,
    resize: Arc<LatestSize>,
    _service: Service,
}

impl Session {
    /// A session at the sign-in page; nothing is read yet.
    async fn begin() -> Self {
        let service = Service::start(Engine::Sqlite).await;
        let backlog = Backlog::of(64 * 1024);
        let start = start(&backlog);
        let (keys, resize) = (Arc::clone(&start.input), Arc::clone(&start.size));
        let reads = Arc::new(Semaphore::new(0));
        let (sender, frames) = mpsc::unbounded_channel();
        let sink = Reader { permits: reads.clone(), frames: sender };
        let ended = tokio::spawn(run(app_state(&service), start, sink));
        Self { keys, backlog, reads, frames, ended, resize, _service: service }
    }

    /// Types, and waits until all of it was taken in.
    async fn types(&self, pieces: usize, piece: &[u8]) {
        for _ in 0..pieces {
            self.keys.push(piece).unwrap();
            let taken = async {
                while self.backlog.held() > 0 {
                    tokio::task::yield_now().await;
                }
            };
            timeout(SOON, taken).await.unwrap();
        }
    }

    async fn reads_a_frame(&mut self) -> Vec<u8> {
        self.reads.add_permits(1);
        self.next_frame().await
    }

    async fn next_frame(&mut self) -> Vec<u8> {
        timeout(SOON, self.frames.recv()).await.unwrap().unwrap()
    }

    /// Reads from now on as fast as frames come.
    fn reads_all(&self) {
        self.reads.add_permits(1_000_000);
    }

    /// How many frames come until one has `text`.
    async fn frames_until(&mut self, text: &str) -> usize {
        let mut count = 1;
        while !String::from_utf8_lossy(&self.next_frame().await).contains(text) {
            count += 1;
        }
        count
    }

    async fn leaves(self) {
        self.reads.add_permits(1_000);
        self.keys.push(b"\x03\x03").unwrap();
        assert_eq!(timeout(SOON, self.ended).await.unwrap().unwrap().exit_code, 0);
    }
}

#[tokio::test]
async fn keys_that_switch_the_mouse_pile_up_nothing_for_somebody_who_does_not_read() {
    let mut session = Session::begin().await;
    // F4, again and again, while the first frame is not read.
    session.types(40, &b"\x1bOS".repeat(500)).await;
    let first = session.reads_a_frame().await.len();
    let next = session.reads_a_frame().await.len();
    assert!(next < first + 4_096, "{next} bytes were kept, beside a first frame of {first}");
    session.leaves().await;
}

#[tokio::test]
async fn a_flood_of_keys_leaves_the_others_on_its_thread_their_turns() {
    let session = Session::begin().await;
    let turns = Arc::new(AtomicUsize::new(0));
    let counted = turns.clone();
    let others = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    let before = turns.load(Ordering::Relaxed);
    // In pieces as large as the connection hands over: emails, each taken back. One turn for each would be 16.
    session.types(16, &b"x\x7f".repeat(8 * 1024)).await;
    let had = turns.load(Ordering::Relaxed) - before;
    others.abort();
    assert!(had > 50, "somebody else had {had} turns");
    session.leaves().await;
}

/// From a thread of their own: the next paste is there before the last is worked off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_pastes_does_not_keep_a_session_from_its_end() {
    let service = Service::start(Engine::Sqlite).await;
    let state = Arc::into_inner(app_state(&service)).unwrap();
    let limits = SessionLimits { session_guest: Duration::from_secs(1), ..state.limits };
    let start = start(&Backlog::of(64 * 1024));
    let (input, is_over) = (Arc::clone(&start.input), Arc::new(AtomicBool::default()));
    let flood = std::thread::spawn({
        let is_over = Arc::clone(&is_over);
        let paste = [b"\x1b[200~".to_vec(), b"x".repeat(4_000), b"\x1b[201~".to_vec()].concat();
        move || {
            while !is_over.load(Ordering::Relaxed) {
                if input.push(&paste).is_err() {
                    std::thread::yield_now();
                }
            }
        }
    });
    let (frames, _unread) = mpsc::unbounded_channel();
    let sink = Reader { permits: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)), frames };
    let session = tokio::spawn(run(Arc::new(AppState { limits, ..state }), start, sink));
    let ended = timeout(SOON, session).await;
    is_over.store(true, Ordering::Relaxed);
    flood.join().unwrap();
    assert!(ended.is_ok(), "its time was over, and it went on");
}

/// The most that may come in the time since `start` at so many a second.
fn most_since(start: Instant, a_second: usize) -> usize {
    a_second * usize::try_from(start.elapsed().as_secs() + 1).unwrap()
}

#[tokio::test]
async fn of_a_flood_of_sizes_ten_a_second_are_painted_and_the_last_is_among_them() {
    let mut session = Session::begin().await;
    session.reads_a_frame().await;
    session.reads_all();
    let start = Instant::now();
    for nth in 0..2_000 {
        session.resize.set(Size::clamped(60 + nth % 60, 20));
        tokio::task::yield_now().await;
    }
    session.resize.set(Size::clamped(120, 40));
    // The line with the keys is the last of the screen.
    let frames = session.frames_until("\x1b[40;").await;
    assert!(frames <= most_since(start, 10), "{frames} frames within {:?}", start.elapsed());
    session.leaves().await;
}

#[tokio::test]
async fn a_size_that_is_taken_back_at_once_has_the_screen_painted_anew() {
    let mut session = Session::begin().await;
    session.reads_a_frame().await;
    session.resize.set(Size::clamped(20, 5));
    session.resize.set(Size::DEFAULT);
    let frame = session.reads_a_frame().await;
    // What the terminal cut off in between is gone from it: the frame begins by erasing all (ECMA-48, ED).
    assert!(frame.windows(7).any(|bytes| bytes == b"\x1b[1J\x1b[J"), "{}", frame.escape_ascii());
    session.leaves().await;
}

#[tokio::test]
async fn of_a_flood_of_keys_twenty_a_second_are_painted_and_the_last_is_among_them() {
    let mut session = Session::begin().await;
    session.reads_a_frame().await;
    session.reads_all();
    let start = Instant::now();
    // Each is seen, and none is refused because the field is full.
    for _ in 0..300 {
        session.types(1, b"x").await;
        session.types(1, b"\x7f").await;
    }
    session.types(1, b"Z").await;
    let frames = session.frames_until("Z").await;
    // Four may follow a pause at once.
    assert!(frames <= most_since(start, 20) + 4, "{frames} frames within {:?}", start.elapsed());
    session.leaves().await;
}
