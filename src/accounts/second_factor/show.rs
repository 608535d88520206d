//! Showing the second factor after a password, a key or the code from an email.

use super::super::event_kind::{EventKind, Subject};
use super::super::request::second_factor::{SecondFactorAttempt, SecondFactorReply};
use super::super::request::{FirstFactor, FirstFactorKind, Refusal, Reply, ResetGrant};
use super::super::session_start::SignInDetails;
use super::super::{Accounts, Fault, RequestContext};
use super::check::{CheckedFactor, FactorOwner, TypedFactor};
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, write_tx};

impl Accounts {
    /// Lets them in, or half in where there is a second factor.
    pub(in crate::accounts) async fn let_in_or_half(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        entrance: &SignInDetails<'_>,
        shown: FirstFactorKind,
        now: Timestamp,
    ) -> Result<Reply, Fault> {
        let SignInDetails { account, name, epoch, .. } = *entrance;
        if tx.find_second_factor(account).await?.is_some() {
            // Somebody knows the password, or has the key, even if they get no further.
            let asked = self.event(EventKind::TwoFactorAsked, Subject::Account(account), cx, now);
            tx.insert_event(&asked).await?;
            let half = FirstFactor::new(account.to_owned(), name.to_owned(), epoch, shown, now);
            return Ok(Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(half)));
        }
        Ok(Reply::SignedIn(self.start_session(tx, cx, entrance, now).await?))
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
    pub(in crate::accounts) async fn second_factor(
        &self,
        cx: &RequestContext,
        SecondFactorAttempt { half, code }: SecondFactorAttempt,
    ) -> Result<Reply, Fault> {
        let Some(typed) = TypedFactor::read(&code) else {
            return Ok(Reply::Refused(Refusal::SecondFactorRefused));
        };
        if !half.take_try(self.clock.now()) {
            return Ok(Reply::Refused(Refusal::SecondFactorExpired));
        }
        let owner = FactorOwner { account: half.account(), name: half.name(), epoch: half.epoch() };
        let right = match self.check_second_factor(cx, owner, &typed).await? {
            Ok(right) => right,
            Err(refusal) => {
                if matches!(refusal, Refusal::TryLater(_)) {
                    half.give_back_try();
                }
                return Ok(Reply::Refused(refusal));
            }
        };
        let reply = self.complete(cx, &half, owner, &right).await?;
        self.outbox.wake();
        match reply {
            Reply::Refused(Refusal::SecondFactorRefused) => {
                Ok(Reply::Refused(self.refuse_second_factor(cx, owner).await?))
            }
            reply => Ok(reply),
        }
    }

    /// Uses up what was right and what it was shown beside, in one transaction.
    async fn complete(
        &self,
        cx: &RequestContext,
        half: &FirstFactor,
        owner: FactorOwner<'_>,
        right: &CheckedFactor,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(owner.account, owner.epoch).await? {
                return Ok(Reply::Refused(Refusal::SecondFactorExpired));
            }
            if !self.claim_second_factor(tx, cx, owner, right, now).await? {
                return Ok(Reply::Refused(Refusal::SecondFactorRefused));
            }
            match half.shown() {
                FirstFactorKind::Password => self.let_whole_in(tx, cx, owner, EventKind::SignIn, now).await,
                FirstFactorKind::Key => self.let_whole_in(tx, cx, owner, EventKind::SignInWithKey, now).await,
                FirstFactorKind::Code(grant) => {
                    if !tx.claim_grant_second_factor(grant, owner.account, now).await? {
                        return Ok(Reply::Refused(Refusal::GrantExpired));
                    }
                    let (account, name) = (owner.account.to_owned(), owner.name.to_owned());
                    let id = grant.clone();
                    Ok(Reply::CodeProven(ResetGrant { id, account, name, has_second_factor: true }))
                }
            }
        })
        .await
    }

    async fn let_whole_in(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        owner: FactorOwner<'_>,
        event_kind: EventKind,
        now: Timestamp,
    ) -> Result<Reply, Fault> {
        let FactorOwner { account, name, epoch } = owner;
        let entrance = SignInDetails { account, name, epoch, event_kind, is_fresh: true };
        Ok(Reply::SignedIn(self.start_session(tx, cx, &entrance, now).await?))
    }
}
