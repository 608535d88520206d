//! A session's place among the connections of a full server: what `ssh` reads to choose who gives way, and how it asks for
//! the place back.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The session is asked to end.
const ASKED_BACK: u8 = 1;
/// The person is signed in.
const SIGNED_IN: u8 = 2;
/// A request is under way.
const UNDER_WAY: u8 = 4;

/// What a session does with its place.
#[derive(Debug)]
pub struct Place {
    state: AtomicU8,
    /// Wakes the session that may have to give way.
    gives_way: Notify,
    /// Wakes whoever follows who is signed in.
    signs_in: Notify,
    began: Instant,
    /// Milliseconds from the beginning to the last input, and one more; 0 without input.
    last_input: AtomicU64,
}

impl Place {
    /// That of a guest whose session begins at `now`.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self {
            state: AtomicU8::new(0),
            gives_way: Notify::const_new(),
            signs_in: Notify::const_new(),
            began: now,
            last_input: AtomicU64::new(0),
        }
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
        let before = if signed_in {
            // What was asked of the guest is answered.
            let without = |state| Some((state | SIGNED_IN) & !ASKED_BACK);
            self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, without).unwrap_or_else(|state| state)
        } else {
            self.state.fetch_and(!SIGNED_IN, Ordering::SeqCst)
        };
        if (before & SIGNED_IN != 0) != signed_in {
            self.signs_in.notify_one();
            self.gives_way.notify_one();
        }
    }

    /// Whether the person is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.is(SIGNED_IN)
    }

    /// Whether a request is under way: such a session gives way after its answer.
    pub fn set_under_way(&self, under_way: bool) {
        if under_way {
            self.state.fetch_or(UNDER_WAY, Ordering::SeqCst);
        } else if self.state.fetch_and(!UNDER_WAY, Ordering::SeqCst) & ASKED_BACK != 0 {
            self.gives_way.notify_one();
        }
    }

    /// Whether a request is under way.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.is(UNDER_WAY)
    }

    /// Asks a guest's session to end; one that is signed in by then goes on.
    pub fn ask_back(&self) {
        self.state.fetch_or(ASKED_BACK, Ordering::SeqCst);
        self.gives_way.notify_one();
    }

    /// Resolves when the session has to give way. For the session alone: one that waits is woken.
    pub async fn asked_back(&self) {
        while self.state.load(Ordering::SeqCst) != ASKED_BACK {
            self.gives_way.notified().await;
        }
    }

    /// Resolves when somebody signs in or out, which has been the other way round. For one task alone.
    pub async fn turns_signed_in(&self, signed_in: bool) {
        while self.is_signed_in() != signed_in {
            self.signs_in.notified().await;
        }
    }

    fn is(&self, state: u8) -> bool {
        self.state.load(Ordering::SeqCst) & state != 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;

    use super::*;

    /// Whoever waits is woken by each change that may end the wait.
    #[tokio::test]
    async fn whoever_waits_for_it_hears_that_a_guest_has_to_give_way() {
        let ends: [fn(&Place); 3] = [
            |place| place.ask_back(),
            |place| {
                place.set_under_way(true);
                place.ask_back();
                place.set_under_way(false);
            },
            |place| {
                place.set_signed_in(true);
                place.ask_back();
                place.set_signed_in(false);
            },
        ];
        for end in ends {
            let place = Arc::new(Place::new(Instant::now()));
            let waiting = tokio::spawn({
                let place = Arc::clone(&place);
                async move { place.asked_back().await }
            });
            tokio::task::yield_now().await;
            end(&place);
            tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn whoever_follows_hears_each_sign_in_and_sign_out() {
        let place = Place::new(Instant::now());
        let turns = |signed_in| place.turns_signed_in(signed_in).now_or_never().is_some();
        assert!(!turns(true));
        place.set_signed_in(true);
        assert!(turns(true) && !turns(false));
        place.set_signed_in(true);
        assert!(!turns(false));
        place.set_signed_in(false);
        assert!(turns(false) && !turns(true));
    }

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
