//! Emails that stay in memory, where a test reads them as a person would, and failures on demand.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::SendError;
use super::transport::SentEmail;

/// Where emails of [`super::transport::Transport::Memory`] end up.
#[derive(Debug, Default)]
pub struct MemoryTransport {
    inside: Mutex<MemoryState>,
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
        self.with(|inside| inside.emails.clone())
    }

    /// Waits until `count` emails are there and returns them all. Put a deadline around it.
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

    /// Makes the next email fail with `failure`; several line up.
    pub fn fail_next(&self, failure: SendError) {
        self.with(|inside| inside.failures.push_back(failure));
    }

    pub(super) fn put(&self, sent: SentEmail) -> Result<(), SendError> {
        self.with(|inside| {
            if let Some(failure) = inside.failures.pop_front() {
                return Err(failure);
            }
            inside.emails.push(sent);
            Ok(())
        })?;
        self.arrived.notify_waiters();
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut MemoryState) -> T) -> T {
        work(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
