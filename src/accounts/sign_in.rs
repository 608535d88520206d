//! Signing in by name and password: count first, then check, then say yes or no.

use super::entrance::Entrance;
use super::happened::Happened;
use super::outbox::Tale;
use super::passwords::Checked;
use super::person::Person;
use super::request::{Refusal, Reply, Shown};
use super::{Accounts, Fault, Knock};
use crate::domain::moment::Moment;
use crate::domain::password::Normalised;
use crate::domain::secret::Secret;
use crate::domain::throttle::{FAILS_TO_DISABLE, PATIENCE_MS};
use crate::mail::About;
use crate::store::{Account, Tried, write_tx};

/// The kind of bucket that wrong passwords count in.
const BUCKET: &str = "password";

impl Accounts {
    /// The story of [`super::request::Request::SignIn`].
    pub(super) async fn sign_in(&self, knock: &Knock, name: &str, password: &Secret) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let person = self.look_up(knock, name, now).await?;
        let bucket = person.bucket(BUCKET);
        let tried = match self.reserve_sign_in(knock, &person, &bucket).await? {
            Tried::Later(at) if at.ms_since(self.clock.now()) <= PATIENCE_MS => {
                self.clock.wait_until(at).await;
                self.reserve_sign_in(knock, &person, &bucket).await?
            }
            tried => tried,
        };
        let fails = match tried {
            Tried::Admitted { fails } => fails,
            Tried::Later(at) => return Ok(Reply::Refused(Refusal::TryLater(at))),
            // The way back is the forgotten-password story, which no sign-in counter blocks.
            Tried::Full => return Ok(Reply::Refused(Refusal::WrongCredentials)),
        };
        let account = person.open_account();
        match (self.check_password(account, password).await?, account) {
            (Checked::Right { stale }, Some(account)) => {
                if stale {
                    self.refresh_hash(account, password).await?;
                }
                self.welcome(knock, &person, account, now).await
            }
            (Checked::Busy, _) => {
                write_tx!(self.store, Fault, |tx| Ok(tx.release_try(&bucket, now).await?)).await?;
                Ok(Reply::Refused(Refusal::Busy))
            }
            _ => self.turn_away(knock, &person, fails, now).await,
        }
    }

    /// Counts the try. Committed before anything is hashed: a kill between counting and checking keeps the
    /// count.
    async fn reserve_sign_in(&self, knock: &Knock, person: &Person, bucket: &str) -> Result<Tried, Fault> {
        let now = self.clock.now();
        let tried =
            write_tx!(self.store, Fault, |tx| match self.admit_source(tx, knock, person, now).await? {
                Tried::Admitted { .. } => Ok(tx.reserve_try(bucket, person.subject(), now).await?),
                refused => Ok(refused),
            });
        tried.await
    }

    async fn welcome(
        &self,
        knock: &Knock,
        person: &Person,
        account: &Account,
        now: Moment,
    ) -> Result<Reply, Fault> {
        let entrance = Entrance {
            account: &account.id,
            name: &account.name,
            epoch: account.auth_epoch,
            happened: Happened::SignIn,
            is_confirmed: true,
        };
        let welcome = write_tx!(self.store, Fault, |tx| {
            // The password may have been changed while this one was being checked.
            if !tx.is_current(&account.id, account.auth_epoch).await? {
                return Ok(None);
            }
            tx.clear_bucket(&person.bucket(BUCKET)).await?;
            Ok(Some(self.let_in_or_half(tx, knock, &entrance, Shown::Password, now).await?))
        });
        let reply = welcome.await?;
        self.letter_written.notify_one();
        Ok(reply.unwrap_or(Reply::Refused(Refusal::WrongCredentials)))
    }

    /// Writes the same row for names that nobody has, so that the answer takes as long.
    async fn turn_away(
        &self,
        knock: &Knock,
        person: &Person,
        fails: i64,
        now: Moment,
    ) -> Result<Reply, Fault> {
        let failed = self.event(Happened::SignInFailed, person.whom(), knock, now);
        let just_locked =
            person.open_account().filter(|_| fails == FAILS_TO_DISABLE && !person.known_source());
        write_tx!(self.store, Fault, |tx| Ok(tx.insert_event(&failed).await?)).await?;
        if let Some(account) = just_locked {
            self.tell_of_lock(knock, account, now).await?;
        }
        Ok(Reply::Refused(Refusal::WrongCredentials))
    }

    async fn tell_of_lock(&self, knock: &Knock, account: &Account, now: Moment) -> Result<(), Fault> {
        let event =
            self.event(Happened::PasswordLocked, super::happened::Whom::Account(&account.id), knock, now);
        let tale =
            Tale { about: About::PasswordLocked, account: &account.id, name: &account.name, detail: "" };
        let told = write_tx!(self.store, Fault, |tx| {
            tx.insert_event(&event).await?;
            self.tell(tx, knock, tale, now).await
        });
        told.await?;
        self.letter_written.notify_one();
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
