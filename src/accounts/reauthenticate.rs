//! Confirming that it is still the member who sits there, before something sensitive: the password once more,
//! or a code of the authenticator where there is a second factor, both throttled like a sign-in. What would take
//! the second factor away is confirmed by that alone, or by a recovery code. Ten wrong answers end the session.

use super::event_kind::{EventKind, Subject};
use super::passwords::PasswordCheck;
use super::request::{Refusal, Reply, SignedIn, WRONG_ANSWERS};
use super::second_factor::{FactorOwner, TypedFactor};
use super::{Accounts, Fault, RequestContext};
use crate::domain::secret::Secret;
use crate::domain::throttle::EARLY_TRY_GRACE_MS;
use crate::store::{Account, RateLimit, write_tx};

impl Accounts {
    /// The story of [`super::request::Request::Reauthenticate`].
    pub(super) async fn confirm(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        password: &Secret,
        second_factor: bool,
    ) -> Result<Reply, Fault> {
        // No password is as short as a code of the app.
        let typed = match TypedFactor::read(password).filter(|_| member.has_second_factor()) {
            Some(TypedFactor::Saved(_)) if !second_factor => None,
            // What has the shape of no code is no try.
            None if second_factor => return Ok(Reply::Refused(Refusal::SecondFactorRefused)),
            typed => typed,
        };
        let by_second_factor = typed.is_some();
        let refusal = match typed {
            Some(typed) => self.reauthenticate_by_second_factor(cx, member, &typed).await?,
            None => self.reauthenticate_by_password(cx, member, password).await?.err(),
        };
        if let Some(refusal) = refusal {
            return Ok(Reply::Refused(refusal));
        }
        let now = self.clock.now();
        let event = self.event(EventKind::Reauthenticated, Subject::Account(member.account()), cx, now);
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        self.email_written.notify_one();
        let member = if by_second_factor {
            member.reauthenticated_by_second_factor(now)
        } else {
            member.confirmed(now)
        };
        Ok(Reply::Reauthenticated(member))
    }

    /// Checks the second factor, and uses it up.
    async fn reauthenticate_by_second_factor(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        typed: &TypedFactor,
    ) -> Result<Option<Refusal>, Fault> {
        let Some(nth) = member.take_answer() else { return Ok(Some(Refusal::WrongTooOften)) };
        match self.show_once_more(cx, member, typed).await? {
            Some(Refusal::SecondFactorRefused) => {
                self.note_wrong_answer(cx, member, nth, Refusal::SecondFactorRefused).await.map(Some)
            }
            other => {
                member.give_back_answer();
                Ok(other)
            }
        }
    }

    async fn show_once_more(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        typed: &TypedFactor,
    ) -> Result<Option<Refusal>, Fault> {
        let owner = FactorOwner { account: member.account(), name: member.name(), epoch: member.epoch() };
        let right = match self.check_second_factor(cx, owner, typed).await? {
            Ok(right) => right,
            Err(Refusal::SecondFactorExpired) => return Ok(Some(Refusal::SignedOutElsewhere)),
            Err(refusal) => return Ok(Some(refusal)),
        };
        let now = self.clock.now();
        let claimed =
            write_tx!(self.store, Fault, |tx| self.claim_second_factor(tx, cx, owner, &right, now).await);
        if claimed.await? {
            return Ok(None);
        }
        Ok(Some(self.refuse_second_factor(cx, owner).await?))
    }

    /// What a wrong answer comes to: the last that the session may give ends it.
    async fn note_wrong_answer(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        nth: u32,
        refusal: Refusal,
    ) -> Result<Refusal, Fault> {
        if nth < WRONG_ANSWERS {
            return Ok(refusal);
        }
        let subject = Subject::Account(member.account());
        let event = self.event(EventKind::WrongTooOften, subject, cx, self.clock.now());
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
        Ok(Refusal::WrongTooOften)
    }

    /// The current password, asked for once more.
    pub(super) async fn reauthenticate_by_password(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        current: &Secret,
    ) -> Result<Result<Account, Refusal>, Fault> {
        let Some(nth) = member.take_answer() else { return Ok(Err(Refusal::WrongTooOften)) };
        match self.check_current(cx, member, current).await? {
            Err(Refusal::WrongCurrentPassword) => {
                let refusal = Refusal::WrongCurrentPassword;
                self.note_wrong_answer(cx, member, nth, refusal).await.map(Err)
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
        cx: &RequestContext,
        member: &SignedIn,
        current: &Secret,
    ) -> Result<Result<Account, Refusal>, Fault> {
        let bucket = format!("change:{}", member.account());
        let mut reserved = self.reserve_change(member, &bucket).await?;
        if let Some((_, RateLimit::Later(at))) = &reserved
            && at.ms_since(self.clock.now()) <= EARLY_TRY_GRACE_MS
        {
            self.clock.wait_until(*at).await;
            reserved = self.reserve_change(member, &bucket).await?;
        }
        let Some((account, tried)) = reserved else { return Ok(Err(Refusal::SignedOutElsewhere)) };
        match tried {
            RateLimit::Admitted { .. } => {}
            RateLimit::Later(at) => return Ok(Err(Refusal::TryLater(at))),
            RateLimit::Full => return Ok(Err(Refusal::WrongCurrentPassword)),
        }
        let now = self.clock.now();
        match self.check_password(Some(&account), current).await? {
            PasswordCheck::Right { .. } => {
                write_tx!(self.store, Fault, |tx| Ok(tx.clear_bucket(&bucket).await?)).await?;
                Ok(Ok(account))
            }
            PasswordCheck::Busy => {
                write_tx!(self.store, Fault, |tx| Ok(tx.release_try(&bucket, now).await?)).await?;
                Ok(Err(Refusal::Busy))
            }
            PasswordCheck::Wrong => {
                let event =
                    self.event(EventKind::PasswordChangeRefused, Subject::Account(member.account()), cx, now);
                write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&event).await?)).await?;
                Ok(Err(Refusal::WrongCurrentPassword))
            }
        }
    }

    /// Counts the try, in a commit of its own; `None` when the account changed since the session signed in.
    async fn reserve_change(
        &self,
        member: &SignedIn,
        bucket: &str,
    ) -> Result<Option<(Account, RateLimit)>, Fault> {
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
