//! Whose password is hashed when more people guess than the threads can serve.

use std::sync::Arc;
use std::time::Duration;

use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::accounts::{Accounts, RequestContext};
use doorkey::domain::hash::HashParams;
use doorkey::domain::secret::Secret;
use futures_util::FutureExt as _;
use tokio::sync::{Mutex, MutexGuard, Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{FIRST, MINUTE, SECOND, Service, cx};
use crate::engine::on_both_engines;

/// The default cost: two threads compute some thirty of these in a second.
const COSTLY: HashParams = HashParams { memory_kib: 65_536, ..HashParams::FLOOR };
/// With ten tries a minute each, these keep two threads from ever being free.
const SOURCES: usize = 220;

/// One test after the other: two threads that compute the default cost have a machine of two cores to themselves, or all
/// of them are told that they take too long.
static PROCESSORS: Mutex<()> = Mutex::const_new(());

/// Sources that guess at names of nobody, one guess after the other, until this is dropped.
struct Guessers {
    stop: DropGuard,
    tasks: Vec<JoinHandle<()>>,
}

async fn processors() -> MutexGuard<'static, ()> {
    PROCESSORS.lock().await
}

impl Guessers {
    /// Begins, and waits until half of them were refused because the threads have no time.
    async fn begin(accounts: &Arc<Accounts>, address: impl Fn(usize) -> String) -> Self {
        let stop = CancellationToken::new();
        let (refused, mut is_refused) = watch::channel(0);
        let (refused, freed) = (Arc::new(refused), Arc::new(Notify::new()));
        let mut tasks = Vec::new();
        for number in 0..SOURCES {
            let guessing = guess(accounts.clone(), address(number), number, refused.clone(), freed.clone());
            tasks.push(tokio::spawn(stop.clone().run_until_cancelled_owned(guessing).map(drop)));
        }
        drop(refused);
        is_refused.wait_for(|refused| *refused >= SOURCES / 2).await.expect("half of them are refused");
        Self { stop: stop.drop_guard(), tasks }
    }

