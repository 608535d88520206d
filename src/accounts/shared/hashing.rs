//! The threads that hash passwords. A fixed set, off the runtime, each with memory of its own that is
//! wiped and reused; a job that no thread takes within two seconds fails with [`HashFault::Busy`].

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::domain::entropy::Entropy;
use crate::domain::hash::{self, HashMemory, HashParams, HashRefusal};
use crate::domain::keyring::{Keyring, SharedKeyring};
use crate::domain::password::Normalised;

/// How long a job waits for a thread.
const PATIENCE: Duration = Duration::from_secs(2);
/// Jobs that may wait at once; beyond that a session waits for room in the queue.
pub const QUEUE: usize = 64;
/// The most threads: with 64 MiB each they stay within 512 MiB.
pub const MAX_WORKERS: usize = 8;

/// The set of hashing threads. They end when it is dropped.
pub struct Hasher {
    jobs: mpsc::Sender<Job>,
    tools: Arc<HashTools>,
    patience: Duration,
}

/// What every thread works with.
struct HashTools {
    params: HashParams,
    keyring: Arc<SharedKeyring>,
    entropy: Entropy,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password. `stale` when it should be hashed again.
    Right {
        /// The parameters rose, or another pepper is current.
        stale: bool,
    },
    /// It is not, or there was none to compare with.
    Wrong,
}

/// Why a job was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    /// No thread was free in time; nothing was computed.
    #[error("all hashing threads are taken")]
    Busy,
    /// The stored hash cannot be read, or names a pepper that is missing.
    #[error("a stored password hash cannot be checked: {0}")]
    Kept(#[from] HashRefusal),
    /// The threads are gone, or the one at work failed.
    #[error("the hashing threads gave no answer")]
    Ended,
}

type ReplySender<T> = oneshot::Sender<Result<T, HashRefusal>>;

struct Job {
    /// Signalled when a thread takes the job; closed when nobody waits for it any more.
    taken: oneshot::Sender<()>,
    task: Task,
}

enum Task {
    Hash { password: Normalised, answer: ReplySender<String> },
    Verify { phc: Option<String>, password: Option<Normalised>, answer: ReplySender<Verdict> },
}

impl Hasher {
    /// Starts `workers` threads (at least one, at most [`MAX_WORKERS`]) behind a queue of `queue`
    /// jobs.
    ///
    /// # Errors
    /// When Argon2 does not take `params`, or the system gives no thread.
    pub fn start(
        params: HashParams,
        keyring: Arc<SharedKeyring>,
        entropy: Entropy,
        workers: usize,
        queue: usize,
    ) -> std::io::Result<Self> {
        let tools = HashTools { params, keyring, entropy };
        tools.dummy(&tools.keyring.get()).map_err(|refusal| std::io::Error::other(refusal.to_string()))?;
        let tools = Arc::new(tools);
        let (jobs, waiting) = mpsc::channel(queue.max(1));
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..workers.clamp(1, MAX_WORKERS) {
            let (waiting, tools) = (Arc::clone(&waiting), Arc::clone(&tools));
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&waiting, &tools))?;
        }
        Ok(Self { jobs, tools, patience: PATIENCE })
    }

    /// Hashes a new password with a fresh salt, the current parameters and the current pepper.
    pub async fn hash(&self, password: Normalised) -> Result<String, HashFault> {
        let (answer, answered) = oneshot::channel();
        self.hand_over(Task::Hash { password, answer }).await?;
        Ok(answered.await.map_err(|_| HashFault::Ended)??)
    }

    /// Checks `password` against `phc`. Without a `phc` (no such account) or a password (one too
    /// long to be right) the same work is done and the verdict is [`Verdict::Wrong`].
    pub async fn verify(
        &self,
        phc: Option<String>,
        password: Option<Normalised>,
    ) -> Result<Verdict, HashFault> {
        let (answer, answered) = oneshot::channel();
        self.hand_over(Task::Verify { phc, password, answer }).await?;
        Ok(answered.await.map_err(|_| HashFault::Ended)??)
    }

    /// The parameters that new passwords are hashed with.
    #[must_use]
    pub fn params(&self) -> HashParams {
        self.tools.params
    }

    /// Waits until a thread has taken the task.
    async fn hand_over(&self, task: Task) -> Result<(), HashFault> {
        let (taken, is_taken) = oneshot::channel();
        let job = Job { taken, task };
        let handing = async {
            self.jobs.send(job).await.map_err(|_| HashFault::Ended)?;
            is_taken.await.map_err(|_| HashFault::Ended)
        };
        tokio::time::timeout(self.patience, handing).await.unwrap_or(Err(HashFault::Busy))
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("params", &self.tools.params).finish_non_exhaustive()
    }
}

