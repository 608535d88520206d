//! The threads that hash passwords. A fixed set, off the runtime, each with memory of its own that is
//! reused, and wiped when nothing waits; a job that no thread would take in time fails with [`HashFault::Busy`]. Whose turn it is says
//! `hash_queue`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::hash_queue::HashQueue;
use crate::domain::entropy::Entropy;
use crate::domain::hash::{self, HashMemory, HashParams, HashRefusal, Match};
use crate::domain::keyring::{Keyring, SharedKeyring};
use crate::domain::password::{Normalised, TypedPassword};
pub use crate::domain::requester::Requester;
use crate::metrics::metrics;
use crate::store::beside_deadline;

/// How long a job waits for a thread when it takes longer than was expected.
const PATIENCE: Duration = Duration::from_secs(3);
/// The most threads: with 64 MiB each they stay within 512 MiB.
pub const MAX_WORKERS: usize = 8;

/// Longer than between the sign-ins of a busy day: a thread that has given its memory back gets it anew page by page, which
/// takes some 10 ms of the next hash.
const KEEPS_MEMORY: Duration = Duration::from_secs(20);

/// The set of hashing threads. They end when it is dropped.
pub struct Hasher {
    jobs: Arc<Jobs>,
    tools: Arc<HashTools>,
    patience: Duration,
    began: Instant,
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
        /// The parameters rose, another pepper is current, or another program made the hash.
        stale: bool,
    },
    /// It is not, or there was none to compare with.
    Wrong,
}

/// Why a job was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    /// No thread is free in time; nothing was computed. After so many seconds one should be.
    #[error("all hashing threads are taken for {0} s")]
    Busy(i64),
    /// The stored hash cannot be read, or names a pepper that is missing.
    #[error("a stored password hash cannot be checked: {0}")]
    Kept(#[from] HashRefusal),
    /// The threads are gone, or the one at work failed.
    #[error("the hashing threads gave no answer")]
    Ended,
}

type ReplySender<T> = oneshot::Sender<Result<T, HashRefusal>>;

struct Job {
    /// Signalled when a thread takes the job, or with the seconds to wait when it had to make room; closed when nobody
    /// waits for it any more.
    taken: oneshot::Sender<Result<(), i64>>,
    task: Task,
}

/// What the threads take their jobs from.
struct Jobs {
    waiting: Mutex<WaitingJob>,
    changed: Condvar,
    /// How long a thread that has nothing to do keeps its memory.
    keeps_memory: Duration,
}

struct WaitingJob {
    queue: HashQueue<Job>,
    /// The threads end when nothing waits any more.
    is_closed: bool,
}

impl Jobs {
    fn new(threads: usize, keeps_memory: Duration) -> Self {
        let queue = HashQueue::new(u32::try_from(threads).unwrap_or(1));
        Self {
            waiting: Mutex::new(WaitingJob { queue, is_closed: false }),
            changed: Condvar::new(),
            keeps_memory,
        }
    }

    fn lock(&self) -> MutexGuard<'_, WaitingJob> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the job whose turn it is; `None` when there will be none. `memory` is wiped before, unless a job is
    /// there already, which overwrites it, and freed when none comes for some time.
    fn take(&self, memory: &mut HashMemory) -> Option<Job> {
        if let Some(job) = self.lock().queue.pop() {
            return Some(job);
        }
        memory.wipe();
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.queue.pop() {
                return Some(job);
            }
            if waiting.is_closed {
                return None;
            }
            if memory.is_empty() {
                waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (woken, wait) =
                self.changed.wait_timeout(waiting, self.keeps_memory).unwrap_or_else(PoisonError::into_inner);
            waiting = woken;
            if wait.timed_out() {
                memory.free();
            }
        }
    }

    fn done(&self, took: Option<Duration>) {
        self.lock().queue.done(took);
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.jobs.lock().is_closed = true;
        self.jobs.changed.notify_all();
    }
}

enum Task {
    Hash { password: Normalised, answer: ReplySender<String> },
    Verify { phc: Option<String>, password: Option<TypedPassword>, answer: ReplySender<Verdict> },
}

