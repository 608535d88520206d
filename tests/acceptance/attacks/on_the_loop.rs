//! Against a session's loop, with its wire held in hand: what somebody may pile up in it, and how long it may keep
//! the thread that it shares with others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use doorkey::session::{ClientSink, Disconnected, ExitStatus, Incoming, run};
use doorkey::terminal::size::Size;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::fixture::{app_state, start};
use crate::service::Service;

const SOON: Duration = Duration::from_mins(1);

/// A client that reads one frame for each permit, and tells how long each was.
#[derive(Clone)]
struct Reader {
    permits: Arc<Semaphore>,
    frames: mpsc::UnboundedSender<usize>,
}

impl ClientSink for Reader {
    async fn send(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.permits.acquire().await.map_err(|_| Disconnected)?.forget();
        self.frames.send(bytes.len()).map_err(|_| Disconnected)
    }

    async fn send_error(&self, bytes: Vec<u8>) -> Result<(), Disconnected> {
        self.send(bytes).await
    }
}

struct Session {
    keys: mpsc::Sender<Incoming>,
    reads: Arc<Semaphore>,
    frames: mpsc::UnboundedReceiver<usize>,
    ended: JoinHandle<ExitStatus>,
    _resize: watch::Sender<Size>,
    _service: Service,
}

impl Session {
    /// A session at the sign-in page; nothing is read yet.
    async fn begin() -> Self {
        let service = Service::start(Engine::Sqlite).await;
        let (start, keys, resize) = start(1);
        let reads = Arc::new(Semaphore::new(0));
        let (sender, frames) = mpsc::unbounded_channel();
        let sink = Reader { permits: reads.clone(), frames: sender };
        let ended = tokio::spawn(run(app_state(&service), start, sink));
        Self { keys, reads, frames, ended, _resize: resize, _service: service }
    }

    /// Types, and waits until all of it was taken in.
    async fn types(&self, pieces: usize, piece: &[u8]) {
        for _ in 0..pieces {
            self.keys.send(Incoming::Bytes(piece.to_vec())).await.unwrap();
        }
        // The queue has one place: when the second of these is in it, all that was typed has been taken out.
        for _ in 0..2 {
            self.keys.send(Incoming::Bytes(Vec::new())).await.unwrap();
        }
    }

    async fn reads_a_frame(&mut self) -> usize {
        self.reads.add_permits(1);
        timeout(SOON, self.frames.recv()).await.unwrap().unwrap()
    }

    async fn leaves(self) {
        self.reads.add_permits(1_000);
        self.keys.send(Incoming::Bytes(b"\x03\x03".to_vec())).await.unwrap();
        assert_eq!(timeout(SOON, self.ended).await.unwrap().unwrap().exit_code, 0);
    }
}

#[tokio::test]
async fn keys_that_switch_the_mouse_pile_up_nothing_for_somebody_who_does_not_read() {
    let mut session = Session::begin().await;
    // F4, again and again, while the first frame is not read.
    session.types(40, &b"\x1bOS".repeat(500)).await;
    let first = session.reads_a_frame().await;
    let next = session.reads_a_frame().await;
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
    session.types(0, b"").await;
    let before = turns.load(Ordering::Relaxed);
    // In pieces as large as the connection hands over: emails, each taken back. One turn for each would be 16.
    session.types(16, &b"x\x7f".repeat(8 * 1024)).await;
    let had = turns.load(Ordering::Relaxed) - before;
    others.abort();
    assert!(had > 50, "somebody else had {had} turns");
    session.leaves().await;
}
