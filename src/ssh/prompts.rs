//! Questions inside authentication (keyboard-interactive, RFC 4256): who may be asked them, for how long,
//! and that each answer fits its question.
//!
//! Somebody who waits for an email takes longer than [`super::settings::SshSettings::login_grace_time`], and
//! has not authenticated: so there are few places for such connections, in all and per source, and their
//! own deadline.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::server::{Auth, Response};
use tokio::sync::watch;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::domain::source::Source;
use crate::session::prompts::{NextPrompt, Prompt, PromptOutcome, Prompts};

/// Who may be asked at the same time, in all and from one source.
const PLACES: (u32, u32) = (64, 4);

/// The longest answer: more than any field takes.
const MAX_BYTES: usize = 1_024;

/// What somebody is told for whom there is no place.
const FULL: &str = "Error: Too many resets are under way. Nothing was changed. Try again in a minute. [busy]";

/// The deadline of a connection that has not authenticated, and who may move it.
#[derive(Debug)]
pub(super) struct LoginDeadline {
    /// When it ends; [`super::connection`] listens.
    pub(super) login_by: watch::Sender<Instant>,
    /// When it ends unless questions are asked.
    pub(super) ordinary: Instant,
    /// When it ends while questions are asked.
    pub(super) asked: Instant,
}

/// The places that all connections share.
#[derive(Debug, Default)]
pub(super) struct PromptSlots(Mutex<HashMap<Source, u32>>);

/// One place, and with it the longer deadline; dropping it gives both back.
#[derive(Debug)]
struct PromptSlot {
    places: Arc<PromptSlots>,
    source: Source,
    patience: Arc<LoginDeadline>,
}

impl PromptSlots {
    fn table(&self) -> MutexGuard<'_, HashMap<Source, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, source: Source, patience: &Arc<LoginDeadline>) -> Option<PromptSlot> {
        let mut table = self.table();
        let taken = table.get(&source).copied().unwrap_or_default();
        if taken >= PLACES.1 || table.values().sum::<u32>() >= PLACES.0 {
            return None;
        }
        table.insert(source, taken + 1);
        patience.login_by.send_replace(patience.asked);
        Some(PromptSlot { places: Arc::clone(self), source, patience: Arc::clone(patience) })
    }
}

impl Drop for PromptSlot {
    fn drop(&mut self) {
        let mut table = self.places.table();
        if let Some(taken) = table.get_mut(&self.source) {
            *taken -= 1;
            if *taken == 0 {
                table.remove(&self.source);
            }
        }
        self.patience.login_by.send_replace(self.patience.ordinary);
    }
}

/// The questions that one connection is asked. Dropped when it asks for anything else (RFC 4256
/// section 3.1).
#[derive(Debug)]
pub(super) struct PromptDialog {
    prompts: Prompts,
    /// How many were asked last.
    asked: usize,
    /// Kept to the end of authentication, so that the deadline does not fall between.
    place: Option<PromptSlot>,
}

/// What a talk comes to.
pub(super) enum PromptStep {
    /// It goes on with this.
    On(PromptDialog, Auth),
    /// It is over; the session that follows tells what came of it.
    Done(PromptDialog, PromptOutcome),
    /// It is over, and nobody is let in.
    Refused,
}

impl PromptDialog {
    /// Begins, when there is a place.
    pub(super) async fn begin(
        prompts: Prompts,
        places: &Arc<PromptSlots>,
        source: Source,
        patience: &Arc<LoginDeadline>,
    ) -> PromptStep {
        let place = places.take(source, patience);
        let talk = Self { prompts, asked: 0, place };
        if talk.place.is_none() {
            return PromptStep::On(talk, asked(Prompt { text: FULL.to_owned(), ..Prompt::default() }));
        }
        talk.go_on(None).await
    }

    /// Takes the client's answers, of which there must be as many as there were prompts.
    pub(super) async fn answered(self, response: Response<'_>) -> PromptStep {
        // One more than was asked for is enough to know that it is wrong.
        let answers: Vec<_> = response.take(self.asked + 1).collect();
        if answers.len() != self.asked || self.place.is_none() {
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

    async fn go_on(mut self, answer: Option<Zeroizing<String>>) -> PromptStep {
        let question = match self.prompts.go_on(answer.as_ref().map(|answer| answer.as_str())).await {
            NextPrompt::Ask(question) => question,
            // A question without a prompt is answered by the client itself.
            NextPrompt::Wait => Prompt::default(),
            NextPrompt::Done(last_words) => return PromptStep::Done(self, last_words),
            NextPrompt::Exhausted => return PromptStep::Refused,
        };
        self.asked = usize::from(question.prompt.is_some());
        PromptStep::On(self, asked(question))
    }
}

fn asked(question: Prompt) -> Auth {
    let Prompt { text, prompt, echo } = question;
    let prompts: Vec<_> = prompt.into_iter().map(|prompt| (Cow::Owned(prompt), echo)).collect();
    Auth::Partial { name: Cow::Borrowed(""), instructions: text.into(), prompts: prompts.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    fn patience() -> (Arc<LoginDeadline>, watch::Receiver<Instant>) {
        let ordinary = Instant::now();
        let (login_by, until) = watch::channel(ordinary);
        let asked = ordinary + Duration::from_mins(15);
        (Arc::new(LoginDeadline { login_by, ordinary, asked }), until)
    }

    fn source(n: u32) -> Source {
        Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)))
    }

    #[test]
    fn a_place_moves_the_deadline_and_gives_it_back() {
        let (patience, until) = patience();
        let places = Arc::<PromptSlots>::default();
        let place = places.take(source(1), &patience);
        assert_eq!(*until.borrow(), patience.asked);
        drop(place);
        assert_eq!(*until.borrow(), patience.ordinary);
        assert!(places.table().is_empty(), "a source that left takes no memory");
    }

    #[test]
    fn there_are_few_places_in_all_and_fewer_for_one_source() {
        let (patience, _until) = patience();
        let places = Arc::<PromptSlots>::default();
        let of_one: Vec<_> = (0..5).filter_map(|_| places.take(source(1), &patience)).collect();
        assert_eq!(of_one.len(), 4);
        let of_all: Vec<_> = (2..100).filter_map(|n| places.take(source(n), &patience)).collect();
        assert_eq!(of_all.len(), 60);
        drop(of_one);
        assert!(places.take(source(1), &patience).is_some());
    }
}
