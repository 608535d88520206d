//! A session's place among the connections of a full server: what `ssh` reads to choose who gives way, and how it asks for
//! the place back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// What a session does with its place.
#[derive(Debug)]
pub struct Place {
    state: watch::Sender<PlaceState>,
    began: Instant,
    /// Milliseconds from the beginning to the last input, and one more; 0 without input.
    last_input: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default)]
struct PlaceState {
    asked_back: bool,
    signed_in: bool,
    under_way: bool,
}

impl Place {
    /// That of a guest whose session begins at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { state: watch::Sender::default(), began: now, last_input: AtomicU64::new(0) }
    }

    /// The person has typed something.
    pub fn note_input(&self, now: Instant) {
        let passed = now.saturating_duration_since(self.began).as_millis();
        self.last_input.store(u64::try_from(passed).unwrap_or(u64::MAX - 1) + 1, Ordering::Relaxed);
    }

    /// When the person typed last.
    #[must_use]
    pub fn last_input(&self) -> Option<Instant> {
        let passed = self.last_input.load(Ordering::Relaxed).checked_sub(1)?;
        self.began.checked_add(Duration::from_millis(passed))
    }

    /// Whether the person is signed in: such a session keeps its place.
    pub fn set_signed_in(&self, signed_in: bool) {
        self.state.send_if_modified(|state| {
            // Once somebody has signed in, what was asked of the guest is answered.
            state.asked_back &= !signed_in;
            std::mem::replace(&mut state.signed_in, signed_in) != signed_in
        });
    }

    /// Whether the person is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.state.borrow().signed_in
    }

    /// Whether a request is under way: such a session gives way after its answer.
    pub fn set_under_way(&self, under_way: bool) {
        self.state.send_if_modified(|state| std::mem::replace(&mut state.under_way, under_way) != under_way);
    }

    /// Whether a request is under way.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.state.borrow().under_way
    }

    /// Asks a guest's session to end; one that is signed in by then goes on.
    pub fn ask_back(&self) {
        self.state.send_modify(|state| state.asked_back = true);
    }

    /// Resolves when the session has to give way.
    pub async fn asked_back(&self) {
        let mut state = self.state.subscribe();
        // Fails only without a sender, which is in `self`.
        let _ = state.wait_for(|state| state.asked_back && !state.signed_in && !state.under_way).await;
    }

    /// Resolves when somebody signs in or out, which has been the other way round.
    pub async fn turns_signed_in(&self, signed_in: bool) {
        let mut state = self.state.subscribe();
        let _ = state.wait_for(|state| state.signed_in == signed_in).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_guest_gives_way_and_whoever_is_signed_in_or_waits_for_an_answer_does_not() {
        let place = Place::new(Instant::now());
        let gives_way = || place.asked_back().now_or_never().is_some();
        assert!(!gives_way());
        place.set_under_way(true);
        place.ask_back();
        assert!(!gives_way(), "a request is under way");
        place.set_signed_in(true);
        place.set_under_way(false);
        assert!(!gives_way(), "signed in");
        place.set_signed_in(false);
        assert!(!gives_way(), "what was asked before is over");
        place.ask_back();
        assert!(gives_way());
    }

    #[tokio::test]
    async fn the_last_input_is_known() {
        let began = Instant::now();
        let place = Place::new(began);
        assert_eq!(place.last_input(), None);
        for seconds in [0, 7] {
            let at = began + Duration::from_secs(seconds);
            place.note_input(at);
            assert_eq!(place.last_input(), Some(at));
        }
    }
}
