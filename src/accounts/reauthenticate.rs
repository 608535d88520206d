//! Reauthentication before something sensitive: the password again, or a code of the authenticator where there is
//! a second factor, both throttled like a sign-in. What would take the second factor away asks for that alone, or
//! for a recovery code. Ten wrong answers end the session.
//!
//! Wrong passwords count for their session, so that those of a thief in one make the right one fail in no other. Where
//! the connection holds a key of the account, they count for the key too: by it alone whoever has it begins as many
//! sessions as they like, and a hundred in a row are all the guesses it is good for. Other sessions have begun with the
//! password, or with a new one, and guess at nothing.
//!
//! What checking costs is bounded by the queue for hashing, in which an account is one whatever number of sessions it
//! has, and by [`BucketKind::Reauthentications`] for right passwords, which cost a hash and hold nobody up. Each place that
//! the account knows counts for itself and all others together, so that a thief with the password keeps its owner from
//! nothing at home. What a directory is asked is bounded besides: [`super::directory_tries`].

use super::directory_tries::DirectoryTry;
use super::event_kind::EventKind;
use super::hashing::Requester;
use super::request::{Refusal, SignedIn, WRONG_ANSWERS};
use super::second_factor::{FactorOwner, PrecedingProof, TypedFactor, WrongFactor};
use super::shared::early_tries::EarlyTry;
use super::shared::passwords::PasswordCheck;
use super::shared::{lock_current, require_current};
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::id::new_id;
use crate::domain::secret::Secret;
use crate::domain::throttle::EARLY_TRY_GRACE_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{Account, RateLimit, Tx, read_tx, write_tx};

/// Where a try is counted before the password is compared.
struct TryBuckets {
    /// Wrong passwords in a row: of the session, and of the key that the connection holds.
    wrong: Vec<Bucket>,
    /// Right ones at the place.
    right: Bucket,
    /// The try in `right`.
    mark: String,
    in_directory: DirectoryTry,
}

impl Accounts {
    /// The story of [`super::request::Request::Reauthenticate`].
    pub(super) async fn reauthenticate(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        password: &Secret,
        second_factor: bool,
    ) -> Result<SignedIn, Error> {
        let typed = match second_factor {
            // What has the shape of no code is no try.
            true if !member.has_second_factor() => return Err(Refusal::SecondFactorRefused.into()),
            true => Some(TypedFactor::read(password)?),
            false => TypedFactor::read_app_alone(password)
                .filter(|_| member.has_second_factor() && !member.wants_password()),
        };
        let by_second_factor = typed.is_some();
        match typed {
            Some(typed) => self.reauthenticate_by_second_factor(cx, member, &typed).await?,
            None => drop(self.reauthenticate_by_password(cx, member, password).await?),
        }
        self.commit_event(cx, EventKind::Reauthenticated, member.subject()).await?;
        self.outbox.wake();
        let now = self.clock.now();
        Ok(if by_second_factor {
            member.reauthenticated_by_second_factor(now)
        } else {
            member.confirmed(now)
        })
    }

    /// Checks the current password.
    pub(super) async fn reauthenticate_by_password(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        current: &Secret,
    ) -> Result<Account, Error> {
        let nth = member.take_answer().ok_or(Refusal::WrongTooOften)?;
        let checked = self.check_current_password(cx, member, current).await;
        self.count_answer(cx, member, nth, checked).await
    }

    /// Checks the second factor, and uses it up.
    async fn reauthenticate_by_second_factor(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        typed: &TypedFactor,
    ) -> Result<(), Error> {
        let nth = member.take_answer().ok_or(Refusal::WrongTooOften)?;
        let used = self.use_second_factor(cx, member, typed).await;
        self.count_answer(cx, member, nth, used).await
    }

