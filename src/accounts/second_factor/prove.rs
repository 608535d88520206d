//! Proving the second factor after a password, a key or the code from an email.

use super::super::event_kind::{EventKind, Subject};
use super::super::request::second_factor::{SecondFactorAttempt, SecondFactorReply};
use super::super::request::{DuePassword, FirstFactor, FirstFactorKind, Refusal, Reply, ResetGrant};
use super::super::shared::commit_even_if_refused;
use super::super::shared::session_start::SignInDetails;
use super::super::{Accounts, Error, Fault, RequestContext};
use super::check::{CheckedFactor, FactorOwner, PrecedingProof, TypedFactor, WrongFactor};
use crate::domain::timestamp::Timestamp;
use crate::store::Tx;

impl Accounts {
    /// Starts the session, or asks for the second factor where there is one.
    pub(in crate::accounts) async fn start_session_or_ask(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        details: &SignInDetails<'_>,
        kind: FirstFactorKind,
        now: Timestamp,
    ) -> Result<Reply, Fault> {
        let SignInDetails { account, name, epoch, .. } = *details;
        let expiry = kind.password_expiry();
        if tx.find_second_factor(account).await?.is_some() {
            // Somebody knows the password, or has the key, even if they get no further.
            let asked = self.event(EventKind::TwoFactorAsked, Subject::Account(account, name), cx, now);
            tx.insert_event(&asked).await?;
            let first_factor = FirstFactor::new(account.to_owned(), name.to_owned(), epoch, kind, now);
            return Ok(Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(first_factor)));
        }
        Ok(Reply::SignedIn(self.start_session(tx, cx, details, now).await?.with_password_expiry(expiry)))
    }

    /// True when the connection holds a key of this account that it has signed in with before: it then counts
    /// as the second factor beside the code from an email.
    pub(in crate::accounts) async fn holds_key_of(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        account: &str,
    ) -> Result<bool, Fault> {
        let Some(key) = cx.proven else { return Ok(false) };
        Ok(tx.is_proven_key(&key.fingerprint(), account).await?)
    }

    /// The story of [`super::super::request::Request::ProveSecondFactor`].
    pub(in crate::accounts) async fn prove_second_factor(
        &self,
        cx: &RequestContext,
        SecondFactorAttempt { half: first_factor, code }: SecondFactorAttempt,
    ) -> Result<Reply, Error> {
        let typed = TypedFactor::read(&code)?;
        if !first_factor.take_try(self.clock.now()) {
            return Err(Refusal::SecondFactorExpired.into());
        }
        let (account, name, epoch) = (first_factor.account(), first_factor.name(), first_factor.epoch());
        let preceding = match first_factor.shown() {
            FirstFactorKind::Password(_) | FirstFactorKind::PasswordDue { .. } => PrecedingProof::Password,
            FirstFactorKind::Key => PrecedingProof::Key,
            FirstFactorKind::Code(grant) => PrecedingProof::Code(grant),
        };
        let owner = FactorOwner { account, name, epoch, preceding };
        let checked = self.check_second_factor(cx, owner, &typed).await;
        if let Err(Error::Refused(Refusal::TryLater(_) | Refusal::Busy(_))) = checked {
            first_factor.give_back_try();
        }
        let reply = self.use_up(cx, &first_factor, owner, &checked?).await;
        self.outbox.wake();
        match reply {
            Err(Error::Refused(Refusal::SecondFactorRefused)) => {
                Err(self.refuse_second_factor(cx, owner, WrongFactor::default()).await?.into())
            }
            reply => reply,
        }
    }

    /// Uses up the second factor and what it was proven beside, in one transaction. A right code whose grant has
    /// expired is used up too: it may not be right a second time (RFC 6238 section 5.2).
    async fn use_up(
        &self,
        cx: &RequestContext,
        first_factor: &FirstFactor,
        owner: FactorOwner<'_>,
        right: &CheckedFactor,
    ) -> Result<Reply, Error> {
        let now = self.clock.now();
        let FactorOwner { account, name, epoch, .. } = owner;
        commit_even_if_refused!(self.store, |tx| {
            if !tx.claim_account_lock(account).await? || !tx.is_current(account, epoch).await? {
                return Err(Refusal::SecondFactorExpired.into());
            }
            if !self.claim_second_factor(tx, cx, owner, right, now).await? {
                return Err(Refusal::SecondFactorRefused.into());
            }
            let event_kind = match first_factor.shown() {
                FirstFactorKind::Password(_) => EventKind::SignIn,
                FirstFactorKind::Key => EventKind::SignInWithKey,
                FirstFactorKind::Code(grant) | FirstFactorKind::PasswordDue { grant, .. } => {
                    if !tx.claim_grant_second_factor(grant, account, now).await? {
                        return Err(Refusal::GrantExpired.into());
                    }
                    let (id, account, name) = (grant.clone(), account.to_owned(), name.to_owned());
                    let current = match first_factor.shown() {
                        FirstFactorKind::PasswordDue { current, .. } => {
                            Some(Box::new(DuePassword::Shown(current.clone())))
                        }
                        _ => None,
                    };
                    let grant = ResetGrant { id, account, name, has_second_factor: true, current };
                    return Ok(Reply::MaySetPassword(grant));
                }
            };
            let details = SignInDetails { account, name, epoch, event_kind, is_fresh: true };
            let member = self.start_session(tx, cx, &details, now).await?;
            let member = member.with_password_expiry(first_factor.shown().password_expiry());
            // Without the password in between, what is sensitive asks for it.
            let is_without_password =
                cx.is_interactive && matches!(first_factor.shown(), FirstFactorKind::Key);
            Ok(Reply::SignedIn(if is_without_password { member.without_password() } else { member }))
        })
        .await
    }
}
