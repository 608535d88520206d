//! Setting the new password with the right that a proven code left behind.

use super::super::event_kind::{EventKind, Subject};
use super::super::hashing::HashFault;
use super::super::notifications::Notification;
use super::super::passwords::NewHash;
use super::super::request::{Refusal, Reply, ResetGrant, SignedIn};
use super::super::session_start::SignInDetails;
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::password::Normalised;
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{read_tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::SetPassword`]. The grant comes back with every
    /// refusal that leaves it good.
    pub(in crate::accounts) async fn set_password(
        &self,
        cx: &RequestContext,
        grant: ResetGrant,
        password: &Secret,
    ) -> Reply {
        match self.set_with_grant(cx, &grant, password).await {
            Ok(Ok(member)) => Reply::PasswordSet(self.rules.sign_in_after_reset.then_some(member)),
            Ok(Err(Refusal::GrantExpired)) => Reply::PasswordNotSet(None, Refusal::GrantExpired),
            Ok(Err(refusal)) => Reply::PasswordNotSet(Some(grant), refusal),
            Err(fault) => Reply::PasswordNotSet(Some(grant), self.unavailable(&fault)),
        }
    }

    async fn set_with_grant(
        &self,
        cx: &RequestContext,
        grant: &ResetGrant,
        password: &Secret,
    ) -> Result<Result<SignedIn, Refusal>, Fault> {
        let password = match self.take_password(grant, password).await? {
            Ok(password) => password,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let hash = match self.hash_password(password).await {
            Ok(hash) => hash,
            Err(HashFault::Busy) => return Ok(Err(Refusal::Busy)),
            Err(fault) => return Err(fault.into()),
        };
        let Some(member) = self.commit_reset(cx, grant, &hash, self.clock.now()).await? else {
            return Ok(Err(Refusal::GrantExpired));
        };
        self.revocations.announce(&grant.account, member.epoch());
        self.outbox.wake();
        Ok(Ok(member))
    }

    /// Checks grant and policy before the costly part.
    async fn take_password(
        &self,
        grant: &ResetGrant,
        password: &Secret,
    ) -> Result<Result<Normalised, Refusal>, Fault> {
        let now = self.clock.now();
        let account = read_tx!(self.store, Fault, |tx| {
            if !tx.is_live_grant(&grant.id, &grant.account, now).await? {
                return Ok(None);
            }
            Ok(tx.find_account(&grant.account).await?)
        });
        let Some(account) = account.await? else { return Ok(Err(Refusal::GrantExpired)) };
        Ok(self.check_policy(&account, password).await?.map_err(Refusal::Password))
    }

    /// All of it in one transaction: the grant used, the password set, the epoch raised, every other code
    /// and grant dead, the locks opened, the row and the emails written; and whoever set it is let in, unless
    /// they are to sign in first. The second factor stays as it is.
    async fn commit_reset(
        &self,
        cx: &RequestContext,
        grant: &ResetGrant,
        hash: &NewHash,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, Fault> {
        let (account, name, event_kind) = (&grant.account, &grant.name, EventKind::PasswordReset);
        let notification = Notification {
            kind: EmailKind::PasswordReset,
            account: &grant.account,
            name: &grant.name,
            detail: "",
        };
        let source_mac = self.source_mac(&grant.account, &cx.source.to_string());
        write_tx!(self.store, Fault, |tx| {
            let Some(epoch) = tx.claim_grant(&grant.id, &grant.account, now).await? else { return Ok(None) };
            let raised = tx.claim_password(&grant.account, epoch, &hash.kept(), now).await?;
            let Some(raised) = raised else { return Ok(None) };
            tx.void_reset_codes_of(&grant.account, now).await?;
            tx.clear_buckets_of(&grant.account).await?;
            tx.set_known_source(&grant.account, &source_mac, now).await?;
            self.notify(tx, cx, notification, now).await?;
            if self.rules.sign_in_after_reset {
                // The source is known by now: the email about the reset tells of it already.
                let entrance = SignInDetails { account, name, epoch: raised, event_kind, is_fresh: true };
                return Ok(Some(self.start_session(tx, cx, &entrance, now).await?));
            }
            tx.insert_event(&self.event(event_kind, Subject::Account(account), cx, now)).await?;
            Ok(Some(SignedIn::new(account.clone(), name.clone(), raised, None)))
        })
        .await
    }
}
