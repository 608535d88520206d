//! Checking a password for a service of this machine. It is a sign-in in all but three things: nothing begins (no session,
//! no deletion is taken back, no place of the owner's becomes known), two-factor authentication is asked for in the
//! password field or not at all, and nothing that the service says is believed where it would do somebody good.
//!
//! Tries are counted apart from those over SSH, so that no service's garbage keeps an owner out of the portal:
//!
//! | by | what it bounds |
//! |---|---|
//! | service | all that is asked for it: [`ServiceRules::tries_per_service`] |
//! | service and source, where it tells one | guessing at many accounts: [`ServiceRules::tries_per_source`] |
//! | account and service, and apart from the rest each source from which this account has signed in to it lately | wrong passwords in a row: [`crate::domain::throttle::delay_ms`], 100 at most |
//!
//! A place that is known there has a counter of its own and is exempt from nothing. What a directory is asked is bounded
//! besides: [`super::directory_tries`].

use super::directory_tries::{DirectoryTry, TypedAt};
use super::event_kind::{EventKind, Subject};
use super::hashing::Requester;
use super::request::verify::{VerifiedAccount, VerifyRequest};
use super::request::{Refusal, Reply, SignedIn};
use super::second_factor::{CheckedFactor, FactorOwner, PrecedingProof, TypedFactor, WrongFactor};
use super::shared::early_tries::EarlyTry;
use super::shared::passwords::PasswordCheck;
use super::shared::resolve_name::{ResolvedName, TryAllowance};
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::name::canonical_identifier;
use crate::domain::service::{SecondFactorAtServices, ServiceName};
use crate::domain::throttle::{FAILS_TO_DISABLE, Limit, SERVICE_TRIES_PER_SOURCE, TRIES_PER_SERVICE};
use crate::domain::timestamp::Timestamp;
use crate::domain::totp::TotpCode;
use crate::log::recorded;
use crate::store::{Account, RateLimit, Tx, read_tx, write_tx};

/// What services may ask.
#[derive(Clone, Copy, Debug)]
pub struct ServiceRules {
    /// What opens an account with two-factor authentication.
    pub second_factor: SecondFactorAtServices,
    /// Tries of one service.
    pub tries_per_service: Limit,
    /// Tries of one service from one source.
    pub tries_per_source: Limit,
}

impl ServiceRules {
    /// How much this kind lets through, if services are what it counts.
    pub(super) fn limit(&self, kind: BucketKind) -> Option<Limit> {
        match kind {
            BucketKind::ServiceTries => Some(self.tries_per_service),
            BucketKind::ServiceTriesOfSource => Some(self.tries_per_source),
            _ => None,
        }
    }
}

impl Default for ServiceRules {
    fn default() -> Self {
        Self {
            second_factor: SecondFactorAtServices::default(),
            tries_per_service: TRIES_PER_SERVICE,
            tries_per_source: SERVICE_TRIES_PER_SOURCE,
        }
    }
}

/// A try: the service that asks, the account in question, and where it is counted.
struct Try<'a> {
    cx: &'a RequestContext,
    service: &'a ServiceName,
    name: ResolvedName,
    /// Wrong passwords in a row.
    bucket: Bucket,
    in_directory: DirectoryTry,
    has_source: bool,
}

