//! Emails kept in memory for tests, and failures on demand.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::SendError;
use super::transport::SentEmail;

/// The emails of [`super::transport::Transport::Memory`].
#[derive(Debug, Default)]
pub struct MemoryTransport {
    state: Mutex<MemoryState>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct MemoryState {
    emails: Vec<SentEmail>,
    failures: VecDeque<SendError>,
}

impl MemoryTransport {
    /// Every email so far, oldest first.
    #[must_use]
    pub fn emails(&self) -> Vec<SentEmail> {
        self.with(|state| state.emails.clone())
    }

    /// Waits until there are `count` emails and returns them all. Put a timeout around it.
    pub async fn wait_for(&self, count: usize) -> Vec<SentEmail> {
        loop {
            let arrival = self.arrived.notified();
            let emails = self.emails();
            if emails.len() >= count {
                return emails;
            }
            arrival.await;
        }
    }

    /// Makes the next email fail with `failure`; several queue up.
    pub fn fail_next(&self, failure: SendError) {
        self.with(|state| state.failures.push_back(failure));
    }

    pub(super) fn put(&self, sent: SentEmail) -> Result<(), SendError> {
        self.with(|state| {
            if let Some(failure) = state.failures.pop_front() {
                return Err(failure);
            }
            state.emails.push(sent);
            Ok(())
        })?;
        self.arrived.notify_waiters();
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut MemoryState) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
