//! Takes what is due from the store, tries it, and records what became of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::outcome::{Outcome, wait_ms};
use super::{HookMessage, Hooks, PER_HOOK};
use crate::domain::hook::{Hook, HookTarget, TEST};
use crate::domain::id::new_id;
use crate::fail_point::FailPoint;
use crate::log::record;
use crate::metrics::metrics;
use crate::store::{DeliveryLease, DueDelivery, StoreFault, read_tx, write_tx};

/// How long a delivery is leased beyond the time of a try: for recording what became of it.
const LEASE_MARGIN_MS: i64 = 15_000;
/// How often to look for deliveries: events are committed by other processes too.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long tries may go on when the process stops; then they are made again by the next one.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// What is kept of the events that one hook has not taken, for those that it is to be told of and those that were given up
/// together. 10,000 are some 5 MB, and what a hook that is away for a night misses of a few thousand accounts.
const MAX_KEPT: i64 = 10_000;
/// How often more than that are looked for. One look reads as many entries of an index, and says one line in the log.
const LOOK_FOR_SURPLUS: Duration = Duration::from_secs(10);
/// How many are dropped in one transaction, which others wait for.
const DROPPED_AT_ONCE: i64 = 1_000;
/// Between tries to record an outcome.
const RECORD_AGAIN: Duration = Duration::from_secs(1);

/// How many deliveries of each hook this node has in hand.
#[derive(Debug, Default)]
pub(super) struct DeliveriesInFlight {
    counts: Mutex<HashMap<String, i64>>,
    /// Notified when one is finished.
    done: Notify,
}

impl DeliveriesInFlight {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, hook: &str) -> i64 {
        PER_HOOK - self.lock().get(hook).copied().unwrap_or(0)
    }

    fn change(&self, hook: &str, by: i64) {
        *self.lock().entry(hook.to_owned()).or_default() += by;
    }
}

/// A delivery in hand, for as long as this exists.
struct LeasedDelivery {
    hooks: Arc<Hooks>,
    hook: Hook,
    lease: String,
    due: DueDelivery,
}

impl Drop for LeasedDelivery {
    fn drop(&mut self) {
        self.hooks.in_hand.change(&self.hook.name, -1);
        self.hooks.in_hand.done.notify_one();
    }
}

impl Hooks {
    /// The worker, until `stop`.
    pub async fn run_until(self: Arc<Self>, stop: CancellationToken) {
        self.release_own().await;
        let mut tries = JoinSet::new();
        let mut looked = None::<Instant>;
        while !stop.is_cancelled() {
            if looked.is_none_or(|at| at.elapsed() >= LOOK_FOR_SURPLUS) {
                looked = Some(Instant::now());
                self.drop_surplus().await;
            }
            match self.claim().await {
                Ok(claimed) => {
                    for held in claimed {
                        tries.spawn(held.carry_out());
                    }
                }
                Err(fault) => {
                    tracing::warn!(%fault, "could not look for what hooks are to be told; looking again");
                }
            }
            while tries.try_join_next().is_some() {}
            let pause = async {
                tokio::select! {
                    () = self.in_hand.done.notified() => {}
                    () = tokio::time::sleep(POLL_INTERVAL) => {}
                }
            };
            stop.run_until_cancelled(pause).await;
        }
        let rest = async { while tries.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_GRACE, rest).await.is_err() {
            tries.shutdown().await;
        }
        self.release_own().await;
    }

    /// Gives back what this node has in hand, now or since it was killed.
    async fn release_own(&self) {
        let now = self.clock.now();
        let released =
            write_tx!(self.store, StoreFault, |tx| tx.release_deliveries_of(&self.node, now).await);
        if let Err(fault) = released.await {
            tracing::warn!(%fault, "what hooks are to be told waits until its leases have ended");
        }
    }

    /// Leases what is due and there is room for.
    async fn claim(self: &Arc<Self>) -> Result<Vec<LeasedDelivery>, StoreFault> {
        let hooks = self.shared.get();
        if hooks.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let due = read_tx!(self.store, StoreFault, |tx| {
            let mut due = Vec::new();
            for hook in hooks.iter() {
                if tx.has_due_deliveries(&hook.name, now).await? {
                    due.push(hook);
                }
            }
            Ok(due)
        });
        let mut held = Vec::new();
        for hook in due.await? {
            let room = self.in_hand.room(&hook.name);
            if room <= 0 {
                continue;
            }
            let (mark, now) = (new_id(now, &self.entropy), self.clock.now());
            let timeout_ms = i64::try_from(hook.timeout.as_millis()).unwrap_or(LEASE_MARGIN_MS);
            let lease = DeliveryLease {
                mark: &mark,
                node: &self.node,
                now,
                until: now.plus_ms(timeout_ms + LEASE_MARGIN_MS),
                room,
            };
            let claimed =
                write_tx!(self.store, StoreFault, |tx| tx.claim_due_deliveries(&hook.name, &lease).await)
                    .await?;
            held.extend(claimed.into_iter().map(|due| {
                self.in_hand.change(&hook.name, 1);
                LeasedDelivery { hooks: self.clone(), hook: hook.clone(), lease: mark.clone(), due }
            }));
        }
        Ok(held)
    }