impl Accounts {
    /// The story of [`super::request::Request::Verify`].
    pub(super) async fn verify(&self, cx: &RequestContext, request: VerifyRequest) -> Result<Reply, Error> {
        let VerifyRequest { service, name, password, has_source } = request;
        let now = self.clock.now();
        // Nobody's place, for what the service says is not believed.
        let requester = Requester::unknown(cx.source);
        let place = if has_source { cx.source.to_string() } else { "nowhere".to_owned() };
        let (place, canonical) = (format!("service {service} {place}"), canonical_identifier(&name));
        let found = read_tx!(self.store, Fault, |tx| {
            let name = self.resolve_at(tx, &place, &canonical, now).await?;
            let has_second_factor = tx.find_second_factor(name.key()).await?.is_some();
            let bucket = name.bucket(BucketKind::Service).at(service.as_str());
            let in_directory = self.directory_try(&name, TypedAt::Service);
            let a_try = Try { cx, service: &service, name, bucket, in_directory, has_source };
            let room = self.peek_verify(tx, &a_try, now).await?;
            Ok((a_try, has_second_factor, room))
        });
        let (mut a_try, mut has_second_factor, room) = found.await?;
        self.hasher.check_room(requester)?;
        let early = EarlyTry::new(&self.clock);
        let turn = if early.may_wait_for_turn(room) { self.turns.take(&a_try.bucket).await } else { None };
        let fails = self.take_room(&a_try, room, early).await?;
        // Only now: whoever has to wait makes nobody look anything up.
        let (typed, name) = ((place, canonical), a_try.name.clone());
        let is_present = match self.follow_try(typed, name, &mut a_try.in_directory).await {
            Ok((followed, is_present)) => {
                // Another account than the store knew by this name.
                if followed.key() != a_try.name.key() {
                    has_second_factor = self.has_second_factor(followed.key()).await?;
                }
                a_try.name = followed;
                is_present
            }
            Err(error) => return Err(self.give_back_after(&a_try, error).await),
        };
        let (typed, code) = if has_second_factor {
            self.rules.of_service(service.as_str()).second_factor.split(&password)
        } else {
            (password, None)
        };
        let account = a_try.name.open_account().filter(|_| is_present);
        let checked = match self.check_password(requester, account, &typed, &a_try.in_directory).await {
            Ok(checked) => checked,
            Err(error) => return Err(self.give_back_after(&a_try, error).await),
        };
        let checked = match checked {
            // As at the portal: nobody could change it there.
            PasswordCheck::InGrace(_) if !self.capabilities().change => {
                PasswordCheck::Right { stale: false, expiry: None }
            }
            checked => checked,
        };
        match (checked, account) {
            (PasswordCheck::Right { stale, .. }, Some(account)) => {
                let factor = self.check_factor(&a_try, account, has_second_factor, code, fails).await?;
                let accepted = self.accept_for_service(&a_try, account, factor.as_ref()).await?;
                drop(turn);
                if stale && let Err(error) = self.refresh_hash(requester, account, &typed).await {
                    tracing::warn!(%error, "a password's hash could not be refreshed; the next sign-in tries again");
                }
                Ok(accepted)
            }
            (PasswordCheck::Busy(seconds), _) => {
                self.give_back(&a_try).await?;
                Err(Refusal::Busy(seconds).into())
            }
            _ => Err(self.refuse_for_service(&a_try, EventKind::ServiceSignInFailed, fails).await?.into()),
        }
    }

    /// Takes what room there is, and waits for it where that is soon. Gives the failures so far, with this one.
    async fn take_room(
        &self,
        a_try: &Try<'_>,
        room: TryAllowance,
        mut early: EarlyTry,
    ) -> Result<i64, Error> {
        let mut room = match (room.of_source, room.of_name) {
            (RateLimit::Admitted { .. }, RateLimit::Admitted { .. }) => self.reserve_verify(a_try).await?,
            _ => room,
        };
        while early.waits_for(&self.clock, room).await {
            room = self.reserve_verify(a_try).await?;
        }
        if let Some(wait) = room.later() {
            return Err(Refusal::TryLater(wait).into());
        }
        match (room.of_source, room.of_name) {
            (RateLimit::Admitted { .. }, RateLimit::Admitted { fails }) => Ok(fails),
            // The way back is a password reset.
            _ => Err(Refusal::WrongCredentials.into()),
        }
    }

    /// The buckets of all that a service asks, and of what it asks about one source, with their limits.
    fn buckets_of_service(&self, a_try: &Try<'_>) -> Vec<(Bucket, Limit)> {
        let service = a_try.service.as_str();
        let rules = self.rules.of_service(service);
        let mut buckets = vec![(BucketKind::ServiceTries.of(&[service]), rules.tries_per_service)];
        if a_try.has_source {
            let place = self.place_mac(&a_try.cx.source.to_string());
            buckets
                .insert(0, (BucketKind::ServiceTriesOfSource.of(&[service, &place]), rules.tries_per_source));
        }
        buckets
    }

    /// What [`Self::reserve_verify`] would say now, counting nothing: to be refused costs no write.
    async fn peek_verify(&self, tx: &mut Tx, a_try: &Try<'_>, now: Timestamp) -> Result<TryAllowance, Fault> {
        let mut of_source = RateLimit::Admitted { fails: 0 };
        for (bucket, limit) in self.buckets_of_service(a_try) {
            if let RateLimit::Admitted { .. } = of_source {
                of_source = tx.peek_rate(&bucket, limit, now).await?;
            }
        }
        let of_name = match a_try.in_directory.peek(tx, now).await? {
            RateLimit::Admitted { .. } => tx.peek_try(&a_try.bucket, now).await?,
            full => full,
        };
        Ok(TryAllowance { of_source, of_name })
    }

    /// Counts the try. Committed before anything is hashed.
    async fn reserve_verify(&self, a_try: &Try<'_>) -> Result<TryAllowance, Error> {
        let (now, buckets) = (self.clock.now(), self.buckets_of_service(a_try));
        write_tx!(self.store, Error, |tx| {
            for (bucket, limit) in &buckets {
                let of_source = tx.reserve_rate(bucket, *limit, now).await?;
                if !matches!(of_source, RateLimit::Admitted { .. }) {
                    return Ok(TryAllowance { of_source, of_name: of_source });
                }
            }
            let subject = a_try.name.account_id();
            let of_name = a_try.in_directory.reserve_with(tx, &a_try.bucket, subject, now).await?;
            Ok(TryAllowance { of_source: RateLimit::Admitted { fails: 0 }, of_name })
        })
        .await
    }

