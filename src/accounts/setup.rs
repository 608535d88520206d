//! The first account: created with the setup code that `doorkey serve` prints while there is none.
//!
//! ```text
//! code -> SetupGrant -> (address -> email -> code) -> account + team, signed in as its owner
//! ```
//!
//! What strangers can do with an entrance that anyone finds:
//!
//! | they | and |
//! |---|---|
//! | guess | 69 bits, for a day ([`crate::domain::setup_code`]); per source as many wrong tries in a minute as at passwords. No wrong try ends the code or keeps the right one waiting: a total would let strangers lock the operator out |
//! | use the code twice, or at two nodes at once | one conditional statement on the one row uses it up, and only while there is no account |
//! | read a backup of the database | it has no code, and no hash of one: it is derived with a secret key that is not in it |
//! | read the journal | they are administrators of that machine, who can also run `doorkey user add`. The code is on standard output only, never in the log, and void after a day or with the first account |
//!
//! Several nodes on one database print the same code, and so does a restart: what an operator has copied stays good. After a
//! day a restart prints another one.
//!
//! The address is checked with a code by mail, as when people sign up. Where there is no relay, or no email arrives,
//! whoever has the setup code vouches for the address, as with `doorkey user add`: the setup must not depend on a relay
//! that is not right yet.

use super::event_kind::EventKind;
use super::hashing::Requester;
use super::join::AccountDraft;
use super::request::setup::{FirstAccount, SetupAddress, SetupGrant, SetupReply, SetupRequest};
use super::request::{JoinRefusal, Refusal, SignedIn, TeamRefusal};
use super::shared::admitted;
use super::shared::passwords::NewHash;
use super::shared::session_start::SignInDetails;
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::BucketKind;
use crate::domain::email::Email;
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::secret::Secret;
use crate::domain::setup_code::SetupCode;
use crate::domain::team::{Role, TeamName};
use crate::domain::throttle::SETUP_CODE_LIFE_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{SetupNonce, read_tx, write_tx};

impl Accounts {
    /// The setup code and when it expires, for the operator's terminal; `None` when there is an account. The same for
    /// every node, and until it expires.
    pub async fn setup_code(&self) -> Result<Option<(SetupCode, Timestamp)>, Fault> {
        if self.directory.is_some() || self.store.has_accounts().await? {
            return Ok(None);
        }
        let now = self.clock.now();
        let keyring = self.keyring.get();
        let new = SetupNonce {
            nonce: new_id(now, &self.entropy),
            key_id: keyring.code_key().0.to_owned(),
            expires_at: now.plus_ms(SETUP_CODE_LIFE_MS),
        };
        let nonce = write_tx!(self.store, Fault, |tx| {
            let found = tx.find_setup_nonce(now).await?;
            let unreadable = found.filter(|found| keyring.code_key_of(&found.key_id).is_none());
            let unreadable = unreadable.map(|found| found.nonce).unwrap_or_default();
            tx.renew_setup_nonce(&new, &unreadable, now).await?;
            Ok(tx.find_setup_nonce(now).await?)
        })
        .await?;
        Ok(nonce.and_then(|nonce| Some((self.setup_code_of(&nonce)?, nonce.expires_at))))
    }

    /// `None` when the key that it was derived with is gone.
    fn setup_code_of(&self, nonce: &SetupNonce) -> Option<SetupCode> {
        self.keyring.get().code_key_of(&nonce.key_id).map(|key| SetupCode::derive(key, &nonce.nonce))
    }

    /// The stories of [`super::request::Request::Setup`].
    pub(super) async fn set_up(
        &self,
        cx: &RequestContext,
        request: SetupRequest,
    ) -> Result<SetupReply, Error> {
        self.require_no_account().await?;
        match request {
            SetupRequest::Status => Ok(SetupReply::Open),
            SetupRequest::Prove { code } => self.prove_setup_code(cx, &code).await,
            SetupRequest::SendCode { grant, address } => self.send_setup_email(cx, &grant, &address).await,
            SetupRequest::Create(first) => Ok(self.create_first_account(cx, *first).await),
        }
    }

    async fn require_no_account(&self) -> Result<(), Error> {
        if self.store.has_accounts().await? { Err(Refusal::AlreadySetUp.into()) } else { Ok(()) }
    }

    /// Refuses a proof whose code has expired, or was used by somebody else meanwhile.
    async fn require_live(&self, grant: &SetupGrant) -> Result<(), Error> {
        if self.live_setup_nonce().await?.is_some_and(|nonce| nonce.nonce == grant.0) {
            return Ok(());
        }
        self.require_no_account().await?;
        Err(Refusal::SetupCodeRefused.into())
    }

