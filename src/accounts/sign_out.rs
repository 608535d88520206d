//! Saying goodbye to the account. The visit drops its proof; here it is only noted.

use super::happened::{Happened, Whom};
use super::request::{Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::store::write_tx;

impl Accounts {
    /// The story of [`super::request::Request::SignOut`].
    pub(super) async fn sign_out(&self, knock: &Knock, member: &SignedIn) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let event = self.event(Happened::SignOut, Whom::Account(member.account()), knock, now);
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Reply::SignedOut)
    }
}