/// One thread's life: takes jobs until the queue is closed.
fn work(waiting: &Mutex<mpsc::Receiver<Job>>, tools: &HashTools) {
    let mut memory = HashMemory::default();
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(Job { taken, task }) = job else { return };
        // The request was given up: there is nobody to compute for.
        if taken.send(()).is_err() {
            continue;
        }
        // A panic costs one request its answer, never the service a thread.
        let unharmed = catch_unwind(AssertUnwindSafe(|| tools.carry_out(task, &mut memory)));
        if unharmed.is_err() {
            memory = HashMemory::default();
        }
        memory.shrink_to(tools.params.memory_kib);
    }
}

impl HashTools {
    fn carry_out(&self, task: Task, memory: &mut HashMemory) {
        // Sending fails only when the session ended meanwhile.
        match task {
            Task::Hash { password, answer } => {
                let (salt, keyring) = (self.entropy.bytes(), self.keyring.get());
                let _ = answer.send(hash::hash(&password, salt, self.params, keyring.pepper(), memory));
            }
            Task::Verify { phc, password, answer } => {
                let _ = answer.send(self.verify(phc.as_deref(), password, memory));
            }
        }
    }

    /// The hash that is checked when there is no account or no password, at the current parameters and pepper, so that
    /// both take as long (no user enumeration by timing). It costs nothing: its tag is drawn, not computed.
    fn dummy(&self, keyring: &Keyring) -> Result<String, HashRefusal> {
        hash::dummy(self.entropy.bytes(), self.entropy.bytes(), self.params, keyring.pepper())
    }

