//! The way in for somebody who may have no account: an invitation by code, or signing up where the operator
//! turned that on.
//!
//! ```text
//! invited (teams) ---.                     .-- no account: JoinGrant -> sign_up -> signed in
//! asked for a code --+-> letter -> prove --+
//!                                          '-- an account: sign in -> let_in takes the invitation up
//! ```

mod letters;
mod prove;
mod request_code;
mod sign_up;
mod take_up;

use super::request::Reply;
use super::request::join::Ask;
use super::{Accounts, Fault, Knock};
pub(super) use letters::{Wish, letters_bucket};

impl Accounts {
    /// The stories of [`super::request::Request::Join`].
    pub(super) async fn join(&self, knock: &Knock, ask: Ask) -> Result<Reply, Fault> {
        let done = match ask {
            Ask::Code { address } => self.request_sign_up(knock, &address).await?,
            Ask::Prove { address, code } => self.prove_invitation(knock, &address, &code).await?,
            Ask::SignUp { grant, name, display_name, password } => {
                Ok(self.sign_up(knock, grant, (&name, &display_name), &password).await)
            }
        };
        Ok(done.map_or_else(Reply::Refused, Reply::Join))
    }
}
