//! Saying goodbye to the account. The session drops its proof; here it is only noted.

use super::event_kind::{EventKind, Subject};
use super::request::{Reply, SignedIn};
use super::{Accounts, Fault, RequestContext};
use crate::store::write_tx;

impl Accounts {
    /// The story of [`super::request::Request::SignOut`].
    pub(super) async fn sign_out(&self, cx: &RequestContext, member: &SignedIn) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let event = self.event(EventKind::SignOut, Subject::Account(member.account()), cx, now);
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Reply::SignedOut)
    }
}
