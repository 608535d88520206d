//! Confirming that it is still the member who sits there, before something sensitive: the password once more,
//! or a code of the authenticator where there is a second step, both throttled like a sign-in. What would take
//! the second step away is confirmed by that alone, or by a recovery code. Ten wrong answers end the visit.

use super::happened::{Happened, Whom};
use super::passwords::Checked;
use super::request::{Refusal, Reply, SignedIn, WRONG_ANSWERS};
use super::second_step::{Owner, Typed};
use super::{Accounts, Fault, Knock};
use crate::domain::secret::Secret;
use crate::domain::throttle::PATIENCE_MS;
use crate::store::{Account, Tried, write_tx};

impl Accounts {
    /// The story of [`super::request::Request::Confirm`].
    pub(super) async fn confirm(
        &self,
        knock: &Knock,
        member: &SignedIn,
        password: &Secret,
        second_step: bool,
    ) -> Result<Reply, Fault> {
        // No password is as short as a code of the app.
        let typed = match Typed::read(password).filter(|_| member.has_second_step()) {
            Some(Typed::Saved(_)) if !second_step => None,
            // What has the shape of no code is no try.
            None if second_step => return Ok(Reply::Refused(Refusal::SecondStepRefused)),
            typed => typed,
        };
        let by_second_step = typed.is_some();
        let refusal = match typed {
            Some(typed) => self.elevate_by_second_step(knock, member, &typed).await?,
            None => self.elevate(knock, member, password).await?.err(),
        };
        if let Some(refusal) = refusal {
            return Ok(Reply::Refused(refusal));
        }
        let now = self.clock.now();
        let event = self.event(Happened::Confirmed, Whom::Account(member.account()), knock, now);
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        self.letter_written.notify_one();
        let member =
            if by_second_step { member.confirmed_by_second_step(now) } else { member.confirmed(now) };
        Ok(Reply::Confirmed(member))
    }

    /// Checks the second step, and uses it up.
    async fn elevate_by_second_step(
        &self,
        knock: &Knock,
        member: &SignedIn,
        typed: &Typed,
    ) -> Result<Option<Refusal>, Fault> {
        let Some(nth) = member.take_answer() else { return Ok(Some(Refusal::WrongTooOften)) };
        match self.show_once_more(knock, member, typed).await? {
            Some(Refusal::SecondStepRefused) => {
                self.note_wrong_answer(knock, member, nth, Refusal::SecondStepRefused).await.map(Some)
            }
            other => {
                member.give_back_answer();
                Ok(other)
            }
        }
    }

    async fn show_once_more(
        &self,
        knock: &Knock,
        member: &SignedIn,
        typed: &Typed,
    ) -> Result<Option<Refusal>, Fault> {
        let owner = Owner { account: member.account(), name: member.name(), epoch: member.epoch() };
        let right = match self.check_second_step(knock, owner, typed).await? {
            Ok(right) => right,
            Err(Refusal::SecondStepExpired) => return Ok(Some(Refusal::SignedOutElsewhere)),
            Err(refusal) => return Ok(Some(refusal)),
        };
        let now = self.clock.now();
        let claimed =
            write_tx!(self.store, Fault, |tx| self.claim_second_step(tx, knock, owner, &right, now).await);
        if claimed.await? {
            return Ok(None);
        }
        Ok(Some(self.refuse_second_step(knock, owner).await?))
    }

    /// What a wrong answer comes to: the last that the visit may give ends it.
    async fn note_wrong_answer(
        &self,
        knock: &Knock,
        member: &SignedIn,
        nth: u32,
        refusal: Refusal,
    ) -> Result<Refusal, Fault> {
        if nth < WRONG_ANSWERS {
            return Ok(refusal);
        }
        let whom = Whom::Account(member.account());
        let event = self.event(Happened::WrongTooOften, whom, knock, self.clock.now());
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Refusal::WrongTooOften)
    }

    /// The current password, asked for once more.
    pub(super) async fn elevate(
        &self,
        knock: &Knock,
        member: &SignedIn,
        current: &Secret,
    ) -> Result<Result<Account, Refusal>, Fault> {
        let Some(nth) = member.take_answer() else { return Ok(Err(Refusal::WrongTooOften)) };
        match self.check_current(knock, member, current).await? {
            Err(Refusal::WrongCurrentPassword) => {
                let refusal = Refusal::WrongCurrentPassword;
                self.note_wrong_answer(knock, member, nth, refusal).await.map(Err)
            }
            other => {
                member.give_back_answer();
                Ok(other)
            }
        }
    }

    /// The check itself: the current password, counted before it is compared, in a bucket of its own so that
    /// neither strangers' sign-ins nor this get in each other's way.
    async fn check_current(
        &self,
        knock: &Knock,
        member: &SignedIn,
        current: &Secret,
    ) -> Result<Result<Account, Refusal>, Fault> {
        let bucket = format!("change:{}", member.account());
        let mut reserved = self.reserve_change(member, &bucket).await?;
        if let Some((_, Tried::Later(at))) = &reserved
            && at.ms_since(self.clock.now()) <= PATIENCE_MS
        {
            self.clock.wait_until(*at).await;
            reserved = self.reserve_change(member, &bucket).await?;
        }
        let Some((account, tried)) = reserved else { return Ok(Err(Refusal::SignedOutElsewhere)) };
        match tried {
            Tried::Admitted { .. } => {}
            Tried::Later(at) => return Ok(Err(Refusal::TryLater(at))),
            Tried::Full => return Ok(Err(Refusal::WrongCurrentPassword)),
        }
        let now = self.clock.now();
        match self.check_password(Some(&account), current).await? {
            Checked::Right { .. } => {
                write_tx!(self.store, Fault, |tx| Ok(tx.clear_bucket(&bucket).await?)).await?;
                Ok(Ok(account))
            }
            Checked::Busy => {
                write_tx!(self.store, Fault, |tx| Ok(tx.release_try(&bucket, now).await?)).await?;
                Ok(Err(Refusal::Busy))
            }
            Checked::Wrong => {
                let event =
                    self.event(Happened::PasswordChangeRefused, Whom::Account(member.account()), knock, now);
                write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
                Ok(Err(Refusal::WrongCurrentPassword))
            }
        }
    }

    /// Counts the try, in a commit of its own; `None` when the account changed since the visit signed in.
    async fn reserve_change(
        &self,
        member: &SignedIn,
        bucket: &str,
    ) -> Result<Option<(Account, Tried)>, Fault> {
        let now = self.clock.now();
        let reserved = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(None);
            }
            let tried = tx.reserve_try(bucket, Some(member.account()), now).await?;
            Ok(tx.find_account(member.account()).await?.map(|account| (account, tried)))
        });
        reserved.await
    }
}
