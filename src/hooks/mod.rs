//! Hooks: other systems that are told what happened, by a webhook or by a command on this machine.
//!
//! | file | what it holds |
//! |---|---|
//! | `worker` | takes what is due from the store, tries it, and records what became of it |
//! | [`outcome`] | what a try comes to, and when the next one is |
//! | [`webhook`] | one try over HTTP, signed |
//! | `command` | one try by a command |
//! | `trial` | an operator tries a hook |
//!
//! What hooks are to be told is committed in the transaction of the event, so nothing that happened is lost, and sent
//! afterwards: at least once, in no order. The id of the event is the same in every try, so that a receiver can tell
//! copies. A hook that is slow or away delays nobody else: each has [`PER_HOOK`] tries at a time, each with a deadline.
//!
//! A server that strangers talk to runs no program, so commands are run by a process beside it ([`crate::programs`]), which
//! `serve` starts with the commands of the operator's file. So whoever takes the server over can have these programs run,
//! with a text of their own on standard input, and no others.

mod command;
pub mod outcome;
mod trial;
pub mod webhook;
mod worker;

use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::hook::{Hook, HookTarget, SharedHooks};
use crate::programs::Programs;
use crate::store::{DeliveryCount, Replayed, Store, StoreFault, UnsentDelivery, read_tx, write_tx};
use outcome::Outcome;
use webhook::WebhookSender;

/// How many deliveries of one hook a node has in hand.
const PER_HOOK: i64 = 4;
/// The most deliveries that a list shows.
const LISTED: i64 = 500;

/// The hooks of a process.
#[derive(Debug)]
pub struct Hooks {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    /// This node, in leases.
    node: String,
    shared: SharedHooks,
    /// Where there is one.
    programs: Option<Arc<Programs>>,
    senders: webhook::Senders,
    in_hand: worker::DeliveriesInFlight,
}

/// What is told, and under which id.
#[derive(Clone, Debug)]
pub struct HookMessage {
    /// The id of the event.
    pub id: String,
    /// JSON.
    pub body: String,
}

impl Hooks {
    #[must_use]
    pub fn new(
        store: Store,
        (clock, entropy): (Clock, Entropy),
        node: String,
        shared: SharedHooks,
        programs: Option<Arc<Programs>>,
    ) -> Self {
        let (senders, in_hand) = Default::default();
        Self { store, clock, entropy, node, shared, programs, senders, in_hand }
    }

    /// The hook of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Hook> {
        self.shared.get().iter().find(|hook| hook.name == name).cloned()
    }

    /// From now on these are told.
    pub fn replace(&self, hooks: Vec<Hook>) {
        self.shared.replace(hooks);
    }

    /// Those of `hooks` whose command is run after a restart only: the process that runs commands has no others than it was
    /// started with.
    #[must_use]
    pub fn need_restart<'a>(&self, hooks: &'a [Hook]) -> Vec<&'a str> {
        let is_run = |path: &Path| self.programs.as_ref().is_some_and(|programs| programs.runs(path));
        let waits = |hook: &&Hook| matches!(&hook.target, HookTarget::Command(path) if !is_run(path));
        hooks.iter().filter(waits).map(|hook| hook.name.as_str()).collect()
    }

    /// All hooks.
    #[must_use]
    pub fn all(&self) -> Arc<Vec<Hook>> {
        self.shared.get()
    }

    /// One try.
    async fn tell(&self, hook: &Hook, message: &HookMessage) -> Outcome {
        match &hook.target {
            HookTarget::Webhook(webhook) => {
                let sender: Arc<WebhookSender> = match self.senders.of(webhook) {
                    Ok(sender) => sender,
                    Err(reason) => return Outcome::failed(reason),
                };
                let sent = sender.send(webhook, message, self.clock.reference_time());
                let timed = tokio::time::timeout(hook.timeout, sent).await;
                timed.unwrap_or_else(|_| {
                    let (origin, seconds) = (webhook.url.origin(), hook.timeout.as_secs());
                    Outcome::failed(format!("{origin}: no answer within {seconds} s"))
                })
            }
            HookTarget::Command(path) => match &self.programs {
                Some(programs) => command::tell(programs, (&hook.name, path), message, hook.timeout).await,
                None => Outcome::failed("there is no process that runs commands; restart the portal"),
            },
        }
    }

    /// What waits for each hook.
    pub async fn counts(&self) -> Result<Vec<DeliveryCount>, StoreFault> {
        read_tx!(self.store, StoreFault, |tx| tx.count_deliveries().await).await
    }

    /// What was not taken yet, the oldest first.
    pub async fn unsent(&self) -> Result<Vec<UnsentDelivery>, StoreFault> {
        read_tx!(self.store, StoreFault, |tx| tx.list_unsent_deliveries(LISTED).await).await
    }

    /// Has the hook of this name told again of what it was given up for and what waits for its next try, or of one event
    /// each hook that has not taken it.
    pub async fn replay(&self, hook_or_event: &str) -> Result<Replayed, StoreFault> {
        let (now, hooks) = (self.clock.now(), self.shared.get());
        write_tx!(self.store, StoreFault, |tx| {
            let mut all = Replayed::default();
            for hook in hooks.iter() {
                let event = (hook.name != hook_or_event).then_some(hook_or_event);
                let of_hook = tx.replay_deliveries(&hook.name, event, now).await?;
                all.again += of_hook.again;
                all.hastened += of_hook.hastened;
                all.already_due += of_hook.already_due;
            }
            Ok(all)
        })
        .await
    }

    /// Closes the store.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
