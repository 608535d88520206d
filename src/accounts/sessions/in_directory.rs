//! Ends the sessions of people who are gone from the directory, or may not sign in there any more: when such a session
//! asks for something sensitive, and otherwise within minutes. A directory that is away, or shows nobody at all, ends nothing.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::accounts::event_kind::EventKind;
use crate::accounts::request::{Refusal, SignedIn};
use crate::accounts::{Accounts, Error, Fault};
use crate::directory::DirectoryFault;
use crate::domain::timestamp::Timestamp;
use crate::store::{read_tx, write_tx};

/// How often it is looked whose turn it is.
const TICK: Duration = Duration::from_secs(15);
/// How long nobody asks again about somebody who is signed in.
const EVERY_MS: i64 = 5 * 60_000;
/// What is added to that at most, so that people who came together are not asked about together.
const JITTER_MS: u64 = 60_000;
/// Questions at the same time: sign-ins are to have room beside them.
const AT_ONCE: usize = 4;

/// When the next question about each account is due that is signed in at this node.
pub(super) type DueQuestions = HashMap<String, Timestamp>;

impl Accounts {
    /// Refuses a member who may not sign in at the directory any more, and ends the sessions of the account.
    pub(in crate::accounts) async fn require_in_directory(&self, member: &SignedIn) -> Result<(), Error> {
        if self.is_in_directory(member.account()).await? {
            return Ok(());
        }
        self.end_sessions_for_directory(member.account(), member.epoch()).await?;
        Err(Refusal::ClosedInDirectory.into())
    }

    /// Asks the directory about everybody who is signed in at this node and whose turn it is.
    pub async fn check_sessions_in_directory(&self) -> Result<(), Fault> {
        if self.directory.is_none() {
            return Ok(());
        }
        let node = self.sessions.node();
        let present = read_tx!(self.store, Fault, |tx| Ok(tx.list_signed_in_at(node).await?)).await?;
        let due = self.take_due(present);
        futures_util::stream::iter(due)
            .for_each_concurrent(AT_ONCE, async |(account, epoch)| {
                let done = match self.is_in_directory(&account).await {
                    Ok(true) => Ok(()),
                    Ok(false) => self.end_sessions_for_directory(&account, epoch).await,
                    Err(error) => Err(error),
                };
                // That the directory shows nobody is told once, and not for each of them.
                if let Err(error) = done
                    && !matches!(error, Error::Fault(Fault::Directory(DirectoryFault::ShowsNobody)))
                {
                    let account = self.name_for_log(&account).await;
                    tracing::warn!(account, %error, "whether somebody with open sessions may still sign in was not found out");
                }
            })
            .await;
        Ok(())
    }

    /// The username, if the store can be asked.
    async fn name_for_log(&self, account: &str) -> Option<String> {
        let found = read_tx!(self.store, Fault, |tx| Ok(tx.find_account(account).await?));
        found.await.ok().flatten().map(|account| account.name)
    }

    pub(in crate::accounts) async fn check_sessions_in_directory_until(&self, stop: &CancellationToken) {
        if self.directory.is_none() {
            return;
        }
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let checked = stop.run_until_cancelled(self.check_sessions_in_directory()).await;
            if let Some(Err(fault)) = checked {
                tracing::warn!(%fault, "cannot find out who is signed in; trying again");
            }
        }
    }

    /// Those of `present` whose turn it is. Whoever was not seen before has just signed in.
    fn take_due(&self, present: Vec<(String, i64)>) -> Vec<(String, i64)> {
        let now = self.clock.now();
        let next = || {
            let jitter = u64::from_be_bytes(self.entropy.bytes()) % JITTER_MS;
            now.plus_ms(EVERY_MS).plus_ms(i64::try_from(jitter).unwrap_or_default())
        };
        let mut questions = self.sessions.due_questions();
        let signed_in: HashSet<&str> = present.iter().map(|(account, _)| account.as_str()).collect();
        questions.retain(|account, _| signed_in.contains(account.as_str()));
        let mut is_due = |account: &str| match questions.get_mut(account) {
            Some(at) if *at <= now => {
                *at = next();
                true
            }
            Some(_) => false,
            None => {
                questions.insert(account.to_owned(), next());
                false
            }
        };
        present.into_iter().filter(|(account, _)| is_due(account)).collect()
    }

    /// Raises the epoch, as whoever disables the account does, unless somebody else was quicker.
    async fn end_sessions_for_directory(&self, account: &str, epoch: i64) -> Result<(), Error> {
        let now = self.clock.now();
        let raised = write_tx!(self.store, Error, |tx| {
            let raised = tx.claim_epoch(account, epoch, "", now).await?;
            if raised.is_some() {
                tx.void_reset_codes_of(account, now).await?;
                let event = self.operator_event(EventKind::ClosedInDirectory, account, now);
                tx.insert_event(&event).await?;
            }
            Ok(raised)
        });
        if let Some(epoch) = raised.await? {
            self.revocations.announce(account, epoch);
        }
        Ok(())
    }
}
