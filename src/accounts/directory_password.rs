//! The password that a directory has: one at a time sets it or takes it away.
//!
//! No transaction spans the store and a directory, so that whoever sets a password there and records it here holds a lease
//! of the account's password meanwhile, and looks under it whether they still may. Who was late would otherwise leave a
//! password in the directory that nobody recorded, and that an undo does not know of.
//!
//! Once a change was undone, the password that the directory has is taken away: whoever made the change may know it. The
//! directory is asked after the undo is committed, so that nobody is left with a random password and an undo that is still
//! to come. That it must be asked is committed with the undo. Where somebody is just setting a password, the process ends in
//! between, or the directory is away or refuses, it is done later: by whoever set that password, or by a worker at
//! whichever node; until then no password of the entry opens anything here, and the old one still opens what else asks the
//! directory. A new password that is set with a code, or with the undo's own right to set one, is instead of that.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::request::Refusal;
use super::{Accounts, Error, Fault};
use crate::directory::DirectoryFault;
use crate::domain::password::PasswordRefusal;
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, read_tx, write_tx};

/// Longer than all that is asked of a directory to set one password and, where an undo came in between, another one: at the
/// longest `directory.timeout`, somewhat more than two minutes.
const LEASE_MS: i64 = 3 * 60_000;
/// When what the directory refused, or did not answer, is tried again.
const AGAIN_MS: i64 = 10 * 60_000;
/// How often it is looked what is due.
const TICK: Duration = Duration::from_secs(30);
/// How many are done at one look.
const MOST: i64 = 20;
/// What to say at least to whoever sets a new password while another one is being set or taken away, in seconds.
const COME_BACK_S: i64 = 5;
/// How long setting a password usually takes at the most. A lease that is older waits for its end.
const USUALLY_MS: i64 = 30_000;

/// The right to set or take away the password of an account's entry.
#[derive(Debug)]
pub(super) struct PasswordLease {
    until: Timestamp,
    /// The password was to be taken away before.
    was_void_due: bool,
}

/// Who takes the password away that an undone change has left in the directory.
#[derive(Debug)]
pub(super) enum PasswordVoid {
    /// Nobody: the store has the password.
    InStore,
    /// The caller, who holds the lease.
    Leased(PasswordLease),
    /// Whoever is setting a password now, or a worker.
    Later,
    /// Nobody: the portal may not set passwords there.
    Never,
}

/// What to say to whoever finds somebody else setting the password, under a lease that ends then.
fn password_is_being_set(leased_until: Option<Timestamp>, now: Timestamp) -> Error {
    let left_ms = leased_until.map_or(0, |until| until.ms_since(now));
    let is_usual = left_ms > LEASE_MS - USUALLY_MS;
    Refusal::Busy(if is_usual { COME_BACK_S } else { COME_BACK_S.max(left_ms.div_euclid(1_000) + 1) }).into()
}

/// Whether a directory that has not answered may still set a password: until the lease has ended by itself, no other one is
/// set.
pub(super) fn may_still_be_set(error: &Error) -> bool {
    matches!(error, Error::Fault(Fault::Directory(fault)) if fault.is_of_unknown_outcome())
}

/// Logs that a lease was not given back.
fn ends_by_itself(given_back: Result<(), Fault>) {
    if let Err(fault) = given_back {
        tracing::warn!(%fault, "a lease of a password in the directory ends by itself");
    }
}

impl PasswordLease {
    /// Records in the transaction of a new password that it is there instead of what was to be taken away, and gives the
    /// lease back.
    pub(super) async fn end_in(&self, tx: &mut Tx, account: &str) -> Result<(), Fault> {
        if tx.end_password_void(account, self.until).await? {
            return Ok(());
        }
        let told = "setting the password took longer than nobody else may set one";
        Err(DirectoryFault::OutcomeUnknown(told.to_owned()).into())
    }
}

impl Accounts {
    /// Keeps others from setting or taking away the password that the directory has; nothing where the store has it.
    pub(super) async fn lease_password(&self, account: &str) -> Result<Option<PasswordLease>, Error> {
        if self.directory.is_none() {
            return Ok(None);
        }
        let now = self.clock.now();
        let until = now.plus_ms(LEASE_MS);
        let leased = write_tx!(self.store, Error, |tx| {
            if tx.find_entry_of(account).await?.is_none() {
                return Ok(None);
            }
            if !tx.claim_password_lease(account, now, until).await? {
                return Err(password_is_being_set(tx.find_password_lease(account).await?, now));
            }
            Ok(Some(PasswordLease { until, was_void_due: tx.is_password_void_due(account).await? }))
        });
        // Nothing was asked of the directory yet, whatever became of the lease.
        leased.await.map_err(|error| match error {
            Error::Fault(fault) => {
                DirectoryFault::Unreachable(format!("its password cannot be leased: {fault}")).into()
            }
            refused @ Error::Refused(_) => refused,
        })
    }

    /// What an undo says when somebody else is setting the password.
    pub(super) async fn refuse_while_password_is_set(&self, account: &str) -> Error {
        let now = self.clock.now();
        let leased_until = read_tx!(self.store, Fault, |tx| Ok(tx.find_password_lease(account).await?)).await;
        leased_until.map_or_else(Error::from, |until| password_is_being_set(until, now))
    }