    /// Whoever sends refused sign-ins while a hook is away must not fill the database.
    async fn drop_surplus(&self) {
        for hook in self.shared.get().iter() {
            let (hook, mut dropped) = (hook.name.as_str(), 0);
            let fault = loop {
                match self.drop_some_of(hook).await {
                    Ok(0) => break None,
                    Ok(count) => dropped += count,
                    Err(fault) => break Some(fault),
                }
            };
            if dropped > 0 {
                metrics().hook_deliveries_dropped.add_many(dropped);
                record!(HookEventsDropped, hook, dropped);
            }
            if let Some(fault) = fault {
                tracing::warn!(%fault, hook, "more events than are kept wait for a hook; dropping them later");
            }
        }
    }

    async fn drop_some_of(&self, hook: &str) -> Result<u64, StoreFault> {
        // Most looks find nothing, and reading is all that they do.
        let found = read_tx!(self.store, StoreFault, |tx| tx.has_surplus_deliveries(hook, MAX_KEPT).await);
        if !found.await? {
            return Ok(0);
        }
        write_tx!(self.store, StoreFault, |tx| {
            tx.delete_surplus_deliveries(hook, MAX_KEPT, DROPPED_AT_ONCE).await
        })
        .await
    }

    async fn record(
        &self,
        held: &LeasedDelivery,
        outcome: &Outcome,
        wait_ms: Option<i64>,
    ) -> Result<(), StoreFault> {
        let now = self.clock.now();
        let (id, hook) = (held.due.id.as_str(), held.hook.name.as_str());
        let leased = (id, hook, held.lease.as_str());
        write_tx!(self.store, StoreFault, |tx| {
            match (outcome, wait_ms) {
                (Outcome::Taken(answer), _) if held.due.kind == TEST => {
                    tx.set_test_taken(leased, now, answer).await
                }
                (Outcome::Taken(_), _) => tx.delete_delivery(id, hook).await,
                (Outcome::Failed { reason, .. }, Some(wait_ms)) => {
                    tx.set_delivery_retry(leased, now.plus_ms(wait_ms), reason).await
                }
                (Outcome::Failed { reason, .. } | Outcome::Refused(reason), _) => {
                    tx.set_delivery_dead(leased, now, reason).await
                }
            }
        })
        .await
    }
}

impl LeasedDelivery {
    async fn carry_out(self) {
        let message = HookMessage { id: self.due.id.clone(), body: self.due.body.clone() };
        FailPoint::HookBeforeSend.reach();
        let outcome = self.hooks.tell(&self.hook, &message).await;
        let wait_ms = match &outcome {
            Outcome::Failed { retry_after_s, .. } => {
                wait_ms(self.due.attempts, *retry_after_s, &self.hooks.entropy)
            }
            Outcome::Taken(_) | Outcome::Refused(_) => None,
        };
        while let Err(fault) = self.hooks.record(&self, &outcome, wait_ms).await {
            let hook = self.hook.name.as_str();
            tracing::error!(%fault, hook, "what became of a delivery could not be recorded; trying again");
            tokio::time::sleep(RECORD_AGAIN).await;
        }
        self.tell_operator(&outcome, wait_ms.is_some());
    }

    fn tell_operator(&self, outcome: &Outcome, is_tried_again: bool) {
        let (hook, event_id, attempt) = (self.hook.name.as_str(), self.due.id.as_str(), self.due.attempts);
        match outcome {
            Outcome::Taken(_) => metrics().hook_deliveries.add(match self.hook.target {
                HookTarget::Webhook(_) => "webhook",
                HookTarget::Command(_) => "command",
            }),
            Outcome::Failed { reason, .. } | Outcome::Refused(reason) => {
                let next = if is_tried_again { "retry" } else { "dead" };
                metrics().hook_deliveries_failed.add(next);
                record!(HookNotTold, hook, event_id, kind = self.due.kind.as_str(), attempt, next, reason);
            }
        }
    }
}