impl Hasher {
    /// Starts `workers` threads (at least one, at most [`MAX_WORKERS`]).
    ///
    /// # Errors
    /// When Argon2 does not take `params`, or the system gives no thread.
    pub fn start(
        params: HashParams,
        keyring: Arc<SharedKeyring>,
        entropy: Entropy,
        workers: usize,
    ) -> std::io::Result<Self> {
        let tools = HashTools { params, keyring, entropy };
        tools.dummy(&tools.keyring.get()).map_err(|refusal| std::io::Error::other(refusal.to_string()))?;
        let tools = Arc::new(tools);
        let workers = workers.clamp(1, MAX_WORKERS);
        let jobs = Arc::new(Jobs::new(workers, KEEPS_MEMORY));
        for number in 0..workers {
            let (jobs, tools) = (Arc::clone(&jobs), Arc::clone(&tools));
            std::thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&jobs, &tools))?;
        }
        Ok(Self { jobs, tools, patience: PATIENCE, began: Instant::now() })
    }

    /// Hashes a new password with a fresh salt, the current parameters and the current pepper.
    pub async fn hash(&self, requester: Requester, password: Normalised) -> Result<String, HashFault> {
        let (answer, answered) = oneshot::channel();
        self.hand_over(requester, Task::Hash { password, answer }).await?;
        Ok(beside_deadline(answered).await.map_err(|_| HashFault::Ended)??)
    }

    /// Checks `password` against `phc`. Without a `phc` (no such account) or a password (one too
    /// long to be right) the same work is done and the verdict is [`Verdict::Wrong`].
    pub async fn verify(
        &self,
        requester: Requester,
        phc: Option<String>,
        password: Option<TypedPassword>,
    ) -> Result<Verdict, HashFault> {
        let (answer, answered) = oneshot::channel();
        self.hand_over(requester, Task::Verify { phc, password, answer }).await?;
        Ok(beside_deadline(answered).await.map_err(|_| HashFault::Ended)??)
    }

    /// How many jobs wait for a thread.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.jobs.lock().queue.waiting()
    }

    /// The parameters that new passwords are hashed with.
    #[must_use]
    pub fn params(&self) -> HashParams {
        self.tools.params
    }

    /// Refuses when no thread would take a job of `requester` in time, before anything was done for it.
    pub fn check_room(&self, requester: Requester) -> Result<(), HashFault> {
        let (now, jitter) = (self.began.elapsed(), self.jitter());
        self.jobs.lock().queue.check_room(requester, now, jitter).map_err(HashFault::Busy)
    }

    /// Waits until a thread has taken the task.
    async fn hand_over(&self, requester: Requester, task: Task) -> Result<(), HashFault> {
        let (taken, is_taken) = oneshot::channel();
        let job = Job { taken, task };
        let (now, jitter) = (self.began.elapsed(), self.jitter());
        let pushed = self.jobs.lock().queue.push(requester, job, now, jitter);
        if let Some(made_room) = pushed.map_err(HashFault::Busy)? {
            // Somebody who has given up hears nothing.
            let _ = made_room.taken.send(Err(self.retry_after_s(requester)));
        }
        self.jobs.changed.notify_one();
        match tokio::time::timeout(self.patience, is_taken).await {
            Ok(Ok(taken)) => taken.map_err(HashFault::Busy),
            Ok(Err(_)) => Err(HashFault::Ended),
            Err(_) => Err(HashFault::Busy(self.retry_after_s(requester))),
        }
    }

    /// When somebody of the same class should come back.
    fn retry_after_s(&self, requester: Requester) -> i64 {
        let (now, jitter) = (self.began.elapsed(), self.jitter());
        self.jobs.lock().queue.retry_after_s(requester, now, jitter)
    }

    /// At least 0, less than 1.
    fn jitter(&self) -> f64 {
        f64::from(u32::from_be_bytes(self.tools.entropy.bytes())) / (f64::from(u32::MAX) + 1.0)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("params", &self.tools.params).finish_non_exhaustive()
    }
}

