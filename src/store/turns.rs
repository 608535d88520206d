//! Who waits for one of the few connections to the database (SQLite's only writer and its readers, PostgreSQL's pool), and
//! whose turn is next.
//!
//! | class | who | turns while all wait |
//! |---|---|---|
//! | known | members, requests from known places, holders of right codes, the service's own work | 12 of 16, and first |
//! | sign-in | sign-ins and codes from elsewhere, for names that somebody has and for names that nobody has | 3 of 16 |
//! | guest | whatever else a stranger asks | 1 of 16 |
//!
//! So each class has a share that no number of others takes away. Within a class accounts, or networks and in them
//! sources, take [`FairTurns`]. Where a class is full, the newest of whoever has the most gives way to somebody with fewer.
//!
//! Only a request that has written nothing yet is turned away, with the seconds after which to come back. The transactions
//! after its first write, and the service's own, wait until their deadline. A connection that does not come back at all
//! (the database hangs, another program writes to SQLite's file) is no crowd: then the answer is that the database gives
//! none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::StoreFault;
use crate::domain::fair_turns::FairTurns;
use crate::domain::requester::{Requester, Share};
use crate::domain::source::Source;

/// The longest wait that is expected of anybody whose request begins; who would wait longer is turned away at once.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// [`State::patience`].
const PATIENCE: Duration = Duration::from_millis(4_500);
/// The most that wait in one class, however fast they are.
const MOST_WAITING: u32 = 1_024;
/// Turns of a class before one of those below it, while both wait.
const TURNS_IN_A_ROW: u32 = 3;
/// How long one turn takes, before one was measured; and at most, because what hangs says nothing about the next.
const ASSUMED: Duration = Duration::from_millis(5);
const LONGEST_TURN: Duration = Duration::from_secs(1);
/// How much of the mean one more measurement makes up.
const WEIGHT: f64 = 1.0 / 8.0;
/// Those who are turned away in one moment are told to come back within so many seconds of each other.
const SPREAD_S: u32 = 3;

/// Whose turn comes before whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Members, known places, holders of right codes.
    Known,
    /// Whoever is about to prove something.
    SignIn,
    /// Everybody else.
    Guest,
}

/// How the transactions of one request wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    pub(super) priority: Priority,
    pub(super) requester: Requester,
    /// A transaction that writes has begun: from then on the request is carried out, however long it waits.
    pub(super) has_begun: bool,
}

impl Waiter {
    pub(super) fn new(priority: Priority, requester: Requester) -> Self {
        Self { priority, requester, has_begun: false }
    }

    /// The service itself: few transactions at a time, and nobody to turn away.
    pub(super) fn service() -> Self {
        Self { has_begun: true, ..Self::new(Priority::Known, Requester::known("", Source::local())) }
    }
}

/// The connections, and who waits for one. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Mutex<State>>);

/// The right to one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    began: Instant,
}

/// Told that it is their turn, or the seconds after which to come back.
type WaiterReply = oneshot::Sender<Result<(), i64>>;

#[derive(Debug)]
struct State {
    connections: u32,
    /// Those that nobody has. While there are any, nobody waits.
    free: u32,
    classes: [FairTurns<Share, WaiterReply>; 3],
    /// Turns that each class has had since one of those below it had one.
    in_a_row: [u32; 3],
    /// How long a turn takes lately.
    turn: Option<Duration>,
    /// When a turn ended last.
    ended: Instant,
    /// How long a request that begins waits when it takes longer than was expected.
    patience: Duration,
    turned_away: u32,
}

impl Turns {
    pub(super) fn new(connections: u32) -> Self {
        Self(Arc::new(Mutex::new(State {
            connections: connections.max(1),
            free: connections.max(1),
            classes: Default::default(),
            in_a_row: [0; 3],
            turn: None,
            ended: Instant::now(),
            patience: PATIENCE,
            turned_away: 0,
        })))
    }

    /// Waits for a connection's turn.
    pub(super) async fn take(&self, waiter: Waiter) -> Result<Turn, StoreFault> {
        if waiter.has_begun { Ok(self.wait(waiter).await) } else { self.enter(waiter).await }
    }

