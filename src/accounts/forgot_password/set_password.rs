//! Setting the new password with the right that a proven code left behind.

use super::super::directory_password::PasswordLease;
use super::super::event_kind::{EventKind, Subject};
use super::super::hashing::Requester;
use super::super::notifications::Notification;
use super::super::request::{Refusal, Reply, ResetGrant, SignedIn};
use super::super::shared::commit_even_if_refused;
use super::super::shared::passwords::NewHash;
use super::super::shared::session_start::SignInDetails;
use super::super::{Accounts, Error, RequestContext};
use super::suspend::Recent;
use crate::domain::password::{Normalised, PasswordRefusal};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailKind, EmailMessage};
use crate::store::{Tx, read_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::SetPassword`]. The grant comes back with every
    /// refusal that leaves it good.
    pub(in crate::accounts) async fn set_password(
        &self,
        cx: &RequestContext,
        mut grant: ResetGrant,
        password: &Secret,
    ) -> Reply {
        match self.set_with_grant(cx, &grant, password).await {
            Ok(member) => {
                let suspended = member.suspended();
                Reply::PasswordSet(self.rules.sign_in_after_reset.then_some(member), suspended)
            }
            Err(error) => {
                let refusal = self.refusal_of(error);
                if matches!(refusal, Refusal::Password(PasswordRefusal::DirectoryAfterReset(_))) {
                    grant.forget_current();
                }
                // Where the outcome is unknown, trying again with it could only tell of a reset that took too long.
                let is_good = !matches!(refusal, Refusal::GrantExpired | Refusal::OutcomeUnknown(_));
                Reply::PasswordNotSet(is_good.then_some(grant), refusal)
            }
        }
    }

    async fn set_with_grant(
        &self,
        cx: &RequestContext,
        grant: &ResetGrant,
        password: &Secret,
    ) -> Result<SignedIn, Error> {
        if self.directory.is_some() {
            // Who could not set one keeps nobody waiting.
            self.check_new_password(grant, password).await?;
        }
        let lease = self.lease_password(&grant.account).await?;
        let set = self.set_under_lease(cx, grant, password, lease.as_ref()).await;
        self.end_password_lease(&grant.account, lease, &set).await;
        set
    }

    /// The same for whoever holds the lease of the password that a directory has.
    pub(in crate::accounts) async fn set_under_lease(
        &self,
        cx: &RequestContext,
        grant: &ResetGrant,
        password: &Secret,
        lease: Option<&PasswordLease>,
    ) -> Result<SignedIn, Error> {
        // Under the lease: an undo, or another new password, makes the grant void.
        let password = self.check_new_password(grant, password).await?;
        let (requester, current) = (Requester::known(&grant.account, cx.source), grant.current());
        if current.is_some_and(|current| Normalised::typed(current.expose()).as_ref() == Some(&password)) {
            return Err(PasswordRefusal::Unchanged.into());
        }
        let hash = self.place_password(requester, &grant.account, password, current).await?;
        let recorded = self.then_send(self.commit_reset(cx, grant, &hash, lease)).await;
        let member = self.or_void(&grant.account, lease, recorded).await?;
        self.revocations.announce(&grant.account, member.epoch());
        Ok(member)
    }

    /// Checks grant and policy before the costly part.
    async fn check_new_password(&self, grant: &ResetGrant, password: &Secret) -> Result<Normalised, Error> {
        let now = self.clock.now();
        let account = read_tx!(self.store, Error, |tx| {
            if !tx.is_live_grant(&grant.id, &grant.account, now).await? {
                return Err(Refusal::GrantExpired.into());
            }
            Ok(tx.find_account(&grant.account).await?.ok_or(Refusal::GrantExpired)?)
        });
        self.check_policy(&account.await?, password).await
    }

    async fn commit_reset(
        &self,
        cx: &RequestContext,
        grant: &ResetGrant,
        hash: &NewHash,
        lease: Option<&PasswordLease>,
    ) -> Result<SignedIn, Error> {
        let now = self.clock.now();
        // A grant that comes too late for the account is used up with the refusal.
        commit_even_if_refused!(self.store, |tx| self.use_grant(tx, cx, grant, hash, lease, now).await).await
    }

    /// All of it in the caller's transaction: the grant used, the password set, the epoch raised, every other code
    /// and grant void, the throttles cleared, what is recent suspended, the row and the emails written, and the session
    /// started unless the setting asks for a sign-in. The second factor stays as it is.
    pub(in crate::accounts) async fn use_grant(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        grant: &ResetGrant,
        hash: &NewHash,
        lease: Option<&PasswordLease>,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let (account, name) = (&grant.account, &grant.name);
        // Somebody who knows the password has changed it, whatever asked them to.
        let (event_kind, email_kind) = if grant.is_for_due_password() {
            (EventKind::PasswordChanged, EmailKind::PasswordChanged)
        } else {
            (EventKind::PasswordReset, EmailKind::PasswordReset)
        };
        let undo = self.offer_undo(tx, cx, account, (event_kind, ""), now).await?;
        let epoch = tx.claim_grant(&grant.id, account, now).await?;
        let raised = match epoch {
            Some(epoch) => tx.claim_password(account, epoch, &hash.kept(), &cx.session, now).await?,
            None => None,
        };
        // Of another epoch, or of a disabled account, the grant is good for nothing any more.
        let Some(raised) = raised else {
            self.withdraw_undo(tx, &undo).await?;
            return Err(Refusal::GrantExpired.into());
        };
        tx.void_reset_codes_of(&grant.account, now).await?;
        tx.clear_buckets_of(&grant.account).await?;
        if let Some(lease) = lease {
            lease.end_in(tx, &grant.account).await?;
        }
        self.forget_codes_asked_for(tx, cx, (account, name)).await?;
        tx.clear_factor_fails_elsewhere(&grant.account).await?;
        self.note_known_source(tx, cx, account, now).await?;
        let recent = if grant.is_for_due_password() {
            Recent::nothing(now)
        } else {
            self.suspend_recent(tx, cx, grant, now).await?
        };
        let notification = Notification { kind: email_kind, account, name, detail: "" };
        let email = EmailMessage { recent: recent.items, ..notification.email(cx, now) };
        self.enqueue_undoable(tx, account, &email, Some(&undo), now).await?;
        // Those were to be told first.
        tx.suspend_emails_verified_after(account, recent.since, now).await?;
        if self.rules.sign_in_after_reset {
            // The source is known by now: the email about the reset names it already.
            let details = SignInDetails { account, name, epoch: raised, event_kind, is_fresh: false };
            let member = self.start_session(tx, cx, &details, now).await?;
            return Ok(member.with_review(recent.has_review));
        }
        self.cancel_deletion(tx, cx, (account, name), now).await?;
        tx.insert_event(&self.event(event_kind, Subject::Account(account, name), cx, now)).await?;
        let suspended = tx.count_suspended(account).await?;
        Ok(SignedIn::new(account.clone(), name.clone(), raised, None).with_suspended(suspended))
    }
}
