//! Signing out. The session drops its proof; here it is only noted.

use super::event_kind::EventKind;
use super::request::SignedIn;
use super::{Accounts, Error, RequestContext};

impl Accounts {
    /// The story of [`super::request::Request::SignOut`].
    pub(super) async fn sign_out(&self, cx: &RequestContext, member: &SignedIn) -> Result<(), Error> {
        Ok(self.commit_event(cx, EventKind::SignOut, member.subject()).await?)
    }
}