    /// Ends a lease under which a password was set, or was not.
    pub(super) async fn end_password_lease<T>(
        &self,
        account: &str,
        lease: Option<PasswordLease>,
        set: &Result<T, Error>,
    ) {
        let Some(PasswordLease { until, was_void_due }) = lease else { return };
        if set.as_ref().is_err_and(may_still_be_set) {
            return;
        }
        // Whoever chose one that the directory refuses has the time to choose another one.
        let is_delayed = was_void_due && matches!(set, Err(Error::Refused(Refusal::Password(_))));
        let due_at = self.clock.now().plus_ms(AGAIN_MS);
        let ended = write_tx!(self.store, Fault, |tx| {
            if is_delayed {
                tx.delay_password_void(account, until, due_at).await?;
            }
            Ok(tx.release_password_lease(account, until).await?)
        });
        ends_by_itself(ended.await);
    }

    async fn release_password(&self, account: &str, until: Timestamp) {
        let released =
            write_tx!(self.store, Fault, |tx| Ok(tx.release_password_lease(account, until).await?));
        ends_by_itself(released.await);
    }

    /// Records in the undo's transaction that the password is to be taken away.
    pub(super) async fn begin_password_void(
        &self,
        tx: &mut Tx,
        account: &str,
        now: Timestamp,
    ) -> Result<PasswordVoid, Fault> {
        if self.directory.is_none() {
            return Ok(PasswordVoid::InStore);
        }
        if !self.capabilities().reset {
            return Ok(PasswordVoid::Never);
        }
        tx.begin_password_void(account, now).await?;
        let until = now.plus_ms(LEASE_MS);
        Ok(if tx.claim_password_lease(account, now, until).await? {
            PasswordVoid::Leased(PasswordLease { until, was_void_due: true })
        } else {
            PasswordVoid::Later
        })
    }

    /// Takes the password away if that is the caller's. `false` where the person has to hear that other services still
    /// take it.
    pub(super) async fn has_voided_password(&self, account: &str, void: &PasswordVoid) -> bool {
        match void {
            PasswordVoid::InStore => true,
            PasswordVoid::Leased(lease) => self.void_password(account, lease.until).await,
            PasswordVoid::Later | PasswordVoid::Never => false,
        }
    }

    /// What became of recording a password that the directory has already. Where an undo came in between, it is taken away:
    /// the refusal is true then. What was to be taken away before is left to the caller.
    pub(super) async fn or_void<T>(
        &self,
        account: &str,
        lease: Option<&PasswordLease>,
        recorded: Result<T, Error>,
    ) -> Result<T, Error> {
        let (Err(error), Some(lease)) = (&recorded, lease) else { return recorded };
        if !lease.was_void_due {
            match self.is_password_void_due(account).await {
                Ok(true) => {
                    if self.void_password(account, lease.until).await {
                        return recorded;
                    }
                }
                Ok(false) => self.release_password(account, lease.until).await,
                // The worker looks, too.
                Err(fault) => tracing::warn!(%fault, "whether a password is to be taken away cannot be read"),
            }
        }
        let told = format!("the password was set there, and recording it failed: {error}");
        Err(DirectoryFault::OutcomeUnknown(told).into())
    }

    /// Takes the password away under a lease that lasts until then; gives whether it is done.
    async fn void_password(&self, account: &str, until: Timestamp) -> bool {
        let voided = match Box::pin(self.void_password_in_directory(account)).await {
            // What was there is gone, and what the person would have set instead of the random one is not there either.
            Err(Error::Refused(Refusal::Password(PasswordRefusal::DirectoryAfterReset(_)))) => Ok(()),
            voided => voided,
        };
        let due_at = self.clock.now().plus_ms(AGAIN_MS);
        let recorded = write_tx!(self.store, Fault, |tx| {
            if voided.is_ok() {
                tx.end_password_void(account, until).await?;
                return Ok(());
            }
            tx.delay_password_void(account, until, due_at).await?;
            if !voided.as_ref().is_err_and(may_still_be_set) {
                tx.release_password_lease(account, until).await?;
            }
            Ok(())
        });
        if let Err(fault) = recorded.await {
            // It is done again once the lease has ended.
            tracing::warn!(%fault, "that a password was taken away in the directory cannot be recorded");
        }
        match &voided {
            Ok(()) => {}
            // Nothing is wrong with the directory, and nobody gets in with the password.
            Err(Error::Refused(Refusal::ClosedInDirectory)) => {
                tracing::info!(
                    "a change was undone, and its entry is disabled, gone or has expired in the directory"
                );
            }
            Err(error) => {
                tracing::error!(%error, "a change was undone, and the directory still has the password of before");
            }
        }
        voided.is_ok()
    }

    /// Whether the password that the directory has is still to be taken away: none that it takes opens anything here.
    pub(super) async fn is_password_void_due(&self, account: &str) -> Result<bool, Fault> {
        read_tx!(self.store, Fault, |tx| Ok(tx.is_password_void_due(account).await?)).await
    }

    /// Takes the passwords away that are due.
    pub async fn void_due_passwords(&self) -> Result<(), Fault> {
        if self.directory.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        let due = read_tx!(self.store, Fault, |tx| Ok(tx.list_due_password_voids(now, MOST).await?));
        for account in due.await? {
            // Those before may have taken a while.
            let now = self.clock.now();
            let until = now.plus_ms(LEASE_MS);
            let claim =
                write_tx!(self.store, Fault, |tx| Ok(tx.claim_password_void(&account, now, until).await?));
            if claim.await? {
                self.void_password(&account, until).await;
            }
        }
        Ok(())
    }

    pub(super) async fn void_due_passwords_until(&self, stop: &CancellationToken) {
        if self.directory.is_none() {
            return;
        }
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Some(Err(fault)) = stop.run_until_cancelled(self.void_due_passwords()).await {
                tracing::warn!(%fault, "passwords that are to be taken away in the directory cannot be found");
            }
        }
    }
}
