//! Prompts inside authentication (keyboard-interactive, RFC 4256): how many connections may have them, for how long,
//! and that there are as many answers as prompts.
//!
//! Somebody who waits for an email takes longer than [`super::settings::SshSettings::login_grace_time`], and
//! has not authenticated: so there are few slots for such connections, in all and per source, and they have a
//! deadline of their own. When all are taken, a dialog that waits for its client gives way: of the network that has most
//! to somebody of a network with fewer ([`Crowd`]), first one whose client has answered nothing yet, and of these the one
//! that has been silent longest. Where all networks have as many, only one that has answered nothing gives way, or one that
//! has been silent for a while (`SILENT`). One that has used up its code never does: it would be lost.
//!
//! With the default limits it takes 250 networks to have all slots in such a way that nobody elsewhere is asked at once, and
//! an answer in each every minute. Whoever has these keeps others out, from the prompts alone: what they are told names the
//! page that does the same.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::server::{Auth, Response};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::admission::AdmissionLimits;
use super::admission::crowd::{Crowd, Share};
use crate::domain::source::Source;
use crate::domain::trusted_networks::TrustedNetworks;
use crate::session::prompts::{NextPrompt, Prompt, PromptOutcome, Prompts};

/// One of so many connections can have prompts.
const SHARE: u32 = 8;
/// The same, from one source.
const MAX_SLOTS_PER_SOURCE: usize = 4;

/// Silence after an answer that lasts as long as that of a guest who gives way: somebody looks for the email, and may look
/// in vain. Whoever gives way can ask for a code again, and the one that was sent is good on the page.
const SILENT: Duration = Duration::from_mins(1);

/// The longest answer: more than any field takes.
const MAX_BYTES: usize = 1_024;

/// The deadline of a connection that has not authenticated.
#[derive(Debug)]
pub(super) struct LoginDeadline {
    /// When it is; [`super::connection`] listens.
    pub(super) login_by: watch::Sender<Instant>,
    /// When it is without prompts.
    pub(super) ordinary: Instant,
    /// When it is while the connection has a slot.
    pub(super) prompted: Instant,
    /// Cancelled when the connection has to give way to another; [`super::connection`] listens.
    pub(super) gives_way: CancellationToken,
    /// Whether the client has answered anything; [`super::connection`] looks.
    pub(super) has_answered: Arc<AtomicBool>,
}

/// The slots that all connections share.
#[derive(Debug)]
pub(super) struct PromptSlots {
    taken: Mutex<TakenSlots>,
    max: usize,
    /// Where the slots are not counted per source.
    trusted_networks: TrustedNetworks,
}

#[derive(Debug, Default)]
struct TakenSlots {
    /// In the order in which they were taken.
    all: Vec<TakenSlot>,
    /// How many were taken ever.
    number: u64,
}

#[derive(Debug)]
struct TakenSlot {
    number: u64,
    source: Source,
    deadline: Arc<LoginDeadline>,
    /// Since when the client has something to answer, so that nothing is cut in two when the connection ends. Nothing either
    /// where its code is used up already.
    idle_since: Option<Instant>,
}

/// One slot, and with it the longer deadline; dropping it gives both back.
#[derive(Debug)]
struct PromptSlot {
    slots: Arc<PromptSlots>,
    number: u64,
    deadline: Arc<LoginDeadline>,
}

impl PromptSlots {
    pub(super) fn of(limits: &AdmissionLimits) -> Self {
        let max = usize::try_from(limits.max_connections / SHARE).unwrap_or(usize::MAX);
        Self {
            taken: Mutex::default(),
            max: max.max(MAX_SLOTS_PER_SOURCE),
            trusted_networks: limits.trusted_networks.clone(),
        }
    }