    /// Keeps answer number `nth` taken when it was wrong, and gives it back otherwise. The last one that the
    /// session may get wrong ends it.
    async fn count_answer<T>(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        nth: u32,
        answer: Result<T, Error>,
    ) -> Result<T, Error> {
        match answer {
            Err(Error::Refused(Refusal::SecondFactorRefused | Refusal::WrongCurrentPassword)) => {
                if nth < WRONG_ANSWERS {
                    return answer;
                }
                self.commit_event(cx, EventKind::ReauthenticationFailed, member.subject()).await?;
                Err(Refusal::WrongTooOften.into())
            }
            // A fault does not say whether the answer was wrong.
            Err(Error::Fault(_)) => answer,
            answer => {
                member.give_back_answer();
                answer
            }
        }
    }

    async fn use_second_factor(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        typed: &TypedFactor,
    ) -> Result<(), Error> {
        let (account, name, epoch) = (member.account(), member.name(), member.epoch());
        let owner = FactorOwner { account, name, epoch, preceding: PrecedingProof::Session };
        let right = match self.check_second_factor(cx, owner, typed).await {
            Err(Error::Refused(Refusal::SecondFactorExpired)) => {
                return Err(Refusal::SignedOutElsewhere.into());
            }
            checked => checked?,
        };
        let now = self.clock.now();
        let claimed = write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            Ok(self.claim_second_factor(tx, cx, owner, &right, now).await?)
        });
        if claimed.await? {
            return Ok(());
        }
        Err(self.refuse_second_factor(cx, owner, WrongFactor::default()).await?.into())
    }

    /// The check itself: the current password, counted before it is compared, in buckets of their own so that
    /// neither strangers' sign-ins nor other sessions get in the way.
    async fn check_current_password(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        current: &Secret,
    ) -> Result<Account, Error> {
        let source_mac = self.source_mac(member.account(), &cx.source.to_string());
        let now = self.clock.now();
        let found = read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let is_known = tx.is_known_source(member.account(), &source_mac, now).await?;
            let buckets = self.try_buckets(cx, member, is_known.then_some(source_mac.as_str()));
            let room = peek_in_all(tx, &buckets, now).await?;
            Ok((buckets, room))
        });
        let (buckets, room) = found.await?;
        // To be refused costs no write. Who has room takes it, and who comes a moment too early waits.
        match room {
            RateLimit::Later(at) if at.ms_since(now) > EARLY_TRY_GRACE_MS => {
                return Err(Refusal::TryLater(at.into()).into());
            }
            RateLimit::Full => return Err(Refusal::WrongTooOften.into()),
            _ => {}
        }
        let (mut account, mut limit) = self.reserve_password_try(member, &buckets).await?;
        let mut early = EarlyTry::new(&self.clock);
        while early.waits(&self.clock, limit.later_at()).await {
            (account, limit) = self.reserve_password_try(member, &buckets).await?;
        }
        match limit {
            RateLimit::Admitted { .. } => {}
            RateLimit::Later(at) => return Err(Refusal::TryLater(at.into()).into()),
            RateLimit::Full => return Err(Refusal::WrongTooOften.into()),
        }
        let requester = Requester::known(&account.id, cx.source);
        let checked =
            match self.check_password(requester, Some(&account), current, &buckets.in_directory).await {
                Ok(checked) => checked,
                Err(error) => {
                    self.give_back_password_try(&buckets, &error).await?;
                    return Err(error);
                }
            };
        match checked {
            PasswordCheck::Right { .. } | PasswordCheck::InGrace(_) | PasswordCheck::MustChange => {
                write_tx!(self.store, Error, |tx| {
                    lock_current(tx, member).await?;
                    if let PasswordCheck::Right { .. } | PasswordCheck::InGrace(_) = checked {
                        buckets.in_directory.clear(tx).await?;
                    }
                    for bucket in &buckets.wrong {
                        tx.clear_bucket(bucket).await?;
                    }
                    Ok(())
                })
                .await?;
                Ok(account)
            }
            PasswordCheck::Busy(seconds) => {
                let busy = Refusal::Busy(seconds).into();
                self.give_back_password_try(&buckets, &busy).await?;
                Err(busy)
            }
            PasswordCheck::Wrong => {
                let (right, mark) = (&buckets.right, &buckets.mark);
                write_tx!(self.store, Error, |tx| Ok(tx.release_in_windows(right, mark).await?)).await?;
                let subject = member.subject();
                self.commit_event(cx, EventKind::PasswordChangeRefused, subject).await?;
                Err(Refusal::WrongCurrentPassword.into())
            }
        }
    }

    /// Nothing was found out.
    async fn give_back_password_try(&self, buckets: &TryBuckets, error: &Error) -> Result<(), Error> {
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            buckets.in_directory.release_after(tx, error).await?;
            for bucket in &buckets.wrong {
                tx.release_try(bucket, now).await?;
            }
            Ok(tx.release_in_windows(&buckets.right, &buckets.mark).await?)
        })
        .await
    }

    fn try_buckets(&self, cx: &RequestContext, member: &SignedIn, known: Option<&str>) -> TryBuckets {
        let account = member.account();
        let of_account = BucketKind::Change.of(&[account]);
        let mut wrong = vec![of_account.at(&cx.session)];
        wrong.extend(cx.proven.map(|key| of_account.at("key").at(&key.fingerprint().to_string())));
        let mark = new_id(self.clock.now(), &self.entropy);
        let right = BucketKind::Reauthentications.of(&[account, known.unwrap_or("elsewhere")]);
        let in_directory = self.directory_try_of_member(account, known.is_some());
        TryBuckets { wrong, right, mark, in_directory }
    }

    /// Counts the try in every bucket, in a commit of its own; in none when one of them says no.
    async fn reserve_password_try(
        &self,
        member: &SignedIn,
        buckets: &TryBuckets,
    ) -> Result<(Account, RateLimit), Error> {
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            lock_current(tx, member).await?;
            let account = tx.find_account(member.account()).await?.ok_or(Refusal::SignedOutElsewhere)?;
            Ok((account, reserve_in_all(tx, member.account(), buckets, now).await?))
        })
        .await
    }
}

