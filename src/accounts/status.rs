//! Whether the service can be used now: something is written, as every sign-in does, and the time is told.

use std::time::{Duration, Instant};

use super::{Accounts, Error};
use crate::domain::timestamp::Timestamp;

/// How long a write that worked is taken for granted: anybody may ask, and each write costs a sync of the disk.
const WRITE_TELLS_FOR: Duration = Duration::from_secs(1);

impl Accounts {
    /// The story of [`super::request::Request::Status`].
    pub(super) async fn status(&self) -> Result<Timestamp, Error> {
        // One write tells everybody who asks in the same moment.
        let mut tried = self.last_write.lock().await;
        if tried.is_none_or(|at| at.elapsed() > WRITE_TELLS_FOR) {
            *tried = None;
            self.store.try_write().await?;
            *tried = Some(Instant::now());
        }
        Ok(self.clock.now())
    }

    /// Closes the store once everything under way is finished: SQLite's file is then whole without its journal.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The service's time, for saying how long something is away.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
