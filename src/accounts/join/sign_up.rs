//! Making an account with the right that a proven code left behind, and being signed in to it at once.

use super::super::event_kind::EventKind;
use super::super::hashing::HashFault;
use super::super::passwords::NewHash;
use super::super::request::join::JoinReply;
use super::super::request::{JoinGrant, JoinRefusal, Refusal, SignedIn};
use super::super::session_start::SignInDetails;
use super::super::{Accounts, Fault, RequestContext};
use crate::domain::display_name;
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::name::UserName;
use crate::domain::password::{Normalised, PasswordOwner};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;
use crate::store::{NewAccount, Tx, read_tx, write_tx};

/// An account to be made, every part of it checked.
struct AccountDraft {
    name: UserName,
    display_name: String,
    email: Email,
}

impl Accounts {
    /// The story of [`crate::accounts::request::join::JoinRequest::SignUp`]. The grant comes back with every refusal
    /// that leaves it good.
    pub(super) async fn sign_up(
        &self,
        cx: &RequestContext,
        grant: JoinGrant,
        names: (&str, &str),
        password: &Secret,
    ) -> JoinReply {
        match self.sign_up_with(cx, &grant, names, password).await {
            Ok(Ok(member)) => JoinReply::SignedUp(member),
            Ok(Err(refusal @ Refusal::Join(JoinRefusal::TooLate))) => JoinReply::NotSignedUp(None, refusal),
            Ok(Err(refusal)) => JoinReply::NotSignedUp(Some(grant), refusal),
            Err(fault) => JoinReply::NotSignedUp(Some(grant), self.unavailable(&fault)),
        }
    }

    async fn sign_up_with(
        &self,
        cx: &RequestContext,
        grant: &JoinGrant,
        names: (&str, &str),
        password: &Secret,
    ) -> Result<Result<SignedIn, Refusal>, Fault> {
        let (newcomer, password) = match self.check_newcomer(grant, names, password).await? {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let hash = match self.hash_password(password).await {
            Ok(hash) => hash,
            Err(HashFault::Busy) => return Ok(Err(Refusal::Busy)),
            Err(fault) => return Err(fault.into()),
        };
        let made = self.commit_newcomer(cx, grant, &newcomer, &hash).await?;
        self.outbox.wake();
        Ok(made)
    }

    /// Checks all that can be checked before the costly part.
    async fn check_newcomer(
        &self,
        grant: &JoinGrant,
        (name, display_name): (&str, &str),
        password: &Secret,
    ) -> Result<Result<(AccountDraft, Normalised), Refusal>, Fault> {
        let no = |refusal| Ok(Err(Refusal::Join(refusal)));
        let Ok(email) = Email::parse(&grant.0.address) else { return no(JoinRefusal::TooLate) };
        if self.clock.now() >= grant.0.expires_at {
            return no(JoinRefusal::TooLate);
        }
        let name = match UserName::parse(name.trim()) {
            Ok(name) => name,
            Err(refusal) => return no(JoinRefusal::Name(refusal)),
        };
        let display_name = match display_name::checked(display_name) {
            Ok(display_name) => display_name.to_owned(),
            Err(refusal) => return no(JoinRefusal::DisplayName(refusal)),
        };
        let taken =
            read_tx!(self.store, Fault, |tx| Ok(tx.find_account_by_identifier(name.canonical()).await?));
        if taken.await?.is_some() || self.is_reserved(&name) {
            return no(JoinRefusal::NameTaken);
        }
        let (names, addresses) = ([name.as_str(), display_name.as_str()], [email.as_str()]);
        let about = PasswordOwner { names: &names, addresses: &addresses, has_second_factor: false };
        Ok(match self.policy.check(password.expose(), &about) {
            Ok(password) => Ok((AccountDraft { name, display_name, email }, password)),
            Err(refusal) => Err(Refusal::Password(refusal)),
        })
    }

    /// All of it in one transaction: the account, its proven address, the invitation used up, the team
    /// joined, the rows and the emails written. A refusal leaves nothing behind.
    async fn commit_newcomer(
        &self,
        cx: &RequestContext,
        grant: &JoinGrant,
        newcomer: &AccountDraft,
        hash: &NewHash,
    ) -> Result<Result<SignedIn, Refusal>, Fault> {
        let now = self.clock.now();
        let account = new_id(now, &self.entropy);
        let made = write_tx!(self.store, Undone, |tx| {
            if now >= grant.0.expires_at || !tx.claim_invitation(&grant.0.invitation, now).await? {
                return Err(Undone::Refused(JoinRefusal::TooLate));
            }
            self.insert_newcomer(tx, &account, newcomer, hash, now).await?;
            let name = newcomer.name.as_str();
            let entrance = SignInDetails {
                account: &account,
                name,
                epoch: 0,
                event_kind: EventKind::SignedUp,
                is_fresh: true,
            };
            let member = self.start_session(tx, cx, &entrance, now).await?;
            if let Some((team, team_name)) = &grant.0.team {
                self.put_into_team(tx, cx, (&account, name), (team, team_name), now).await?;
            }
            Ok(member)
        });
        match made.await {
            Ok(member) => Ok(Ok(member)),
            Err(Undone::Refused(refusal)) => Ok(Err(Refusal::Join(refusal))),
            Err(Undone::Failed(fault)) => Err(fault),
        }
    }

    async fn insert_newcomer(
        &self,
        tx: &mut Tx,
        account: &str,
        newcomer: &AccountDraft,
        hash: &NewHash,
        now: Timestamp,
    ) -> Result<(), Undone> {
        let AccountDraft { name, display_name, email } = newcomer;
        let row = NewAccount {
            id: account,
            name: name.as_str(),
            name_canonical: name.canonical(),
            display_name,
            password_phc: Some(hash.phc.expose()),
            pepper_id: hash.pepper_id.as_deref(),
            now,
        };
        if !tx.insert_account(&row).await? {
            return Err(Undone::Refused(JoinRefusal::NameTaken));
        }
        let id = new_id(now, &self.entropy);
        if !tx.insert_primary_email(&id, account, email.as_str(), email.canonical(), now).await? {
            return Err(Undone::Refused(JoinRefusal::TooLate));
        }
        Ok(())
    }
}

/// Why the transaction is undone.
#[derive(Debug)]
enum Undone {
    Refused(JoinRefusal),
    Failed(Fault),
}

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl From<crate::store::StoreFault> for Undone {
    fn from(fault: crate::store::StoreFault) -> Self {
        Self::Failed(fault.into())
    }
}

impl crate::store::TransactionError for Undone {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Failed(fault) if fault.is_transient())
    }
}
