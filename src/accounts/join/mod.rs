//! The way in for somebody who may have no account: an invitation by code, or signing up where the operator
//! turned that on.
//!
//! ```text
//! invited (teams) ---.                     .-- no account: JoinGrant -> sign_up -> signed in
//! asked for a code --+-> email -> prove --+
//!                                          '-- an account: sign in -> let_in takes the invitation up
//! ```

mod emails;
mod prove;
mod request_code;
mod sign_up;
mod take_up;

use super::request::Reply;
use super::request::join::JoinRequest;
use super::{Accounts, Fault, RequestContext};
pub(super) use emails::{InvitationDraft, emails_bucket};

impl Accounts {
    /// The stories of [`super::request::Request::Join`].
    pub(super) async fn join(&self, cx: &RequestContext, ask: JoinRequest) -> Result<Reply, Fault> {
        let done = match ask {
            JoinRequest::Code { address } => self.request_sign_up(cx, &address).await?,
            JoinRequest::Prove { address, code } => self.prove_invitation(cx, &address, &code).await?,
            JoinRequest::SignUp { grant, name, display_name, password } => {
                Ok(self.sign_up(cx, grant, (&name, &display_name), &password).await)
            }
        };
        Ok(done.map_or_else(Reply::Refused, Reply::Join))
    }
}
