//! Whether the service can be used now: a look at the store, and the time.

use super::{Accounts, Error};
use crate::domain::timestamp::Timestamp;
use crate::store::read_tx;

impl Accounts {
    /// The story of [`super::request::Request::Status`].
    pub(super) async fn status(&self) -> Result<Timestamp, Error> {
        read_tx!(self.store, Error, |tx| Ok(tx.ping().await?)).await?;
        Ok(self.clock.now())
    }

    /// The service's time, for saying how long something is away.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
