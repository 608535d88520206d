//! Changing the password of a signed-in member: the current one is asked for and throttled like a sign-in.

use super::happened::{Happened, Whom};
use super::hashing::HashFault;
use super::passwords::{Checked, NewHash};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::domain::password::{Normalised, PasswordRefusal};
use crate::domain::secret::Secret;
use crate::domain::throttle::PATIENCE_MS;
use crate::mail::Letter;
use crate::store::{Account, Tried, write_tx};

impl Accounts {
    /// The story of [`super::request::Request::ChangePassword`].
    pub(super) async fn change_password(
        &self,
        knock: &Knock,
        member: &SignedIn,
        current: &Secret,
        new: &Secret,
    ) -> Result<Reply, Fault> {
        let account = match self.elevate(knock, member, current).await? {
            Ok(account) => account,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        if Normalised::typed(new.expose()) == Normalised::typed(current.expose()) {
            return Ok(Reply::Refused(Refusal::Password(PasswordRefusal::Unchanged)));
        }
        let password = match self.check_policy(&account, new).await? {
            Ok(password) => password,
            Err(refusal) => return Ok(Reply::Refused(Refusal::Password(refusal))),
        };
        let hash = match self.hash_password(password).await {
            Ok(hash) => hash,
            Err(HashFault::Busy) => return Ok(Reply::Refused(Refusal::Busy)),
            Err(fault) => return Err(fault.into()),
        };
        let Some(epoch) = self.commit_change(knock, &account, member.epoch(), &hash).await? else {
            return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
        };
        self.endings.announce(&account.id, epoch);
        self.letter_written.notify_one();
        Ok(Reply::PasswordChanged(SignedIn::new(account.id, account.name, epoch)))
    }

    /// The check that elevates: the current password, counted before it is compared, in a bucket of its own
    /// so that neither strangers' sign-ins nor this get in each other's way.
    async fn elevate(
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

    /// The new password, the raised epoch, the row and the letters in one transaction. `None` when the
    /// account changed since the current password was checked.
    async fn commit_change(
        &self,
        knock: &Knock,
        account: &Account,
        epoch: i64,
        hash: &NewHash,
    ) -> Result<Option<i64>, Fault> {
        let now = self.clock.now();
        let event = self.event(Happened::PasswordChanged, Whom::Account(&account.id), knock, now);
        let letter = Letter::PasswordChanged {
            name: account.name.clone(),
            at: now.epoch_ms(),
            source: knock.source.to_string(),
        };
        write_tx!(self.store, Fault, |tx| {
            let pepper_id = hash.pepper_id.as_deref();
            let raised = tx.claim_password(&account.id, epoch, hash.phc.expose(), pepper_id, now).await?;
            let Some(raised) = raised else { return Ok(None) };
            tx.kill_recovery_of(&account.id, now).await?;
            tx.insert_event(&event).await?;
            self.write_to_all(tx, &account.id, &letter, now).await?;
            Ok(Some(raised))
        })
        .await
    }
}