    fn table(&self) -> MutexGuard<'_, TakenSlots> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(
        self: &Arc<Self>,
        source: Source,
        deadline: &Arc<LoginDeadline>,
        now: Instant,
    ) -> Option<PromptSlot> {
        let mut table = self.table();
        let of_source = table.all.iter().filter(|slot| slot.source == source).count();
        if of_source >= MAX_SLOTS_PER_SOURCE && !self.trusted_networks.contain(source) {
            return None;
        }
        if table.all.len() >= self.max {
            let gives_way = self.who_gives_way(&table.all, source, now)?;
            table.all.remove(gives_way).deadline.gives_way.cancel();
        }
        table.number += 1;
        let number = table.number;
        table.all.push(TakenSlot { number, source, deadline: Arc::clone(deadline), idle_since: None });
        deadline.login_by.send_replace(deadline.prompted);
        Some(PromptSlot { slots: Arc::clone(self), number, deadline: Arc::clone(deadline) })
    }

    /// Which of `taken` gives way to one more of `newcomer`, if one does. Nobody in a trusted network gives way.
    fn who_gives_way(&self, taken: &[TakenSlot], newcomer: Source, now: Instant) -> Option<usize> {
        let mut crowd = Crowd::default();
        for (nth, slot) in (0..).zip(taken).filter(|(_, slot)| !self.trusted_networks.contain(slot.source)) {
            crowd.insert(slot.source, nth);
        }
        let (share, found) = if self.trusted_networks.contain(newcomer) {
            (Share::Fewer, crowd.fullest())
        } else {
            crowd.who_gives_way(newcomer)
        };
        let idle = found.into_iter().filter_map(|nth| {
            let nth = usize::try_from(nth).ok()?;
            let slot = taken.get(nth)?;
            Some((slot.deadline.has_answered.load(Ordering::Relaxed), slot.idle_since?, nth))
        });
        let (has_answered, since, nth) = idle.min()?;
        (share == Share::Fewer || !has_answered || since + SILENT <= now).then_some(nth)
    }
}

impl PromptSlot {
    /// Notes since when the client has something to answer. False when the connection has had to give way.
    fn set_idle(&self, since: Option<Instant>) -> bool {
        let mut table = self.slots.table();
        let slot = table.all.iter_mut().find(|slot| slot.number == self.number);
        slot.is_some_and(|slot| {
            slot.idle_since = since;
            true
        })
    }
}

impl Drop for PromptSlot {
    fn drop(&mut self) {
        self.slots.table().all.retain(|slot| slot.number != self.number);
        self.deadline.login_by.send_replace(self.deadline.ordinary);
    }
}

/// The prompts of one connection. Dropped when the client requests anything else (RFC 4256
/// section 3.1).
#[derive(Debug)]
pub(super) struct PromptDialog {
    prompts: Box<Prompts>,
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
        prompts: Box<Prompts>,
        slots: &Arc<PromptSlots>,
        source: Source,
        deadline: &Arc<LoginDeadline>,
    ) -> PromptStep {
        let dialog = Self { prompts, asked: 0, slot: slots.take(source, deadline, Instant::now()) };
        if dialog.slot.is_none() {
            let full = request(dialog.prompts.without_slot());
            return PromptStep::Ask(dialog, full);
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
        if answer.len() > MAX_BYTES {
            return PromptStep::Refused;
        }
        if let Some(slot) = &self.slot {
            slot.deadline.has_answered.store(true, Ordering::Relaxed);
        }
        // What is not UTF-8 is told of, and asked for again.
        self.go_on(Some(Zeroizing::new(answer.to_vec()))).await
    }

    /// Whether the client has a prompt to answer.
    pub(super) fn asks(&self) -> bool {
        self.asked > 0
    }

    fn set_idle(&self, since: Option<Instant>) -> bool {
        self.slot.as_ref().is_some_and(|slot| slot.set_idle(since))
    }

    async fn go_on(mut self, answer: Option<Zeroizing<Vec<u8>>>) -> PromptStep {
        if !self.set_idle(None) {
            return PromptStep::Refused;
        }
        let next = match self.prompts.go_on(answer.as_ref().map(|answer| answer.as_slice())).await {
            NextPrompt::Ask(prompt) => prompt,
            // The client itself answers a request without prompts.
            NextPrompt::Wait => Prompt::default(),
            NextPrompt::Done(outcome) => return PromptStep::Done(self, outcome),
            NextPrompt::Exhausted => return PromptStep::Refused,
        };
        self.asked = usize::from(next.prompt.is_some());
        let can_give_way = self.asks() && !self.prompts.has_used_code();
        self.set_idle(can_give_way.then(Instant::now));
        PromptStep::Ask(self, request(next))
    }
}

