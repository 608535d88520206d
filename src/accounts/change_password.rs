//! Changing the password of a signed-in member: the current one is asked for and throttled like a sign-in.

use super::event_kind::EventKind;
use super::hashing::Requester;
use super::request::{Refusal, SignedIn};
use super::shared::passwords::NewHash;
use super::shared::{admitted, commit_even_if_refused, lock_current, reserve};
use super::{Accounts, Error, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::id::new_id;
use crate::domain::password::{Normalised, PasswordRefusal};
use crate::domain::secret::Secret;
use crate::store::read_tx;

impl Accounts {
    /// The story of [`super::request::Request::ChangePassword`]. The old proof is void afterwards; the new one is
    /// given.
    pub(super) async fn change_password(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        current: &Secret,
        new: &Secret,
    ) -> Result<SignedIn, Error> {
        let account = self.reauthenticate_by_password(cx, member, current).await?;
        if Normalised::typed(new.expose()) == Normalised::typed(current.expose()) {
            return Err(PasswordRefusal::Unchanged.into());
        }
        let password = self.check_policy(&account, new).await?;
        let requester = Requester::known(&account.id, cx.source);
        if self.directory.is_some() {
            self.check_changes_left(&account.id).await?;
        }
        let hash = self.place_password(requester, &account.id, password, Some(current)).await?;
        let epoch = self.or_unknown(self.then_send(self.commit_new_password(cx, member, &hash)).await)?;
        self.revocations.announce(&account.id, epoch);
        Ok(member.at_epoch(epoch).confirmed(self.clock.now()))
    }

    /// Refuses one more change where the next one would not be recorded: a directory cannot be asked to take it back.
    async fn check_changes_left(&self, account: &str) -> Result<(), Error> {
        let (now, bucket) = (self.clock.now(), BucketKind::PasswordChanges.of(&[account]));
        let mark = new_id(now, &self.entropy);
        let room = read_tx!(self.store, Error, |tx| {
            Ok(tx.peek_in_windows(&bucket, &mark, bucket.fixed_limits(), now).await?)
        });
        admitted(room.await?)
    }

    /// The new password, the raised epoch, the row and the emails in one transaction. Not too often: each
    /// voids the reset codes on their way, and is an email to every address.
    async fn commit_new_password(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        hash: &NewHash,
    ) -> Result<i64, Error> {
        let (now, account) = (self.clock.now(), member.account());
        let (bucket, mark) = (BucketKind::PasswordChanges.of(&[account]), new_id(now, &self.entropy));
        commit_even_if_refused!(self.store, |tx| {
            lock_current(tx, member).await?;
            reserve(tx, &[(&bucket, bucket.fixed_limits())], &mark, now).await?;
            let undo = self.offer_undo(tx, cx, account, (EventKind::PasswordChanged, ""), now).await?;
            let raised = tx.claim_password(account, member.epoch(), &hash.kept(), &cx.session, now).await?;
            let Some(epoch) = raised else {
                self.withdraw_undo(tx, &undo).await?;
                return Err(Refusal::SignedOutElsewhere.into());
            };
            tx.void_reset_codes_of(account, now).await?;
            tx.clear_factor_fails_elsewhere(account).await?;
            self.record_undoable(tx, cx, member, &undo, now).await?;
            Ok(epoch)
        })
        .await
    }
}
