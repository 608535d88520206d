//! Commands, asked of the process that runs them ([`super::runner`]).

use std::collections::HashMap;
use std::os::unix::net::UnixStream as StdStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::oneshot;

use super::Message;
use super::outcome::Outcome;
use super::runner::{Answer, Order};

/// Why nothing is run any more.
const ENDED: &str = "the process that runs commands has ended; restart the portal";

/// The server's end.
#[derive(Debug)]
pub struct CommandRunner {
    orders: tokio::sync::Mutex<OwnedWriteHalf>,
    waiting: Arc<Waiting>,
    number: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting(Mutex<HashMap<u64, oneshot::Sender<Option<String>>>>);

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Option<String>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommandRunner {
    /// Must run on a runtime.
    ///
    /// # Errors
    /// The runtime does not take the socket.
    pub fn on(socket: StdStream) -> std::io::Result<Arc<Self>> {
        socket.set_nonblocking(true)?;
        let (answers, orders) = UnixStream::from_std(socket)?.into_split();
        let waiting = Arc::<Waiting>::default();
        tokio::spawn(hear(answers, waiting.clone()));
        Ok(Arc::new(Self { orders: orders.into(), waiting, number: AtomicU64::new(0) }))
    }

    /// One try. The runner bounds its time.
    pub(super) async fn run(&self, hook: &str, message: &Message) -> Outcome {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let order =
            Order { number, hook: hook.to_owned(), event: message.id.clone(), body: message.body.clone() };
        let Ok(mut line) = serde_json::to_vec(&order) else { return Outcome::failed("cannot be written") };
        line.push(b'\n');
        let (tell, answered) = oneshot::channel();
        self.waiting.lock().insert(number, tell);
        if let Err(error) = self.orders.lock().await.write_all(&line).await {
            self.waiting.lock().remove(&number);
            return Outcome::failed(format!("{ENDED} ({error})"));
        }
        match answered.await {
            Ok(None) => Outcome::Taken("exit code 0".to_owned()),
            Ok(Some(reason)) => Outcome::failed(reason),
            Err(_) => Outcome::failed(ENDED),
        }
    }
}

/// Passes answers on, until the runner has ended.
async fn hear(answers: OwnedReadHalf, waiting: Arc<Waiting>) {
    let mut lines = BufReader::new(answers).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(Answer { number, failure }) = serde_json::from_str(&line) else { break };
        if let Some(tell) = waiting.lock().remove(&number) {
            // Whoever asked may have been stopped meanwhile.
            let _ = tell.send(failure);
        }
    }
    // Whoever waits says so, and so does whoever asks later. When the portal stops, it may end first.
    waiting.lock().clear();
}
