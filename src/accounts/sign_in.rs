//! Signing in by name and password: count first, then check, then say yes or no.

use super::event_kind::EventKind;
use super::outbox::AccountNotification;
use super::passwords::PasswordCheck;
use super::request::{FirstFactorKind, Refusal, Reply};
use super::resolve_name::ResolvedName;
use super::session_start::SignInDetails;
use super::{Accounts, Fault, RequestContext};
use crate::domain::password::Normalised;
use crate::domain::secret::Secret;
use crate::domain::throttle::{EARLY_TRY_GRACE_MS, FAILS_TO_DISABLE};
use crate::domain::timestamp::Timestamp;
use crate::mail::NotificationKind;
use crate::store::{Account, RateLimit, write_tx};

/// The kind of bucket that wrong passwords count in.
const BUCKET: &str = "password";

impl Accounts {
    /// The story of [`super::request::Request::SignIn`].
    pub(super) async fn sign_in(
        &self,
        cx: &RequestContext,
        name: &str,
        password: &Secret,
    ) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let person = self.look_up(cx, name, now).await?;
        let bucket = person.bucket(BUCKET);
        let tried = match self.reserve_sign_in(cx, &person, &bucket).await? {
            RateLimit::Later(at) if at.ms_since(self.clock.now()) <= EARLY_TRY_GRACE_MS => {
                self.clock.wait_until(at).await;
                self.reserve_sign_in(cx, &person, &bucket).await?
            }
            tried => tried,
        };
        let fails = match tried {
            RateLimit::Admitted { fails } => fails,
            RateLimit::Later(at) => return Ok(Reply::Refused(Refusal::TryLater(at))),
            // The way back is the forgotten-password story, which no sign-in counter blocks.
            RateLimit::Full => return Ok(Reply::Refused(Refusal::WrongCredentials)),
        };
        let account = person.open_account();
        match (self.check_password(account, password).await?, account) {
            (PasswordCheck::Right { stale }, Some(account)) => {
                if stale {
                    self.refresh_hash(account, password).await?;
                }
                self.welcome(cx, &person, account, now).await
            }
            (PasswordCheck::Busy, _) => {
                write_tx!(self.store, Fault, |tx| Ok(tx.release_try(&bucket, now).await?)).await?;
                Ok(Reply::Refused(Refusal::Busy))
            }
            _ => self.turn_away(cx, &person, fails, now).await,
        }
    }

    /// Counts the try. Committed before anything is hashed: a kill between counting and checking keeps the
    /// count.
    async fn reserve_sign_in(
        &self,
        cx: &RequestContext,
        person: &ResolvedName,
        bucket: &str,
    ) -> Result<RateLimit, Fault> {
        let now = self.clock.now();
        let tried = write_tx!(self.store, Fault, |tx| match self.admit_source(tx, cx, person, now).await? {
            RateLimit::Admitted { .. } => Ok(tx.reserve_try(bucket, person.account_id(), now).await?),
            refused => Ok(refused),
        });
        tried.await
    }

    async fn welcome(
        &self,
        cx: &RequestContext,
        person: &ResolvedName,
        account: &Account,
        now: Timestamp,
    ) -> Result<Reply, Fault> {
        let entrance = SignInDetails {
            account: &account.id,
            name: &account.name,
            epoch: account.auth_epoch,
            event_kind: EventKind::SignIn,
            is_fresh: true,
        };
        let welcome = write_tx!(self.store, Fault, |tx| {
            // The password may have been changed while this one was being checked.
            if !tx.is_current(&account.id, account.auth_epoch).await? {
                return Ok(None);
            }
            tx.clear_bucket(&person.bucket(BUCKET)).await?;
            Ok(Some(self.let_in_or_half(tx, cx, &entrance, FirstFactorKind::Password, now).await?))
        });
        let reply = welcome.await?;
        self.email_written.notify_one();
        Ok(reply.unwrap_or(Reply::Refused(Refusal::WrongCredentials)))
    }

    /// Writes the same row for names that nobody has, so that the answer takes as long.
    async fn turn_away(
        &self,
        cx: &RequestContext,
        person: &ResolvedName,
        fails: i64,
        now: Timestamp,
    ) -> Result<Reply, Fault> {
        let failed = self.event(EventKind::SignInFailed, person.subject(), cx, now);
        let just_locked =
            person.open_account().filter(|_| fails == FAILS_TO_DISABLE && !person.known_source());
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&failed).await?)).await?;
        if let Some(account) = just_locked {
            self.tell_of_lock(cx, account, now).await?;
        }
        Ok(Reply::Refused(Refusal::WrongCredentials))
    }

    async fn tell_of_lock(
        &self,
        cx: &RequestContext,
        account: &Account,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let event =
            self.event(EventKind::PasswordLocked, super::event_kind::Subject::Account(&account.id), cx, now);
        let notification = AccountNotification {
            about: NotificationKind::PasswordLocked,
            account: &account.id,
            name: &account.name,
            detail: "",
        };
        let told = write_tx!(self.store, Fault, |tx| {
            tx.insert_event(&event).await?;
            self.tell(tx, cx, notification, now).await
        });
        told.await?;
        self.email_written.notify_one();
        Ok(())
    }

    /// Keeps the password under today's parameters and pepper. When the threads are too busy for it, the
    /// next sign-in does it.
    async fn refresh_hash(&self, account: &Account, password: &Secret) -> Result<(), Fault> {
        let Some(password) = Normalised::typed(password.expose()) else { return Ok(()) };
        let Ok(hash) = self.hash_password(password).await else { return Ok(()) };
        let refreshed = write_tx!(self.store, Fault, |tx| {
            let pepper_id = hash.pepper_id.as_deref();
            tx.set_better_hash(&account.id, account.auth_epoch, hash.phc.expose(), pepper_id).await?;
            Ok(())
        });
        refreshed.await
    }
}