/// `SSH_MSG_USERAUTH_INFO_REQUEST` (RFC 4256 section 3.2).
fn request(Prompt { text, prompt, echo }: Prompt) -> Auth {
    let prompts: Vec<_> = prompt.into_iter().map(|prompt| (Cow::Owned(prompt), echo)).collect();
    // A client may print it as it is, and the prompt right behind it (dropbear).
    let instructions = if text.is_empty() { text } else { text + "\n" };
    Auth::Partial { name: Cow::Borrowed(""), instructions: instructions.into(), prompts: prompts.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn deadline() -> (Arc<LoginDeadline>, watch::Receiver<Instant>) {
        let ordinary = Instant::now();
        let (login_by, until) = watch::channel(ordinary);
        let prompted = ordinary + Duration::from_mins(15);
        let gives_way = CancellationToken::new();
        let has_answered = Arc::default();
        (Arc::new(LoginDeadline { login_by, ordinary, prompted, gives_way, has_answered }), until)
    }

    fn source(n: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)))
    }

    fn slots(count: u32) -> Arc<PromptSlots> {
        Arc::new(PromptSlots::of(&limits(count)))
    }

    fn limits(slots: u32) -> AdmissionLimits {
        AdmissionLimits { max_connections: slots * SHARE, ..AdmissionLimits::default() }
    }

    /// Sixty-four sources in a network of their own each, with all that one may have, who answer and then wait: each
    /// newcomer elsewhere is asked at once.
    #[test]
    fn sixty_four_sources_that_answer_keep_nobody_elsewhere_waiting() {
        let (slots, now) = (Arc::new(PromptSlots::of(&AdmissionLimits::default())), Instant::now());
        let mut crowd = Vec::new();
        for nth in 0..64 * 4 {
            let (deadline, _) = deadline();
            let Some(slot) = slots.take(source(65_536 * (nth % 64)), &deadline, now) else { continue };
            slot.set_idle(Some(now + Duration::from_millis(nth.into())));
            deadline.has_answered.store(true, Ordering::Relaxed);
            crowd.push((slot, deadline));
        }
        let owners: Vec<_> = (100..140)
            .filter_map(|nth| {
                let (deadline, _) = deadline();
                let slot = slots.take(source(65_536 * nth), &deadline, now)?;
                slot.set_idle(Some(now + Duration::from_secs(1)));
                Some((slot, deadline))
            })
            .collect();
        assert_eq!((owners.len(), given_way(&owners)), (40, Vec::new()));
        // The crowd comes again and takes nothing from them.
        for nth in 0..64 {
            let (deadline, _) = deadline();
            drop(slots.take(source(65_536 * nth), &deadline, now));
        }
        assert_eq!(given_way(&owners), Vec::<usize>::new());
    }

    #[test]
    fn a_slot_moves_the_deadline_and_gives_it_back() {
        let (deadline, until) = deadline();
        let slots = slots(64);
        let slot = slots.take(source(1), &deadline, Instant::now());
        assert_eq!(*until.borrow(), deadline.prompted);
        drop(slot);
        assert_eq!(*until.borrow(), deadline.ordinary);
        assert!(slots.table().all.is_empty(), "a source that left takes no memory");
    }

    #[test]
    fn there_are_few_slots_in_all_and_fewer_for_one_source() {
        let (deadline, _until) = deadline();
        let slots = slots(64);
        let of_one: Vec<_> =
            (0..5).filter_map(|_| slots.take(source(1), &deadline, Instant::now())).collect();
        assert_eq!(of_one.len(), 4);
        let of_all: Vec<_> =
            (2..100).filter_map(|n| slots.take(source(n), &deadline, Instant::now())).collect();
        assert_eq!(of_all.len(), 60);
        drop(of_one);
        assert!(slots.take(source(1), &deadline, Instant::now()).is_some());
    }

    /// So many slots, each idle and with a deadline of its own, of a source in network `of(n)`; the first is idle longest.
    fn taken(
        slots: &Arc<PromptSlots>,
        count: u32,
        of: impl Fn(u32) -> u32,
        now: Instant,
    ) -> Vec<(PromptSlot, Arc<LoginDeadline>)> {
        let one = |n| {
            let (deadline, _) = deadline();
            let slot = slots.take(source(256 * of(n)), &deadline, now).unwrap();
            assert!(slot.set_idle(Some(now + Duration::from_millis(n.into()))));
            (slot, deadline)
        };
        (0..count).map(one).collect()
    }

    fn given_way(taken: &[(PromptSlot, Arc<LoginDeadline>)]) -> Vec<usize> {
        let gave = |(nth, (_, deadline)): (usize, &(PromptSlot, Arc<LoginDeadline>))| {
            deadline.gives_way.is_cancelled().then_some(nth)
        };
        taken.iter().enumerate().filter_map(gave).collect()
    }

    fn all_have_answered(taken: &[(PromptSlot, Arc<LoginDeadline>)]) {
        for (_, deadline) in taken {
            deadline.has_answered.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_longest_silent_one_of_the_network_with_most_gives_way_to_a_network_with_fewer() {
        let (slots, now) = (slots(64), Instant::now());
        let strangers = taken(&slots, 64, |n| 1 + n / 4, now);
        all_have_answered(&strangers);
        strangers[0].0.set_idle(None);
        let (owner, _until) = deadline();
        let own: Vec<_> = (0..5).filter_map(|_| slots.take(source(256 * 99), &owner, now)).collect();
        // Up to where nobody has more: four is the most of one source.
        assert_eq!((own.len(), slots.table().all.len()), (3, 64));
        let gave = given_way(&strangers);
        assert_eq!(gave.len(), 3);
        assert!(!gave.contains(&0), "at work: {gave:?}");
        assert_eq!(gave, [1, 4, 8], "the longest silent of the networks with most");
        assert!(!strangers[gave[0]].0.set_idle(Some(now)), "it has given way");
        drop(strangers);
        assert_eq!(slots.table().all.len(), 3, "whoever gave way gives nothing back again");
    }

    #[test]
    fn silent_conversations_from_64_networks_close_nothing() {
        // In a /24 each, and in a /16 each.
        for wide in [1, 256] {
            let (slots, now) = (slots(64), Instant::now());
            let strangers = taken(&slots, 64, |n| wide * (1 + n), now);
            strangers[0].1.has_answered.store(true, Ordering::Relaxed);
            let (owner, _until) = deadline();
            let own = slots.take(source(256 * 256 * 99), &owner, now);
            assert!(own.is_some());
            assert_eq!(given_way(&strangers), [1], "the one that has answered nothing for longest");
            all_have_answered(&strangers);
            let (second, _until) = deadline();
            // Of another network with as many.
            let beside = source(256 * wide * 200);
            assert!(slots.take(beside, &second, now).is_none(), "they may be waiting for an email");
            let later = now + SILENT + Duration::from_secs(1);
            assert!(slots.take(beside, &second, later).is_some());
            assert_eq!(given_way(&strangers), [0, 1]);
        }
    }

    #[test]
    fn nobody_of_a_trusted_network_gives_way_and_where_all_have_one_and_answer_nobody_does() {
        let networks = "10.0.1.0/24".parse().unwrap();
        let (slots, now) = (
            Arc::new(PromptSlots::of(&AdmissionLimits { trusted_networks: networks, ..limits(64) })),
            Instant::now(),
        );
        let office = taken(&slots, 60, |_| 1, now);
        let others = taken(&slots, 4, |n| 2 + n / 2, now);
        all_have_answered(&others);
        let (newcomer, _until) = deadline();
        newcomer.has_answered.store(true, Ordering::Relaxed);
        let first = slots.take(source(256 * 99), &newcomer, now);
        let trusted = slots.take(source(256), &newcomer, now);
        assert!(first.is_some() && trusted.is_some());
        assert_eq!((given_way(&office).len(), given_way(&others).len()), (0, 2));
        assert!(slots.take(source(256 * 98), &newcomer, now).is_none());
    }
}