    /// Of a request that has begun.
    async fn wait(&self, Waiter { priority, requester, .. }: Waiter) -> Turn {
        loop {
            match self.queue_up(priority, requester) {
                None => return self.turn(),
                Some(mut place) => match (&mut place.told).await {
                    Ok(Ok(())) => return self.turn(),
                    // Made room for somebody with fewer: queues up anew, for the same turns.
                    Ok(Err(_)) | Err(_) => tokio::task::yield_now().await,
                },
            }
        }
    }

    /// Of a request that begins.
    async fn enter(&self, Waiter { priority, requester, .. }: Waiter) -> Result<Turn, StoreFault> {
        let patience = {
            let mut state = self.lock();
            state.make_room(priority, requester).map_err(StoreFault::Busy)?;
            state.patience
        };
        let Some(mut place) = self.queue_up(priority, requester) else { return Ok(self.turn()) };
        match tokio::time::timeout(patience, &mut place.told).await {
            Ok(Ok(Ok(()))) => Ok(self.turn()),
            Ok(Ok(Err(seconds))) => Err(StoreFault::Busy(seconds)),
            Ok(Err(_)) => Err(StoreFault::NoAnswer),
            Err(_) => {
                let mut state = self.lock();
                let is_moving = state.ended.elapsed() < LONGEST_TURN;
                Err(if is_moving {
                    StoreFault::Busy(state.retry_after_s(priority))
                } else {
                    StoreFault::NoAnswer
                })
            }
        }
    }

    /// `None` when a connection is free, and taken by this.
    fn queue_up(&self, priority: Priority, requester: Requester) -> Option<QueuePosition> {
        let mut state = self.lock();
        if state.free > 0 {
            state.free -= 1;
            return None;
        }
        let (tell, told) = oneshot::channel();
        state.classes[priority as usize].push(&requester.path(), tell);
        Some(QueuePosition { told, turns: self.clone() })
    }

    fn turn(&self) -> Turn {
        Turn { turns: self.clone(), began: Instant::now() }
    }

    /// A connection is free again.
    fn give_back(&self, took: Option<Duration>) {
        let mut state = self.lock();
        if let Some(took) = took {
            state.measure(took);
        }
        while let Some(next) = state.pop() {
            if next.send(Ok(())).is_ok() {
                return;
            }
        }
        state.free += 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.give_back(Some(self.began.elapsed()));
    }
}

/// Somebody's place among those who wait.
struct QueuePosition {
    told: oneshot::Receiver<Result<(), i64>>,
    turns: Turns,
}

impl Drop for QueuePosition {
    fn drop(&mut self) {
        // Whoever gives up in the very moment when it is their turn passes it on.
        self.told.close();
        if let Ok(Ok(())) = self.told.try_recv() {
            self.turns.give_back(None);
        }
    }
}

impl State {
    /// Makes room in a full class: the requester with the most waiters gives way, or the new one is turned away.
    fn make_room(&mut self, priority: Priority, requester: Requester) -> Result<(), i64> {
        let class = &self.classes[priority as usize];
        if class.len() < MOST_WAITING && self.wait_of(priority) <= LONGEST_WAIT {
            return Ok(());
        }
        if class.would_have_most(&requester.path()) {
            return Err(self.retry_after_s(priority));
        }
        let seconds = self.retry_after_s(priority);
        if let Some(gives_way) = self.classes[priority as usize].shed() {
            // Somebody who has given up hears nothing.
            let _ = gives_way.send(Err(seconds));
        }
        Ok(())
    }

    /// Whose turn it is: three of each class before one of those below it.
    fn pop(&mut self) -> Option<WaiterReply> {
        let waiting = self.classes.each_ref().map(FairTurns::len);
        let last = waiting.iter().rposition(|waiting| *waiting > 0)?;
        let nth =
            (0..last).find(|nth| waiting[*nth] > 0 && self.in_a_row[*nth] < TURNS_IN_A_ROW).unwrap_or(last);
        for above in 0..nth {
            self.in_a_row[above] = 0;
        }
        self.in_a_row[nth] = self.in_a_row[nth].saturating_add(1);
        self.classes[nth].pop()
    }

