//! Proving a code and setting the new password at once, for somebody who has everything at hand. Whatever happens in
//! between, the code is used and the password is new, or neither.

use super::super::hashing::Requester;
use super::super::request::second_factor::SecondFactorReply;
use super::super::request::{Refusal, Reply, RequestId};
use super::super::second_factor::{CheckedFactor, FactorOwner, PrecedingProof, TypedFactor, WrongFactor};
use super::super::shared::passwords::NewHash;
use super::super::shared::resolve_name::ResolvedName;
use super::super::shared::{admitted, parts_of};
use super::super::{Accounts, Error, RequestContext};
use super::prove_code::{Redeemed, RightCode};
use crate::domain::code::{self, Code};
use crate::domain::id::new_id;
use crate::domain::input::CodeForm;
use crate::domain::secret::Secret;
use crate::store::{read_tx, wait_as_known, write_tx};

/// Everything that a right code needs to set a password.
struct Prepared {
    hash: NewHash,
    second_factor: Option<CheckedFactor>,
}

/// Why a right code sets no password now.
enum Obstacle {
    /// Nothing was guessed: the try does not count.
    Before(Reply),
    /// The second factor was wrong: the try at the code counts, or it could be guessed at without end.
    WrongSecondFactor(Refusal),
}

impl Accounts {
    /// The story of [`crate::accounts::request::Request::ResetPassword`]. The try is counted and committed before the
    /// code is compared; the password is hashed before the transaction that uses the code up.
    pub(in crate::accounts) async fn reset_password(
        &self,
        cx: &RequestContext,
        (name, requests): (&str, &[RequestId]),
        typed: &Secret,
        password: &Secret,
        second_factor: Option<&Secret>,
    ) -> Result<Reply, Error> {
        let now = self.clock.now();
        // What does not have the shape of a code is no try at one.
        let code = Code::parse(typed.expose()).ok_or(Refusal::CodeMalformed(CodeForm::Email))?;
        let second_factor = match second_factor {
            Some(typed) => Some(TypedFactor::read(typed)?),
            None => None,
        };
        let (resolved, room) = self.resolve_name_to_try(cx, name, None, now).await?;
        admitted(room.of_source)?;
        let attempt = self.reserve_code_try(cx, &resolved, requests, now).await?;
        let meant = (code::RESET, resolved.key());
        let right = self.find_code(&attempt.live, parts_of, meant, &code);
        if let (Some(live), Some(account)) = (right, resolved.open_account()) {
            let grant = new_id(now, &self.entropy);
            wait_as_known(Requester::known(&account.id, cx.source));
            if self.directory.is_some() {
                let right = RightCode { account, code: live, attempt: &attempt, grant };
                let (whose, second_factor) = ((&resolved, &right), second_factor.as_ref());
                return match self.reset_in_directory(cx, whose, password, second_factor).await {
                    // Another redemption was first, or the account changed in between.
                    Err(Error::Refused(Refusal::CodeRefused)) => {
                        let typed = (Some(live), &code);
                        Err(self.refuse_code(cx, &resolved, &attempt, typed).await?.into())
                    }
                    done => done,
                };
            }
            let right = RightCode { account, code: live, attempt: &attempt, grant };
            match self.prepare_reset(cx, &right, password, second_factor.as_ref()).await? {
                Ok(prepared) => match self.commit_code_and_password(cx, &right, &prepared).await {
                    Err(Error::Refused(Refusal::CodeRefused)) => {}
                    done => return done,
                },
                Err(Obstacle::Before(reply)) => {
                    self.release_code_try(&resolved, &right, true).await?;
                    return Ok(reply);
                }
                Err(Obstacle::WrongSecondFactor(refusal)) => {
                    self.release_code_try(&resolved, &right, false).await?;
                    return Err(refusal.into());
                }
            }
        }
        Err(self.refuse_code(cx, &resolved, &attempt, (right, &code)).await?.into())
    }

