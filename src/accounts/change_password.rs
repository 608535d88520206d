//! Changing the password of a signed-in member: the current one is asked for and throttled like a sign-in.

use super::event_kind::{EventKind, Subject};
use super::hashing::HashFault;
use super::notifications::Notification;
use super::passwords::NewHash;
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, RequestContext};
use crate::domain::id::new_id;
use crate::domain::password::{Normalised, PasswordRefusal};
use crate::domain::secret::Secret;
use crate::domain::throttle::PASSWORD_CHANGES_PER_ACCOUNT;
use crate::mail::EmailKind;
use crate::store::{Account, RateLimit, write_tx};

impl Accounts {
    /// The story of [`super::request::Request::ChangePassword`].
    pub(super) async fn change_password(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        current: &Secret,
        new: &Secret,
    ) -> Result<Reply, Fault> {
        let account = match self.reauthenticate_by_password(cx, member, current).await? {
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
        let epoch = match self.commit_change(cx, &account, member.epoch(), &hash).await? {
            Ok(epoch) => epoch,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        self.revocations.announce(&account.id, epoch);
        self.outbox.wake();
        Ok(Reply::PasswordChanged(member.at_epoch(epoch).confirmed(self.clock.now())))
    }

    /// The new password, the raised epoch, the row and the emails in one transaction. Not too often: each
    /// ends the codes on their way, and is an email to every address.
    async fn commit_change(
        &self,
        cx: &RequestContext,
        account: &Account,
        epoch: i64,
        hash: &NewHash,
    ) -> Result<Result<i64, Refusal>, Fault> {
        let now = self.clock.now();
        let (bucket, mark) = (format!("password:{}", account.id), new_id(now, &self.entropy));
        let event = self.event(EventKind::PasswordChanged, Subject::Account(&account.id), cx, now);
        let notification = Notification {
            kind: EmailKind::PasswordChanged,
            account: &account.id,
            name: &account.name,
            detail: "",
        };
        write_tx!(self.store, Fault, |tx| {
            let tried = tx.reserve_in_windows(&bucket, &mark, &PASSWORD_CHANGES_PER_ACCOUNT, now).await?;
            if let RateLimit::Later(at) = tried {
                return Ok(Err(Refusal::TryLater(at)));
            }
            let raised = tx.claim_password(&account.id, epoch, &hash.kept(), now).await?;
            let Some(raised) = raised else { return Ok(Err(Refusal::SignedOutElsewhere)) };
            tx.void_reset_codes_of(&account.id, now).await?;
            tx.insert_event(&event).await?;
            self.notify(tx, cx, notification, now).await?;
            Ok(Ok(raised))
        })
        .await
    }
}