    /// How long one more of a class would wait.
    fn wait_of(&self, priority: Priority) -> Duration {
        let [known, sign_in, guest] = self.classes.each_ref().map(FairTurns::len);
        // So many of `above` come before the last of `own`, and so many of `below`.
        let above = |above: u32, own: u32| above.min((own + 1) * TURNS_IN_A_ROW);
        let below = |below: u32, own: u32| below.min(own / TURNS_IN_A_ROW);
        let before = match priority {
            Priority::Known => known + below(sign_in + guest, known),
            Priority::SignIn => {
                let own = sign_in + below(guest, sign_in);
                own + above(known, own)
            }
            Priority::Guest => {
                let own = guest + above(sign_in, guest);
                own + above(known, own)
            }
        };
        self.turn.unwrap_or(ASSUMED) / self.connections * before
    }

    fn measure(&mut self, took: Duration) {
        let took = took.min(LONGEST_TURN);
        let before = self.turn.unwrap_or(took);
        self.turn = Some(before.mul_f64(1.0 - WEIGHT) + took.mul_f64(WEIGHT));
        self.ended = Instant::now();
    }

    /// When the class should have time again, in whole seconds. Not the same for all: they would come back at once.
    fn retry_after_s(&mut self, priority: Priority) -> i64 {
        self.turned_away = self.turned_away.wrapping_add(1);
        let wait = self.wait_of(priority).saturating_sub(LONGEST_WAIT).as_secs();
        i64::try_from(wait).unwrap_or(i64::MAX).saturating_add(1) + i64::from(self.turned_away % SPREAD_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, wait_as_known, within_deadline};
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use std::net::{IpAddr, Ipv4Addr};

    /// So many of one class wait where a turn takes 100 ms.
    const MOST_AT_100_MS: usize = 41;

    /// Somebody in a network of their own.
    fn stranger(number: u32) -> Requester {
        Requester::unknown(Source::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + 256 * number))))
    }

    fn owner(number: u32) -> Requester {
        Requester::known(&format!("owner {number}"), stranger(number).source())
    }

    /// Somebody who waits; gives `name` with the turn.
    fn waits<'a>(
        turns: &'a Turns,
        priority: Priority,
        requester: Requester,
        name: &'static str,
    ) -> BoxFuture<'a, Result<(&'static str, Turn), StoreFault>> {
        let waiter = Waiter::new(priority, requester);
        let mut waiting = async move { turns.take(waiter).await.map(|turn| (name, turn)) }.boxed();
        assert!((&mut waiting).now_or_never().is_none(), "{name} waits");
        waiting
    }

    async fn first(turns: &Turns) -> Turn {
        turns.take(Waiter::new(Priority::Guest, stranger(0))).await.unwrap()
    }

    #[tokio::test]
    async fn known_people_go_first_and_each_class_has_its_share() {
        let turns = Turns::new(1);
        let mut held = Some(first(&turns).await);
        let mut waiting = Vec::new();
        for number in 1..=40 {
            waiting.push(waits(&turns, Priority::Guest, stranger(number), "guest"));
            waiting.push(waits(&turns, Priority::SignIn, stranger(number), "sign-in"));
            waiting.push(waits(&turns, Priority::Known, owner(number), "known"));
        }
        let mut order = Vec::new();
        for _ in 0..32 {
            drop(held.take());
            let next = waiting.iter_mut().position(|waiting| match waiting.now_or_never() {
                Some(Ok((name, turn))) => {
                    order.push(name);
                    held = Some(turn);
                    true
                }
                other => other.is_some_and(|failed| panic!("{failed:?}")),
            });
            drop(waiting.swap_remove(next.expect("somebody's turn")));
        }
        let of = |name: &str| order.iter().filter(|other| **other == name).count();
        assert_eq!(order[..4], ["known", "known", "known", "sign-in"]);
        assert_eq!((of("known"), of("sign-in"), of("guest")), (24, 6, 2), "{order:?}");
    }

    #[tokio::test]
    async fn a_network_with_a_thousand_guests_has_no_more_turns_than_one() {
        let turns = Turns::new(1);
        let held = first(&turns).await;
        let mut crowd: Vec<_> =
            (0..200).map(|_| waits(&turns, Priority::Guest, stranger(1), "crowd")).collect();
        let mut other = waits(&turns, Priority::Guest, stranger(2), "other");
        drop(held);
        let (_, held) = crowd.remove(0).now_or_never().unwrap().unwrap();
        drop(held);
        assert_eq!((&mut other).now_or_never().unwrap().unwrap().0, "other");
    }

    #[tokio::test]
    async fn who_would_wait_for_too_long_is_told_when_to_come_back() {
        let turns = Turns::new(1);
        turns.lock().measure(Duration::from_millis(100));
        let _held = first(&turns).await;
        let mut waiting = Vec::new();
        let told = loop {
            let number = u32::try_from(waiting.len()).unwrap() + 1;
            let waiter = Waiter::new(Priority::Guest, stranger(number));
            let turns = &turns;
            let mut waits = async move { turns.take(waiter).await.map(|_| ()) }.boxed();
            match (&mut waits).now_or_never() {
                None => waiting.push(waits),
                Some(answer) => break answer,
            }
        };
        assert!(matches!(told, Err(StoreFault::Busy(1..=4))), "{told:?}");
        assert_eq!(waiting.len(), MOST_AT_100_MS, "four seconds of turns");
        let mut owner = waits(&turns, Priority::Known, owner(1), "owner");
        assert!((&mut owner).now_or_never().is_none(), "a crowd of guests turns no owner away");
        // Somebody of a network with fewer takes the place of one with more.
        let crowd = waits(&turns, Priority::SignIn, stranger(1), "sign-in");
        drop(crowd);
    }

    #[tokio::test]
    async fn in_a_full_class_whoever_has_the_most_gives_way() {
        let turns = Turns::new(1);
        turns.lock().measure(Duration::from_millis(100));
        let held = first(&turns).await;
        let mut crowd: Vec<_> =
            (0..MOST_AT_100_MS).map(|_| waits(&turns, Priority::Guest, stranger(1), "crowd")).collect();
        let mut other = waits(&turns, Priority::Guest, stranger(2), "other");
        let newest = crowd.pop().unwrap().now_or_never().unwrap();
        assert!(matches!(newest, Err(StoreFault::Busy(1..=4))), "{newest:?}");
        // A request that has begun is not turned away: it queues up again.
        let waiter = Waiter { has_begun: true, ..Waiter::new(Priority::Guest, stranger(1)) };
        let mut begun = turns.take(waiter).boxed();
        for _ in 0..3 {
            assert!((&mut begun).now_or_never().is_none());
        }
        drop(held);
        let (_, held) = crowd.remove(0).now_or_never().unwrap().unwrap();
        drop(held);
        assert!((&mut other).now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_connection_that_does_not_come_back_is_no_crowd() {
        let turns = Turns::new(1);
        let _held = first(&turns).await;
        turns.lock().patience = Duration::from_millis(5);
        let crowded = turns.take(Waiter::new(Priority::SignIn, stranger(1))).await;
        assert!(matches!(crowded, Err(StoreFault::Busy(1..=4))), "{crowded:?}");
        turns.lock().ended = Instant::now().checked_sub(LONGEST_TURN).unwrap();
        let refused = turns.take(Waiter::new(Priority::SignIn, stranger(1))).await;
        assert!(matches!(refused, Err(StoreFault::NoAnswer)), "{refused:?}");
    }

    #[tokio::test]
    async fn the_writer_of_a_store_goes_to_known_people_first() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&format!("sqlite:{}", folder.path().join("doorkey.db").display())).await.unwrap();
        let held = store.begin().await.unwrap();
        let mut guest = within_deadline(Priority::Guest, stranger(1), store.begin()).boxed();
        assert!((&mut guest).now_or_never().is_none());
        let signs_in = async {
            wait_as_known(owner(2));
            store.begin().await
        };
        let mut known = within_deadline(Priority::SignIn, stranger(2), signs_in).boxed();
        assert!((&mut known).now_or_never().is_none());
        held.rollback().await;
        // Were it the guest's turn, who is not looked at here, this would not end in time.
        let first = known.await.unwrap();
        assert!((&mut guest).now_or_never().is_none());
        first.rollback().await;
        guest.await.unwrap().rollback().await;
    }

    #[tokio::test]
    async fn whoever_gives_up_costs_nobody_a_connection() {
        let turns = Turns::new(1);
        let held = first(&turns).await;
        let waiting = waits(&turns, Priority::Known, owner(1), "gives up waiting");
        let told = waits(&turns, Priority::Known, owner(2), "gives up when told");
        drop(waiting);
        drop(held);
        drop(told);
        assert_eq!(turns.lock().free, 1);
        drop(first(&turns).await);
    }
}
