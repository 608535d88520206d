//! Making an account with the grant that a proven code gave, and signing in to it at once.

use super::super::event_kind::EventKind;
use super::super::hashing::Requester;
use super::super::request::join::JoinReply;
use super::super::request::{JoinGrant, JoinRefusal, Refusal, SignedIn};
use super::super::shared::passwords::NewHash;
use super::super::shared::session_start::SignInDetails;
use super::super::{Accounts, Error, RequestContext};
use crate::domain::display_name;
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::name::UserName;
use crate::domain::password::{Normalised, PasswordOwner};
use crate::domain::secret::Secret;
use crate::domain::throttle::RELEASED_NAME_KEPT_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{NewAccount, Origin, Tx, read_tx, write_tx};

/// A new account whose every part was checked.
pub(in crate::accounts) struct AccountDraft {
    pub(in crate::accounts) name: UserName,
    display_name: String,
    pub(in crate::accounts) email: Email,
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
            Ok(member) => JoinReply::SignedUp(member),
            Err(error) => {
                let refusal = self.refusal_of(error);
                let is_good =
                    !matches!(refusal, Refusal::Join(JoinRefusal::TooLate) | Refusal::OutcomeUnknown(_));
                JoinReply::NotSignedUp(is_good.then_some(grant), refusal)
            }
        }
    }

    async fn sign_up_with(
        &self,
        cx: &RequestContext,
        grant: &JoinGrant,
        names: (&str, &str),
        password: &Secret,
    ) -> Result<SignedIn, Error> {
        let email = Email::parse(&grant.0.address).map_err(|_| JoinRefusal::TooLate)?;
        if self.clock.now() >= grant.0.expires_at {
            return Err(JoinRefusal::TooLate.into());
        }
        if !self.store.has_accounts().await? {
            return Err(JoinRefusal::NotSetUp.into());
        }
        let (draft, password) = self.check_draft(email, names, password).await?;
        let hash = self.hash_password(Requester::unknown(cx.source), password).await?;
        self.then_send(self.commit_account(cx, grant, &draft, &hash)).await
    }

    /// Checks all that can be checked before the costly part.
    pub(in crate::accounts) async fn check_draft(
        &self,
        email: Email,
        (name, display_name): (&str, &str),
        password: &Secret,
    ) -> Result<(AccountDraft, Normalised), Error> {
        let name = self.rules.names.check(name.trim()).map_err(JoinRefusal::Name)?;
        let display_name = display_name::checked(display_name).map_err(JoinRefusal::DisplayName)?.to_owned();
        let taken =
            read_tx!(self.store, Error, |tx| Ok(tx.find_account_by_identifier(name.canonical()).await?));
        if taken.await?.is_some() {
            return Err(JoinRefusal::NameTaken.into());
        }
        let (names, addresses) = ([name.as_str(), display_name.as_str()], [email.as_str()]);
        let about = PasswordOwner { names: &names, addresses: &addresses, has_second_factor: false };
        let password = self.policy().check(password.expose(), &about)?;
        Ok((AccountDraft { name, display_name, email }, password))
    }

    /// All of it in one transaction: the account, its verified address, the invitation used up, the team
    /// joined, the rows and the emails written.
    async fn commit_account(
        &self,
        cx: &RequestContext,
        grant: &JoinGrant,
        draft: &AccountDraft,
        hash: &NewHash,
    ) -> Result<SignedIn, Error> {
        let now = self.clock.now();
        let account = new_id(now, &self.entropy);
        write_tx!(self.store, Error, |tx| {
            if now >= grant.0.expires_at || !tx.claim_invitation(&grant.0.invitation, now).await? {
                return Err(JoinRefusal::TooLate.into());
            }
            self.insert_account(tx, cx, &account, draft, hash, now).await?;
            let (account, name) = (account.as_str(), draft.name.as_str());
            let event_kind = EventKind::SignedUp;
            let details = SignInDetails { account, name, epoch: 0, event_kind, is_fresh: true };
            let member = self.start_session(tx, cx, &details, now).await?;
            if let Some((team, team_name)) = &grant.0.team {
                self.put_into_team(tx, cx, (account, name), (team, team_name), now).await?;
            }
            Ok(member)
        })
        .await
    }

    /// Writes a checked account and its address.
    pub(in crate::accounts) async fn insert_account(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        account: &str,
        AccountDraft { name, display_name, email }: &AccountDraft,
        hash: &NewHash,
        now: Timestamp,
    ) -> Result<(), Error> {
        let row = NewAccount {
            id: account,
            name: name.as_str(),
            name_canonical: name.canonical(),
            name_skeleton: &name.skeleton(),
            display_name,
            password_phc: hash.phc.as_ref().map(Secret::expose),
            pepper_id: hash.pepper_id.as_deref(),
            now,
            kept_since: now.plus_ms(-RELEASED_NAME_KEPT_MS),
        };
        if !tx.insert_account(&row).await? {
            return Err(JoinRefusal::NameTaken.into());
        }
        let id = new_id(now, &self.entropy);
        let (ip, address) = (cx.source.to_string(), (email.as_str(), email.canonical()));
        let from = Some(Origin { ip: &ip, client: &cx.client });
        if !tx.insert_primary_email(&id, account, address, from, now).await? {
            return Err(JoinRefusal::TooLate.into());
        }
        Ok(())
    }
}
