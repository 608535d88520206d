//! Confirming that it is still the member who sits there, before something sensitive: the password once more,
//! or a code of the authenticator where there is a second step, both throttled like a sign-in.

use super::happened::{Happened, Whom};
use super::passwords::Checked;
use super::request::{Refusal, Reply, SignedIn};
use super::second_step::{Owner, Typed};
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
        // No password is as short as a code of the app.
        let refusal = match Typed::read(password) {
            Some(typed @ Typed::App(_)) if member.has_second_step() => {
                self.elevate_by_app(knock, member, &typed).await?
            }
            _ => self.elevate(knock, member, password).await?.err(),
        };
        if let Some(refusal) = refusal {
            return Ok(Reply::Refused(refusal));
        }
        let now = self.clock.now();
        let event = self.event(Happened::Confirmed, Whom::Account(member.account()), knock, now);
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Reply::Confirmed(member.confirmed(now)))
    }

    /// The same by a code of the authenticator app.
    async fn elevate_by_app(
        &self,
        knock: &Knock,
        member: &SignedIn,
        typed: &Typed,
    ) -> Result<Option<Refusal>, Fault> {
        let owner = Owner { account: member.account(), name: member.name(), epoch: member.epoch() };
        let right = match self.check_second_step(knock, owner, typed).await? {
            Ok(right) => right,
            Err(Refusal::SecondStepExpired) => return Ok(Some(Refusal::SignedOutElsewhere)),
            Err(refusal) => return Ok(Some(refusal)),
        };
        let now = self.clock.now();
        let claimed =
            write_tx!(self.store, Fault, |tx| self.claim_second_step(tx, knock, owner, &right, now).await);
        if claimed.await? {
            return Ok(None);
        }
        Ok(Some(self.refuse_second_step(knock, owner).await?))
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