    async fn live_setup_nonce(&self) -> Result<Option<SetupNonce>, Fault> {
        let now = self.clock.now();
        read_tx!(self.store, Fault, |tx| Ok(tx.find_setup_nonce(now).await?)).await
    }

    async fn prove_setup_code(&self, cx: &RequestContext, typed: &Secret) -> Result<SetupReply, Error> {
        // What does not have the shape of a code is no try at one.
        let typed = SetupCode::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::Setup))?;
        if let Some(nonce) = self.live_setup_nonce().await?
            && self.setup_code_of(&nonce) == Some(typed)
        {
            return Ok(SetupReply::Proven(SetupGrant(nonce.nonce)));
        }
        // It may have been used up a moment ago: then it is no guess.
        self.require_no_account().await?;
        let (now, limit) = (self.clock.now(), self.limits().tries_per_source);
        self.require_room_of_source(cx, BucketKind::Setup, limit, now).await?;
        write_tx!(self.store, Error, |tx| admitted(
            self.reserve_rate_of_source(tx, cx, BucketKind::Setup, limit, now).await?
        ))
        .await?;
        Err(Refusal::SetupCodeRefused.into())
    }

    /// Checks an address like one that somebody signs up with, whether or not the portal lets people sign up.
    async fn send_setup_email(
        &self,
        cx: &RequestContext,
        grant: &SetupGrant,
        address: &str,
    ) -> Result<SetupReply, Error> {
        let email = Email::parse(address.trim()).map_err(JoinRefusal::Address)?;
        self.require_live(grant).await?;
        if !self.outbox.reaches_mailboxes() {
            return Ok(SetupReply::NoRelay);
        }
        self.send_sign_up_code(cx, &email).await.map(SetupReply::CodeSent)
    }

    async fn create_first_account(&self, cx: &RequestContext, first: FirstAccount) -> SetupReply {
        match self.create_first_account_with(cx, &first).await {
            Ok(member) => SetupReply::Created(member),
            Err(error) => {
                let refusal = self.refusal_of(error);
                let is_good =
                    !matches!(refusal, Refusal::Join(JoinRefusal::TooLate) | Refusal::OutcomeUnknown(_));
                SetupReply::NotCreated(is_good.then_some(first.address), refusal)
            }
        }
    }

    async fn create_first_account_with(
        &self,
        cx: &RequestContext,
        FirstAccount { grant, address, name, password, team }: &FirstAccount,
    ) -> Result<SignedIn, Error> {
        let email = Email::parse(address.as_str()).map_err(JoinRefusal::Address)?;
        let team = TeamName::parse(team).map_err(TeamRefusal::Name)?;
        let (draft, password) = self.check_draft(email, (name, ""), password).await?;
        // Who has no live code must not make the portal hash.
        self.require_live(grant).await?;
        let hash = self.hash_password(Requester::unknown(cx.source), password).await?;
        self.then_send(self.commit_first_account(cx, (grant, address), &draft, &team, &hash)).await
    }

    /// All of it in one transaction: the setup code used up, the account with its address, the team with its owner, the rows.
    async fn commit_first_account(
        &self,
        cx: &RequestContext,
        (grant, address): (&SetupGrant, &SetupAddress),
        draft: &AccountDraft,
        team_name: &TeamName,
        hash: &NewHash,
    ) -> Result<SignedIn, Error> {
        let now = self.clock.now();
        let (account, team) = (new_id(now, &self.entropy), new_id(now, &self.entropy));
        write_tx!(self.store, Error, |tx| {
            if !tx.claim_setup(&grant.0, now).await? {
                let refusal =
                    if tx.has_accounts().await? { Refusal::AlreadySetUp } else { Refusal::SetupCodeRefused };
                return Err(refusal.into());
            }
            if let SetupAddress::Verified(proven) = address
                && (now >= proven.0.expires_at || !tx.claim_invitation(&proven.0.invitation, now).await?)
            {
                return Err(JoinRefusal::TooLate.into());
            }
            // One that went to a mistyped address would let its owner sign up.
            tx.void_sign_up_codes(now).await?;
            self.insert_account(tx, cx, &account, draft, hash, now).await?;
            let event_kind = EventKind::PortalSetUp;
            let (account, name) = (account.as_str(), draft.name.as_str());
            let details = SignInDetails { account, name, epoch: 0, event_kind, is_fresh: true };
            let member = self.start_session(tx, cx, &details, now).await?;
            if !tx.insert_team(&team, team_name.as_str(), &team_name.canonical(), "", now).await? {
                return Err(TeamRefusal::NameTaken.into());
            }
            tx.insert_membership(&team, account, Role::Owner.as_str(), now).await?;
            tx.set_last_opened(&team, account, now).await?;
            self.record(tx, cx, &member, EventKind::TeamCreated, now).await?;
            Ok(member)
        })
        .await
    }
}
