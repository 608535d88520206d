//! Whether the service can be used now: something is written, as every sign-in does, and the time is told.

use super::{Accounts, Error};
use crate::domain::timestamp::Timestamp;

impl Accounts {
    /// The story of [`super::request::Request::Status`].
    pub(super) async fn status(&self) -> Result<Timestamp, Error> {
        self.store.try_write().await?;
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