    async fn end(self) {
        drop(self.stop);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

/// Comes back as soon as a thread has taken somebody else's guess, so that the queue is always full.
async fn guess(
    accounts: Arc<Accounts>,
    from: String,
    number: usize,
    refused: Arc<watch::Sender<usize>>,
    freed: Arc<Notify>,
) {
    let mut was_refused = false;
    for nth in 0.. {
        match sign_in(&accounts, &from, &format!("nobody{number}-{nth}"), "wrong").await {
            Reply::Refused(Refusal::Busy(_)) => {
                if !std::mem::replace(&mut was_refused, true) {
                    refused.send_modify(|refused| *refused += 1);
                }
                freed.notified().await;
            }
            Reply::Refused(_) => {
                freed.notify_one();
                // A refusal may come at once, and whoever stops the guessing is to have a turn.
                tokio::task::yield_now().await;
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn sign_in(accounts: &Accounts, from: &str, name: &str, password: &str) -> Reply {
    let request = Request::SignIn { name: name.into(), password: Secret::new(password) };
    accounts.handle(&cx(from), request).await
}

/// Each in a network of its own.
fn spread(number: usize) -> String {
    format!("198.18.{number}.9")
}

/// All in one network.
fn neighbours(number: usize) -> String {
    format!("198.18.0.{number}")
}

/// Shows the right password again and again, until the answer is that it was often enough.
async fn reauthenticate_on_and_on(
    accounts: Arc<Accounts>,
    cx: RequestContext,
    mut member: SignedIn,
    refused: Arc<watch::Sender<usize>>,
    freed: Arc<Notify>,
) {
    let mut was_refused = false;
    loop {
        match reauthenticate(&accounts, &cx, &member, FIRST).await {
            Reply::Reauthenticated(confirmed) => {
                member = confirmed;
                freed.notify_one();
            }
            Reply::Refused(refusal) => {
                if !std::mem::replace(&mut was_refused, true) {
                    refused.send_modify(|refused| *refused += 1);
                }
                match refusal {
                    // So many transactions of one account wait longer for each other than the database lets them.
                    Refusal::Busy(_) | Refusal::Unavailable(_) => freed.notified().await,
                    Refusal::TryLater(_) => return freed.notify_one(),
                    other => panic!("{other:?}"),
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn reauthenticate(
    accounts: &Accounts,
    cx: &RequestContext,
    member: &SignedIn,
    password: &str,
) -> Reply {
    let (member, password, second_factor) = (member.clone(), Secret::new(password), false);
    accounts.handle(cx, Request::Reauthenticate { member, password, second_factor }).await
}

on_both_engines! {
    async fn a_member_with_sessions_in_220_networks_leaves_turns_to_an_owner_at_a_known_place(engine: Engine) {
        let _alone = processors().await;
        let service = Service::start(engine).await;
        for name in ["ada", "eve"] {
            service.add(name).await;
        }
        let mut sessions = Vec::new();
        for number in 0..SOURCES {
            let member = service.try_sign_in_from(&spread(number), "eve", FIRST).await.unwrap();
            sessions.push((RequestContext { session: format!("session {number}"), ..cx(&spread(number)) }, member));
        }
        let accounts = service.another_hashing_at(COSTLY).await;
        for (from, name) in [("192.0.2.7".to_owned(), "ada"), (spread(SOURCES - 1), "eve")] {
            let reply = sign_in(&accounts, &from, name, FIRST).await;
            assert!(matches!(reply, Reply::SignedIn(_)), "{reply:?}");
        }
        let (refused, mut is_refused) = watch::channel(0);
        let (refused, freed) = (Arc::new(refused), Arc::new(Notify::new()));
        let (stop, mut tasks) = (CancellationToken::new(), Vec::new());
        for (cx, member) in sessions {
            let loops = reauthenticate_on_and_on(accounts.clone(), cx, member, refused.clone(), freed.clone());
            tasks.push(tokio::spawn(stop.clone().run_until_cancelled_owned(loops).map(drop)));
        }
        let stop = stop.drop_guard();
        is_refused.wait_for(|refused| *refused >= SOURCES / 2).await.unwrap();
        for _ in 0..5 {
            let reply = sign_in(&accounts, "192.0.2.7", "ada", FIRST).await;
            assert!(matches!(reply, Reply::SignedIn(_)), "{reply:?}");
        }
        drop(stop);
        for task in tasks {
            task.await.unwrap();
        }
    }

    async fn sixty_right_passwords_an_hour_are_enough_for_an_account_at_one_place(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut member = service.sign_in("ada", FIRST).await;
        let (home, away) = (cx("192.0.2.7"), cx("203.0.113.50"));
        let accounts = &service.accounts;
        let reply = reauthenticate(accounts, &home, &member, "wrong").await;
        assert!(matches!(reply, Reply::Refused(Refusal::WrongCurrentPassword)), "{reply:?}");
        for number in 0..60 {
            service.later(2_000);
            let reply = reauthenticate(accounts, &home, &member, FIRST).await;
            let Reply::Reauthenticated(confirmed) = reply else { panic!("{number}: {reply:?}") };
            member = confirmed;
        }
        service.later(2_000);
        let reply = reauthenticate(accounts, &home, &member, FIRST).await;
        assert!(matches!(reply, Reply::Refused(Refusal::TryLater(_))), "{reply:?}");
        // A thief who has used up theirs elsewhere keeps nobody from changing the password at home, nor the other way.
        let reply = reauthenticate(accounts, &away, &member, FIRST).await;
        assert!(matches!(reply, Reply::Reauthenticated(_)), "{reply:?}");
        service.later(60 * MINUTE);
        let reply = reauthenticate(accounts, &home, &member, FIRST).await;
        assert!(matches!(reply, Reply::Reauthenticated(_)), "{reply:?}");
    }

    async fn an_owner_at_a_known_place_never_hears_busy_while_220_sources_guess(engine: Engine) {
        let _alone = processors().await;
        let service = Service::start(engine).await;
        service.add("ada").await;
        let accounts = service.another_hashing_at(COSTLY).await;
        let first = sign_in(&accounts, "192.0.2.7", "ada", FIRST).await;
        assert!(matches!(first, Reply::SignedIn(_)), "{first:?}");
        let guessers = Guessers::begin(&accounts, spread).await;
        for _ in 0..5 {
            let reply = sign_in(&accounts, "192.0.2.7", "ada", FIRST).await;
            assert!(matches!(reply, Reply::SignedIn(_)), "{reply:?}");
        }
        guessers.end().await;
    }

    async fn a_member_reauthenticates_while_220_sources_guess(engine: Engine) {
        let _alone = processors().await;
        let service = Service::start(engine).await;
        service.add("ada").await;
        let accounts = service.another_hashing_at(COSTLY).await;
        let Reply::SignedIn(mut member) = sign_in(&accounts, "192.0.2.7", "ada", FIRST).await else { panic!() };
        let guessers = Guessers::begin(&accounts, spread).await;
        for _ in 0..3 {
            let (password, second_factor) = (Secret::new(FIRST), false);
            // On the way: the place has nothing to do with it.
            let request = Request::Reauthenticate { member: member.clone(), password, second_factor };
            let reply = accounts.handle(&cx("203.0.113.50"), request).await;
            let Reply::Reauthenticated(confirmed) = reply else { panic!("{reply:?}") };
            member = confirmed;
        }
        let (current, new) = (Secret::new(FIRST), Secret::new(SECOND));
        let change = Request::ChangePassword { member, current, new };
        let reply = accounts.handle(&cx("203.0.113.50"), change).await;
        assert!(matches!(reply, Reply::PasswordChanged(_)), "{reply:?}");
        guessers.end().await;
    }

    async fn the_holder_of_a_reset_code_sets_a_password_while_220_sources_guess(engine: Engine) {
        let _alone = processors().await;
        let service = Service::start(engine).await;
        service.add("ada").await;
        let accounts = service.another_hashing_at(COSTLY).await;
        let (request, code) = service.receive_code("ada").await;
        let guessers = Guessers::begin(&accounts, spread).await;
        let grant = loop {
            let (requests, code) = (vec![request.clone()], Secret::new(&code));
            let prove = Request::ProveCode { name: "ada".into(), requests, code };
            match accounts.handle(&cx("203.0.113.50"), prove).await {
                Reply::MaySetPassword(grant) => break grant,
                // Whoever holds it is a stranger until it is read, and waits as long as strangers are told to.
                Reply::Refused(Refusal::Busy(seconds)) => {
                    tokio::time::sleep(Duration::from_secs(u64::try_from(seconds).unwrap())).await;
                }
                other => panic!("{other:?}"),
            }
        };
        let set = Request::SetPassword { grant, password: Secret::new(SECOND) };
        let reply = accounts.handle(&cx("203.0.113.50"), set).await;
        assert!(matches!(reply, Reply::PasswordSet(Some(_), _)), "{reply:?}");
        guessers.end().await;
    }

    async fn one_network_of_220_guessing_sources_leaves_turns_to_every_other_network(engine: Engine) {
        let _alone = processors().await;
        let service = Service::start(engine).await;
        service.add("ada").await;
        let accounts = service.another_hashing_at(COSTLY).await;
        let guessers = Guessers::begin(&accounts, neighbours).await;
        // Nobody knows these places.
        for from in ["203.0.113.1", "203.0.113.2", "2001:db8::1"] {
            let reply = sign_in(&accounts, from, "ada", FIRST).await;
            assert!(matches!(reply, Reply::SignedIn(_)), "{from}: {reply:?}");
        }
        guessers.end().await;
    }
}
