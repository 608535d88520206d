//! Confirming that it is still the member who sits there, before something sensitive: the password once more,
//! throttled like a sign-in.

use super::happened::{Happened, Whom};
use super::passwords::Checked;
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::domain::secret::Secret;
use crate::domain::throttle::PATIENCE_MS;
use crate::store::{Account, Tried, write_tx};

impl Accounts {
    /// The story of [`super::request::Request::Confirm`].
    pub(super) async fn confirm(
        &self,
        knock: &Knock,
        member: &SignedIn,
        password: &Secret,
    ) -> Result<Reply, Fault> {
        Ok(match self.elevate(knock, member, password).await? {
            Ok(_account) => Reply::Confirmed(member.confirmed(self.clock.now())),
            Err(refusal) => Reply::Refused(refusal),
        })
    }

    /// The check itself: the current password, counted before it is compared, in a bucket of its own so that
    /// neither strangers' sign-ins nor this get in each other's way.
    pub(super) async fn elevate(
        &self,
        knock: &Knock,
        member: &SignedIn,
        current: &Secret,
    ) -> Result<Result<Account, Refusal>, Fault> {
        let bucket = format!("change:{}", member.account());
        let mut reserved = self.reserve_change(member, &bucket).await?;
        if let Some((_, Tried::Later(at))) = &reserved
            && at.ms_since(self.clock.now()) <= PATIENCE_MS
        {
            self.clock.wait_until(*at).await;
            reserved = self.reserve_change(member, &bucket).await?;
        }
        let Some((account, tried)) = reserved else { return Ok(Err(Refusal::SignedOutElsewhere)) };
        match tried {
            Tried::Admitted { .. } => {}
            Tried::Later(at) => return Ok(Err(Refusal::TryLater(at))),
            Tried::Full => return Ok(Err(Refusal::WrongCurrentPassword)),
        }
        let now = self.clock.now();
        match self.check_password(Some(&account), current).await? {
            Checked::Right { .. } => {
                write_tx!(self.store, Fault, |tx| Ok(tx.clear_bucket(&bucket).await?)).await?;
                Ok(Ok(account))
            }
            Checked::Busy => {
                write_tx!(self.store, Fault, |tx| Ok(tx.release_try(&bucket, now).await?)).await?;
                Ok(Err(Refusal::Busy))
            }
            Checked::Wrong => {
                let event =
                    self.event(Happened::PasswordChangeRefused, Whom::Account(member.account()), knock, now);
                write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
                Ok(Err(Refusal::WrongCurrentPassword))
            }
        }
    }

    /// Counts the try, in a commit of its own; `None` when the account changed since the visit signed in.
    async fn reserve_change(
        &self,
        member: &SignedIn,
        bucket: &str,
    ) -> Result<Option<(Account, Tried)>, Fault> {
        let now = self.clock.now();
        let reserved = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(None);
            }
            let tried = tx.reserve_try(bucket, Some(member.account()), now).await?;
            Ok(tx.find_account(member.account()).await?.map(|account| (account, tried)))
        });
        reserved.await
    }
}
