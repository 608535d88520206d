//! Whether some account knows a source, asked only when places run short: from memory, or with one read of the store. How
//! many may ask, for how long, and how much is remembered, is bounded.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::SessionHost;
use crate::domain::source::Source;

/// How long an answer is good for.
const REMEMBERED: Duration = Duration::from_mins(1);
/// Answers that are remembered of each kind; each takes about a hundred bytes. Apart, so that a crowd of strangers does not
/// have those forgotten that some account knows.
const MAX_REMEMBERED: usize = 8_192;
/// Reads at the same time: a crowd must not have the store to itself.
const MAX_READS: usize = 2;
/// Connections that wait for one.
const MAX_WAITING: usize = 64;
/// How long one may wait.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known of sources.
#[derive(Debug)]
pub(super) struct KnownSources {
    answers: Mutex<Answers>,
    reads: Semaphore,
    waiting: Semaphore,
}

/// Until when each answer is good.
#[derive(Debug, Default)]
struct Answers {
    known: HashMap<Source, Instant>,
    unknown: HashMap<Source, Instant>,
}

impl Default for KnownSources {
    fn default() -> Self {
        let (reads, waiting) = (Semaphore::new(MAX_READS), Semaphore::new(MAX_WAITING));
        Self { answers: Mutex::default(), reads, waiting }
    }
}

impl KnownSources {
    /// Whether some account knows `source`. Where nobody can say in time, it is not known, and asked again the next time.
    pub(super) async fn contain(&self, source: Source, host: &impl SessionHost, now: Instant) -> bool {
        if let Some(is_known) = self.remembered(source, now) {
            return is_known;
        }
        let Ok(_waiting) = self.waiting.try_acquire() else { return false };
        let asked = async {
            // Fails only once it is closed, which nobody does.
            let _read = self.reads.acquire().await;
            host.is_known_source(source).await
        };
        let Ok(Some(is_known)) = timeout(PATIENCE, asked).await else { return false };
        self.remember(source, is_known, now);
        is_known
    }

    fn remembered(&self, source: Source, now: Instant) -> Option<bool> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_among = |of: &HashMap<Source, Instant>| of.get(&source).is_some_and(|until| now < *until);
        if is_among(&answers.known) { Some(true) } else { is_among(&answers.unknown).then_some(false) }
    }

    fn remember(&self, source: Source, is_known: bool, now: Instant) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let Answers { known, unknown } = &mut *answers;
        let (right, wrong) = if is_known { (known, unknown) } else { (unknown, known) };
        wrong.remove(&source);
        if right.len() >= MAX_REMEMBERED {
            right.retain(|_, until| now < *until);
        }
        if right.len() >= MAX_REMEMBERED {
            right.clear();
        }
        right.insert(source, now + REMEMBERED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{Future, pending};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crate::session::{ExitStatus, SessionStart};
    use crate::ssh::sink::ChannelSink;

    /// A store that knows 10.0.0.1 alone and counts its reads; it can say nothing of 10.0.0.3.
    #[derive(Clone, Default)]
    struct CountingHost(Arc<AtomicUsize>);

    impl SessionHost for CountingHost {
        async fn session(&self, _: Box<SessionStart>, _: ChannelSink) -> ExitStatus {
            pending().await
        }

        fn is_known_source(&self, source: Source) -> impl Future<Output = Option<bool>> + Send {
            self.0.fetch_add(1, Ordering::Relaxed);
            std::future::ready((source != of(3)).then_some(source == of(1)))
        }
    }

    fn of(n: u32) -> Source {
        Source::of(std::net::Ipv4Addr::from(0x0a00_0000 + n).into())
    }

    #[tokio::test]
    async fn a_source_is_looked_up_once_a_minute_and_again_where_nobody_could_say() {
        let (known, host, start) = (KnownSources::default(), CountingHost::default(), Instant::now());
        for _ in 0..50 {
            assert!(known.contain(of(1), &host, start).await);
            assert!(!known.contain(of(2), &host, start).await);
        }
        assert_eq!(host.0.load(Ordering::Relaxed), 2);
        assert!(known.contain(of(1), &host, start + REMEMBERED).await);
        assert!(!known.contain(of(3), &host, start).await && !known.contain(of(3), &host, start).await);
        assert_eq!(host.0.load(Ordering::Relaxed), 5);
    }

    #[tokio::test]
    async fn what_is_remembered_is_bounded() {
        let (known, host, start) = (KnownSources::default(), CountingHost::default(), Instant::now());
        for n in 0..10_000 {
            known.contain(of(n), &host, start).await;
        }
        assert!(known.answers.lock().unwrap().unknown.len() <= MAX_REMEMBERED);
        // The one that an account knows is remembered beside them all.
        let reads = host.0.load(Ordering::Relaxed);
        assert!(known.contain(of(1), &host, start).await);
        assert_eq!(host.0.load(Ordering::Relaxed), reads);
    }
}