/// What [`reserve_in_all`] would say now, counting nothing.
async fn peek_in_all(
    tx: &mut Tx,
    TryBuckets { wrong, right, mark, in_directory }: &TryBuckets,
    now: Timestamp,
) -> Result<RateLimit, Fault> {
    let mut room = tx.peek_in_windows(right, mark, right.fixed_limits(), now).await?;
    if let RateLimit::Admitted { .. } = room {
        room = in_directory.peek(tx, now).await?;
    }
    for bucket in wrong {
        if let RateLimit::Admitted { .. } = room {
            room = tx.peek_try(bucket, now).await?;
        }
    }
    Ok(room)
}

async fn reserve_in_all(
    tx: &mut Tx,
    account: &str,
    TryBuckets { wrong, right, mark, in_directory }: &TryBuckets,
    now: Timestamp,
) -> Result<RateLimit, Fault> {
    let reserved = tx.reserve_in_windows(right, mark, right.fixed_limits(), now).await?;
    if !matches!(reserved, RateLimit::Admitted { .. }) {
        return Ok(reserved);
    }
    let reserved = in_directory.reserve(tx, now).await?;
    if !matches!(reserved, RateLimit::Admitted { .. }) {
        tx.release_in_windows(right, mark).await?;
        return Ok(reserved);
    }
    for (nth, bucket) in wrong.iter().enumerate() {
        let reserved = tx.reserve_try(bucket, Some(account), now).await?;
        if !matches!(reserved, RateLimit::Admitted { .. }) {
            for counted in wrong.iter().take(nth) {
                tx.release_try(counted, now).await?;
            }
            in_directory.release(tx).await?;
            tx.release_in_windows(right, mark).await?;
            return Ok(reserved);
        }
    }
    Ok(RateLimit::Admitted { fails: 0 })
}
