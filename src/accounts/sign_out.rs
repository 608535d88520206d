//! Saying goodbye to the account. The visit drops its proof; here it is only noted.

use super::happened::{Happened, Whom};
use super::request::{Reply, SignedIn};
use super::{Accounts, Fault, Knock};

impl Accounts {
    /// The story of [`super::request::Request::SignOut`].
    pub(super) async fn sign_out(&self, knock: &Knock, member: &SignedIn) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let event = self.event(Happened::SignOut, Whom::Account(member.account()), knock, now);
        self.write(async |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Reply::SignedOut)
    }
}
