//! Changing the password of a signed-in member: the current one is asked for and throttled like a sign-in.

use super::directory_password::PasswordLease;
use super::event_kind::EventKind;
use super::hashing::Requester;
use super::request::{Refusal, SignedIn};
use super::shared::passwords::NewHash;
use super::shared::{admitted, commit_even_if_refused, lock_current, require_current, reserve};
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
        let lease = self.lease_password(&account.id).await?;
        let changed = self.change_under_lease(cx, member, lease.as_ref(), password, current).await;
        self.end_password_lease(&account.id, lease, &changed).await;
        let epoch = changed?;
        self.revocations.announce(&account.id, epoch);
        Ok(member.at_epoch(epoch).confirmed(self.clock.now()))
    }

    /// The same for whoever holds the lease of the password that a directory has. Gives the raised epoch.
    async fn change_under_lease(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        lease: Option<&PasswordLease>,
        new: Normalised,
        current: &Secret,
    ) -> Result<i64, Error> {
        let account = member.account();
        if lease.is_some() {
            // An undo, or another change, may have come before the lease.
            read_tx!(self.store, Error, |tx| require_current(tx, member).await).await?;
            self.check_changes_left(account).await?;
        }
        let requester = Requester::known(account, cx.source);
        let hash = self.place_password(requester, account, new, Some(current)).await?;
        let recorded = self.then_send(self.commit_new_password(cx, member, &hash, lease)).await;
        self.or_void(account, lease, recorded).await
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
        lease: Option<&PasswordLease>,
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
            if let Some(lease) = lease {
                lease.end_in(tx, account).await?;
            }
            tx.void_reset_codes_of(account, now).await?;
            tx.clear_factor_fails_elsewhere(account).await?;
            self.record_undoable(tx, cx, member, &undo, now).await?;
            Ok(epoch)
        })
        .await
    }
}
