//! Letters that stay in memory, where a test reads them as a person would, and failures on demand.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::NotSent;
use super::transport::Sent;

/// Where letters of [`super::transport::Transport::Memory`] end up.
#[derive(Debug, Default)]
pub struct Pigeonhole {
    inside: Mutex<Inside>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    letters: Vec<Sent>,
    failures: VecDeque<NotSent>,
}

impl Pigeonhole {
    /// Every letter so far, oldest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Sent> {
        self.with(|inside| inside.letters.clone())
    }

    /// Waits until `count` letters are there and returns them all. Put a deadline around it.
    pub async fn wait_for(&self, count: usize) -> Vec<Sent> {
        loop {
            let arrival = self.arrived.notified();
            let letters = self.letters();
            if letters.len() >= count {
                return letters;
            }
            arrival.await;
        }
    }

    /// Makes the next letter fail with `failure`; several line up.
    pub fn fail_next(&self, failure: NotSent) {
        self.with(|inside| inside.failures.push_back(failure));
    }

    pub(super) fn put(&self, sent: Sent) -> Result<(), NotSent> {
        self.with(|inside| {
            if let Some(failure) = inside.failures.pop_front() {
                return Err(failure);
            }
            inside.letters.push(sent);
            Ok(())
        })?;
        self.arrived.notify_waiters();
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inside) -> T) -> T {
        work(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