    /// Gives a try back where nothing was found out. The error that it ended with, unless that cannot be done either.
    async fn give_back_after(&self, a_try: &Try<'_>, error: Error) -> Error {
        let now = self.clock.now();
        let given_back = write_tx!(self.store, Error, |tx| {
            a_try.in_directory.release_after(tx, &error).await?;
            Ok(tx.release_try(&a_try.bucket, now).await?)
        });
        given_back.await.err().unwrap_or(error)
    }

    async fn give_back(&self, a_try: &Try<'_>) -> Result<(), Error> {
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            a_try.in_directory.release(tx).await?;
            Ok(tx.release_try(&a_try.bucket, now).await?)
        })
        .await
    }

    async fn has_second_factor(&self, account: &str) -> Result<bool, Fault> {
        read_tx!(self.store, Fault, |tx| Ok(tx.find_second_factor(account).await?.is_some())).await
    }

    /// What proves the second factor, where the account has one. To the service every refusal but a wait is that of a
    /// wrong password: it has no other question to ask.
    async fn check_factor(
        &self,
        a_try: &Try<'_>,
        account: &Account,
        has_second_factor: bool,
        code: Option<TotpCode>,
        fails: i64,
    ) -> Result<Option<CheckedFactor>, Error> {
        if !has_second_factor {
            return Ok(None);
        }
        let Some(code) = code else {
            let missing = EventKind::ServiceTwoFactorMissing;
            return Err(self.refuse_for_service(a_try, missing, fails).await?.into());
        };
        let owner = owner(a_try, account);
        match self.check_second_factor(a_try.cx, owner, &TypedFactor::App(code)).await {
            Ok(right) => Ok(Some(right)),
            Err(Error::Refused(wait @ Refusal::TryLater(_))) => {
                self.give_back(a_try).await?;
                Err(wait.into())
            }
            Err(Error::Refused(_)) => {
                self.outbox.wake();
                Err(Refusal::WrongCredentials.into())
            }
            Err(fault) => Err(fault),
        }
    }

    async fn accept_for_service(
        &self,
        a_try: &Try<'_>,
        account: &Account,
        factor: Option<&CheckedFactor>,
    ) -> Result<Reply, Error> {
        let (Try { cx, service, name, bucket, in_directory, has_source }, now) = (a_try, self.clock.now());
        let owner = owner(a_try, account);
        let subject = Subject::Account(&account.id, &account.name);
        let event = self.event(EventKind::ServiceSignIn, subject, cx, now).in_series_of(service);
        let is_accepted = self.then_send(write_tx!(self.store, Error, |tx| {
            // The password may have been changed while this one was being checked, or the second factor turned on.
            let is_open = tx.claim_account_lock(&account.id).await?;
            if !is_open || !tx.is_current(&account.id, account.auth_epoch).await? {
                return Err(Refusal::WrongCredentials.into());
            }
            if let Some(right) = factor
                && !self.claim_second_factor(tx, cx, owner, right, now).await?
            {
                return Ok(false);
            }
            tx.clear_bucket(bucket).await?;
            in_directory.clear(tx).await?;
            if *has_source {
                tx.set_known_place_of_service(&account.id, name.source_mac(), now).await?;
            }
            tx.insert_event(&event).await?;
            Ok(true)
        }));
        if !is_accepted.await? {
            self.refuse_second_factor(cx, owner, WrongFactor::default()).await?;
            return Err(Refusal::WrongCredentials.into());
        }
        // It is counted in a row of others, and a line of its own all the same.
        recorded(&[AuditEvent { series: None, ..event }]);
        let (id, name) = (account.id.clone(), account.name.clone());
        let member = SignedIn::new(id, name, account.auth_epoch, Some(now));
        Ok(Reply::Verified(VerifiedAccount::new(member)))
    }

    /// Writes the same row for names that nobody has, so that the answer takes as long.
    async fn refuse_for_service(
        &self,
        a_try: &Try<'_>,
        event_kind: EventKind,
        fails: i64,
    ) -> Result<Refusal, Fault> {
        let (Try { cx, service, name, .. }, now) = (a_try, self.clock.now());
        let event = self.event(event_kind, name.subject(), cx, now).in_series_of(service);
        let locked = (fails == FAILS_TO_DISABLE)
            .then(|| self.event(EventKind::ServiceLocked, name.subject(), cx, now).in_series_of(service));
        write_tx!(self.store, Fault, |tx| {
            for event in [Some(&event), locked.as_ref()].into_iter().flatten() {
                tx.insert_event(event).await?;
            }
            Ok(())
        })
        .await?;
        Ok(Refusal::WrongCredentials)
    }
}

fn owner<'a>(a_try: &'a Try<'_>, account: &'a Account) -> FactorOwner<'a> {
    let preceding = PrecedingProof::Service(a_try.service.as_str());
    FactorOwner { account: &account.id, name: &account.name, epoch: account.auth_epoch, preceding }
}