    fn verify(
        &self,
        phc: Option<&str>,
        password: Option<Normalised>,
        memory: &mut HashMemory,
    ) -> Result<Verdict, HashRefusal> {
        let can_be_right = phc.is_some() && password.is_some();
        let keyring = self.keyring.get();
        // Made for a real hash too, so that both take as long.
        let dummy = self.dummy(&keyring)?;
        let phc = phc.unwrap_or(&dummy);
        let pepper = match hash::pepper_id(phc) {
            None => None,
            Some(id) => Some(keyring.pepper_of(&id).ok_or(HashRefusal::ForeignKey)?),
        };
        let equal = hash::verify(phc, &password.unwrap_or_default(), pepper, memory)?;
        if equal && can_be_right {
            let stale = hash::needs_rehash(phc, self.params, keyring.pepper());
            Ok(Verdict::Right { stale })
        } else {
            Ok(Verdict::Wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use std::sync::mpsc as std_mpsc;

    const CHEAP: HashParams = HashParams { memory_kib: 64, passes: 1, lanes: 1 };

    fn keyring(seed: u64) -> Arc<SharedKeyring> {
        let text = Keyring::generate(&Entropy::seeded(seed), Timestamp::default());
        Arc::new(SharedKeyring::new(Keyring::parse(&text).unwrap()))
    }

    fn hasher(params: HashParams, workers: usize) -> Hasher {
        Hasher::start(params, keyring(1), Entropy::seeded(2), workers, QUEUE).unwrap()
    }

    fn password(text: &str) -> Normalised {
        Normalised::typed(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_kept_and_recognised() {
        let hasher = hasher(CHEAP, 2);
        let phc = hasher.hash(password("correct horse")).await.unwrap();
        let verify = |text: &str| hasher.verify(Some(phc.clone()), Normalised::typed(text));
        assert_eq!(verify("correct horse").await, Ok(Verdict::Right { stale: false }));
        assert_eq!(verify("correct house").await, Ok(Verdict::Wrong));
        assert_eq!(verify(&"x".repeat(300)).await, Ok(Verdict::Wrong));
        assert_eq!(hasher.verify(None, Some(password("correct horse"))).await, Ok(Verdict::Wrong));
        assert_ne!(phc, hasher.hash(password("correct horse")).await.unwrap(), "the salt is fresh");
    }

    #[tokio::test]
    async fn a_hash_with_lower_parameters_is_right_and_stale() {
        let phc = hasher(CHEAP, 1).hash(password("correct horse")).await.unwrap();
        let risen = hasher(HashParams { memory_kib: 128, ..CHEAP }, 1);
        let verdict = risen.verify(Some(phc), Some(password("correct horse"))).await;
        assert_eq!(verdict, Ok(Verdict::Right { stale: true }));
    }

    #[tokio::test]
    async fn a_lost_pepper_is_a_fault_and_not_a_wrong_password() {
        let phc = hasher(CHEAP, 1).hash(password("correct horse")).await.unwrap();
        let other = Hasher::start(CHEAP, keyring(9), Entropy::seeded(2), 1, QUEUE).unwrap();
        let verdict = other.verify(Some(phc), Some(password("correct horse"))).await;
        assert_eq!(verdict, Err(HashFault::Kept(HashRefusal::ForeignKey)));
    }

    /// Holds up a hasher's only thread until the returned end is dropped.
    fn holding_thread() -> (Hasher, std_mpsc::Sender<()>, std_mpsc::Receiver<()>) {
        let (jobs, waiting) = mpsc::channel::<Job>(1);
        let (release, released) = std_mpsc::channel::<()>();
        let (over, ended) = std_mpsc::channel();
        let model = hasher(CHEAP, 1);
        let tools = Arc::clone(&model.tools);
        let waiting = Mutex::new(waiting);
        std::thread::spawn(move || {
            let _ = released.recv();
            work(&waiting, &tools);
            let _ = over.send(());
        });
        (Hasher { jobs, tools: model.tools, patience: Duration::from_millis(20) }, release, ended)
    }

    #[tokio::test]
    async fn without_a_thread_in_time_it_is_busy_and_nothing_is_computed_later() {
        let (hasher, release, _ended) = holding_thread();
        assert_eq!(hasher.hash(password("one")).await, Err(HashFault::Busy));
        // The queue of one is still full with the job that was given up.
        assert_eq!(hasher.verify(None, None).await, Err(HashFault::Busy));
        drop(release);
        // A place is free only once the thread has thrown the abandoned job away.
        let place = hasher.jobs.reserve().await.unwrap();
        let (answer, answered) = oneshot::channel();
        let (taken, _is_taken) = oneshot::channel();
        place.send(Job { taken, task: Task::Hash { password: password("two"), answer } });
        assert!(answered.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn the_threads_end_with_the_hasher() {
        let (hasher, release, ended) = holding_thread();
        drop(release);
        hasher.hash(password("one")).await.unwrap();
        drop(hasher);
        ended.recv_timeout(Duration::from_secs(10)).unwrap();
    }

    #[tokio::test]
    async fn more_jobs_than_threads_are_all_done() {
        let hasher = Arc::new(hasher(CHEAP, 2));
        let all = (0..100).map(|i| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.hash(password(&i.to_string())).await })
        });
        for done in futures_util::future::join_all(all).await {
            assert!(done.unwrap().is_ok());
        }
    }
}
