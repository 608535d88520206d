//! Signing in by name and password: the try is counted first, then the password is checked.

use super::directory_tries::{DirectoryTry, TypedAt};
use super::event_kind::{EventKind, Subject};
use super::hashing::Requester;
use super::notifications::Notification;
use super::request::second_factor::SecondFactorReply;
use super::request::{DuePassword, FirstFactor, FirstFactorKind, Refusal, Reply, ResetGrant};
use super::shared::early_tries::EarlyTry;
use super::shared::passwords::PasswordCheck;
use super::shared::resolve_name::{ResolvedName, TryAllowance};
use super::shared::session_start::SignInDetails;
use super::{Accounts, Error, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::capabilities::PasswordExpiry;
use crate::domain::id::new_id;
use crate::domain::name::canonical_identifier;
use crate::domain::password::Normalised;
use crate::domain::secret::Secret;
use crate::domain::throttle::{FAILS_TO_DISABLE, GRANT_LIFE_MS};
use crate::domain::timestamp::Timestamp;
use crate::mail::EmailKind;
use crate::store::{Account, GrantedBy, NewGrant, RateLimit, wait_as_known, write_tx};

/// The kind of bucket that wrong passwords count in.
const BUCKET: BucketKind = BucketKind::Password;

impl Accounts {
    /// The story of [`super::request::Request::SignIn`].
    pub(super) async fn sign_in(
        &self,
        cx: &RequestContext,
        name: &str,
        password: &Secret,
    ) -> Result<Reply, Error> {
        let now = self.clock.now();
        let (resolved, room) = self.resolve_name_to_try(cx, name, Some(BUCKET), now).await?;
        let (bucket, requester) = (resolved.bucket(BUCKET), resolved.requester(cx));
        let mut in_directory = self.directory_try(&resolved, TypedAt::Portal);
        // Before anything is written, so that turning somebody away costs little when the hashing threads are busy.
        self.hasher.check_room(requester)?;
        let mut early = EarlyTry::new(&self.clock);
        let turn = if early.may_wait_for_turn(room) { self.turns.take(&bucket).await } else { None };
        // A refusal costs no write either. A try that is within the limits is counted.
        let mut room = match (room.of_source, room.of_name) {
            (RateLimit::Admitted { .. }, RateLimit::Admitted { .. }) => {
                self.reserve_sign_in(cx, &resolved, &bucket, &in_directory).await?
            }
            _ => room,
        };
        while early.waits_for(&self.clock, room).await {
            room = self.reserve_sign_in(cx, &resolved, &bucket, &in_directory).await?;
        }
        if let Some(wait) = room.later() {
            return Err(Refusal::TryLater(wait).into());
        }
        let (RateLimit::Admitted { .. }, RateLimit::Admitted { fails }) = (room.of_source, room.of_name)
        else {
            // The way back is a password reset, which no sign-in counter blocks.
            return Err(Refusal::WrongCredentials.into());
        };
        // Only now: whoever has to wait makes nobody look anything up.
        let typed = (cx.source.to_string(), canonical_identifier(name));
        let (resolved, is_present) = match self.follow_try(typed, resolved, &mut in_directory).await {
            Ok(followed) => followed,
            Err(error) => return Err(self.release_sign_in(&bucket, &in_directory, error).await),
        };
        let account = resolved.open_account().filter(|_| is_present);
        let checked = match self.check_password(requester, account, password, &in_directory).await {
            Ok(checked) => checked,
            Err(error) => return Err(self.release_sign_in(&bucket, &in_directory, error).await),
        };
        match (checked, account) {
            (PasswordCheck::Right { stale, expiry }, Some(account)) => {
                wait_as_known(Requester::known(&account.id, cx.source));
                let counted = (&bucket, &in_directory);
                let accepted = self.accept_password(cx, account, counted, expiry, now).await?;
                drop(turn);
                if stale && let Err(error) = self.refresh_hash(requester, account, password).await {
                    tracing::warn!(%error, "a password's hash could not be refreshed; the next sign-in tries again");
                }
                Ok(accepted)
            }
            // It lets them in, and no portal can change it.
            (PasswordCheck::InGrace(left), Some(account)) if !self.capabilities().change => {
                wait_as_known(Requester::known(&account.id, cx.source));
                let (counted, expiry) = ((&bucket, &in_directory), PasswordExpiry::AfterSignIns(left));
                self.accept_password(cx, account, counted, Some(expiry), now).await
            }
            (PasswordCheck::MustChange | PasswordCheck::InGrace(_), Some(account)) => {
                wait_as_known(Requester::known(&account.id, cx.source));
                if !self.capabilities().change {
                    // What the directory was asked stays counted: to see that the password was right, it was asked for a wrong one.
                    write_tx!(self.store, Error, |tx| Ok(tx.release_try(&bucket, now).await?)).await?;
                    return Err(Refusal::PasswordDueInDirectory.into());
                }
                self.grant_new_password(cx, account, &bucket, password).await
            }
            (PasswordCheck::Busy(seconds), _) => {
                let busy = Refusal::Busy(seconds).into();
                Err(self.release_sign_in(&bucket, &in_directory, busy).await)
            }
            _ => {
                self.note_wrong_password(cx, &resolved, fails).await?;
                Err(Refusal::WrongCredentials.into())
            }
        }
    }

    /// Counts the try. Committed before anything is hashed: a kill between counting and checking keeps the
    /// count.
    async fn reserve_sign_in(
        &self,
        cx: &RequestContext,
        name: &ResolvedName,
        bucket: &Bucket,
        in_directory: &DirectoryTry,
    ) -> Result<TryAllowance, Error> {
        let now = self.clock.now();
        write_tx!(self.store, Error, |tx| {
            let of_source = self.admit_source(tx, cx, name, now).await?;
            let of_name = match of_source {
                RateLimit::Admitted { .. } => {
                    in_directory.reserve_with(tx, bucket, name.account_id(), now).await?
                }
                full => full,
            };
            Ok(TryAllowance { of_source, of_name })
        })
        .await
    }

    /// Gives a try back where nothing was found out. The error that it ended with, unless that cannot be done either.
    async fn release_sign_in(&self, bucket: &Bucket, in_directory: &DirectoryTry, error: Error) -> Error {
        let now = self.clock.now();
        let released = write_tx!(self.store, Error, |tx| {
            in_directory.release_after(tx, &error).await?;
            Ok(tx.release_try(bucket, now).await?)
        });
        released.await.err().unwrap_or(error)
    }

    async fn accept_password(
        &self,
        cx: &RequestContext,
        account: &Account,
        (bucket, in_directory): (&Bucket, &DirectoryTry),
        expiry: Option<PasswordExpiry>,
        now: Timestamp,
    ) -> Result<Reply, Error> {
        let details = SignInDetails {
            account: &account.id,
            name: &account.name,
            epoch: account.auth_epoch,
            event_kind: EventKind::SignIn,
            is_fresh: true,
        };
        self.then_send(write_tx!(self.store, Error, |tx| {
            // The password may have been changed while this one was being checked.
            let is_open = tx.claim_account_lock(&account.id).await?;
            if !is_open || !tx.is_current(&account.id, account.auth_epoch).await? {
                return Err(Refusal::WrongCredentials.into());
            }
            tx.clear_bucket(bucket).await?;
            in_directory.clear(tx).await?;
            Ok(self.start_session_or_ask(tx, cx, &details, FirstFactorKind::Password(expiry), now).await?)
        }))
        .await
    }

    /// The right to choose a new password, for somebody whose password the directory takes for that alone. Where there is
    /// a second factor, it is shown first.
    async fn grant_new_password(
        &self,
        cx: &RequestContext,
        account: &Account,
        bucket: &Bucket,
        password: &Secret,
    ) -> Result<Reply, Error> {
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        let (subject, epoch) = (Subject::Account(&account.id, &account.name), account.auth_epoch);
        let event = self.event(EventKind::PasswordChangeDue, subject, cx, now);
        let has_second_factor = write_tx!(self.store, Error, |tx| {
            let is_open = tx.claim_account_lock(&account.id).await?;
            if !is_open || !tx.is_current(&account.id, epoch).await? {
                return Err(Refusal::WrongCredentials.into());
            }
            tx.clear_bucket(bucket).await?;
            let expires_at = now.plus_ms(GRANT_LIFE_MS);
            let (account, by) = (account.id.as_str(), GrantedBy::Password);
            tx.insert_grant(&NewGrant {
                id: &id,
                account,
                by,
                epoch,
                now,
                expires_at,
                second_factor_at: None,
            })
            .await?;
            tx.insert_event(&event).await?;
            Ok(tx.find_second_factor(account).await?.is_some())
        });
        let (whose, called) = (account.id.clone(), account.name.clone());
        if has_second_factor.await? {
            let shown = FirstFactorKind::PasswordDue { grant: id, current: password.clone() };
            let first = FirstFactor::new(whose, called, epoch, shown, now);
            return Ok(Reply::SecondFactor(SecondFactorReply::SecondFactorNeeded(first)));
        }
        let current = Some(Box::new(DuePassword::Shown(password.clone())));
        let grant = ResetGrant { id, account: whose, name: called, has_second_factor: false, current };
        Ok(Reply::MaySetPassword(grant))
    }

    /// Writes the same row for names that nobody has, so that the answer takes as long.
    async fn note_wrong_password(
        &self,
        cx: &RequestContext,
        name: &ResolvedName,
        fails: i64,
    ) -> Result<(), Error> {
        self.commit_event(cx, EventKind::SignInFailed, name.subject()).await?;
        match name.open_account() {
            Some(account) if fails == FAILS_TO_DISABLE && !name.known_source() => {
                self.notify_of_lock(cx, account).await
            }
            _ => Ok(()),
        }
    }

    async fn notify_of_lock(&self, cx: &RequestContext, account: &Account) -> Result<(), Error> {
        let now = self.clock.now();
        let event =
            self.event(EventKind::PasswordLocked, Subject::Account(&account.id, &account.name), cx, now);
        let kind = EmailKind::PasswordLocked;
        let notification = Notification { kind, account: &account.id, name: &account.name, detail: "" };
        self.then_send(write_tx!(self.store, Error, |tx| {
            tx.insert_event(&event).await?;
            Ok(self.notify_of_lock_by_strangers(tx, cx, notification, now).await?)
        }))
        .await
    }

    /// Stores the password under today's parameters and pepper. When the threads are too busy for it, the
    /// next sign-in does it.
    pub(super) async fn refresh_hash(
        &self,
        requester: Requester,
        account: &Account,
        password: &Secret,
    ) -> Result<(), Error> {
        let Some(password) = Normalised::typed(password.expose()) else { return Ok(()) };
        let Ok(hash) = self.hash_password(requester, password).await else { return Ok(()) };
        let pepper_id = hash.pepper_id.as_deref();
        write_tx!(self.store, Error, |tx| {
            if let Some(phc) = &hash.phc {
                tx.set_better_hash(&account.id, account.auth_epoch, phc.expose(), pepper_id).await?;
            }
            Ok(())
        })
        .await
    }
}
