//! Showing the second step after a password, a key or the code from a letter.

use super::super::entrance::Entrance;
use super::super::happened::{Happened, Whom};
use super::super::request::security::{Answer, SecondStep};
use super::super::request::{HalfProven, Refusal, Reply, ResetGrant, Shown};
use super::super::{Accounts, Fault, Knock};
use super::check::{Owner, Right, Typed};
use crate::domain::moment::Moment;
use crate::store::{Tx, write_tx};

impl Accounts {
    /// Lets them in, or half in where there is a second step.
    pub(in crate::accounts) async fn let_in_or_half(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        entrance: &Entrance<'_>,
        shown: Shown,
        now: Moment,
    ) -> Result<Reply, Fault> {
        let Entrance { account, name, epoch, .. } = *entrance;
        if tx.find_second_step(account).await?.is_some() {
            // Somebody knows the password, or has the key, even if they get no further.
            let asked = self.event(Happened::SecondStepAsked, Whom::Account(account), knock, now);
            tx.insert_event(&asked).await?;
            let half = HalfProven::new(account.to_owned(), name.to_owned(), epoch, shown, now);
            return Ok(Reply::Security(Answer::SecondStepNeeded(half)));
        }
        Ok(Reply::SignedIn(self.let_in(tx, knock, entrance, now).await?))
    }

    /// True when the connection holds a key of this account that it has signed in with before: it then counts
    /// as the second step beside the code from a letter.
    pub(in crate::accounts) async fn holds_key_of(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        account: &str,
    ) -> Result<bool, Fault> {
        let Some(key) = knock.proven else { return Ok(false) };
        Ok(tx.is_proven_key(&key.fingerprint(), account).await?)
    }

    /// The story of [`super::super::request::Request::SecondStep`].
    pub(in crate::accounts) async fn second_step(
        &self,
        knock: &Knock,
        SecondStep { half, code }: SecondStep,
    ) -> Result<Reply, Fault> {
        let Some(typed) = Typed::read(&code) else { return Ok(Reply::Refused(Refusal::SecondStepRefused)) };
        if !half.take_try(self.clock.now()) {
            return Ok(Reply::Refused(Refusal::SecondStepExpired));
        }
        let owner = Owner { account: half.account(), name: half.name(), epoch: half.epoch() };
        let right = match self.check_second_step(knock, owner, &typed).await? {
            Ok(right) => right,
            Err(refusal) => {
                if matches!(refusal, Refusal::TryLater(_)) {
                    half.give_back_try();
                }
                return Ok(Reply::Refused(refusal));
            }
        };
        let reply = self.complete(knock, &half, owner, &right).await?;
        self.letter_written.notify_one();
        match reply {
            Reply::Refused(Refusal::SecondStepRefused) => {
                Ok(Reply::Refused(self.refuse_second_step(knock, owner).await?))
            }
            reply => Ok(reply),
        }
    }

    /// Uses up what was right and what it was shown beside, in one transaction.
    async fn complete(
        &self,
        knock: &Knock,
        half: &HalfProven,
        owner: Owner<'_>,
        right: &Right,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(owner.account, owner.epoch).await? {
                return Ok(Reply::Refused(Refusal::SecondStepExpired));
            }
            if !self.claim_second_step(tx, knock, owner, right, now).await? {
                return Ok(Reply::Refused(Refusal::SecondStepRefused));
            }
            match half.shown() {
                Shown::Password => self.let_whole_in(tx, knock, owner, Happened::SignIn, now).await,
                Shown::Key => self.let_whole_in(tx, knock, owner, Happened::SignInWithKey, now).await,
                Shown::Code(grant) => {
                    if !tx.claim_grant_second_step(grant, owner.account, now).await? {
                        return Ok(Reply::Refused(Refusal::GrantExpired));
                    }
                    let (account, name) = (owner.account.to_owned(), owner.name.to_owned());
                    let id = grant.clone();
                    Ok(Reply::CodeProven(ResetGrant { id, account, name, has_second_step: true }))
                }
            }
        })
        .await
    }

    async fn let_whole_in(
        &self,
        tx: &mut Tx,
        knock: &Knock,
        owner: Owner<'_>,
        happened: Happened,
        now: Moment,
    ) -> Result<Reply, Fault> {
        let Owner { account, name, epoch } = owner;
        let entrance = Entrance { account, name, epoch, happened, is_confirmed: true };
        Ok(Reply::SignedIn(self.let_in(tx, knock, &entrance, now).await?))
    }
}
