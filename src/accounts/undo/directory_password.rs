//! Taking away the password that a directory has, once a change was undone: whoever made the change may know it.
//!
//! The directory is asked after the undo is committed, so that nobody is left with a random password and an undo that is
//! still to come. That it must be asked is committed with the undo. Where the process ends in between, or the directory is
//! away or refuses, a worker does it later, at whichever node; until then no password of the entry opens anything
//! here, and the old one still opens what else asks the directory. A new password that is set with a code, or with the
//! undo's own right to set one, is instead of that.
//!
//! Whoever is at it, and whoever sets such a new password, holds a lease, so that none of them undoes what the other one
//! has just done.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::request::Refusal;
use crate::accounts::{Accounts, Error, Fault};
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, read_tx, write_tx};

/// Longer than all that is asked of a directory for one password.
const LEASE_MS: i64 = 2 * 60_000;
/// When what the directory refused, or did not answer, is tried again.
const AGAIN_MS: i64 = 10 * 60_000;
/// How often it is looked what is due.
const TICK: Duration = Duration::from_secs(30);
/// How many are done at one look.
const MOST: i64 = 20;
/// What to say to whoever sets a new password while the old one is being taken away, in seconds.
const COME_BACK_S: i64 = 5;

impl Accounts {
    /// Records in the undo's transaction that the password is to be taken away, and that the caller does it next.
    pub(super) async fn begin_password_void(
        &self,
        tx: &mut Tx,
        account: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if self.directory.is_some() && self.capabilities().reset {
            tx.begin_password_void(account, now, now.plus_ms(LEASE_MS)).await?;
        }
        Ok(())
    }

    /// Takes the password away under a lease. `false` where the person has to hear that other services still take it.
    pub(super) async fn has_voided_password(&self, account: &str) -> bool {
        let voided = Box::pin(self.void_password_in_directory(account)).await;
        let now = self.clock.now();
        let recorded = write_tx!(self.store, Fault, |tx| {
            match &voided {
                Ok(()) => tx.end_password_void(account).await?,
                Err(_) => tx.put_off_password_void(account, now, now.plus_ms(AGAIN_MS)).await?,
            }
            Ok(())
        });
        if let Err(fault) = recorded.await {
            // It is done again once the lease has ended.
            tracing::warn!(%fault, "that a password was taken away in the directory cannot be recorded");
        }
        voided
            .inspect_err(|error| {
                tracing::error!(%error, "a change was undone, and the directory still has the password of before");
            })
            .is_ok()
    }

    /// Whether the password that the directory has is still to be taken away: none that it takes opens anything here.
    pub(in crate::accounts) async fn is_password_void_due(&self, account: &str) -> Result<bool, Fault> {
        Ok(read_tx!(self.store, Fault, |tx| Ok(tx.find_password_void(account).await?)).await?.is_some())
    }

    /// Keeps others from taking the password away while a new one is set in the directory; gives whether there is anything
    /// to be taken away.
    pub(in crate::accounts) async fn lease_password_void(&self, account: &str) -> Result<bool, Error> {
        if self.directory.is_none() {
            return Ok(false);
        }
        let now = self.clock.now();
        if !self.is_password_void_due(account).await? {
            return Ok(false);
        }
        let claimed = write_tx!(self.store, Error, |tx| {
            if tx.claim_password_void(account, now, now.plus_ms(LEASE_MS)).await? {
                return Ok(true);
            }
            match tx.find_password_void(account).await? {
                Some(_) => Err(Refusal::Busy(COME_BACK_S).into()),
                None => Ok(false),
            }
        });
        claimed.await
    }

    /// Gives that lease back where no new password was set.
    pub(in crate::accounts) async fn release_password_void(&self, account: &str) {
        let now = self.clock.now();
        let released = write_tx!(self.store, Fault, |tx| {
            Ok(tx.put_off_password_void(account, now, now.plus_ms(AGAIN_MS)).await?)
        });
        if let Err(fault) = released.await {
            tracing::warn!(%fault, "a lease of a password in the directory ends by itself");
        }
    }

    /// Takes the passwords away that are due.
    pub async fn void_due_passwords(&self) -> Result<(), Fault> {
        if self.directory.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        let due = read_tx!(self.store, Fault, |tx| Ok(tx.list_due_password_voids(now, MOST).await?));
        for account in due.await? {
            let claim = write_tx!(self.store, Fault, |tx| {
                Ok(tx.claim_password_void(&account, now, now.plus_ms(LEASE_MS)).await?)
            });
            if claim.await? {
                self.has_voided_password(&account).await;
            }
        }
        Ok(())
    }

    pub(in crate::accounts) async fn void_due_passwords_until(&self, stop: &CancellationToken) {
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
