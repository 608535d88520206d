//! Changing the password of a signed-in member: the current one is asked for and throttled like a sign-in.

use super::happened::{Happened, Whom};
use super::hashing::HashFault;
use super::outbox::Tale;
use super::passwords::NewHash;
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::domain::password::{Normalised, PasswordRefusal};
use crate::domain::secret::Secret;
use crate::mail::About;
use crate::store::{Account, write_tx};

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
        Ok(Reply::PasswordChanged(member.at_epoch(epoch).confirmed(self.clock.now())))
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
        let tale =
            Tale { about: About::PasswordChanged, account: &account.id, name: &account.name, detail: "" };
        write_tx!(self.store, Fault, |tx| {
            let raised = tx.claim_password(&account.id, epoch, &hash.kept(), now).await?;
            let Some(raised) = raised else { return Ok(None) };
            tx.kill_recovery_of(&account.id, now).await?;
            tx.insert_event(&event).await?;
            self.tell(tx, knock, tale, now).await?;
            Ok(Some(raised))
        })
        .await
    }
}
