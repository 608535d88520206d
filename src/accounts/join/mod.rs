//! Joining without an account: by the code of an invitation, or by signing up where the operator turned that on.
//!
//! ```text
//! invited (teams) ---.                     .-- no account: JoinGrant -> sign_up -> signed in
//! asked for a code --+-> email -> prove --+
//!                                          '-- an account: sign in -> start_session accepts the invitation
//! ```

mod accept;
mod emails;
mod prove;
mod request_code;
mod sign_up;

use super::request::join::{JoinReply, JoinRequest};
use super::{Accounts, Error, RequestContext};
pub(super) use emails::InvitationDraft;
pub(super) use sign_up::AccountDraft;

impl Accounts {
    /// The stories of [`super::request::Request::Join`].
    pub(super) async fn join(&self, cx: &RequestContext, request: JoinRequest) -> Result<JoinReply, Error> {
        match request {
            JoinRequest::Code { address } => self.request_sign_up(cx, &address).await,
            JoinRequest::Prove { address, code } => self.prove_invitation(cx, &address, &code).await,
            JoinRequest::SignUp { grant, name, display_name, password } => {
                Ok(self.sign_up(cx, grant, (&name, &display_name), &password).await)
            }
        }
    }
}
