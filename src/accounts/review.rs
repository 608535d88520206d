//! What a member looks through after a reset: every address, key, second factor and session, with when and from
//! where it was added. What a reset suspends is in [`super::forgot_password`].

use super::request::SignedIn;
use super::request::review::{Review, ReviewedFactor};
use super::sessions::NODE_LIFE_MS;
use super::shared::require_current;
use super::{Accounts, Error, RequestContext};
use crate::store::{SecondFactorStatus, read_tx};

impl Accounts {
    /// The story of [`super::request::Request::Review`].
    pub(super) async fn review_account(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<Review, Error> {
        let (account, seen_since) = (member.account(), self.clock.now().plus_ms(-NODE_LIFE_MS));
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let (emails, keys) = (tx.list_emails(account).await?, tx.list_keys(account).await?);
            let two_factor = tx.find_second_factor(account).await?.map(reviewed).unwrap_or_default();
            let sessions = tx.list_sessions(account, seen_since).await?;
            let suspended = emails.iter().filter(|email| email.suspended_at.is_some()).count()
                + keys.iter().filter(|key| key.suspended_at.is_some()).count();
            let sessions = sessions.into_iter().map(|session| self.session_view(cx, session)).collect();
            Ok(Review { emails, keys, two_factor, sessions, suspended })
        })
        .await
    }
}

fn reviewed(factor: SecondFactorStatus) -> ReviewedFactor {
    let SecondFactorStatus { on_since, recovery_codes, added_ip, added_client } = factor;
    ReviewedFactor { on_since: Some(on_since), added_ip, added_client, recovery_codes_left: recovery_codes }
}