    /// The same where a directory has the password: it cannot be asked within a transaction, so the code is used up first,
    /// and is gone even if the directory refuses the password.
    async fn reset_in_directory(
        &self,
        cx: &RequestContext,
        (name, right): (&ResolvedName, &RightCode<'_>),
        password: &Secret,
        typed: Option<&TypedFactor>,
    ) -> Result<Reply, Error> {
        let account = right.account;
        if let Err(error) = self.check_policy(account, password).await {
            self.release_code_try(name, right, true).await?;
            return Err(error);
        }
        let needs_second_factor = read_tx!(self.store, Error, |tx| {
            Ok(tx.find_second_factor(&account.id).await?.is_some()
                && !self.holds_key_of(tx, cx, &account.id).await?)
        });
        let checked = match (needs_second_factor.await?, typed) {
            (true, None) => {
                self.release_code_try(name, right, true).await?;
                return Ok(Reply::SecondFactor(SecondFactorReply::SecondFactorFirst));
            }
            (true, Some(typed)) => match self.check_second_factor(cx, owner(right), typed).await {
                Ok(checked) => Some(checked),
                Err(error) => {
                    let is_wrong = matches!(error, Error::Refused(Refusal::SecondFactorRefused));
                    self.release_code_try(name, right, !is_wrong).await?;
                    return Err(error);
                }
            },
            (false, _) => None,
        };
        let now = self.clock.now();
        let redeemed = write_tx!(self.store, Error, |tx| {
            if !tx.claim_account_lock(&account.id).await? {
                return Err(Refusal::CodeRefused.into());
            }
            if let Some(checked) = &checked
                && !self.claim_second_factor(tx, cx, owner(right), checked, now).await?
            {
                return Err(Refusal::SecondFactorRefused.into());
            }
            let redeemed = self.redeem_code(tx, cx, right, checked.is_some(), now).await?;
            Ok(redeemed.filter(|redeemed| redeemed.is_whole).ok_or(Refusal::CodeRefused)?)
        });
        match redeemed.await {
            Ok(Redeemed { grant, .. }) => Ok(self.set_password(cx, grant, password).await),
            // Its code was used up by another request meanwhile.
            Err(Error::Refused(Refusal::SecondFactorRefused)) => {
                Err(self.refuse_second_factor(cx, owner(right), WrongFactor::default()).await?.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Everything that can keep a right code from setting `password`, the cheapest first.
    async fn prepare_reset(
        &self,
        cx: &RequestContext,
        right: &RightCode<'_>,
        password: &Secret,
        typed: Option<&TypedFactor>,
    ) -> Result<Result<Prepared, Obstacle>, Error> {
        let account = right.account;
        let before = |refusal| Ok(Err(Obstacle::Before(Reply::Refused(refusal))));
        let password = match self.check_policy(account, password).await {
            Ok(password) => password,
            Err(Error::Refused(refusal)) => return before(refusal),
            Err(fault) => return Err(fault),
        };
        let needs_second_factor = read_tx!(self.store, Error, |tx| {
            Ok(tx.find_second_factor(&account.id).await?.is_some()
                && !self.holds_key_of(tx, cx, &account.id).await?)
        });
        let typed = match (needs_second_factor.await?, typed) {
            (true, None) => {
                let reply = Reply::SecondFactor(SecondFactorReply::SecondFactorFirst);
                return Ok(Err(Obstacle::Before(reply)));
            }
            (true, typed) => typed,
            (false, _) => None,
        };
        let hash = match self
            .hash_password(Requester::known(&account.id, cx.source), password)
            .await
            .map_err(Error::from)
        {
            Ok(hash) => hash,
            Err(Error::Refused(refusal)) => return before(refusal),
            Err(fault) => return Err(fault),
        };
        let Some(typed) = typed else { return Ok(Ok(Prepared { hash, second_factor: None })) };
        match self.check_second_factor(cx, owner(right), typed).await {
            Ok(checked) => Ok(Ok(Prepared { hash, second_factor: Some(checked) })),
            Err(Error::Refused(refusal @ Refusal::SecondFactorRefused)) => {
                Ok(Err(Obstacle::WrongSecondFactor(refusal)))
            }
            Err(Error::Refused(refusal)) => before(refusal),
            Err(fault) => Err(fault),
        }
    }

    /// Uses up the code, and the second factor that was shown with it, and sets the password.
    async fn commit_code_and_password(
        &self,
        cx: &RequestContext,
        right: &RightCode<'_>,
        Prepared { hash, second_factor }: &Prepared,
    ) -> Result<Reply, Error> {
        // The code may have expired while the password was hashed.
        let now = self.clock.now();
        let owner = owner(right);
        let reset = self.then_send(write_tx!(self.store, Error, |tx| {
            if !tx.claim_account_lock(&right.account.id).await? {
                return Err(Refusal::CodeRefused.into());
            }
            if let Some(checked) = second_factor
                && !self.claim_second_factor(tx, cx, owner, checked, now).await?
            {
                return Err(Refusal::SecondFactorRefused.into());
            }
            let redeemed = self.redeem_code(tx, cx, right, second_factor.is_some(), now).await?;
            // Where a second factor has come in between, the epoch is another one.
            let redeemed = redeemed.filter(|redeemed| redeemed.is_whole).ok_or(Refusal::CodeRefused)?;
            self.use_grant(tx, cx, &redeemed.grant, hash, None, now).await
        }));
        match reset.await {
            Ok(member) => {
                self.revocations.announce(&right.account.id, member.epoch());
                let suspended = member.suspended();
                Ok(Reply::PasswordSet(self.rules.sign_in_after_reset.then_some(member), suspended))
            }
            // The account changed in between: the code is not good for it any more.
            Err(Error::Refused(Refusal::GrantExpired)) => Err(Refusal::CodeRefused.into()),
            Err(Error::Refused(Refusal::SecondFactorRefused)) => {
                Err(self.refuse_second_factor(cx, owner, WrongFactor::default()).await?.into())
            }
            Err(error) => Err(error),
        }
    }
}

fn owner<'a>(right: &RightCode<'a>) -> FactorOwner<'a> {
    let (account, preceding) = (right.account, PrecedingProof::Code(&right.code.id));
    FactorOwner { account: &account.id, name: &account.name, epoch: account.auth_epoch, preceding }
}
