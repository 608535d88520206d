//! Prompts inside authentication (keyboard-interactive, RFC 4256): how many connections may have them, for how long,
//! and that there are as many answers as prompts.
//!
//! Somebody who waits for an email takes longer than [`super::settings::SshSettings::login_grace_time`], and
//! has not authenticated: so there are few slots for such connections, in all and per source, and they have a
//! deadline of their own.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::server::{Auth, Response};
use tokio::sync::watch;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::domain::source::Source;
use crate::domain::trusted_networks::TrustedNetworks;
use crate::session::prompts::{NextPrompt, Prompt, PromptOutcome, Prompts};

/// Connections with prompts at the same time.
const MAX_SLOTS: u32 = 64;
/// The same, from one source.
const MAX_SLOTS_PER_SOURCE: u32 = 4;

/// The longest answer: more than any field takes.
const MAX_BYTES: usize = 1_024;

/// What a client is told for which there is no slot.
const FULL: &str = "Error: Too many people are resetting a password or undoing a change. Nothing was changed. \
                    Try again in a minute. [busy]";

/// The deadline of a connection that has not authenticated.
#[derive(Debug)]
pub(super) struct LoginDeadline {
    /// When it is; [`super::connection`] listens.
    pub(super) login_by: watch::Sender<Instant>,
    /// When it is without prompts.
    pub(super) ordinary: Instant,
    /// When it is while the connection has a slot.
    pub(super) prompted: Instant,
}

/// The slots that all connections share.
#[derive(Debug, Default)]
pub(super) struct PromptSlots {
    taken: Mutex<HashMap<Source, u32>>,
    /// Where the slots are not counted per source.
    trusted_networks: TrustedNetworks,
}

/// One slot, and with it the longer deadline; dropping it gives both back.
#[derive(Debug)]
struct PromptSlot {
    slots: Arc<PromptSlots>,
    source: Source,
    deadline: Arc<LoginDeadline>,
}

impl PromptSlots {
    pub(super) fn new(trusted_networks: TrustedNetworks) -> Self {
        Self { taken: Mutex::default(), trusted_networks }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Source, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, source: Source, deadline: &Arc<LoginDeadline>) -> Option<PromptSlot> {
        let mut table = self.table();
        let taken = table.get(&source).copied().unwrap_or_default();
        let is_full = taken >= MAX_SLOTS_PER_SOURCE && !self.trusted_networks.contain(source);
        if is_full || table.values().sum::<u32>() >= MAX_SLOTS {
            return None;
        }
        table.insert(source, taken + 1);
        deadline.login_by.send_replace(deadline.prompted);
        Some(PromptSlot { slots: Arc::clone(self), source, deadline: Arc::clone(deadline) })
    }
}

impl Drop for PromptSlot {
    fn drop(&mut self) {
        let mut table = self.slots.table();
        if let Some(taken) = table.get_mut(&self.source) {
            *taken -= 1;
            if *taken == 0 {
                table.remove(&self.source);
            }
        }
        self.deadline.login_by.send_replace(self.deadline.ordinary);
    }
}

/// The prompts of one connection. Dropped when the client requests anything else (RFC 4256
/// section 3.1).
#[derive(Debug)]
pub(super) struct PromptDialog {
    prompts: Prompts,
    /// How many were sent last.
    asked: usize,
    /// Kept to the end of authentication, or the ordinary deadline would be back, and over, before it.
    slot: Option<PromptSlot>,
}

/// How far the prompts of a connection are, as its task needs to know when the server stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PromptsState {
    /// There are none.
    #[default]
    None,
    /// The client has been asked.
    Asking,
    /// The client has answered, and hears next what came of it.
    Answering,
}

/// What follows from a client's answers.
pub(super) enum PromptStep {
    /// Another prompt.
    Ask(PromptDialog, Auth),
    /// The end; the session that follows prints the outcome.
    Done(PromptDialog, PromptOutcome),
    /// The end, and authentication fails.
    Refused,
}

