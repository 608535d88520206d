//! Setting the new password with the right that a proven code left behind.

use super::super::entrance::Entrance;
use super::super::happened::{Happened, Whom};
use super::super::hashing::HashFault;
use super::super::outbox::Tale;
use super::super::passwords::NewHash;
use super::super::request::{Refusal, Reply, ResetGrant, SignedIn};
use super::super::{Accounts, Fault, Knock};
use crate::domain::moment::Moment;
use crate::domain::password::Normalised;
use crate::domain::secret::Secret;
use crate::mail::About;
use crate::store::{read_tx, write_tx};

impl Accounts {
    /// The story of [`crate::accounts::request::Request::SetPassword`]. The grant comes back with every
    /// refusal that leaves it good.
    pub(in crate::accounts) async fn set_password(
        &self,
        knock: &Knock,
        grant: ResetGrant,
        password: &Secret,
    ) -> Reply {
        match self.set_with_grant(knock, &grant, password).await {
            Ok(Ok(member)) => Reply::PasswordSet(self.rules.sign_in_after_reset.then_some(member)),
            Ok(Err(Refusal::GrantExpired)) => Reply::PasswordNotSet(None, Refusal::GrantExpired),
            Ok(Err(refusal)) => Reply::PasswordNotSet(Some(grant), refusal),
            Err(fault) => Reply::PasswordNotSet(Some(grant), self.unavailable(&fault)),
        }
    }

    async fn set_with_grant(
        &self,
        knock: &Knock,
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
        let Some(member) = self.commit_reset(knock, grant, &hash, self.clock.now()).await? else {
            return Ok(Err(Refusal::GrantExpired));
        };
        self.endings.announce(&grant.account, member.epoch());
        self.letter_written.notify_one();
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
    /// and grant dead, the locks opened, the row and the letters written; and whoever set it is let in, unless
    /// they are to sign in first. The second step stays as it is.
    async fn commit_reset(
        &self,
        knock: &Knock,
        grant: &ResetGrant,
        hash: &NewHash,
        now: Moment,
    ) -> Result<Option<SignedIn>, Fault> {
        let (account, name, happened) = (&grant.account, &grant.name, Happened::PasswordReset);
        let tale =
            Tale { about: About::PasswordReset, account: &grant.account, name: &grant.name, detail: "" };
        let source_mac = self.source_mac(&grant.account, &knock.source.to_string());
        write_tx!(self.store, Fault, |tx| {
            let Some(epoch) = tx.claim_grant(&grant.id, &grant.account, now).await? else { return Ok(None) };
            let raised = tx.claim_password(&grant.account, epoch, &hash.kept(), now).await?;
            let Some(raised) = raised else { return Ok(None) };
            tx.void_reset_codes_of(&grant.account, now).await?;
            tx.clear_buckets_of(&grant.account).await?;
            tx.set_known_source(&grant.account, &source_mac, now).await?;
            self.tell(tx, knock, tale, now).await?;
            if self.rules.sign_in_after_reset {
                // The source is known by now: the letter about the reset tells of it already.
                let entrance = Entrance { account, name, epoch: raised, happened, is_confirmed: true };
                return Ok(Some(self.let_in(tx, knock, &entrance, now).await?));
            }
            tx.insert_event(&self.event(happened, Whom::Account(account), knock, now)).await?;
            Ok(Some(SignedIn::new(account.clone(), name.clone(), raised, None)))
        })
        .await
    }
}
