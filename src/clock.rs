//! The only place that reads the time. Everything else takes `now` as a parameter.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::timestamp::Timestamp;

/// The source of the current time: the system clock, or a manual one in tests.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's wall clock.
    #[default]
    System,
    /// Stands still until [`Clock::advance_ms`] moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A manual clock that starts at `start`.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.epoch_ms())))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::from_epoch_ms(system_epoch_ms()),
            Self::Manual(at) => Timestamp::from_epoch_ms(at.load(Ordering::SeqCst)),
        }
    }

    /// Sleeps until `at`. Returns at once on a manual clock.
    pub async fn wait_until(&self, at: Timestamp) {
        if let (Self::System, Ok(ms @ 1..)) = (self, u64::try_from(at.ms_since(self.now()))) {
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
        }
    }

    /// Moves a manual clock forward by `ms` milliseconds; does nothing to the system clock.
    pub fn advance_ms(&self, ms: i64) {
        if let Self::Manual(at) = self {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the only place that may read the system clock")]
fn system_epoch_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_advanced() {
        let clock = Clock::manual(Timestamp::from_epoch_ms(1_000));
        assert_eq!(clock.now().epoch_ms(), 1_000);
        clock.clone().advance_ms(500);
        assert_eq!(clock.now().epoch_ms(), 1_500);
    }
}