/// One thread's life: takes jobs until there will be none.
fn work(jobs: &Jobs, tools: &HashTools) {
    let mut memory = HashMemory::default();
    while let Some(Job { taken, task }) = jobs.take(&mut memory) {
        // The request was given up: there is nobody to compute for.
        if taken.send(Ok(())).is_err() {
            jobs.done(None);
            continue;
        }
        let begun = Instant::now();
        // A panic costs one request its answer, never the service a thread.
        let unharmed = catch_unwind(AssertUnwindSafe(|| tools.carry_out(task, &mut memory)));
        if unharmed.is_err() {
            memory = HashMemory::default();
        }
        metrics().hashes.observe(begun.elapsed());
        jobs.done(unharmed.is_ok().then(|| begun.elapsed()));
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
        password: Option<TypedPassword>,
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
        let dummy = (dummy.as_str(), keyring.pepper());
        Ok(match hash::verify(phc, &password.unwrap_or_default(), pepper, dummy, memory)? {
            Match::Own if can_be_right => {
                Verdict::Right { stale: hash::needs_rehash(phc, self.params, keyring.pepper()) }
            }
            Match::Foreign if can_be_right => Verdict::Right { stale: true },
            _ => Verdict::Wrong,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Source;
    use crate::domain::timestamp::Timestamp;
    use std::sync::mpsc;

    const CHEAP: HashParams = HashParams { memory_kib: 64, passes: 1, lanes: 1, is_peppered: true };

    fn keyring(seed: u64) -> Arc<SharedKeyring> {
        let text = Keyring::generate(&Entropy::seeded(seed), Timestamp::default());
        Arc::new(SharedKeyring::new(Keyring::parse(&text).unwrap()))
    }

    fn hasher(params: HashParams, workers: usize) -> Hasher {
        Hasher::start(params, keyring(1), Entropy::seeded(2), workers).unwrap()
    }

    fn owner() -> Requester {
        Requester::known("an account", Source::local())
    }

    fn password(text: &str) -> Normalised {
        Normalised::typed(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_kept_and_recognised() {
        let hasher = hasher(CHEAP, 2);
        let phc = hasher.hash(owner(), password("correct horse")).await.unwrap();
        let verify = |text: &str| hasher.verify(owner(), Some(phc.clone()), TypedPassword::new(text));
        assert_eq!(verify("correct horse").await, Ok(Verdict::Right { stale: false }));
        assert_eq!(verify("correct house").await, Ok(Verdict::Wrong));
        assert_eq!(verify(&"x".repeat(300)).await, Ok(Verdict::Wrong));
        assert_eq!(
            hasher.verify(owner(), None, TypedPassword::new("correct horse")).await,
            Ok(Verdict::Wrong)
        );
        assert_ne!(phc, hasher.hash(owner(), password("correct horse")).await.unwrap(), "the salt is fresh");
    }

    #[tokio::test]
    async fn a_hash_with_lower_parameters_is_right_and_stale() {
        let phc = hasher(CHEAP, 1).hash(owner(), password("correct horse")).await.unwrap();
        let risen = hasher(HashParams { memory_kib: 128, ..CHEAP }, 1);
        let verdict = risen.verify(owner(), Some(phc), TypedPassword::new("correct horse")).await;
        assert_eq!(verdict, Ok(Verdict::Right { stale: true }));
    }

    #[tokio::test]
    async fn a_lost_pepper_is_a_fault_and_not_a_wrong_password() {
        let phc = hasher(CHEAP, 1).hash(owner(), password("correct horse")).await.unwrap();
        let other = Hasher::start(CHEAP, keyring(9), Entropy::seeded(2), 1).unwrap();
        let verdict = other.verify(owner(), Some(phc), TypedPassword::new("correct horse")).await;
        assert_eq!(verdict, Err(HashFault::Kept(HashRefusal::ForeignKey)));
    }

    /// Holds up a hasher's only thread until the returned end is dropped.
    fn holding_thread() -> (Hasher, mpsc::Sender<()>, mpsc::Receiver<()>) {
        let (release, released) = mpsc::channel::<()>();
        let (over, ended) = mpsc::channel();
        let tools = hasher(CHEAP, 1).tools.clone();
        let jobs = Arc::new(Jobs::new(1, KEEPS_MEMORY));
        let (waiting, at_work) = (Arc::clone(&jobs), Arc::clone(&tools));
        std::thread::spawn(move || {
            let _ = released.recv();
            work(&waiting, &at_work);
            let _ = over.send(());
        });
        (Hasher { jobs, tools, patience: Duration::from_millis(20), began: Instant::now() }, release, ended)
    }

    #[tokio::test]
    async fn without_a_thread_in_time_it_is_busy_and_nothing_is_computed_later() {
        let (hasher, release, ended) = holding_thread();
        assert!(matches!(hasher.hash(owner(), password("one")).await, Err(HashFault::Busy(1..))));
        assert!(matches!(hasher.verify(owner(), None, None).await, Err(HashFault::Busy(1..))));
        let jobs = hasher.jobs.clone();
        drop((hasher, release));
        ended.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(!jobs.lock().queue.has_measured(), "nobody waited for an answer");
    }

    #[tokio::test]
    async fn a_job_that_has_to_make_room_is_told_to_come_back() {
        let (hasher, release, _ended) = holding_thread();
        let busy = Requester::unknown(Source::of("192.0.2.1".parse().unwrap()));
        let other = Requester::unknown(Source::of("198.51.100.1".parse().unwrap()));
        let patient = Arc::new(Hasher {
            patience: PATIENCE * 100,
            tools: hasher.tools.clone(),
            jobs: hasher.jobs.clone(),
            began: hasher.began,
        });
        let mut all = Vec::new();
        while hasher.check_room(busy).is_ok() {
            let patient = patient.clone();
            let before = hasher.jobs.lock().queue.len();
            all.push(tokio::spawn(async move { patient.hash(busy, password("one")).await }));
            while hasher.jobs.lock().queue.len() == before {
                tokio::task::yield_now().await;
            }
        }
        let newcomer = tokio::spawn(async move { patient.hash(other, password("two")).await });
        assert!(matches!(all.pop().unwrap().await.unwrap(), Err(HashFault::Busy(1..))));
        drop(release);
        assert!(newcomer.await.unwrap().is_ok());
        for done in futures_util::future::join_all(all).await {
            assert!(done.unwrap().is_ok());
        }
    }

    /// Whether a thread that takes jobs one after the other comes to free its memory between two of them, of `most`.
    fn frees_its_memory(keeps_memory: Duration, most: usize) -> bool {
        let (jobs, tools) = (Jobs::new(1, keeps_memory), hasher(CHEAP, 1).tools.clone());
        let (tell, hear) = std::sync::mpsc::channel();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                let mut memory = HashMemory::default();
                tools.carry_out(verification(), &mut memory);
                while jobs.take(&mut memory).is_some() {
                    tell.send(memory.is_empty()).unwrap();
                }
            });
            let is_freed = (0..most).any(|_| {
                let (job, now) = (Job { taken: oneshot::channel().0, task: verification() }, Duration::ZERO);
                assert!(jobs.lock().queue.push(owner(), job, now, 0.0).is_ok());
                jobs.changed.notify_all();
                let is_freed = hear.recv().unwrap();
                jobs.done(None);
                is_freed
            });
            jobs.lock().is_closed = true;
            jobs.changed.notify_all();
            is_freed
        })
    }

    #[test]
    fn memory_is_freed_when_no_job_comes_for_some_time() {
        assert!(frees_its_memory(Duration::ZERO, 1_000_000));
        assert!(!frees_its_memory(Duration::from_hours(1), 100));
    }

    #[test]
    fn memory_is_wiped_as_soon_as_nothing_waits() {
        let (jobs, tools) = (Jobs::new(1, KEEPS_MEMORY), hasher(CHEAP, 1).tools.clone());
        let push = || {
            let (job, now) = (Job { taken: oneshot::channel().0, task: verification() }, Duration::ZERO);
            assert!(jobs.lock().queue.push(owner(), job, now, 0.0).is_ok());
        };
        let mut memory = HashMemory::default();
        push();
        push();
        tools.carry_out(jobs.take(&mut memory).unwrap().task, &mut memory);
        assert!(!memory.is_wiped());
        tools.carry_out(jobs.take(&mut memory).unwrap().task, &mut memory);
        assert!(!memory.is_wiped(), "what is left is overwritten at once");
        jobs.lock().is_closed = true;
        assert!(jobs.take(&mut memory).is_none());
        assert!(memory.is_wiped());
    }

    fn verification() -> Task {
        Task::Verify {
            phc: None,
            password: TypedPassword::new("correct horse"),
            answer: oneshot::channel().0,
        }
    }

    #[tokio::test]
    async fn the_threads_end_with_the_hasher() {
        let (hasher, release, ended) = holding_thread();
        drop(release);
        hasher.hash(owner(), password("one")).await.unwrap();
        drop(hasher);
        ended.recv_timeout(Duration::from_secs(10)).unwrap();
    }

    #[tokio::test]
    async fn more_jobs_than_threads_are_all_done() {
        let hasher = Arc::new(hasher(CHEAP, 2));
        let all = (0..100).map(|i| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.hash(owner(), password(&i.to_string())).await })
        });
        for done in futures_util::future::join_all(all).await {
            assert!(done.unwrap().is_ok());
        }
    }
}