impl PromptDialog {
    /// Begins, if there is a slot.
    pub(super) async fn begin(
        prompts: Prompts,
        slots: &Arc<PromptSlots>,
        source: Source,
        deadline: &Arc<LoginDeadline>,
    ) -> PromptStep {
        let dialog = Self { prompts, asked: 0, slot: slots.take(source, deadline) };
        if dialog.slot.is_none() {
            return PromptStep::Ask(dialog, request(Prompt { text: FULL.to_owned(), ..Prompt::default() }));
        }
        dialog.go_on(None).await
    }

    /// Takes the client's answers, of which there must be as many as there were prompts.
    pub(super) async fn answered(self, response: Response<'_>) -> PromptStep {
        // One more than was asked for is enough to know that the number is wrong.
        let answers: Vec<_> = response.take(self.asked + 1).collect();
        if answers.len() != self.asked || self.slot.is_none() {
            return PromptStep::Refused;
        }
        let Some(answer) = answers.first() else { return self.go_on(None).await };
        match std::str::from_utf8(answer) {
            Ok(answer) if answer.len() <= MAX_BYTES => {
                self.go_on(Some(Zeroizing::new(answer.to_owned()))).await
            }
            _ => PromptStep::Refused,
        }
    }

    /// Whether the client has a prompt to answer.
    pub(super) fn asks(&self) -> bool {
        self.asked > 0
    }

    async fn go_on(mut self, answer: Option<Zeroizing<String>>) -> PromptStep {
        let next = match self.prompts.go_on(answer.as_ref().map(|answer| answer.as_str())).await {
            NextPrompt::Ask(prompt) => prompt,
            // The client itself answers a request without prompts.
            NextPrompt::Wait => Prompt::default(),
            NextPrompt::Done(outcome) => return PromptStep::Done(self, outcome),
            NextPrompt::Exhausted => return PromptStep::Refused,
        };
        self.asked = usize::from(next.prompt.is_some());
        PromptStep::Ask(self, request(next))
    }
}

/// `SSH_MSG_USERAUTH_INFO_REQUEST` (RFC 4256 section 3.2).
fn request(Prompt { text, prompt, echo }: Prompt) -> Auth {
    let prompts: Vec<_> = prompt.into_iter().map(|prompt| (Cow::Owned(prompt), echo)).collect();
    Auth::Partial { name: Cow::Borrowed(""), instructions: text.into(), prompts: prompts.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    fn deadline() -> (Arc<LoginDeadline>, watch::Receiver<Instant>) {
        let ordinary = Instant::now();
        let (login_by, until) = watch::channel(ordinary);
        let prompted = ordinary + Duration::from_mins(15);
        (Arc::new(LoginDeadline { login_by, ordinary, prompted }), until)
    }

    fn source(n: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)))
    }

    #[test]
    fn a_slot_moves_the_deadline_and_gives_it_back() {
        let (deadline, until) = deadline();
        let slots = Arc::<PromptSlots>::default();
        let slot = slots.take(source(1), &deadline);
        assert_eq!(*until.borrow(), deadline.prompted);
        drop(slot);
        assert_eq!(*until.borrow(), deadline.ordinary);
        assert!(slots.table().is_empty(), "a source that left takes no memory");
    }

    #[test]
    fn there_are_few_slots_in_all_and_fewer_for_one_source() {
        let (deadline, _until) = deadline();
        let slots = Arc::<PromptSlots>::default();
        let of_one: Vec<_> = (0..5).filter_map(|_| slots.take(source(1), &deadline)).collect();
        assert_eq!(of_one.len(), 4);
        let of_all: Vec<_> = (2..100).filter_map(|n| slots.take(source(n), &deadline)).collect();
        assert_eq!(of_all.len(), 60);
        drop(of_one);
        assert!(slots.take(source(1), &deadline).is_some());
    }
}
